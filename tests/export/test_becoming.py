"""What an access becomes, and which do not become anything."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.access import (
    Access,
    OnlineAccess,
    RefusalCode,
    ShadowsocksAccess,
    VlessAccess,
    VmessAccess,
)
from app.core.route_rules import carrier_problems
from app.core.routes import V2rayCarrier
from app.core.v2ray_route import Core
from app.export.access_links.becoming import (
    access_of,
    carrier_of,
    is_same_server,
    is_same_way,
    refusal_of,
    shadowsocks_server,
)
from app.export.access_links.oddities import for_outline
from app.export.access_links.reading import link_of, read_links
from app.sentences.of_links import refusal_sentence

UUID = "4d5add8d-26b4-4f21-87f7-2027d5bc98fb"
PIN = "ab" * 32
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
LONG_KEY = base64.urlsafe_b64encode(bytes(1184)).decode().rstrip("=")


def vmess(**changes: Any) -> VmessAccess:
    usual: dict[str, Any] = {"host": "r.example.org", "port": 443, "uuid": UUID}
    return VmessAccess(**(usual | changes))


def vless(**changes: Any) -> VlessAccess:
    usual: dict[str, Any] = {"host": "r.example.org", "port": 443, "uuid": UUID, "security": "tls"}
    return VlessAccess(**(usual | changes))


def shadowsocks(**changes: Any) -> ShadowsocksAccess:
    usual: dict[str, Any] = {
        "host": "r.example.org",
        "port": 8388,
        "method": "aes-256-gcm",
        "password": "p" * 20,
    }
    return ShadowsocksAccess(**(usual | changes))


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (vmess(), V2rayCarrier(core=Core.V2RAY, user_port=443)),
        (
            vmess(tls=True, pinned_certificate=PIN, server_name="cdn.example.org"),
            V2rayCarrier(
                core=Core.V2RAY, user_port=443, server_name="cdn.example.org", certificate_sha256=PIN
            ),
        ),
        (  # what v2rayN does: the host of the WebSocket names the certificate too
            vmess(tls=True, network="ws", path="/ray", host_header="cdn.example.org"),
            V2rayCarrier(
                core=Core.V2RAY, user_port=443, server_name="cdn.example.org", websocket_path="/ray",
                websocket_host="cdn.example.org",
            ),
        ),
        (
            vmess(network="ws", path="ray", host_header="r.example.org,b.example.org"),
            V2rayCarrier(core=Core.V2RAY, user_port=443, websocket_path="/ray"),
        ),
        (  # nothing of TLS counts without it, and no path without WebSocket
            vmess(pinned_certificate=PIN, server_name="x", path="/p", is_insecure=True, host_header="y"),
            V2rayCarrier(core=Core.V2RAY, user_port=443),
        ),
        (
            vless(flow="xtls-rprx-vision"),
            V2rayCarrier(user_port=443, server_name="r.example.org"),
        ),
        (
            vless(network="ws"),
            V2rayCarrier(user_port=443, server_name="r.example.org", websocket_path="/", vision=False),
        ),
        (
            vless(security="", encryption=f"mlkem768x25519plus.native.0rtt.{KEY}", flow="xtls-rprx-vision"),
            V2rayCarrier(user_port=443, encryption_key=KEY),
        ),
        (
            vless(encryption=f"mlkem768x25519plus.random.1rtt.{LONG_KEY}"),
            V2rayCarrier(
                user_port=443, server_name="r.example.org", encryption_key=LONG_KEY,
                encryption_form="random.1rtt", vision=False,
            ),
        ),
    ],
)  # fmt: skip
def test_what_a_link_of_v2ray_becomes(access: VmessAccess | VlessAccess, expected: V2rayCarrier) -> None:
    assert refusal_of(access) is None
    carrier = carrier_of(access)
    assert carrier == expected
    assert list(carrier_problems(carrier)) == []
    assert is_same_way(carrier, access)
    assert not is_same_way(dataclasses.replace(carrier, user_port=1), access)


@pytest.mark.parametrize(
    ("access", "code"),
    [
        (OnlineAccess("https://x.example.org/y"), RefusalCode.ONLINE),
        (shadowsocks(plugin="kcptun"), RefusalCode.PLUGIN),
        (shadowsocks(plugin="../obfs-local"), RefusalCode.PLUGIN),
        (shadowsocks(plugin="ss-v2ray-plugin", plugin_options="tls;server"), RefusalCode.PLUGIN_OPTION),
        (shadowsocks(plugin="simple-obfs", plugin_options="obfs=tls;c=x"), RefusalCode.PLUGIN_OPTION),
        (vmess(network="kcp"), RefusalCode.NETWORK),
        (vmess(network="grpc", tls=True), RefusalCode.NETWORK),
        (vmess(header_type="http"), RefusalCode.NETWORK),
        (vless(network="xhttp"), RefusalCode.NETWORK),
        (vless(header_type="http"), RefusalCode.NETWORK),
        (vless(security="reality"), RefusalCode.SECURITY),
        (vless(flow="xtls-rprx-origin"), RefusalCode.FLOW),
        (vless(flow="xtls-rprx-vision", network="ws"), RefusalCode.FLOW),
        (vless(security=""), RefusalCode.UNENCRYPTED),
        (vless(encryption="aes"), RefusalCode.ENCRYPTION),
        (vless(encryption="mlkem768x25519plus.native.0rtt.AAAA"), RefusalCode.ENCRYPTION),
        (vless(encryption=f"mlkem768x25519plus.native.0rtt.100-111-1111.{KEY}"), RefusalCode.ENCRYPTION),
        (vmess(tls=True, is_insecure=True), RefusalCode.CERTIFICATE_UNCHECKED),
        (vless(is_insecure=True), RefusalCode.CERTIFICATE_UNCHECKED),
        (vmess(tls=True, server_name="a/b"), RefusalCode.FIELD),
        (vmess(network="ws", host_header="cdn:443"), RefusalCode.FIELD),
    ],
)
def test_what_is_not_taken_and_why(access: Access | OnlineAccess, code: RefusalCode) -> None:
    refusal = refusal_of(access)
    assert refusal is not None
    assert refusal.code is code
    assert "?" not in refusal_sentence(refusal)


def test_a_pin_stands_in_for_the_check_of_the_name() -> None:
    assert refusal_of(vmess(tls=True, is_insecure=True, pinned_certificate=PIN)) is None


@pytest.mark.parametrize(
    ("plugin", "for_phones"),
    [
        ("", ""),
        ("obfs-local", "obfs-local"),
        ("simple-obfs", "obfs-local"),
        ("v2ray-plugin", "v2ray-plugin"),
        ("ss-v2ray-plugin", "v2ray-plugin"),
    ],
)
def test_a_shadowsocks_profile_gives_its_access_back(plugin: str, for_phones: str) -> None:
    options = ("tls;path=/x" if "v2ray" in plugin else "obfs=tls") if plugin else ""
    access = shadowsocks(plugin=plugin, plugin_options=options, prefix="\x16\x03")
    assert refusal_of(access) is None
    server = shadowsocks_server(access, "id", "name", 11080)
    given_out = access_of(server, access.password)
    assert given_out == dataclasses.replace(access, plugin=for_phones, name="name")
    assert read_links(link_of(given_out)).accesses == (given_out,)
    assert is_same_server(server, access)
    assert is_same_server(server, given_out)
    assert not is_same_server(server, dataclasses.replace(access, host="other.example.org"))


def test_a_port_for_phones_is_one_that_outline_takes() -> None:
    """Byte by byte as its manager writes it."""
    server = shadowsocks_server(
        ShadowsocksAccess(
            host="203.0.113.10", port=8389, method="chacha20-ietf-poly1305", password="UjfbvFhDhRXr"
        ),
        "id", "\u8df3\u677f\u673a", 11080,
    )  # fmt: skip
    access = access_of(server, "UjfbvFhDhRXr")
    assert for_outline(access) == ()
    assert link_of(access) == (
        "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpVamZidkZoRGhSWHI@203.0.113.10:8389#%E8%B7%B3%E6%9D%BF%E6%9C%BA"
    )


words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)


@given(
    st.builds(
        VmessAccess, host=st.just("h.example"), port=st.integers(1, 65535), uuid=st.just(UUID),
        network=st.sampled_from(["tcp", "ws", "raw"]), host_header=words, path=words, tls=st.booleans(),
        server_name=words, pinned_certificate=st.sampled_from(["", PIN]), is_insecure=st.booleans(),
    )
    | st.builds(
        VlessAccess, host=st.just("h.example"), port=st.integers(1, 65535), uuid=st.just(UUID),
        network=st.sampled_from(["tcp", "ws", "raw"]), host_header=words, path=words,
        security=st.sampled_from(["", "tls"]), server_name=words,
        flow=st.sampled_from(["", "xtls-rprx-vision"]),
        encryption=st.sampled_from(["none", f"mlkem768x25519plus.xorpub.0rtt.{KEY}"]),
    )
)  # fmt: skip
def test_whatever_is_taken_is_a_carrier_without_problems(access: VmessAccess | VlessAccess) -> None:
    if refusal_of(access) is None:
        assert list(carrier_problems(carrier_of(access))) == []
