"""The other ends, proven on whole machines: a relay set up over SSH, servers that get the line pasted.

Nothing here stands in for anything: OpenSSH at both ends, real accounts, a gateway that lets nothing in, and
lines pasted into a terminal by an ordinary user. ``python -m tests.other_ends.report`` prints recovery times.
"""
