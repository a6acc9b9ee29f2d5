"""Where secrets are kept in, the secrets out, or the problem that says which is missing and never what is there."""

from __future__ import annotations

import base64
import binascii
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.notices.receivers import Receiver, secure
from reconciler.secret_places import Kept, Reference

if TYPE_CHECKING:
    from apprise import NotifyBase

PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64
MOST_CHARACTERS = 10_000


class Secrets:
    """Reads secrets from where they are kept. Every problem names the variable or file, and the receiver."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def url(self, receiver: Receiver, url: str | Reference) -> str | Problem:
        """Return the address of a webhook: one that was written was looked at then."""
        if isinstance(url, str):
            return url
        text = self._text(receiver, url)
        if isinstance(text, str) and not secure(text):
            return _problem(receiver, url, "bad-url")
        return text

    def signing(self, receiver: Receiver, reference: Reference) -> tuple[bytes, ...] | Problem:
        """Return the keys to sign with: two while the receiver goes over from one to the other."""
        text = self._text(receiver, reference)
        if isinstance(text, Problem):
            return text
        keys = tuple(_key(word) for word in text.split())
        if not keys or any(not SHORTEST_KEY <= len(key) <= LONGEST_KEY for key in keys):
            return _problem(receiver, reference, "bad-secret")
        return keys

    def password(self, receiver: Receiver, reference: Reference) -> str | Problem:
        """Return the password of a mail server."""
        text = self._text(receiver, reference)
        if isinstance(text, str) and not text.isprintable():
            return _problem(receiver, reference, "bad-password")
        return text

    def chat(self, receiver: Receiver, reference: Reference) -> NotifyBase | Problem:
        """Return what Apprise makes of a chat's address."""
        if importlib.util.find_spec("apprise") is None:
            message, hint = say("notify.no-apprise", receiver=receiver.name), say("notify.no-apprise.hint")
            return Problem(receiver.place, "no-apprise", message, hint=hint)
        text = self._text(receiver, reference)
        if isinstance(text, Problem):
            return text
        from reconciler.adapters.notify.chat import service_of

        return service_of(text) or _problem(receiver, reference, "bad-chat")

    def _text(self, receiver: Receiver, reference: Reference) -> str | Problem:
        facts = {"receiver": receiver.name, "name": reference.name}
        try:
            if reference.kept is Kept.ENVIRONMENT:
                text = self._environment[reference.name]
            else:
                # A pipe would never end, and a device has no end.
                path = Path(reference.name)
                if not path.is_file():
                    return _unset(
                        reference, say("files.not-a-file" if path.exists() else "notify.no-file"), facts
                    )
                with path.open(encoding="utf-8") as file:
                    text = file.read(MOST_CHARACTERS + 1)
        except KeyError:
            return _unset(reference, "", facts)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else say("notify.not-text")
            return _unset(reference, str(why), facts)
        if len(text) > MOST_CHARACTERS:
            return _problem(receiver, reference, "too-long")
        return text.strip() or _problem(receiver, reference, "blank")


def _key(word: str) -> bytes:
    """The key in a secret as Standard Webhooks spells it; b"" where it is none."""
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/]+=*", word):
        return b""
    try:
        return base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return b""


def _problem(receiver: Receiver, reference: Reference, code: str) -> Problem:
    what = say(f"notify.what.{reference.kept}", name=reference.name)
    hint = say("notify.bad-secret.hint" if code == "bad-secret" else "notify.secret.hint")
    return Problem(reference.place, code, say(f"notify.{code}", what=what, receiver=receiver.name), hint=hint)


def _unset(reference: Reference, why: str, facts: Mapping[str, str]) -> Problem:
    message = say(f"notify.unset.{reference.kept}", why=why, **facts)
    return Problem(reference.place, "secret-missing", message, hint=say("notify.secret.hint"))
