"""A size, a share of drifting tenants and a seed in, a fleet of tenant files and live states on disk out.

The same arguments always give the same bytes, so that two runs measure the same work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random
from uuid import UUID

from benchmarks.words import OWNERS, PLACES, TRADES

PER_FOLDER = 500
OBSERVED_AT = "2026-11-23T10:00:00Z"
CONFIGURATION = "apiVersion: reconciler/v1\nkind: Configuration\nbackend: simulator\n"

# plan: what the wizard would offer it. All targets are of the same family, so that nothing needs an acknowledgement.
PLANS = {
    "office-365-small-business": ("office-365-small-business-premium",),
    "office-365-small-business-premium": (),
    "office-365-midsize-business": (),
    "office-365-enterprise-e1": ("office-365-enterprise-e3", "office-365-enterprise-e4"),
    "office-365-enterprise-e3": ("office-365-enterprise-e4",),
}
CAPS = {"office-365-small-business": 25, "office-365-small-business-premium": 25}


class Drift(StrEnum):
    """How what is declared differs from what is live."""

    NONE = "none"
    ADD = "add"
    SWITCH = "switch"
    FEWER = "fewer"


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet on disk. ``paths`` of both sides are relative to ``folder``."""

    folder: Path
    size: int
    drifting: int

    @property
    def sources(self) -> tuple[str, str]:
        """The folders with tenant files and with live states."""
        return "tenants", "live"


def make_fleet(
    folder: Path, size: int, drift: float = 0.02, seed: int = 1, *, writes_only: bool = False
) -> Fleet:
    """Write a fleet below ``folder``, which must not exist; ``writes_only`` leaves out what only support can do."""
    random = Random(seed)
    drifting = frozenset(random.sample(range(size), round(size * drift)))
    for number in range(size):
        kind = _kind(random, writes_only=writes_only) if number in drifting else Drift.NONE
        tenant, live = _pair(number, kind, random)
        for side, text in (("tenants", tenant), ("live", live)):
            place = folder / side / f"{number // PER_FOLDER:03}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{_name(number)}.yaml").write_text(text, encoding="utf-8")
    (folder / "reconciler.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return Fleet(folder, size, len(drifting))


def _name(number: int) -> str:
    """Return a customer's name: a place, a trade, and a number once all pairs have been used."""
    place = PLACES[number % len(PLACES)]
    turn, trade = divmod(number // len(PLACES), len(TRADES))
    return f"{place}-{TRADES[trade]}" + (f"-{turn + 1}" if turn else "")


def _kind(random: Random, *, writes_only: bool) -> Drift:
    kinds = (Drift.ADD, Drift.SWITCH) if writes_only else (Drift.ADD, Drift.SWITCH, Drift.FEWER)
    return random.choices(kinds, weights=(6, 3, 1)[: len(kinds)])[0]


def _pair(number: int, kind: Drift, random: Random) -> tuple[str, str]:
    name = _name(number)
    able = [plan for plan, offers in PLANS.items() if offers or kind is not Drift.SWITCH]
    plan = random.choice(able)
    assigned = random.randint(3, CAPS.get(plan, 240) - 6)
    bought = assigned + random.randint(1, 3)
    wanted_plan = random.choice(PLANS[plan]) if kind is Drift.SWITCH else plan
    wanted = {Drift.ADD: bought + random.randint(1, 3), Drift.FEWER: bought - 1}.get(kind, bought)
    return (
        "\n".join(_tenant(name, wanted_plan, wanted, random)) + "\n",
        "\n".join(_live(name, plan, bought, assigned, random)) + "\n",
    )


def _tenant(name: str, plan: str, licenses: int, random: Random) -> Iterator[str]:
    yield f"# {name.replace('-', ' ').title()}: agreed with {random.choice(OWNERS)} at the yearly review. Totals are"
    yield "# absolute; the invoice goes to the head office, questions about seats to the person named below."
    yield "# yaml-language-server: $schema=../../../schemas/tenant.schema.json"
    yield "apiVersion: reconciler/v1"
    yield "kind: Tenant"
    yield "metadata:"
    yield f"  name: {name}"
    yield "  labels:"
    yield f"    region: {random.choice(('north', 'south', 'east', 'west'))}"
    yield f"    ring: {random.choice(('pilot', 'early', 'broad'))}"
    yield f"    owner: {random.choice(OWNERS)}"
    yield "spec:"
    yield f"  tenant: {name}.onmicrosoft.com"
    yield "  subscriptions:"
    yield "    - name: main # everybody with a mailbox"
    yield f"      plan: {plan}"
    yield f"      licenses: {licenses}"


def _live(name: str, plan: str, licenses: int, assigned: int, random: Random) -> Iterator[str]:
    domain = f"{name}.onmicrosoft.com"
    yield "apiVersion: reconciler/v1"
    yield "kind: LiveState"
    yield f"metadata: {{name: {name}, observedAt: {OBSERVED_AT}}}"
    yield "spec:"
    yield f"  tenant: {domain}"
    yield f"  tenantId: {_guid(random)}"
    yield f"  domains: [{domain}, {name}.example]"
    yield "  operator: {roles: [global-administrator]}"
    yield f"  users: {assigned + random.randint(0, 2)}"
    yield f"  website: {{domain: {name}.sharepoint.com, customDomains: [www.{name}.example]}}"
    yield "  creditReview: {state: none}"
    yield "  services: {exchange-online: healthy, sharepoint-online: healthy, lync-online: healthy,"
    yield "    office-online: healthy}"
    yield "  subscriptions:"
    yield f"    - id: {_guid(random)}"
    yield f"      plan: {plan}"
    yield f"      licenses: {licenses}"
    yield f"      assigned: {assigned}"
    yield "      usersWithoutLicense: 0"
    yield "      status: active"
    yield "      trial: false"
    yield f"      payment: {random.choice(('card', 'invoice'))}"
    yield f"      billing: {random.choice(('monthly', 'annual'))}"
    yield "      provisioned: true"
    yield "      preUpgrade: false"
    yield f"      offers: [{', '.join(PLANS[plan])}]"
    yield "      switch: {state: none}"
    yield "      addOns: []"


def _guid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
