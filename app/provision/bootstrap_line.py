"""The one line that is pasted into a GPU server's web terminal.

It carries a one-time key and the relay's host key, fetches the real script from the relay
(``resources/scripts/server/server.sh``, filled in by ``relay/enrol``) and runs it. Its rules:

* at most 1,200 characters, one line, no ``!`` (shells' history) and no ``'``: it stands in ``echo '...'|sh``,
  so that it can be pasted into fish and csh, too, and leaves the person's shell as it was;
* its key is on no program's command line, where others on that machine could read it: every shell has an echo
  of its own. Some of these make a newline of ``\\n``, which may stand only where either is right;
* a POSIX sh, ssh and ssh-keygen are enough; ``rm`` is used only where it is there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LONGEST = 1200
MARK = "relaytray-"  # files and lines of ours on the server are called relaytray-<id>

# Where the base64 of an ed25519 key has its public blob for the first time, and how much of it comes again.
_REPEATED_AT = 60
_REPEATED_LENGTH = 64

_ID = re.compile(r"[a-z0-9]{8}")
_HOST = re.compile(r"[A-Za-z0-9._:%][A-Za-z0-9._:%-]{0,254}")
_USER = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._@+-]{0,63}")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]+=*")
_PUBLIC_KEY = re.compile(r"[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]+=*")

# The shortest that is sure to do comes first; an old ssh knows all of these.
_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)

# With @PLACES@ for the parts. ssh-keygen makes ~/.ssh, without mkdir; its key is the one server.sh wants.
_BEGIN = (
    "umask 077;cd;K=.ssh/@MARK@;"
    '[ -d .ssh ]||{ export M=1;ssh-keygen -qt ed25519 -N "" -f ~/$K; };'
    'A=@REPEATED@;O="OPENSSH PRIVATE KEY-----";printf "%s\\n" "-----BEGIN $O" @KEY@ "-----END $O">$K.e'
)
_SSH = (
    "SSH_AUTH_SOCK= ssh -nTF/dev/null -i$K.e -oUserKnownHostsFile=$K.r -oHostKeyAlias=r -oBatchMode=yes"
    " -oConnectTimeout=15 -p@PORT@ @USER@@@HOST@"
)
_PIN_KEY = f"echo r @HOST_KEY@>$K.r;m=$({_SSH} script 2>&1@INTO@)"
# A large RSA key does not fit: ask the relay for it without a login, and trust the one with this fingerprint.
_PIN_FINGERPRINT = (
    f's(){{ {_SSH} "$@" 2>&1@INTO@; }};(:>$K.r);s -oStrictHostKeyChecking=no -oPreferredAuthentications=none'
    " -oHostKeyAlgorithms=@ALGORITHMS@ >$K.n;"
    "case $(ssh-keygen -lf$K.r) in *@FINGERPRINT@*);;*)(:>$K.r);esac;m=$(s script)"
)
# The script begins after its "#!/bin/sh": before that may stand the relay's banner, and what the shell of an
# account there says at each login. Where there is no room nobody looks whether a script came; where there is
# even less, nothing is skipped.
_SKIPPED = 'printf "%s\\n" "${m#*#?/bin/sh}">$K.n&&exec sh $K.n;'
_CHECKED = f'&&case $m in *#?/bin/sh*){_SKIPPED}m="the disk is full.";esac;'
_INTO_FILE, _AS_IT_IS = " >$K.n", "&&exec sh $K.n;"
_RUN = "[ -f $K.sh ]&&exec sh $K.sh;(:>$K.e);rm -f $K*;"
_EXPLAIN = (
    'case $m in *Tray*);;*"denied ("*)m="this line has expired.";;'
    '*"key verif"*)m="another machine answered, not the relay.";;'
    '*ssh:*)m="the relay cannot be reached from here: $m";esac;'
    '[ $M ]&&rmdir .ssh;echo "RelayTray: ${m#*Tray: }"'
)
_UNWRITABLE = '||{ echo "RelayTray: cannot write in ~/.ssh.";exit 1; }'
_PASS_ON = 'echo "RelayTray: $m"'  # where there is no room: ssh's own words
# What may become of an unwritable folder, of what came, and of an error; the best that fits is taken.
_ENDS = (
    (_UNWRITABLE, "", _CHECKED, _EXPLAIN),
    (_UNWRITABLE, "", f"&&{_SKIPPED}", _EXPLAIN),
    ("", "", _CHECKED, _PASS_ON),
    ("", "", f"&&{_SKIPPED}", _PASS_ON),
    ("", _INTO_FILE, _AS_IT_IS, _PASS_ON),
)


class LineTooLongError(ValueError):
    """The parts do not fit into one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineParts:
    """What a line is made of. ``enrolment_key``: the base64 between BEGIN and END of an OpenSSH key file."""

    id: str
    enrolment_key: str = field(repr=False)
    enrol_user: str
    host: str
    port: int
    host_keys: tuple[str, ...]  # "ssh-ed25519 AAAA..." of the relay, without a name or a comment


def line_text(parts: LineParts) -> str:
    """The line. Raises ValueError for a part that may not stand in it, LineTooLongError.

    The legal parts always fit: with a name of 255 characters and a user of 32 the line has less than 1,200.
    """
    _check(parts)
    begin, key = _key_words(parts.enrolment_key)
    places = {
        "MARK": MARK + parts.id,
        "REPEATED": begin,
        "KEY": key,
        "PORT": str(parts.port),
        "USER": parts.enrol_user,
        "HOST": parts.host,
    }
    shortest = 0
    for host_key in _shortest_first(parts.host_keys):
        for pin in (_PIN_KEY, _PIN_FINGERPRINT):
            for wrong, into, run, end in _ENDS:
                text = f"{_BEGIN}{wrong};{pin}{run}{_RUN}{end}"
                script = _filled(text, {**places, **_key_places(host_key), "INTO": into})
                line = f"echo '{script}'|sh"
                if len(line) <= LONGEST:
                    return line
                shortest = min(shortest or len(line), len(line))
    raise LineTooLongError(f"{shortest} characters, {LONGEST} at most")


def _key_words(body: str) -> tuple[str, str]:
    """The key's base64 in shell words, with what stands in it twice as ``$A``.

    The public half of an ed25519 key stands three times in its file, two of them at the same distance from
    a multiple of three bytes, so that even its base64 is the same.
    """
    repeated = body[_REPEATED_AT : _REPEATED_AT + _REPEATED_LENGTH]
    return repeated, body.replace(repeated, "${A}")


def _shortest_first(host_keys: Sequence[str]) -> list[str]:
    known = [key for key in host_keys if key.split()[0] in _KEY_TYPES]
    if not known:
        raise ValueError("no host key of the relay that ssh could compare")
    return sorted(known, key=lambda key: (_KEY_TYPES.index(key.split()[0]), len(key)))


def _key_places(host_key: str) -> dict[str, str]:
    """With the algorithms of the fingerprint's key: the relay could show a key of another type first."""
    key_type, blob = host_key.split()
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode().rstrip("=")
    algorithms = "rsa-sha2-512,ssh-rsa" if key_type == "ssh-rsa" else key_type
    return {"HOST_KEY": host_key, "FINGERPRINT": digest, "ALGORITHMS": algorithms}


def _filled(text: str, places: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda found: places[found[1]], text)


def _check(parts: LineParts) -> None:
    """What goes between the quotes is spelled out, so that no profile can say anything to a shell."""
    legal = (
        _ID.fullmatch(parts.id),
        _KEY_BODY.fullmatch(parts.enrolment_key),
        _USER.fullmatch(parts.enrol_user),
        _HOST.fullmatch(parts.host),
        all(_PUBLIC_KEY.fullmatch(key) for key in parts.host_keys),
        0 < parts.port < 65536,
    )
    if not all(legal):
        raise ValueError("a part that may not stand in a bootstrap line")
