"""The local port: its protocols without sockets, and real clients against it."""
