"""Servers whose names and paths are hard on quoting and encoding; standard library only."""

from __future__ import annotations

from typing import Any

from app.core.profiles import FileProtocol, Relay, Server
from app.export.proxied_site import ProxiedSite
from app.export.putty_host_keys import HostKey

ED25519 = HostKey("ssh-ed25519", 255, "ssh-ed25519", "0x1,0x2", "giZmD1ehNmuINGYyzpjN3wGeG6txjk4n2eWw+lIoZ10")
RSA = HostKey("ssh-rsa", 3072, "rsa2", "0x3,0x4", "/iZmD1ehNmuINGYyzpjN3wGeG6txjk4n2eWw+lIoZ1/")


def site(
    alias: str = "gpu-1",
    *,
    user: str = "alice",
    folder: str = "",
    key_file: str = "",
    keys: tuple[HostKey, ...] = (ED25519,),
    socks_user: str = "",
    socks_port: int = 10080,
    **server: Any,
) -> ProxiedSite:
    relay = Relay(id="r", name="relay", host="relay.example", socks_user=socks_user, socks_port=socks_port)
    server.setdefault("identity", "/home/alice/.ssh/id" if key_file else "")
    made = Server(id=alias, alias=alias, relay_id="r", user=user, remote_folder=folder, **server)
    return ProxiedSite(server=made, relay=relay, host_keys=keys, key_file=key_file)


CASES = (
    site(folder="/home/alice", key_file="C:\\Users\\Alice\\.ssh\\gpu-1.ppk"),
    site(
        "lab.gpu_2", user="DOMAIN\\jörg", folder="/data/Jörg Müller/ä b/", key_file="C:\\Jörg's\\a b\\k.ppk"
    ),
    site("cn", user="用户", folder="/数据/项目 一", key_file="C:\\密钥\\服务器.ppk"),
    site(user='a "quoted" user', folder='/say "hi"/', key_file="Z:\\odd\\100% & co;x=y\\"),
    site(user="a+b@c:d;e", folder="/plus+and;semi@at:colon/%41", socks_user="sö cks;user"),
    site(user="emoji", folder="/\U0001f600/caret^&|<>()!%PATH%"),
    site(folder="/"),
    site(folder="~/work", file_protocol=FileProtocol.SCP, compression=True, forward_agent=True),
    site(keys=(RSA,), socks_port=65535),
    site(keys=(ED25519, RSA), folder="/trailing\\"),
)
