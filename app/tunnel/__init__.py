"""The tunnel: which links are up, who waits for them, and what is true about each server.

* ``manager``: the one object that front ends talk to.
* ``supervisor``: one relay: its link, its retries, its keepalives, and the servers behind it.
* ``pulse``: what is due while a link lives: keepalives, figures, the end of idleness.
* ``servers``: one server: its state and its probes.
* ``inner_link``: one server's own SSH link, for the exit and the forwards.
* ``connections``: the local connections, of programs and our own.
* ``router``: from a requested name to the link that carries it.
* ``listeners``: the local ports.
* ``probe``: a SOCKS CONNECT to our own port, up to the server's host key.
"""
