"""Tests of the programs that carry a route: v2ray and Xray."""
