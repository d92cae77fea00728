"""The SSH side, on paramiko: from an address to a logged-in link that carries streams.

* ``tcp``: names, several addresses, a deadline, a way to call it off.
* ``packetizer``, ``link_transport``, ``stream``: packets, paramiko's transport without waiting, channels.
* ``link``: handshake, host key and login in one go; the probe of a server.
* ``host_keys`` (``known_hosts``, ``host_certificates``, ``randomart``): who answered.
* ``login`` (``userauth``, ``login_keys``, ``login_secrets``, ``keys``, ``agent``): who we are.
* ``asking``: one question to the person at a time.

Only ``tunnel`` and ``provision`` call this package. Library errors become ours here.
"""
