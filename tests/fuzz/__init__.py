"""Long-running random input, each a command of its own: ``python -m tests.fuzz.<name> --seconds N``."""
