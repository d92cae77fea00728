"""What a person can ask for, as data: the tray menu and the window hand the same actions to one place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.shadowsocks import Steering


class Command(StrEnum):
    """``subject`` of an ``Action`` is a server id, a relay id or empty, as said beside each."""

    CONNECT = "connect"  # server
    DISCONNECT = "disconnect"  # server
    CONNECT_RELAY = "connect-relay"  # relay
    DISCONNECT_RELAY = "disconnect-relay"  # relay
    DISCONNECT_ALL = "disconnect-all"
    COPY_SSH_CONFIG = "copy-ssh-config"  # server
    COPY_SOCKS_ADDRESS = "copy-socks-address"  # relay
    COPY_ENVIRONMENT_SH = "copy-environment-sh"  # relay
    COPY_ENVIRONMENT_POWERSHELL = "copy-environment-powershell"  # relay
    COPY_ENVIRONMENT_CMD = "copy-environment-cmd"  # relay
    COPY_TEXT = "copy-text"  # the text itself
    SHOW_SERVER = "show-server"  # server: opens the window there
    SHOW_RELAY = "show-relay"  # relay: opens the window there
    RETRY_LISTENERS = "retry-listeners"
    USE_PORT = "use-port"  # "<purpose>/<relay or server id>/<old port>/<new port>"
    EDIT_RELAY = "edit-relay"  # relay
    EDIT_SERVER = "edit-server"  # server
    EDIT_SERVER_FIELD = "edit-server-field"  # "<server id>/<field, or empty>": the editor opens there
    GIVE_SSH_PORT = "give-ssh-port"  # server: a free plain ssh port
    OPEN_USES = "open-uses"  # server
    OPEN_DOCTOR = "open-doctor"  # server or relay
    OPEN_LINE = "open-line"  # server: its bootstrap line
    PERMIT_V2RAY = "permit-v2ray"  # server: by its relay's v2ray as well
    DROP_V2RAY = "drop-v2ray"  # server: not any more
    SET_UP_RELAY = "set-up-relay"  # relay
    TAKE_SETUP_AWAY = "take-setup-away"  # relay
    CREATE_IN_CLOUD = "create-in-cloud"  # the name of a relay that was begun, or empty
    DESTROY_IN_CLOUD = "destroy-in-cloud"  # the name of a relay
    OPEN_CLOUD_BILL = "open-cloud-bill"
    OPEN_IN_EDITOR = "open-in-editor"  # "<server id>/<editor key>/<folder, or empty>"
    EXPLAIN_HOST_KEY = "explain-host-key"  # server or relay whose host key changed
    ADD_RELAY = "add-relay"
    ADD_SERVER = "add-server"  # relay it is behind, or empty
    OPEN_WINDOW = "open-window"
    OPEN_LOG = "open-log"
    OPEN_SETTINGS = "open-settings"
    OPEN_ABOUT = "open-about"
    OPEN_MENU = "open-menu"
    IMPORT_SSH_CONFIG = "import-ssh-config"
    IMPORT_PROFILES = "import-profiles"
    EXPORT_PROFILES = "export-profiles"
    REMOVE_RELAY = "remove-relay"  # relay
    REMOVE_SERVER = "remove-server"  # server
    CONNECT_SHADOWSOCKS = "connect-shadowsocks"  # Shadowsocks server; also the eight below
    DISCONNECT_SHADOWSOCKS = "disconnect-shadowsocks"
    SHOW_SHADOWSOCKS = "show-shadowsocks"
    EDIT_SHADOWSOCKS = "edit-shadowsocks"
    REMOVE_SHADOWSOCKS = "remove-shadowsocks"
    SHOW_QR_CODE = "show-qr-code"
    COPY_PORT_SH = "copy-port-sh"
    COPY_PORT_POWERSHELL = "copy-port-powershell"
    COPY_PORT_CMD = "copy-port-cmd"
    ADD_SHADOWSOCKS = "add-shadowsocks"
    STEER = "steer"  # "<Shadowsocks server id>/<steering>": who uses it
    EDIT_PAC_LISTS = "edit-pac-lists"
    IMPORT_LINKS = "import-links"
    QUIT = "quit"


@dataclass(frozen=True)
class Action:
    command: Command
    subject: str = ""


def use_port(purpose: str, owner_id: str, old_port: int, new_port: int) -> Action:
    """Change one local port of a profile to another, offered where the old one is taken."""
    return Action(Command.USE_PORT, f"{purpose}/{owner_id}/{old_port}/{new_port}")


def steer(shadowsocks_id: str, steering: Steering) -> Action:
    """Who uses a Shadowsocks server from now on."""
    return Action(Command.STEER, f"{shadowsocks_id}/{steering.value}")


def open_in_editor(server_id: str, editor_key: str, folder: str) -> Action:
    """A folder of a server in an editor of this computer; "" is the server without a folder."""
    return Action(Command.OPEN_IN_EDITOR, f"{server_id}/{editor_key}/{folder}")
