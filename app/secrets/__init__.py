"""Passphrases and passwords: in the system's keyring if the person ticks it, else in memory for the session.

* ``secret_store``    what the rest of the program uses
* ``names``           the name of a secret, the status of the keyring
* ``keyring_worker``  the one thread that talks to the keyring, with time-outs
* ``keyring_access``  which keyring is used, and what its errors mean

The only package that imports ``keyring``, and only when it is first needed: that takes a tenth of a second.
Never a file, never a log line, never the text of an exception.
"""

from app.secrets.names import KeyringStatus, SecretName
from app.secrets.secret_store import SecretStore

__all__ = ["KeyringStatus", "SecretName", "SecretStore"]
