"""Share links: published examples, what other programs write, everything damaged told apart, round trips."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.access import (
    Access,
    LinkProblemCode,
    Oddity,
    OnlineAccess,
    ShadowsocksAccess,
    VlessAccess,
    VmessAccess,
)
from app.core.shadowsocks_methods import AEAD, KEY_BYTES, STREAM
from app.export.access_links.oddities import for_outline, oddities
from app.export.access_links.reading import MAX_TEXT, link_of, read_links
from app.export.access_links.sip008 import sip008
from app.sentences.of_links import link_problem_sentence, oddity_sentence

UUID = "4d5add8d-26b4-4f21-87f7-2027d5bc98fb"
KEY_32 = "YctPZ6U7xPPcU+gp3u+0tx/tRizJN9K8y+uKlW2qjlI="


def b64(text: str, *, padded: bool = False) -> str:
    code = base64.urlsafe_b64encode(text.encode()).decode()
    return code if padded else code.rstrip("=")


def vmess(**values: object) -> str:
    return "vmess://" + b64(json.dumps({"add": "h", "port": 1, "id": UUID} | values))


def read_one(text: str) -> Access | OnlineAccess:
    found = read_links(text)
    assert found.problems == ()
    (access,) = found.accesses
    return access


def shadowsocks(text: str) -> ShadowsocksAccess:
    access = read_one(text)
    assert isinstance(access, ShadowsocksAccess)
    return access


def problem(text: str) -> LinkProblemCode:
    found = read_links(text)
    assert found.accesses == ()
    (told,) = found.problems
    sentence = link_problem_sentence(told)
    assert "?" not in sentence, "a detail is missing"
    return told.code


# --- ss:// ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (  # SIP002, example 1, with a method that is still used
            f"ss://{b64('aes-128-gcm:test')}@192.168.100.1:8888#Example1",
            ("192.168.100.1", 8888, "aes-128-gcm", "test", "", "", "Example1"),
        ),
        (  # SIP002, example 2
            f"ss://{b64('aes-256-gcm:passwd')}@192.168.100.1:8888/?plugin=obfs-local%3Bobfs%3Dhttp#Example2",
            ("192.168.100.1", 8888, "aes-256-gcm", "passwd", "obfs-local", "obfs=http", "Example2"),
        ),
        (  # SIP022: user info in plain text, percent-encoded
            "ss://2022-blake3-aes-256-gcm:YctPZ6U7xPPcU%2Bgp3u%2B0tx%2FtRizJN9K8y%2BuKlW2qjlI%3D@192.168.100.1:8888#Example3",
            ("192.168.100.1", 8888, "2022-blake3-aes-256-gcm", KEY_32, "", "", "Example3"),
        ),
        (  # Outline's documentation of access keys
            "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpleGFtcGxl@outline-server.example.com:8388/?outline=1",
            ("outline-server.example.com", 8388, "chacha20-ietf-poly1305", "example", "", "", ""),
        ),
        (  # the older form, whose password is not percent-encoded
            "ss://" + b64("aes-256-gcm:test/!@#:@192.168.100.1:8888") + "#example-server",
            ("192.168.100.1", 8888, "aes-256-gcm", "test/!@#:", "", "", "example-server"),
        ),
        (  # padding, though SIP002 has none; standard alphabet; a slash without a query
            f"SS://{base64.b64encode(b'aes-256-gcm:a?b>c~').decode()}@example.org:1/",
            ("example.org", 1, "aes-256-gcm", "a?b>c~", "", "", ""),
        ),
        (  # IPv6, a name in Chinese, an empty plugin
            f"ss://{b64('xchacha20-ietf-poly1305:p:q')}@[2001:db8::1]:443?plugin=#%E8%B7%B3%E6%9D%BF%20relay",
            ("2001:db8::1", 443, "xchacha20-ietf-poly1305", "p:q", "", "", "\u8df3\u677f relay"),
        ),
        (  # percent-encoded padding, another name of the method
            f"ss://{b64('chacha20-poly1305:pw', padded=True).replace('=', '%3D')}@h:2",
            ("h", 2, "chacha20-ietf-poly1305", "pw", "", "", ""),
        ),
    ],
)
def test_shadowsocks_links_of_every_form(link: str, expected: tuple[Any, ...]) -> None:
    read = shadowsocks(link)
    found = (read.host, read.port, read.method, read.password, read.plugin, read.plugin_options, read.name)
    assert found == expected
    assert shadowsocks(link_of(read)) == read


def test_the_proposals_own_links_letter_by_letter() -> None:
    """SIP002 and the older "Config Format"; two of them have methods that have been broken since."""
    one = shadowsocks("ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example1")
    assert (one.method, one.password, one.name) == ("aes-128-gcm", "test", "Example1")
    assert link_of(one) == "ss://YWVzLTEyOC1nY206dGVzdA@192.168.100.1:8888#Example1"
    two = "ss://cmM0LW1kNTpwYXNzd2Q@192.168.100.1:8888/?plugin=obfs-local%3Bobfs%3Dhttp#Example2"
    old = "ss://YmYtY2ZiOnRlc3QvIUAjOkAxOTIuMTY4LjEwMC4xOjg4ODg#example-server"
    assert problem(two) is problem(old) is LinkProblemCode.METHOD_BROKEN
    three = shadowsocks(
        "ss://2022-blake3-aes-256-gcm:YctPZ6U7xPPcU%2Bgp3u%2B0tx%2FtRizJN9K8y%2BuKlW2qjlI%3D"
        "@192.168.100.1:8888/?plugin=v2ray-plugin%3Bserver#Example3"
    )
    assert (three.plugin, three.plugin_options, three.password) == ("v2ray-plugin", "server", KEY_32)


def test_outlines_prefix_is_bytes() -> None:
    read = shadowsocks(
        f"ss://{b64('chacha20-ietf-poly1305:example')}@h:1/?outline=1&prefix=%16%03%01%C2%A8%01%01"
    )
    assert read.prefix == "\x16\x03\x01\xa8\x01\x01"
    assert shadowsocks(link_of(read)) == read
    assert {odd.code for odd in oddities(read)} == {Oddity.PREFIX_IGNORED, Oddity.PASSWORD_SHORT}


def test_an_online_key_is_read_as_an_address_and_never_shown() -> None:
    read = read_one("ssconf://s3.example.org/keys/abc?x=1#My%20key")
    assert read == OnlineAccess("https://s3.example.org/keys/abc?x=1", "My key")
    assert "abc" not in repr(read)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("", LinkProblemCode.EMPTY),
        ("  \ufeff\n", LinkProblemCode.EMPTY),
        ("x" * (MAX_TEXT + 1), LinkProblemCode.TOO_LONG),
        ("hello world", LinkProblemCode.NOT_A_LINK),
        (b64("hello world"), LinkProblemCode.NOT_A_LINK),
        ("trojan://pw@h:443", LinkProblemCode.SCHEME_UNKNOWN),
        ("://x", LinkProblemCode.NOT_A_LINK),
        ("ss://", LinkProblemCode.CREDENTIALS_MISSING),
        ("ss://***@h:1", LinkProblemCode.ENCODING_DAMAGED),
        ("ss://YWVzL@h:1", LinkProblemCode.ENCODING_DAMAGED),
        (f"ss://{b64('aes-256-gcm:pw1')[:-3]}@h:1", LinkProblemCode.ENCODING_DAMAGED),
        ("ss://_____w@h:1", LinkProblemCode.NOT_TEXT),
        (f"ss://{b64('aes-256-gcm')}@h:1", LinkProblemCode.CREDENTIALS_MISSING),
        (f"ss://{b64('aes-256-gcm:')}@h:1", LinkProblemCode.PASSWORD_MISSING),
        (f"ss://{b64('aes-512-gcm:pw')}@h:1", LinkProblemCode.METHOD_UNKNOWN),
        (f"ss://{b64('rc4-md5:pw')}@h:1", LinkProblemCode.METHOD_BROKEN),
        (f"ss://{b64('none:pw')}@h:1", LinkProblemCode.METHOD_BROKEN),
        (f"ss://{b64('aes-256-gcm:pw')}@h", LinkProblemCode.PORT_MISSING),
        (f"ss://{b64('aes-256-gcm:pw')}@h:", LinkProblemCode.PORT_MISSING),
        (f"ss://{b64('aes-256-gcm:pw')}@h:0", LinkProblemCode.PORT_RANGE),
        (f"ss://{b64('aes-256-gcm:pw')}@h:65536", LinkProblemCode.PORT_RANGE),
        (f"ss://{b64('aes-256-gcm:pw')}@h:\u0661", LinkProblemCode.PORT_RANGE),
        (f"ss://{b64('aes-256-gcm:pw')}@:1", LinkProblemCode.HOST_MISSING),
        (f"ss://{b64('aes-256-gcm:pw')}@a b:1", LinkProblemCode.HOST_DAMAGED),
        (f"ss://{b64('aes-256-gcm:pw')}@[::1:1", LinkProblemCode.HOST_DAMAGED),
        (f"ss://{b64('aes-256-gcm:pw')}@[20018::1]:1", LinkProblemCode.HOST_DAMAGED),
        (f"ss://{b64('aes-256-gcm:pw')}@[fe80::1%25eth0]:1", LinkProblemCode.HOST_DAMAGED),
        (f"ss://{b64('aes-256-gcm:pw')}@h:1/?plugin=obfs-local%3Ba%00", LinkProblemCode.FIELD_DAMAGED),
        ("ss://2022-blake3-aes-256-gcm:\ud803@h:1", LinkProblemCode.KEY_LENGTH),
        (f"ss://{b64('aes-256-gcm:pw')}@h:1/?prefix=%E4%B8%AD", LinkProblemCode.PREFIX_DAMAGED),
        ("ss://2022-blake3-aes-256-gcm:c2hvcnQ%3D@h:1", LinkProblemCode.KEY_LENGTH),
        ("ss://2022-blake3-aes-128-gcm:no%20base64@h:1", LinkProblemCode.KEY_LENGTH),
        ("ssconf://user@h/x", LinkProblemCode.ADDRESS_NOT_HTTPS),
        ("ssconf:///x", LinkProblemCode.ADDRESS_NOT_HTTPS),
        ("vmess://***", LinkProblemCode.ENCODING_DAMAGED),
        ("vmess://" + b64("hello"), LinkProblemCode.JSON_DAMAGED),
        ("vmess://" + b64("[]"), LinkProblemCode.JSON_DAMAGED),
        ("vmess://" + b64("{" * 100_000), LinkProblemCode.JSON_DAMAGED),
        ("vmess://" + b64('{"v":"3","add":"h"}'), LinkProblemCode.VERSION_UNKNOWN),
        ("vmess://" + b64('{"v":"2"}'), LinkProblemCode.HOST_MISSING),
        ("vmess://" + b64('{"add":"h"}'), LinkProblemCode.PORT_MISSING),
        ("vmess://" + b64('{"add":"h","port":1}'), LinkProblemCode.UUID_MISSING),
        ("vmess://" + b64('{"add":"h","port":1,"id":"me"}'), LinkProblemCode.UUID_DAMAGED),
        ("vmess://" + b64('{"add":"h","port":1.5,"id":"x"}'), LinkProblemCode.FIELD_DAMAGED),
        (vmess(aid="-1"), LinkProblemCode.FIELD_DAMAGED),
        (vmess(tls="x"), LinkProblemCode.FIELD_DAMAGED),
        ("vmess://" + b64('{"add":"\\ud800","port":1}'), LinkProblemCode.NOT_TEXT),
        ("vless://h:1", LinkProblemCode.UUID_MISSING),
        ("vless://me@h:1", LinkProblemCode.UUID_DAMAGED),
        (f"vless://{UUID}@h:1?flow=%00", LinkProblemCode.FIELD_DAMAGED),
        (f"vless://{UUID}@h:1?flow=%ff", LinkProblemCode.NOT_TEXT),
        ("{", LinkProblemCode.JSON_DAMAGED),
        ("[1]", LinkProblemCode.JSON_DAMAGED),
        ('{"version":2,"servers":[]}', LinkProblemCode.VERSION_UNKNOWN),
        ('{"version":1,"servers":[]}', LinkProblemCode.NO_SERVERS),
        ('{"version":1,"servers":[1]}', LinkProblemCode.FIELD_DAMAGED),
        ('{"version":1,"servers":[{"server":"h","server_port":true}]}', LinkProblemCode.PORT_MISSING),
    ],
)  # fmt: skip
def test_each_damage_has_its_own_sentence(link: str, code: LinkProblemCode) -> None:
    assert problem(link) is code


def test_no_secret_is_in_what_is_told_or_logged() -> None:
    secret = "S3cretPassw0rd-and-longer"
    access = shadowsocks(f"ss://{b64(f'aes-256-gcm:{secret}')}@h:1")
    known = VmessAccess(host="h", port=1, uuid=UUID)
    vless = VlessAccess(host="h", port=1, uuid=UUID)
    assert secret not in repr(access)
    assert UUID not in repr(known) + repr(vless)
    for link in (f"ss://{b64(secret)}@h:1", f"vless://{secret}@h:1", vmess(id=secret)):
        (told,) = read_links(link).problems
        assert secret not in link_problem_sentence(told) + repr(told)


def test_a_password_in_the_methods_place_is_not_repeated() -> None:
    secret = "S3cretPassw0rd"
    for link in (f"ss://{b64(f'{secret}:aes-256-gcm')}@h:1", f"ss://{secret}:x@h:1"):
        (told,) = read_links(link).problems
        assert told.code is LinkProblemCode.METHOD_UNKNOWN
        assert secret not in link_problem_sentence(told) + repr(told)
    (told,) = read_links(f"ss://{b64('aes-512-gcm:x')}@h:1").problems
    assert '"aes-512-gcm"' in link_problem_sentence(told)


def test_a_name_cannot_play_tricks_on_who_reads_it() -> None:
    read = shadowsocks(f"ss://{b64('aes-256-gcm:pw')}@h:1#a%0D%0Ab%1B[31m%E2%80%AEc{'x' * 500}")
    assert read.name.startswith("a b [31m c")
    assert len(read.name) <= 200
    assert read.name.isprintable()


# --- several at once --------------------------------------------------------------------------------------


def test_lines_are_read_one_by_one_and_the_bad_ones_are_numbered() -> None:
    good = f"ss://{b64('aes-256-gcm:pw')}@h:1#one"
    text = f"{good}\r\n\n  trojan://x  \n{link_of(VmessAccess(host='h', port=2, uuid=UUID, name='two'))}\nss://\n"
    for spelled in (text, b64(text), "\n".join([b64(text)[:30], b64(text)[30:]])):
        found = read_links(spelled)
        assert [getattr(access, "name", "") for access in found.accesses] == ["one", "two"]
        assert [(p.number, p.code) for p in found.problems] == [
            (2, LinkProblemCode.SCHEME_UNKNOWN),
            (4, LinkProblemCode.CREDENTIALS_MISSING),
        ]


def test_sip008_is_read_and_written() -> None:
    """The document of the proposal, with its second server broken."""
    document = {
        "version": 1,
        "servers": [
            {
                "id": "27b8a625-4f4b-4428-9f0f-8a2317db7c79",
                "remarks": "Name of the server",
                "server": "example.com",
                "server_port": 8388,
                "password": "example",
                "method": "chacha20-ietf-poly1305",
                "plugin": "obfs-local",
                "plugin_opts": "obfs=http",
            },
            {"server": "two.example.com", "server_port": "99999", "method": "aes-256-gcm", "password": "x"},
            {"server": "three.example.com", "server_port": "8389", "method": "aes-256-gcm", "password": "x",
             "remarks": None},
        ],
        "bytes_used": 274877906944,
    }  # fmt: skip
    found = read_links("\ufeff" + json.dumps(document))
    first, third = found.accesses
    assert isinstance(first, ShadowsocksAccess)
    assert isinstance(third, ShadowsocksAccess)
    assert (first.name, first.plugin, first.plugin_options) == (
        "Name of the server",
        "obfs-local",
        "obfs=http",
    )
    assert [(p.number, p.code) for p in found.problems] == [(2, LinkProblemCode.PORT_RANGE)]
    written = sip008((first, third))
    assert read_links(written).accesses == (first, third)
    assert sip008((first, third)) == written


def test_outlines_single_object_is_read() -> None:
    read = read_one(
        '{"server":"h","server_port":8388,"password":"example","method":"chacha20-ietf-poly1305"}'
    )
    assert isinstance(read, ShadowsocksAccess)


# --- vmess:// and vless:// --------------------------------------------------------------------------------


def test_v2rayns_link_with_numbers_as_texts_or_numbers() -> None:
    values = {
        "v": "2", "ps": "\u5317\u4eac", "add": "203.0.113.10", "port": "16824", "id": UUID, "aid": "0",
        "scy": "auto", "net": "ws", "type": "none", "host": "cdn.example.org", "path": "/a?b=1", "tls": "tls",
        "sni": "relay.example.org", "alpn": "", "fp": "chrome", "insecure": "0", "vcn": "",
        "pcs": "AA:" * 31 + "aa",
    }  # fmt: skip
    spelled = base64.b64encode(json.dumps(values).encode()).decode()
    read = read_one(f"vmess://{spelled}")
    assert isinstance(read, VmessAccess)
    assert (read.name, read.port, read.network, read.tls) == ("\u5317\u4eac", 16824, "ws", True)
    assert read.pinned_certificate == "aa" * 32
    numbers = values | {"v": 2, "port": 16824, "aid": 0, "insecure": False}
    assert read_one("vmess://" + b64(json.dumps(numbers))) == read
    back = json.loads(base64.b64decode(link_of(read).removeprefix("vmess://")))
    assert {name: value for name, value in values.items() if name not in ("vcn", "pcs")} == {
        name: value for name, value in back.items() if name != "pcs"
    }


def test_vless_links() -> None:
    place = f"vless://{UUID}@[2001:db8::7]:17824"
    options = f"encryption=none&security=tls&sni=relay.lab&type=tcp&flow=xtls-rprx-vision&pcs={'aa' * 32}"
    link = f"{place}?{options}#gpu"
    read = read_one(link)
    assert isinstance(read, VlessAccess)
    assert (read.host, read.port, read.flow, read.server_name) == (
        "2001:db8::7",
        17824,
        "xtls-rprx-vision",
        "relay.lab",
    )
    assert link_of(read) == link
    assert [odd.code for odd in oddities(read)] == [Oddity.LOCAL_ADDRESS]  # reserved for documentation
    bare = read_one(f"vless://{UUID}@h.example.org:1?type=grpc")
    assert isinstance(bare, VlessAccess)
    assert (bare.network, bare.encryption, bare.security) == ("grpc", "none", "")


LOCAL_SPELLINGS = (
    *("127.1", "2130706433", "0x7f000001", "0x7F.1", "017700000001", "0177.0.0.1", "0", "10.1", "127.0.0.1."),
    *("::ffff:127.0.0.1", "::1", "100.64.0.1", "a.localhost", "printer.local", "metadata.google.internal"),
)


def test_a_host_without_end_holds_nobody_up() -> None:
    """Its form for DNS takes minutes."""
    (problem,) = read_links("ss://YWVzLTI1Ni1nY206YQ@" + "\ufdfa" * 900_000 + ":1").problems
    assert problem.code is LinkProblemCode.HOST_DAMAGED


def test_what_is_odd_is_told() -> None:
    def codes(access: Access) -> list[Oddity]:
        found = oddities(access)
        assert all("?" not in oddity_sentence(odd) for odd in found)
        return [odd.code for odd in found]

    long = "a long enough password"
    ss = ShadowsocksAccess(host="example.org", port=1, method="aes-256-gcm", password=long)
    assert codes(ss) == []
    changed: list[tuple[dict[str, str], list[Oddity]]] = [
        ({"method": "aes-128-gcm"}, [Oddity.METHOD_SLOW]),
        ({"plugin": "obfs-local"}, [Oddity.PLUGIN_NEEDED]),
        ({"password": "short"}, [Oddity.PASSWORD_SHORT]),
        ({"host": "192.168.1.2"}, [Oddity.LOCAL_ADDRESS]),
        ({"host": "LOCALHOST."}, [Oddity.LOCAL_ADDRESS]),
        *(({"host": host}, [Oddity.LOCAL_ADDRESS]) for host in LOCAL_SPELLINGS),
        *(
            ({"host": host}, [])
            for host in ("8.8.8.8", "134744072", "1.1", "::ffff:8.8.8.8", "08.8", "256.1", "0x.1")
        ),
    ]
    for change, expected in changed:
        values: dict[str, Any] = {"host": ss.host, "port": 1, "method": ss.method, "password": long} | change
        assert codes(ShadowsocksAccess(**values)) == expected
    odd_one = VmessAccess(
        host="h", port=1, uuid=UUID, alter_id=64, security="none", network="kcp", is_insecure=True
    )
    assert codes(odd_one) == [Oddity.ALTER_ID, Oddity.ENCRYPTED_ALL_THE_SAME]


@pytest.mark.parametrize("method", AEAD)
def test_outline_is_given_only_what_it_can_use(method: str) -> None:
    access = ShadowsocksAccess(host="h", port=1, method=method, password="x" * 16)
    can = not for_outline(access)
    assert can == (not method.startswith("xchacha20"))
    with_plugin = ShadowsocksAccess(host="h", port=1, method=method, password="x", plugin="obfs-local")
    assert Oddity.NOT_FOR_OUTLINE_PLUGIN in [odd.code for odd in for_outline(with_plugin)]
    for odd in for_outline(with_plugin):
        assert "?" not in oddity_sentence(odd)


# --- properties -------------------------------------------------------------------------------------------

hosts = st.sampled_from(["example.org", "203.0.113.10", "2001:db8::7", "a_b.example", "xn--r8jz45g.jp"])
ports = st.integers(1, 65535)
names = st.text(st.characters(exclude_categories=("C", "Z")), max_size=30)
passwords = st.text(min_size=1, max_size=40)
words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
pins = st.sampled_from(["", "ab" * 32])


@given(
    st.builds(
        ShadowsocksAccess,
        host=hosts, port=ports, method=st.sampled_from(AEAD), password=passwords,
        plugin=st.sampled_from(["", "obfs-local"]),
        prefix=st.text(st.characters(max_codepoint=0xFF), max_size=8), name=names,
    )
)  # fmt: skip
def test_every_shadowsocks_link_reads_back(access: ShadowsocksAccess) -> None:
    link = link_of(access)
    assert link.isascii()
    assert not set(link) & set(" \r\n\"'<>")
    assert shadowsocks(link) == access
    if not access.prefix:
        assert read_links(sip008((access,))).accesses == (access,)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32), names)
def test_every_key_of_aead_2022_reads_back(short: bytes, long: bytes, name: str) -> None:
    for method, length in KEY_BYTES.items():
        key = base64.b64encode(short if length == 16 else long).decode()
        access = ShadowsocksAccess(host="h", port=1, method=method, password=key, name=name)
        assert shadowsocks(link_of(access)) == access


@given(
    st.builds(
        VmessAccess,
        host=hosts, port=ports, uuid=st.uuids().map(str), alter_id=st.integers(0, 65535),
        security=words.filter(bool), network=words.filter(bool), header_type=words.filter(bool),
        host_header=words, path=words, tls=st.booleans(), server_name=words, alpn=words, fingerprint=words,
        pinned_certificate=pins, is_insecure=st.booleans(), name=names,
    )
)  # fmt: skip
def test_every_vmess_link_reads_back(access: VmessAccess) -> None:
    assert read_one(link_of(access)) == access


@given(
    st.builds(
        VlessAccess,
        host=hosts, port=ports, uuid=st.uuids().map(str), encryption=words.filter(bool), flow=words,
        network=words.filter(bool), header_type=words.filter(bool),
        security=words.filter(lambda word: word != "none"), server_name=words,
        pinned_certificate=pins, path=words, host_header=words, is_insecure=st.booleans(), name=names,
    )
)  # fmt: skip
def test_every_vless_link_reads_back(access: VlessAccess) -> None:
    assert read_one(link_of(access)) == access


pieces = st.sampled_from(
    ["ss://", "vmess://", "vless://", "ssconf://", "@", ":", "#", "?", "/", "[", "]", "%", "%zz", "%00", "=",
     "&", "plugin", "prefix", "2022-blake3-aes-256-gcm", "{", "}", '"servers":[', "\n",
     b64("aes-256-gcm:pw"), "h:1"]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=6), max_size=12).map("".join))
@settings(max_examples=500)
def test_anything_that_is_pasted_is_read_or_told(text: str) -> None:
    found = read_links(text)
    assert found.accesses or found.problems
    for told in found.problems:
        assert link_problem_sentence(told)
    for access in found.accesses:
        if not isinstance(access, OnlineAccess):
            assert read_one(link_of(access)) == access


def test_methods_are_in_one_list_only() -> None:
    assert not set(AEAD) & set(STREAM)
    assert not set(AEAD) & set(KEY_BYTES)
