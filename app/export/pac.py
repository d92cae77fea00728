"""A proxy auto-config file: which names browsers reach through the local port, and which directly.

Sources: the PAC format as Chromium and Firefox read it (``FindProxyForURL``; hosts only: https addresses
come without their paths); the AutoProxy rule list format 0.2.9 that GFWList is written in.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.shadowsocks import Others

MIME_TYPE = "application/x-ns-proxy-autoconfig"
MAX_DOMAINS = 200_000
_LONGEST = 253  # characters of a domain (RFC 1035 section 2.3.4, without the dot at its end)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS = re.compile(r"[0-9.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PacRules:
    """Domains stand for themselves and everything below them. The person's own lists win over the others.

    In one list the longer name wins: with ``example.org`` proxied and ``cdn.example.org`` direct both hold.
    """

    own_proxied: tuple[str, ...] = ()
    own_direct: tuple[str, ...] = ()
    listed_proxied: tuple[str, ...] = ()
    listed_direct: tuple[str, ...] = ()
    others: Others = Others.DIRECT


@dataclass(frozen=True, slots=True)
class RuleList:
    """What a GFWList file says, as far as it is about whole hosts."""

    proxied: tuple[str, ...]
    direct: tuple[str, ...]
    left_out: int  # rules about parts of addresses or patterns, which no browser tells a PAC file for https


def pac_text(rules: PacRules, port: int) -> str:
    """The file, for a port on 127.0.0.1 that speaks SOCKS5 and HTTP.

    It looks nothing up: names go to the far end. A name that is to go through the port never falls back to a
    direct connection: that would tell everybody on the way what the person meant to keep to themselves.
    ``PROXY`` is for engines that know no SOCKS5 (WinINET): their ``SOCKS`` is version 4, for which they would
    look the name up here.
    """
    proxy = f"SOCKS5 127.0.0.1:{port}; PROXY 127.0.0.1:{port}"
    values = {
        "PROXY": proxy,
        "OTHERS": proxy if rules.others is Others.PROXIED else "DIRECT",
        "OWN": _verdicts(rules.own_proxied, rules.own_direct),
        "LISTED": _verdicts(rules.listed_proxied, rules.listed_direct),
    }
    head = "".join(f"var {name} = {json.dumps(value, sort_keys=True)};\n" for name, value in values.items())
    return head + _SCRIPT


def own_domains(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A list that a person typed, as (domains, what is no domain): one a line, or with commas and spaces.

    What follows a ``#`` is a note.
    ``https://www.example.org/x``, ``*.example.org`` and ``.example.org`` are taken as what they mean.
    """
    domains: dict[str, None] = {}
    odd: dict[str, None] = {}
    for word in re.split(r"[\s,;]+", re.sub(r"#.*", "", text)):
        if word:
            domain = _domain_of(word)
            if domain:
                domains[domain] = None
            else:
                odd[word] = None
    return tuple(domains), tuple(odd)


def rule_list(text: str) -> RuleList:
    """A GFWList file: AutoProxy rules, in base64 or plain. Raises ValueError when it is neither."""
    proxied: dict[str, None] = {}
    direct: dict[str, None] = {}
    left_out = 0
    for line in _rules(text):
        rule = line.removeprefix("@@")
        domain = _rule_domain(rule)
        if not domain:
            left_out += 1
        elif len(proxied) + len(direct) >= MAX_DOMAINS:
            raise ValueError(f"more than {MAX_DOMAINS} names")
        else:
            (direct if line.startswith("@@") else proxied)[domain] = None
    if not proxied and not direct:
        raise ValueError("no rules in it")
    return RuleList(tuple(proxied), tuple(direct), left_out)


def _rules(text: str) -> Iterable[str]:
    text = text.strip().removeprefix("\ufeff")
    if not text.startswith("["):
        try:
            text = base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as e:
            raise ValueError("it is no list of AutoProxy rules") from e
    lines = [line.strip() for line in text.splitlines()]
    if not lines or not lines[0].lower().startswith("[autoproxy"):
        raise ValueError("it is no list of AutoProxy rules")
    return [line for line in lines[1:] if line and not line.startswith("!")]


def _rule_domain(rule: str) -> str:
    """The host that the rule is about as a whole, or "" when it is about less or more than one."""
    if rule.startswith("/"):
        return ""  # a regular expression
    if rule.startswith("||"):
        rule = rule[2:]
    elif rule.startswith("|"):
        rule = rule[1:]
        if "://" not in rule:
            return ""
    host, slash, path = rule.partition("://")[2].partition("/") if "://" in rule else rule.partition("/")
    if slash and path.strip("*^"):
        return ""
    return _domain_of(host.rstrip("^*|"))


def _domain_of(word: str) -> str:
    """The domain of what a person or a list calls it; "" for what is none."""
    word = word.strip().lower()
    if "://" in word:
        word = word.split("://", 1)[1]
    word = word.split("/", 1)[0].rsplit("@", 1)[-1].removeprefix("*").strip(".")
    if not word.startswith("["):
        word = re.sub(r":[0-9]+$", "", word)
    if len(word) > _LONGEST:  # before anything that takes long for it
        return ""
    if not word.isascii():
        try:
            word = word.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    if len(word) > _LONGEST or not _DOMAIN.fullmatch(word):
        return ""
    return "" if word.isdigit() or (_ADDRESS.fullmatch(word) and word.count(".") != 3) else word


def _verdicts(proxied: Iterable[str], direct: Iterable[str]) -> dict[str, int]:
    """1 = through the port, 0 = directly. A name in both lists is reached directly."""
    return dict.fromkeys(proxied, 1) | dict.fromkeys(direct, 0)


# Old engines run it, too: no let, no arrow functions. Only its own properties count in the tables: a host may
# be called "constructor".
_SCRIPT = r"""
var own = Object.prototype.hasOwnProperty;

function verdict(table, host) {
  var name = host;
  while (name) {
    if (own.call(table, name)) { return table[name] ? PROXY : "DIRECT"; }
    var dot = name.indexOf(".");
    name = dot < 0 ? "" : name.substring(dot + 1);
  }
  return "";
}

function isPrivate(host) {
  if (host.indexOf(".") < 0 && host.indexOf(":") < 0) { return true; }
  if (/\.(local|localhost|internal|lan|home|localdomain|test|home\.arpa)$/.test(host)) { return true; }
  if (host.indexOf(":") >= 0) {
    // Browsers spell an IPv4 address inside of an IPv6 one in hexadecimal.
    return /^(::1?$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:(127|10)\.|::ffff:192\.168\.)/.test(host) ||
      /^::ffff:(7f[0-9a-f]{2}|a[0-9a-f]{2}|c0a8|ac1[0-9a-f]|a9fe):/.test(host);
  }
  var part = /^([0-9]{1,3})\.([0-9]{1,3})\.[0-9]{1,3}\.[0-9]{1,3}$/.exec(host);
  if (!part) { return false; }
  var a = Number(part[1]), b = Number(part[2]);
  return a === 0 || a === 10 || a === 127 || (a === 169 && b === 254) || (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127) || a >= 224;
}

function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return verdict(OWN, host) || (isPrivate(host) ? "DIRECT" : verdict(LISTED, host) || OTHERS);
}
"""
