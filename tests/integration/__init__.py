"""Tests of what is installed, launched and converted for other programs."""
