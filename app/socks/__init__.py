"""The local port that programs talk to: SOCKS5, SOCKS4/4a and HTTP CONNECT, and the bytes behind it.

Pure parts, values and functions of bytes, so that every transcript is tested one byte at a time:

* ``addresses``        host names and literals as they stand on the wire, to and from text
* ``replies``          dialects, causes of refusal, and the reply bytes that tell them
* ``http_connect``     the head of an HTTP request, read as a value
* ``server_protocol``  bytes in, events out: what a client of the local port wants (owns no socket)
* ``client_protocol``  the other side of SOCKS5, for our own probe and the proxy command (owns no socket)
* ``refusals``         from faults and SSH's refusals to causes of refusal

Wired parts:

* ``listener``, ``handshake``, ``connection``  accept a client, learn where it wants to go, carry its bytes
* ``client_handshake`` the client's side over a blocking socket, a byte at a time
* ``local_socket``     options of a client's socket, and what waits to be sent to it
* ``loop``             the threads that watch sockets
* ``streams``          the seam to whatever carries the bytes (``app.transport`` fills it)

``app.tunnel`` puts them together. This package imports ``app.core`` and nothing above it.
"""
