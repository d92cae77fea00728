"""Checks for a real Windows, or Wine: ``smoke.py`` is run as a program; ``test_...`` run Wine themselves."""
