"""What differs per operating system, tried on the one that runs the tests."""
