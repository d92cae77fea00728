"""asyncssh's own SOCKS forwarder, to compare with.

``forward_asyncssh.py RELAY_PORT USER KEY`` prints its SOCKS port when it is connected.
"""

from __future__ import annotations

import asyncio
import logging
import sys

import asyncssh


async def main(port: int, user: str, key: str) -> None:
    ssh = await asyncssh.connect(
        "127.0.0.1", port, username=user, client_keys=[key], known_hosts=None, config=None, agent_path=None
    )
    listener = await ssh.forward_socks("127.0.0.1", 0)
    print(listener.get_port(), flush=True)
    await listener.wait_closed()


if __name__ == "__main__":
    logging.disable()  # clients that leave early are no news here
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
