"""The questions before a relay is set up: who logs in, how far it goes, what is wanted. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.core.profiles import AdminLogin, Authentication, Relay, SetupMode
from app.core.provisioning import SetupOptions
from app.ui.field_form import FieldForm
from app.ui.relay_editor import key_field
from app.ui.setup_extras import SetupExtras
from app.ui.setup_model import login_is_whole
from app.ui.widgets import choice, label, tick

_OWN, _OTHER = "own", "other"


class SetupForm(QWidget):
    """``changed`` after every edit; the answers are ``options`` and ``login``."""

    changed = Signal()

    def __init__(self, relay: Relay, options: SetupOptions, login: AdminLogin | None = None) -> None:
        """``login``: what was answered before."""
        super().__init__()
        self._own, self._ssh_port = relay.set_up_login, relay.port
        self._is_as_last_time = relay.admin is not None
        self._is_set_up = relay.setup is not SetupMode.NONE
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self._who, self._what = FieldForm(), FieldForm()
        self._build_who(login)
        self._build_what(options)
        self._extras = SetupExtras(options)
        forms = (self._who, self._what, self._extras.form)
        for part in (self._who, self._what, self._extras):
            column.addWidget(part)
            part.changed.connect(self._follow)
        width = max(form.title_width() for form in forms)
        for form in forms:
            form.set_title_width(width)
        self._follow()

    def options(self) -> SetupOptions:
        mode = SetupMode(self._mode.currentData())
        is_system = mode is SetupMode.SYSTEM
        return SetupOptions(
            mode=mode,
            with_bbr=self._bbr.isChecked() and is_system,
            exit_at_relay=self._exit.isChecked(),
            v2ray=self._extras.v2ray() if is_system else None,
            shadowsocks=self._extras.shadowsocks() if is_system else None,
            without_shadowsocks=is_system and self._extras.takes_shadowsocks_away,
        )

    def login(self) -> AdminLogin | None:
        """None = the one of last time, or the profile's own."""
        return self._typed() if self._login.currentData() == _OTHER else None

    def is_whole(self) -> bool:
        is_right = self._extras.check(self.options(), self._ssh_port)
        return login_is_whole(self.login() or self._own) and is_right

    def _typed(self) -> AdminLogin:
        authentication = Authentication(self._authentication.currentData())
        uses_file = authentication is Authentication.KEY_FILE
        return AdminLogin(
            user=self._user.text().strip(),
            authentication=authentication,
            identity=self._identity.text() if uses_file else "",
        )

    def _build_who(self, login: AdminLogin | None) -> None:
        if self._is_as_last_time:
            own = self.tr("{user}, as last time").format(user=self._own.user)
        else:
            own = self.tr("{user}, as in the profile").format(user=self._own.user or "?")
        chosen = _OWN if login is None and login_is_whole(self._own) else _OTHER
        self._login = choice([(_OWN, own), (_OTHER, self.tr("Somebody else"))], chosen)
        known = login or AdminLogin(user="", identity=self._own.identity)
        self._user = QLineEdit(known.user)
        self._user.setPlaceholderText("root")
        kinds = [
            (Authentication.KEY_FILE.value, self.tr("Private key file")),
            (Authentication.AGENT.value, self.tr("Keys of the ssh agent")),
            (Authentication.PASSWORD.value, self.tr("Password")),
            (Authentication.KEYBOARD_INTERACTIVE.value, self.tr("Whatever the relay asks (one-time codes)")),
        ]
        self._authentication = choice(kinds, known.authentication.value)
        self._identity = key_field(known.identity, self.tr("Choose the private key file"))
        help_words = self.tr("Only for the set-up. A password is asked for when it is needed.")
        self._who.add("login", self.tr("Log in as"), self._login, help_words)
        self._who.add("user", self.tr("User"), self._user)
        self._who.add("authentication", self.tr("Log in with"), self._authentication)
        self._who.add("identity", self.tr("Key file"), self._identity)

    def _build_what(self, options: SetupOptions) -> None:
        modes = [
            (SetupMode.SYSTEM.value, self.tr("The whole machine, as root or with sudo")),
            (SetupMode.ACCOUNT.value, self.tr("Only within this account, without root")),
        ]
        self._mode = choice(modes, options.mode.value)
        self._mode.setEnabled(not self._is_set_up)  # another one only after this one is taken away
        self._about_mode = label("", "muted")
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(3)
        inside.addWidget(self._mode)
        inside.addWidget(self._about_mode)
        holder.setFocusProxy(self._mode)
        self._mode.currentIndexChanged.connect(lambda _index: self._follow())
        self._bbr = tick(self.tr("Turn on BBR"), options.with_bbr)
        self._exit = tick(
            self.tr("This computer may reach the internet from the relay"), options.exit_at_relay
        )
        self._what.add("mode", self.tr("How far"), holder)
        self._mode.setAccessibleName(self.tr("How far"))
        help_words = self.tr(
            "A kernel setting that keeps long distances fast. It holds for the whole machine."
        )
        self._what.add("bbr", "", self._bbr, help_words)
        help_words = self.tr(
            "Your browser can then leave there, by the SOCKS port. Without it this computer reaches only "
            "your GPU servers through the relay."
        )
        self._what.add("exit", "", self._exit, help_words)

    def _follow(self) -> None:
        """Show what belongs to the choices."""
        is_other = self._login.currentData() == _OTHER
        uses_file = self._authentication.currentData() == Authentication.KEY_FILE.value
        self._who.set_row_visible("user", is_visible=is_other)
        self._who.set_row_visible("authentication", is_visible=is_other)
        self._who.set_row_visible("identity", is_visible=is_other and uses_file)
        is_system = self._mode.currentData() == SetupMode.SYSTEM.value
        self._bbr.setEnabled(is_system)
        self._extras.setVisible(is_system)
        if is_system:
            words = self.tr(
                "GPU servers and computers get accounts of their own that can do nothing but tunnel."
            )
        else:
            words = self.tr(
                "Everything stays in this login's own folder and authorized_keys. Settings of the machine, "
                "such as BBR and sshd's, stay as they are."
            )
        self._about_mode.setText(words)
        self.changed.emit()
