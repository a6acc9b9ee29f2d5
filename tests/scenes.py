"""Scenes for tests: a tenant where everything is fine for a switch from Small Business to its Premium.

Each factory takes overrides by field name. ``scene`` fits the rest to what is overridden: a given ``live`` is
what the observation shows, a given ``before`` is what the tenant will stand at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import reconciler
from reconciler.catalogue import Catalogue, from_document
from reconciler.memory import Memory
from reconciler.model import (
    Acknowledgement,
    Action,
    Declaration,
    DeclaredSubscription,
    Place,
    Subscription,
    Tenant,
)
from reconciler.observe import CreditReview, LiveSubscription, Observation, SwitchState, Unknown
from reconciler.rules.scene import Scene

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LEFT_OUT = Unknown("left out of the snapshot")
ID = "0c1e6b52-5d0e-4a57-9d55-0a4c2f1f7b01"
OTHER_ID = "7a0f3c11-2f6b-4a0e-8f7e-5b8c1d2e3f40"
GUID = "b3d5a0f2-7c1e-4b52-9a36-0c9d8e7f6a51"

SB = "office-365-small-business"
SBP = "office-365-small-business-premium"
MID = "office-365-midsize-business"
E1, E3, K2 = "office-365-enterprise-e1", "office-365-enterprise-e3", "office-365-enterprise-k2"
E4 = "office-365-enterprise-e4"
EXCHANGE = "exchange-online-plan-1"

FOUR = ("exchange-online", "sharepoint-online", "lync-online", "office-online")
SHIPPED = Path(reconciler.__file__).parent / "catalogues" / "office365-2014.yaml"


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue of the article's plans."""
    return from_document(yaml.load(SHIPPED.read_text(encoding="utf-8"), yaml.CSafeLoader))


def switch_state(state: str = "none", **overrides: Any) -> SwitchState:
    """A switch in the given state, with nothing else known unless given."""
    values: dict[str, Any] = {"to": LEFT_OUT, "ordered_at": LEFT_OUT, "status_page_since": LEFT_OUT}
    return SwitchState(state, **{**values, **overrides})


def live_subscription(**overrides: Any) -> LiveSubscription:
    """Small Business, 20 bought, 18 assigned, active, paid by card, and nothing wrong with it."""
    values: dict[str, Any] = {
        "id": ID,
        "plan": SB,
        "licenses": 20,
        "assigned": 18,
        "users_without_license": 0,
        "status": "active",
        "trial": False,
        "payment": "card",
        "billing": "monthly",
        "provisioned": True,
        "pre_upgrade": False,
        "offers": (SBP, MID, E3),
        "switch": switch_state(),
        "version": "1",
    }
    return LiveSubscription(**{**values, **overrides})


def observation(**overrides: Any) -> Observation:
    """The tenant fabrikam, read completely at noon, everything healthy."""
    values: dict[str, Any] = {
        "name": "fabrikam",
        "at": NOON,
        "domain": "fabrikam.onmicrosoft.com",
        "tenant_id": GUID,
        "domains": ("fabrikam.onmicrosoft.com", "fabrikam.no"),
        "roles": frozenset({"global-administrator"}),
        "users": 18,
        "website": "www.fabrikam.no",
        "credit_review": CreditReview("none", LEFT_OUT),
        "services": dict.fromkeys(FOUR, "healthy"),
        "subscriptions": (live_subscription(),),
    }
    return Observation(**{**values, **overrides})


def declaration(**overrides: Any) -> Declaration:
    """The file of fabrikam: Small Business Premium with 22 licences, and nothing else."""
    place = Place("fabrikam.yaml", 6, 7)
    values: dict[str, Any] = {
        "name": "fabrikam",
        "tenant": "fabrikam.onmicrosoft.com",
        "subscriptions": (DeclaredSubscription("main", SBP, 22, None, place),),
        "place": place,
    }
    return Declaration(**{**values, **overrides})


def scene(**overrides: Any) -> Scene:
    """The switch of ``main`` from Small Business (20) to its Premium (22), with nothing in its way."""
    live = overrides.get("live", live_subscription())
    before = overrides.get("before", Subscription(SB, 20))
    values: dict[str, Any] = {
        "declaration": declaration(),
        "observation": observation(subscriptions=(live,) if live else ()),
        "memory": Memory(),
        "catalogue": catalogue(),
        "tenant": Tenant("fabrikam", {"main": before} if before else {}),
        "address": "main",
        "action": Action.SWITCH,
        "before": before,
        "after": Subscription(SBP, 22),
        "live": live,
    }
    return Scene(**{**values, **overrides})


def add_scene(**overrides: Any) -> Scene:
    """Adding two licences to Small Business, with nothing in its way."""
    return scene(**{"action": Action.ADD, "after": Subscription(SB, 22), **overrides})


def handoff_scene(**overrides: Any) -> Scene:
    """Five licences fewer than bought are declared."""
    return scene(**{"action": Action.HANDOFF, "after": Subscription(SB, 15), **overrides})


def ground_scene(**overrides: Any) -> Scene:
    """The tenant itself, without a step."""
    return scene(**{"action": None, "address": "", "before": None, "after": None, "live": None, **overrides})


# Today: Microsoft 365 Business Basic at a partner's customer, where the service is asked what it may become.
BASIC, STANDARD, PREMIUM = (f"microsoft-365-business-{name}" for name in ("basic", "standard", "premium"))
BASIC_WITHOUT_TEAMS = f"{BASIC}-no-teams"
OFFICE_E3 = "office-365-e3"
TERM_ENDS = datetime(2027, 4, 30, 23, 59, 59, tzinfo=UTC)


@cache
def today_catalogue() -> Catalogue:
    """The shipped catalogue of today's plans."""
    text = (SHIPPED.parent / "microsoft365.yaml").read_text(encoding="utf-8")
    return from_document(yaml.load(text, yaml.CSafeLoader))


def today_live(**overrides: Any) -> LiveSubscription:
    """Business Basic of new commerce, 20 bought, nothing arranged, no add-on, its term far from its end."""
    values: dict[str, Any] = {
        "plan": BASIC,
        "offers": (STANDARD, OFFICE_E3),
        "commerce": "new-commerce",
        "add_ons": (),
        "scheduled": (),
        "term_ends": TERM_ENDS,
        "auto_renews": True,
    }
    return live_subscription(**{**values, **overrides})


def today_scene(**overrides: Any) -> Scene:
    """The upgrade of ``main`` from Business Basic to Business Standard, accepted as one without a way back."""
    live = overrides.get("live", today_live())
    after = overrides.get("after", Subscription(STANDARD, 20))
    services = dict.fromkeys(today_catalogue().services, "healthy")
    # Others of the tenant may be given beside the step's own subscription.
    others = overrides.pop("others", ())
    values: dict[str, Any] = {
        "catalogue": today_catalogue(),
        "declaration": declaration(acknowledge=Acknowledgement(after.plan if after else None)),
        "observation": observation(
            roles=frozenset({"reseller"}),
            services=services,
            subscriptions=(*((live,) if live else ()), *others),
        ),
        "live": live,
        "before": Subscription(BASIC, 20),
        "after": after,
    }
    return scene(**{**values, **overrides})


def today_add(**overrides: Any) -> Scene:
    """Five licences more of Business Basic."""
    return today_scene(**{"action": Action.ADD, "after": Subscription(BASIC, 25), **overrides})
