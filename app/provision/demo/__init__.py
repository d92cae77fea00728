"""A relay and a GPU server inside this process, on loopback, behind profiles like any other.

Nothing is faked: two SSH servers (paramiko's server side), a reverse tunnel that the GPU server opens to
the relay as an SSH client, real commands, real files. What the person may do is what the hardened
authorized_keys lines of a real relay allow. Only the key in the demo's folder opens either of them.

``demo``            the ``Demo`` class: start, stop, the profiles; the only name for callers
``keys``            throw-away keys in the demo's folder
``demo_transport``  paramiko's transport, made safe against its own deadlocks; streams joined to sockets
``crew``            the threads, so that ``stop()`` can wait for every one of them
``loopback``        listening sockets on 127.0.0.1
``relay_server``    the relay: the route port for the person, one remote forward for the tunnel's key
``reverse_tunnel``  the GPU server's ``ssh -R``
``gpu_server``      the GPU server's sshd; ``sessions``, ``shell``, ``terminal``, ``line_shell`` and ``files``
                    are what it offers
``web_page``        a page on the GPU server's loopback, for a port forward to show
"""

from app.provision.demo.demo import Demo

__all__ = ["Demo"]
