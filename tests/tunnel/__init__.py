"""The tunnel manager on real peers: OpenSSH's sshd as relay and server, real clients through the ports."""
