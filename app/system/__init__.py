"""What differs from one operating system to the next: the one running instance, programs, local ports.

``instance`` (single instance and its control channel), ``control_client`` (the other end of that channel,
quick to import), ``askpass``, ``programs``, ``port_holder``. Knows nothing of profiles, links or windows.
"""
