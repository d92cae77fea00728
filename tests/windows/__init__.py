"""Checks for a real Windows, or Wine: run as a program, not by pytest."""
