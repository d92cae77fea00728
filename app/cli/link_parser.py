"""The command line of ``link``."""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, action, actions_of, command


def add(commands: Commands) -> None:
    about = "links and QR codes of Shadowsocks, VMess and VLESS: into the profiles, and to phones"
    actions = actions_of(command(commands, "link", about))
    import_ = action(actions, "import", "show what links lead to, and take them into the profiles")
    import_.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="text with links, a SIP008 file, or a picture of QR codes; - = links on standard input. A link "
        "itself is no argument: other accounts of a computer can read those",
    )
    import_.add_argument("--file", dest="named_file", metavar="FILE", help="the same")
    import_.add_argument("--yes", action="store_true", help="take everything that can be, without asking")
    export = action(actions, "export", "the link of a Shadowsocks server, for a phone or another computer")
    export.add_argument("name", metavar="NAME", help="Shadowsocks server")
    forms = export.add_mutually_exclusive_group()
    forms.add_argument("--qr", type=Path, metavar="FILE", help="write it as a picture (PNG) of a QR code")
    forms.add_argument("--terminal", action="store_true", help="show the QR code here")
    export.add_argument(
        "--show",
        action="store_true",
        help="write the link, which has the password in it, also where no terminal is",
    )
