"""References to secrets in, what git needs to use them out; a secret is in no argument, environment, file or message.

A token goes to git through an open pipe that only its credential helper for that one host reads. Redirects are not
followed then: another host must not be shown it. A key stays in its file, whose name is all that ssh is told.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import SourceUnreadable
from reconciler.messages import say
from reconciler.repository import Repository, Way

# What GitHub asks for with a token of an app; most hosts take any name with a token.
USERNAME = "x-access-token"
# Less than a pipe holds, so that writing it never waits.
LONGEST_TOKEN = 16 * 1024
_COVER = "***"


@dataclass(frozen=True, slots=True)
class Token:
    """Where a token is: in an environment variable or in a file. Never the token itself."""

    variable: str | None = None
    file: Path | None = None

    def read(self) -> str:
        """Return the token as it is now, so that it can be changed while the loop runs. Raises SourceUnreadable."""
        text = self._text().strip("\r\n")
        if not text.strip() or len(text) > LONGEST_TOKEN or not text.isprintable():
            raise _unreadable("token-unfit", where=self._where, most=LONGEST_TOKEN)
        return text

    @property
    def _where(self) -> str:
        return self.variable or str(self.file)

    def _text(self) -> str:
        if self.file is None:
            return os.environ.get(self.variable or "", "")
        try:
            with self.file.open("rb") as file:
                return file.read(LONGEST_TOKEN + 8).decode(errors="replace")
        except OSError as error:
            raise _unreadable("file-unreadable", file=self.file, why=error.strerror) from error


@dataclass(frozen=True, slots=True)
class Access:
    """How a repository may be reached: all of it references. ``known_hosts`` None: those of the account and machine."""

    token: Token | None = None
    username: str = USERNAME
    ssh_key: Path | None = None
    known_hosts: Path | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What one run of git gets: words before the command, variables, open files; and what no message may show."""

    words: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    handed: tuple[int, ...] = ()
    secret: str | None = None

    def covered(self, text: str) -> str:
        """Return a text without the secret."""
        return text.replace(self.secret, _COVER) if self.secret else text


@contextmanager
def granted(repository: Repository, access: Access, seconds: float) -> Iterator[Grant]:
    """Give what one run of git needs to reach a repository. Raises SourceUnreadable."""
    if repository.way is Way.SSH:
        yield Grant(variables={"GIT_SSH_COMMAND": _ssh(access, seconds), "GIT_SSH_VARIANT": "ssh"})
        return
    if repository.way is Way.FOLDER or access.token is None:
        yield Grant()
        return
    secret = access.token.read()
    reading, writing = os.pipe()
    try:
        try:
            os.write(writing, f"username={access.username}\npassword={secret}\n".encode())
        finally:
            # The helper reads to the end, so there must be one.
            os.close(writing)
        helper = f'!f() {{ test "$1" = get && cat /dev/fd/{reading}; }}; f'
        words = ("-c", f"credential.{repository.host}.helper={helper}", "-c", "http.followRedirects=false")
        yield Grant(words, handed=(reading,), secret=secret)
    finally:
        os.close(reading)


def _ssh(access: Access, seconds: float) -> str:
    """The command for ssh: nobody is asked, no host is trusted on sight, no configuration of the account is read."""
    options = [
        *("BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ForwardAgent=no"),
        *("PermitLocalCommand=no", "ClearAllForwardings=yes"),
        # Should this process be killed, the connection must not outlive it for long.
        *(f"ConnectTimeout={max(1, int(seconds))}", "ServerAliveInterval=15", "ServerAliveCountMax=2"),
    ]
    words = ["ssh", "-F", os.devnull]
    if access.ssh_key is not None:
        words += ["-i", _named(access.ssh_key)]
        options.append("IdentitiesOnly=yes")
    if access.known_hosts is not None:
        options += [
            f'UserKnownHostsFile="{_named(access.known_hosts)}"',
            f"GlobalKnownHostsFile={os.devnull}",
        ]
    return shlex.join([*words, *(word for option in options for word in ("-o", option))])


def _named(file: Path) -> str:
    """The name of a file that must be there, as ssh takes it: it fills in what stands behind a %."""
    try:
        with file.open("rb"):
            return os.path.abspath(file).replace("%", "%%")
    except OSError as error:
        raise _unreadable("file-unreadable", file=file, why=error.strerror) from error


def _unreadable(key: str, **facts: object) -> SourceUnreadable:
    return SourceUnreadable("CredentialUnreadable", say(f"mirror.{key}", **facts))
