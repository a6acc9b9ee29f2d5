"""A resource and a tenant in, a token for it out, or why there is none; held for as long as it is good.

A token is used until shortly before its end, by all threads. What is refused is remembered for a minute, so that a
fleet of tenants does not ask in vain thousands of times. A refresh token is redeemed by one thread at a time, since
what is kept is one; an application that acts as itself asks for several tenants at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.adapters.microsoft.redeeming import Application, Redeeming
from reconciler.adapters.microsoft.refusing import EVERYWHERE, NotSignedIn, Why
from reconciler.adapters.microsoft.secrets import SecretTrouble
from reconciler.adapters.microsoft.sending import NoAnswer, Patience
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.calling import Bearer
    from reconciler.adapters.microsoft.login import Login

__all__ = ["Application", "NotSignedIn", "SignIn"]

# A token that ends within this is not used any more: a list of many pages has to come to its end with it.
MARGIN = 300.0
# For so long what was refused, or could not be asked, is not asked again.
REFUSED_FOR, UNREACHED_FOR = 60.0, 15.0
# A nonsense wait must not silence a loop for good.
LONGEST_REFUSED = 3600.0
# A service that refuses a token may mean the right and not the token: a new one each time would not help.
FORGETS_AGAIN_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class _Key:
    resource: str
    tenant: str


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    until: float


@dataclass(frozen=True, slots=True)
class _Refused:
    until: float
    why: NotSignedIn


# Where a refusal stands that holds for every tenant and resource.
_ALL = _Key("", "")


def _nobody(_: str) -> None:
    """Tell nobody."""


class SignIn:
    """Gets tokens for one application and holds them; safe to share between threads."""

    def __init__(
        self,
        application: Application,
        partner: str,
        login: Login,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        warned: Callable[[str], None] = _nobody,
    ) -> None:
        """``partner``: the id or domain of the one tenant whose customers these are.

        ``now`` dates refresh tokens. ``warned`` hears of what a person should do in time, each thing once.
        """
        self.application = application
        self._redeeming = Redeeming(application, partner, login, now, self._warn)
        self._clock, self._warned = patience.clock, warned
        self._lock = threading.Lock()
        self._held: dict[_Key, _Held] = {}
        self._refused: dict[_Key, _Refused] = {}
        self._forgot: dict[_Key, float] = {}
        self._turns: dict[_Key, threading.RLock] = {}
        self._said: set[str] = set()

    @property
    def delegated(self) -> bool:
        """Whether a user stands behind it: some calls are answered to no application alone (PC 2.2)."""
        return self.application.refresh_token is not None

    def bearer(self, resource: str, tenant: str) -> Bearer:
        """Return what gives requests to a resource their tokens.

        ``tenant``: the partner's for Partner Center, the customer's for Graph. Nothing is asked yet.
        """
        return _Bearer(self, _Key(resource.rstrip("/"), tenant.lower()))

    def partner_id(self) -> str:
        """Return the id of the partner's tenant; asked for where a domain is configured. Raises NotSignedIn."""
        self._raise_refused(_ALL)
        with self._turn(_ALL), self._complaints(_ALL):
            return self._redeeming.partner_id()

    def token(self, key: _Key) -> str:
        """Return a token that is good for a while. Raises NotSignedIn."""
        found = self._known(key)
        if found:
            return found
        with self._turn(_ALL if self.delegated else key):
            # Another thread may have got it while this one waited.
            found = self._known(key)
            if found:
                return found
            with self._complaints(key):
                got = self._redeeming.token(key.resource, key.tenant)
            until = self._clock() + got.life - min(MARGIN, got.life / 5)
            with self._lock:
                self._held[key] = _Held(got.text, until)
            return got.text

    def forget(self, key: _Key) -> None:
        """Take note that a service did not take the token."""
        with self._lock:
            now = self._clock()
            if now - self._forgot.get(key, -FORGETS_AGAIN_AFTER) < FORGETS_AGAIN_AFTER:
                return
            self._forgot[key] = now
            self._held.pop(key, None)

    def _known(self, key: _Key) -> str:
        """The token that is held, "" where there is none. Raises what was refused a moment ago."""
        with self._lock:
            held = self._held.get(key)
            if held and self._clock() < held.until:
                return held.token
        self._raise_refused(_ALL, key)
        return ""

    def _raise_refused(self, *keys: _Key) -> None:
        with self._lock:
            now = self._clock()
            refused = [self._refused[key] for key in keys if key in self._refused]
        for one in refused:
            if now < one.until:
                raise one.why.again()

    @contextmanager
    def _complaints(self, key: _Key) -> Iterator[None]:
        """Turn what goes wrong into NotSignedIn, and remember it for a while."""
        who, everywhere = self.application.who, False
        try:
            yield
        except NotSignedIn as refused:
            failed, everywhere = refused, refused.why in EVERYWHERE
        except SecretTrouble as trouble:
            failed = NotSignedIn(say("sign-in.unreadable", who=who, why=trouble), Why.NOT_HERE)
            everywhere = True
        except NoAnswer as lost:
            text = say("sign-in.unasked", who=who, why=lost.reason)
            failed = NotSignedIn(text, Why.UNREACHED, later=lost.later)
            # Where somebody answers, only this one question may be at fault.
            everywhere = not lost.answered
        else:
            return
        lasts = UNREACHED_FOR if failed.why is Why.UNREACHED else REFUSED_FOR
        with self._lock:
            until = self._clock() + min(max(lasts, failed.later or 0.0), LONGEST_REFUSED)
            self._refused[_ALL if everywhere else key] = _Refused(until, failed)
        raise failed.again() from None

    @contextmanager
    def _turn(self, key: _Key) -> Iterator[None]:
        with self._lock:
            lock = self._turns.setdefault(key, threading.RLock())
        with lock:
            yield

    def _warn(self, text: str) -> None:
        with self._lock:
            is_new = text not in self._said
            self._said.add(text)
        if is_new:
            self._warned(text)


class _Bearer:
    """What gives the requests to one resource in one tenant their tokens."""

    def __init__(self, sign_in: SignIn, key: _Key) -> None:
        self._sign_in, self._key = sign_in, key

    def token(self) -> str:
        """Return a token. Raises NotSignedIn."""
        return self._sign_in.token(self._key)

    def forget(self) -> None:
        """Take note that the service did not take it."""
        self._sign_in.forget(self._key)
