"""Bringing up the other ends: what runs on, or stands in for, the relay and the GPU server.

``demo``  a relay and a GPU server inside this process, on loopback, for trying the program out.

Called by ``ui``, ``cli`` and ``main``; may use ``transport`` and everything below it, never ``tunnel``.
"""
