"""The SSH side: packets, host keys, keys, logins."""
