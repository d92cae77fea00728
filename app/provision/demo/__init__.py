"""A relay and a GPU server inside this process, on loopback, behind profiles like any other.

Nothing is faked: two SSH servers (paramiko's server side), a reverse tunnel that the GPU server opens to
the relay as an SSH client, real commands, real files. What the person may do is what the hardened
authorized_keys lines of a real relay allow. Only the key in the demo's folder opens either of them.

``demo``            the ``Demo`` class: start, stop, the profiles; the only name for callers
``keys``            throw-away keys in the demo's folder
``crew``            the threads and sockets, so that ``stop()`` can wait for every one of them
``loopback``        listening sockets on 127.0.0.1
``doors``           who may do what: everything is refused that a machine's own door does not allow
``demo_transport``  paramiko's transport, made safe against its own deadlocks; ``transports`` is a set of them
``carrying``        bytes between channels and sockets
``relay_server``    the relay: the route port for the person, one remote forward for the tunnel's key
``reverse_tunnel``  the GPU server's ``ssh -R``
``gpu_server``      the GPU server's sshd; it offers ``sessions`` (``shell`` over pipes, ``terminal`` with a
                    pty, ``line_shell`` where there are none), their ``processes``, and ``files`` (SFTP)
``web_page``        a page on the GPU server's loopback, for a port forward to show
"""

from app.provision.demo.demo import Demo

__all__ = ["Demo"]
