"""A kept refresh token in, its age and what there is to say of it out; a renewed one is put in its place.

It lives 90 days, and each exchange hands back a newer one (PC 2.2). So what is kept is the token and since when:
``{"refreshToken": "...", "obtainedAt": "2026-08-01T10:00:00Z"}``. The bare token does too; then nobody knows its age.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.adapters.microsoft.secrets import SecretTrouble
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.secrets import SecretStore

LIFE = timedelta(days=90)
EARLY = timedelta(days=60)
_TOKEN, _SINCE = "refreshToken", "obtainedAt"


@dataclass(frozen=True, slots=True)
class Grant:
    """A refresh token, and since when it is one; ``obtained`` None: not known."""

    token: str = field(repr=False)
    obtained: datetime | None

    def age(self, now: datetime) -> timedelta | None:
        """Return how old it is; None where that is not known."""
        return None if self.obtained is None else max(timedelta(), now - self.obtained)

    def is_over(self, now: datetime) -> bool:
        """Say whether its life is over for certain."""
        age = self.age(now)
        return age is not None and age >= LIFE

    def warning(self, now: datetime, who: str, where: str) -> str:
        """Return what to say of its age: from the 60th day on how many are left; "" before."""
        age = self.age(now)
        if age is None or age < EARLY:
            return ""
        left = max(0, (LIFE - age).days)
        return say("sign-in.ageing", who=who, where=where, days=age.days, left=left)


def kept_grant(store: SecretStore) -> Grant:
    """Return the refresh token that is kept. Raises SecretTrouble where there is none, or it is none."""
    text = store.read()
    if not text.startswith("{"):
        return Grant(_checked(text, store), None)
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise _odd(store) from None
    token, since = held.get(_TOKEN), held.get(_SINCE)
    if not isinstance(token, str) or not isinstance(since, str | None):
        raise _odd(store)
    return Grant(_checked(token, store), _moment(since, store))


def keep_grant(store: SecretStore, token: str, now: datetime, instead_of: str | None = None) -> None:
    """Keep a refresh token that was got just now. Raises SecretTrouble, ReadOnly.

    ``instead_of``: it was got for this one; where another one is kept by now, a person has signed in meanwhile, and
    theirs stays.
    """
    if instead_of is not None and kept_grant(store).token != instead_of:
        return
    since = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    store.write(json.dumps({_TOKEN: token, _SINCE: since}))


def _checked(token: str, store: SecretStore) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise _odd(store)
    return token


def _moment(text: str | None, store: SecretStore) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _odd(store) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _odd(store: SecretStore) -> SecretTrouble:
    return SecretTrouble(say("sign-in.secret.odd-grant", where=store.where))
