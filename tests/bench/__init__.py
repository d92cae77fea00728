"""Measurements beside the peers. Commands, not tests: nothing here is run by pytest."""
