"""No name survives the masking, and the same name always becomes the same word."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from app.core.diagnosis import Advice, Check, Diagnosis, Examined, Verdict
from app.core.faults import Fault, FaultCode
from app.core.profiles import AdminLogin, Document, Relay, ReverseRoute, Server
from app.core.routes import V2rayCarrier
from app.core.shadowsocks import ShadowsocksServer
from app.export.doctor_report import doctor_report
from app.export.mask import Mask

HOME = "/home/quentin"
PRINT_A, PRINT_B = "SHA256:" + "A" * 43, "SHA256:" + "b" * 43


def document() -> Document:
    relay = Relay(
        id="r",
        name="tokyo-box",
        host="gate.example.org",
        user="ubuntu",
        identity="~/.ssh/tokyo.key",
        admin=AdminLogin(user="quentin", identity="/media/stick/q.pem"),
    )
    other = Relay(id="r2", name="office", host="127.0.0.1", user="ubuntu")
    server = Server(
        id="s",
        alias="lab-gpu",
        relay_id="r",
        user="qchen",
        route=ReverseRoute(host="10.1.2.3"),
        identity=f"{HOME}/.ssh/id_ed25519",
    )
    return Document(relays=(relay, other), servers=(server,))


def mask() -> Mask:
    return Mask(document(), home=HOME, user="quentin", computer="quentins-pc")


def test_names_become_words() -> None:
    text = mask().text
    assert text("tokyo-box at GATE.example.org, office") == "relay-1 at relay-host-1, relay-2"
    assert text("lab-gpu.relaytray.internal") == "server-1.relaytray.internal"
    assert text("ubuntu, quentin, QChen") == "user-1, user-2, user-3"
    assert text("ubuntu@lab-gpu says lab-gpu") == "user-1@server-1 says server-1"
    assert text(f"{HOME}/.ssh/known_hosts:3 on Quentins-PC") == "~/.ssh/known_hosts:3 on this-computer"
    assert text(f"{HOME}/.ssh/tokyo.key, ~/.ssh/tokyo.key") == "~/.ssh/key-1, ~/.ssh/key-1"
    assert text("/media/stick/q.pem") == "key-2"
    assert text(f"{HOME}/.ssh/id_ed25519") == "~/.ssh/id_ed25519"


def test_ways_around_ssh_have_names_as_well() -> None:
    carrier = V2rayCarrier(host="v.example.org", server_name="cert.example.org", websocket_host="cdn.example")
    relay = Relay(id="r", name="tokyo-box", host="gate.example.org", carrier=carrier)
    proxy = ShadowsocksServer(id="p", name="my proxy", host="ss.example.org", port=1, method="aes-256-gcm")
    text = Mask(Document(relays=(relay,), shadowsocks=(proxy,))).text
    assert text("cdn.example, cert.example.org, v.example.org, my proxy at ss.example.org") == (
        "relay-host-4, relay-host-3, relay-host-2, shadowsocks-1 at shadowsocks-host-1"
    )


def test_addresses_and_fingerprints_become_words() -> None:
    text = mask().text
    assert text("198.51.100.7, 2001:db8::1%eth0 and 198.51.100.7") == "address-1, address-2 and address-1"
    assert text("via 10.1.2.3:22222") == "via host-1:22222"
    assert text("127.0.0.1:10080, ::1, 0.0.0.0, localhost") == "127.0.0.1:10080, ::1, 0.0.0.0, localhost"
    assert text("12:34:56, OpenSSH_9.2p1, 1.2.3, 999.1.1.1") == "12:34:56, OpenSSH_9.2p1, 1.2.3, 999.1.1.1"
    assert text(f"{PRINT_A} not {PRINT_B}, {PRINT_A}") == "fingerprint-1 not fingerprint-2, fingerprint-1"


def test_windows_paths() -> None:
    made = Mask(document(), home="C:\\Users\\Quentin", user="Quentin", computer="")
    assert made.text("C:\\Users\\quentin\\.ssh\\tokyo.key") == "~\\.ssh\\key-1"


def test_a_diagnosis_is_masked_as_a_whole_and_stays_readable() -> None:
    fault = Fault.of(FaultCode.TUNNEL_DOWN, alias="lab-gpu", port=22222, relay="tokyo-box")
    checks = (
        Examined(
            check=Check.DNS,
            verdict=Verdict.GOOD,
            advice=Advice.ADDRESSES,
            details={"host": "gate.example.org", "addresses": "198.51.100.7"},
            figure="3 ms",
        ),
        Examined(check=Check.REVERSE_LISTENER, verdict=Verdict.BAD, fault=fault),
        Examined(
            check=Check.SERVER_BANNER,
            verdict=Verdict.SKIPPED,
            advice=Advice.EARLIER_FIRST,
            details={"check": Check.REVERSE_LISTENER.value},
        ),
    )
    diagnosis = Diagnosis(relay_name="tokyo-box", alias="lab-gpu", checks=checks)
    report = doctor_report([mask().diagnosis(diagnosis)], ["RelayTray 1.0"])
    assert report == (
        "# RelayTray doctor\n\n* RelayTray 1.0\n\n## server-1 through relay-1\n\n"
        "* Address of the relay: GOOD (3 ms)\n  relay-host-1 is at address-1.\n"
        "* Tunnel of the server: WRONG\n"
        '  The relay "relay-1" is up, but nothing listens on its port 22222: the tunnel from server-1 is '
        "down. Start the tunnel again on server-1, for example from its web terminal.\n"
        "* SSH of the server: NOT LOOKED AT\n"
        '  First "Tunnel of the server" has to be put right.\n'
    )
    plain = doctor_report([diagnosis], [])
    assert "lab-gpu through tokyo-box" in plain
    alone = Diagnosis(relay_name="tokyo-box", alias="", checks=())
    assert "## tokyo-box\n" in doctor_report([alone], [])


# Names that no word of ours holds: else "user" would survive in "user-1".
NAME = st.builds(
    lambda word: f"zq{word}x", st.text(string.ascii_letters + string.digits + ".-_", max_size=12)
)
BETWEEN = st.text(string.printable + "\u00e9\u4e2d\u0130\u1e9e", max_size=8)


@given(names=st.lists(NAME, min_size=7, max_size=7), gaps=st.lists(BETWEEN, min_size=9, max_size=9))
def test_no_name_survives_anywhere(names: list[str], gaps: list[str]) -> None:
    name, host, user, alias, server_user, key, computer = names
    relay = Relay(id="r", name=name, host=host, user=user, identity=f"/mnt/{key}")
    server = Server(id="s", alias=alias, relay_id="r", user=server_user, identity=f"~/{key}2")
    made = Mask(
        Document(relays=(relay,), servers=(server,)), home=f"/home/{user}", user=user, computer=computer
    )
    said = "".join(gap + part for gap, part in zip(gaps, [*names, host.upper(), user.title()], strict=True))
    fault = Fault.of(FaultCode.LINK_LOST, host=host, reason=said)
    details = {"path": f"/home/{user}/{key}2 {said}", "reason": said}
    examined = (
        Examined(check=Check.LOGIN, verdict=Verdict.BAD, fault=fault),
        Examined(check=Check.KEY_FILE, verdict=Verdict.WARNING, advice=Advice.KEY_EXPOSED, details=details),
    )
    diagnosis = Diagnosis(relay_name=name, alias=alias, checks=examined)
    report = doctor_report([made.diagnosis(diagnosis)], []).casefold()
    assert not [one for one in names if one.casefold() in report]


ADDRESS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(
    lambda address: not address.is_loopback and not address.is_unspecified
)


@given(ADDRESS, st.sampled_from(["", " ", "(", "[", "at "]), st.sampled_from(["", " ", ")", "]", ".", ", x"]))
def test_no_address_survives(address: object, before: str, after: str) -> None:
    assert str(address) not in mask().text(f"{before}{address}{after}")


@given(st.text(max_size=60))
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask().text(text), str)
    assert mask().text(text) == mask().text(text)
