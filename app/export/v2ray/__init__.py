"""Configurations for v2ray and Xray: the relay, the server, this computer, each with the least it needs."""
