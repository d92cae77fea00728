"""The tests. Real peers (OpenSSH, a keyring, ...) live in ``tests.peers``; the rules in ``conftest``."""
