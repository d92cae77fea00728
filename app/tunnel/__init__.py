"""The tunnel: which links are up, who waits for them, and what is true about each server.

* ``manager``: the one object that front ends talk to.
* ``supervisor``: one relay: its link, its retries, its keepalives, and the servers behind it.
* ``servers``: one server: its state, its probes, its own SSH link for the exit and the forwards.
* ``router``: from a requested name to the link that carries it.
* ``listeners``: the local ports.
* ``probe``: a SOCKS CONNECT to our own port, up to the server's host key.
"""
