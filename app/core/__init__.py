"""Pure data and decisions: profiles, settings, states, events, faults, reconnect policy.

No Qt, no I/O, no clock, no randomness: everything here is a value or a function of values, so it is
tested without sockets, threads or sleeping. Every other package may import this one; it imports none.
"""
