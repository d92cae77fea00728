"""Real programs that the tests talk to: OpenSSH's sshd, a relay with a GPU server behind it, a keyring.

Everything binds to 127.0.0.1, lives in a temporary folder, and is gone, with all its children, after
``stop()``. Nothing here reads or writes the home folder of whoever runs the tests. ``machines`` and
``network`` go further: whole machines in Linux namespaces, with accounts, /etc and a network of their own.
"""
