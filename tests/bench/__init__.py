"""Measurements beside the peers. A command, not tests: ``python -m tests.bench [--quick]``.

Each forwarder, the client, the target and the delayed line run in processes of their own, so that what a
figure says about one of them is not paid for by another.
"""
