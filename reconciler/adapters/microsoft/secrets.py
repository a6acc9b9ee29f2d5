"""Where a secret is kept in, the secret out, and a renewed one put back; in no message is ever what is kept.

The interface is the two methods of ``SecretStore``. Three keep to it: a file of the owner's alone, an environment
variable, which can only be read, and the system's keyring, with the extra ``keyring``. A secret is read anew each time,
so that it can be changed while a loop runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.errors import ReconcilerError
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.secret_places import Reference

MOST_BYTES = 64 * 1024
SERVICE = "reconciler"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretTrouble(ReconcilerError):
    """A secret can not be read or put where it is kept; the message names the place, never the secret."""


class ReadOnly(SecretTrouble):
    """The place can not be written to, by its nature."""


class SecretStore(Protocol):
    """A place that keeps one secret text. What stands here can be given to ``SignIn`` in place of those below."""

    @property
    def where(self) -> str:
        """How the place is called in messages."""
        ...

    def read(self) -> str:
        """Return the text as it is now, without the blanks around it. Raises SecretTrouble where there is none."""
        ...

    def write(self, text: str) -> None:
        """Keep another text in its place, whole or not at all. Raises SecretTrouble; ReadOnly where none can be."""
        ...


class FileStore:
    """A file that its owner alone may read: no link, no device, no rights for group or others."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def where(self) -> str:
        """How the file is called in messages."""
        return str(self.path)

    def read(self) -> str:
        """Return its text. Raises SecretTrouble for a file that is missing, empty, or open to others."""
        try:
            # A pipe would be waited for, and a link may lead to what others can read.
            with open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                self._refuse(os.fstat(file.fileno()))
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise self._trouble(error) from None
        return _text(content, self.where)

    def write(self, text: str) -> None:
        """Put another text in its place at once, for its owner alone. Raises SecretTrouble."""
        try:
            if self.path.is_symlink():
                raise SecretTrouble(say("sign-in.secret.link", where=self.where))
            handle, name = mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            new = Path(name)
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    file.write(text + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                new.replace(self.path)
            finally:
                new.unlink(missing_ok=True)
            _settle(self.path.parent)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise SecretTrouble(say("sign-in.secret.unwritable", where=self.where, why=why)) from None

    def _refuse(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise SecretTrouble(say("sign-in.secret.no-file", where=self.where))
        if found.st_uid not in (0, os.geteuid()):
            raise SecretTrouble(say("sign-in.secret.owner", where=self.where))
        if found.st_mode & _OTHERS:
            mode = f"{stat.S_IMODE(found.st_mode):04o}"
            raise SecretTrouble(say("sign-in.secret.open", where=self.where, mode=mode))

    def _trouble(self, error: OSError) -> SecretTrouble:
        if self.path.is_symlink():
            return SecretTrouble(say("sign-in.secret.link", where=self.where))
        if isinstance(error, FileNotFoundError):
            return SecretTrouble(say("sign-in.secret.missing", where=self.where))
        why = error.strerror or type(error).__name__
        return SecretTrouble(say("sign-in.secret.unreadable", where=self.where, why=why))


class EnvironmentStore:
    """An environment variable. It can not be written: who set it has to set it anew."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name, self._environment = name, environment

    @property
    def where(self) -> str:
        """How the variable is called in messages."""
        return say("sign-in.secret.variable", name=self._name)

    def read(self) -> str:
        """Return its text. Raises SecretTrouble for a variable that is not set."""
        text = self._environment.get(self._name, "")
        if not text:
            raise SecretTrouble(say("sign-in.secret.unset", where=self.where))
        return _text(text.encode("utf-8", "surrogateescape"), self.where)

    def write(self, text: str) -> None:
        """Raise ReadOnly."""
        raise ReadOnly(say("sign-in.secret.read-only", where=self.where))


class KeyringStore:
    """An entry of the system's keyring, under the service name ``reconciler``."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def where(self) -> str:
        """How the entry is called in messages."""
        return say("sign-in.secret.keyring", name=self._name)

    def read(self) -> str:
        """Return its text. Raises SecretTrouble where there is no entry, or no keyring that opens."""
        keyring = self._keyring()
        try:
            text: str | None = keyring.get_password(SERVICE, self._name)
        except (keyring.errors.KeyringError, OSError, RuntimeError) as error:
            raise self._trouble(error) from None
        if text is None:
            raise SecretTrouble(say("sign-in.secret.missing", where=self.where))
        return _text(text.encode(), self.where)

    def write(self, text: str) -> None:
        """Keep another text there. Raises SecretTrouble."""
        keyring = self._keyring()
        try:
            keyring.set_password(SERVICE, self._name, text)
        except (keyring.errors.KeyringError, OSError, RuntimeError) as error:
            raise self._trouble(error) from None

    def _keyring(self) -> Any:
        try:
            import keyring
            import keyring.errors
        except ImportError:
            raise SecretTrouble(say("sign-in.secret.no-keyring", where=self.where)) from None
        return keyring

    def _trouble(self, error: Exception) -> SecretTrouble:
        # What a keyring says of its trouble is not ours to repeat: it was handed the secret.
        return SecretTrouble(say("sign-in.secret.locked", where=self.where, why=type(error).__name__))


def store_of(reference: Reference, environment: Mapping[str, str] = os.environ) -> SecretStore:
    """Return the store that a configuration refers to."""
    if reference.kept == "file":
        return FileStore(Path(reference.name))
    if reference.kept == "environment":
        return EnvironmentStore(reference.name, environment)
    return KeyringStore(reference.name)


def _text(content: bytes, where: str) -> str:
    if len(content) > MOST_BYTES:
        raise SecretTrouble(say("sign-in.secret.long", where=where, most=MOST_BYTES // 1024))
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        raise SecretTrouble(say("sign-in.secret.no-text", where=where)) from None
    if not text:
        raise SecretTrouble(say("sign-in.secret.blank", where=where))
    return text


def _settle(folder: Path) -> None:
    """Make sure that the new name of a file outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
