"""Tests of the user interface, the scripted manager behind it, and the pictures of every window."""
