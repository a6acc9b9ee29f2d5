"""How a face of the service is set up: who may sign in, which oddities it shows, how long its pages are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PARTNER = "4b7c2a10-6d7e-4c55-9a51-6f0f4ad2c001"


def _leave_alone() -> None:
    """Let the service's clock stand."""


@dataclass(frozen=True, slots=True)
class Application:
    """A registered application. ``caller`` is what the service's call log calls it."""

    secret: str = field(repr=False)
    caller: str = "reconciler"


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """How the face behaves.

    ``partner``: the id of the partner's tenant, also known by ``partner_domain``. ``checks_tokens``: where they are
    not, Partner Center lets everybody in; Graph never does, since only a token tells which tenant is meant.
    ``etags``: new-commerce subscriptions carry one too, which no printed sample does. ``oddities``: the documents'
    contradictions are shown (PC 17). ``not_ours``: names of customers this partner has no relationship with.
    ``now``: the clock that tokens go by, the service's own if none is given. ``tick`` is called before each request,
    to move that clock.
    """

    partner: str = PARTNER
    partner_domain: str = "rehearsal-partner.onmicrosoft.com"
    applications: Mapping[str, Application] = field(default_factory=dict)
    refresh_token: str = field(default="rehearsal-refresh-token", repr=False)
    consent_code: str = field(default="rehearsal-consent", repr=False)
    operator: str = "operator@rehearsal-partner.onmicrosoft.com"
    token_lifetime: timedelta = timedelta(hours=1)
    checks_tokens: bool = True
    etags: bool = False
    oddities: bool = True
    customers_page: int = 500
    users_page: int = 100
    not_ours: frozenset[str] = frozenset()
    now: Callable[[], datetime] | None = None
    tick: Callable[[], object] = _leave_alone
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
