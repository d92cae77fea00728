"""Tests of app.secrets."""
