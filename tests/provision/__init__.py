"""Tests of app.provision."""
