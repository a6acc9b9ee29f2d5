"""Faults the service was given in, what they do to one call out. No chance in it: each is used in its turn.

A fault names a tenant and a kind, concerns some operations, and is used up after ``times`` uses (none: it
stays until cleared). ``on`` narrows it to one operation: read, order_switch, set_licenses, inquire, or write.
Faults of the wire happen only where the service is spoken to over HTTP; ``path`` narrows them to addresses that
hold this text, and makes a throttle or an error one of the wire too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.adapters.simulator.record import Spec
from reconciler.adapters.simulator.session import Session
from reconciler.adapters.simulator.values import typed
from reconciler.errors import Refused
from reconciler.messages import say

READ, ORDER, LICENSES, INQUIRE, SWITCHING = "read", "order_switch", "set_licenses", "inquire", "switching"
WRITES = frozenset({ORDER, LICENSES})
CALLS = WRITES | {READ, INQUIRE}
TENANT_FACTS = (
    "tenant",
    "tenantId",
    "domains",
    "operator",
    "users",
    "website",
    "creditReview",
    "services",
    "subscriptions",
)
SUBSCRIPTION_FACTS = (
    "plan",
    "licenses",
    "assigned",
    "usersWithoutLicense",
    "status",
    "trial",
    "payment",
    "billing",
    "provisioned",
    "preUpgrade",
    "offers",
    "switch",
    "commerce",
    "addOns",
    "scheduled",
    "termEnds",
    "autoRenews",
)
READABLE = frozenset((*TENANT_FACTS, *(f"subscriptions.{fact}" for fact in SUBSCRIPTION_FACTS)))
WORDS = ("status", "payment", "billing", "plan", "switch.state", "creditReview.state")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault concerns, and its options with their defaults."""

    operations: frozenset[str]
    options: Mapping[str, Any]


KINDS: Mapping[str, Kind] = {
    "lost-after": Kind(WRITES, {}),
    "lost-before": Kind(WRITES, {}),
    "late-visibility": Kind(WRITES, {"minutes": 3}),
    "throttle": Kind(CALLS, {"seconds": 30}),
    "error": Kind(CALLS, {"status": 503, "taken": False}),
    "partial-read": Kind(frozenset({READ}), {"facts": ["subscriptions"]}),
    "unknown-word": Kind(frozenset({READ}), {"member": "status", "word": "in-transition"}),
    "concurrent-admin": Kind(WRITES, {"by": 8}),
    "switch-fails": Kind(frozenset({SWITCHING}), {}),
    "switch-hangs": Kind(frozenset({SWITCHING}), {}),
    "credit-review": Kind(frozenset({ORDER}), {"days": 5}),
}


# What can go wrong only on the way: who calls the service in this process never meets it.
WIRE_KINDS: Mapping[str, Kind] = {
    "malformed-json": Kind(WRITES | {READ}, {}),
    "cut": Kind(WRITES | {READ}, {}),
    "slow": Kind(WRITES | {READ}, {"seconds": 30}),
    "page-repeats": Kind(frozenset({READ}), {}),
    "page-ends-early": Kind(frozenset({READ}), {}),
    "token-expires": Kind(WRITES | {READ}, {}),
    "accepted": Kind(frozenset({LICENSES}), {"minutes": 3}),
}
ALL_KINDS: Mapping[str, Kind] = {**KINDS, **WIRE_KINDS}
NARROWED_BY_PATH = frozenset({"throttle", "error", *WIRE_KINDS})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it waits for its turn; ``times`` None means until it is cleared."""

    number: int
    tenant: str
    kind: str
    times: int | None
    options: Mapping[str, Any]

    def concerns(self, operation: str) -> bool:
        """Say whether it applies to a call of this operation."""
        on = self.options.get("on")
        narrowed = on is None or on == operation or (on == "write" and operation in WRITES)
        return narrowed and operation in ALL_KINDS[self.kind].operations

    @property
    def of_the_wire(self) -> bool:
        """Whether it happens only to calls over HTTP."""
        return self.kind in WIRE_KINDS or "path" in self.options

    def strikes(self, operation: str, address: str) -> bool:
        """Say whether it is one of the wire that applies to a request for this address (path with query)."""
        return self.of_the_wire and self.concerns(operation) and self.options.get("path", "") in address


class Moods:
    """The faults of one tenant during one request. One that is about no tenant meets what names its path."""

    def __init__(self, session: Session, tenant: str | None) -> None:
        self._session = session
        waiting = [Fault(*row) for row in session.faults(tenant)]
        self._waiting = [fault for fault in waiting if tenant is not None or "path" in fault.options]

    def take(self, kind: str, operation: str) -> Fault | None:
        """Use the first fault of this kind that concerns the operation."""
        found = next((f for f in self._of(kind) if f.concerns(operation)), None)
        return self._used(found)

    def take_on_the_wire(self, kind: str, operation: str, address: str) -> Fault | None:
        """Use the first fault of the wire of this kind that strikes a request."""
        found = next((f for f in self._waiting if f.kind == kind and f.strikes(operation, address)), None)
        return self._used(found)

    def _of(self, kind: str) -> list[Fault]:
        return [fault for fault in self._waiting if fault.kind == kind and not fault.of_the_wire]

    def _used(self, found: Fault | None) -> Fault | None:
        if found is not None:
            self._waiting.remove(found)
            self._session.use_fault(found.number)
        return found

    def take_error(self, operation: str, *, taken: bool) -> Fault | None:
        """Use the first error fault, if it is one whose write was (or was not) taken."""
        first = next((f for f in self._of("error") if f.concerns(operation)), None)
        if first is None or first.options["taken"] is not taken:
            return None
        return self.take("error", operation)


def checked(kind: str, options: Mapping[str, object]) -> dict[str, Any]:
    """Return all options of a fault, typed, defaults filled in; raises Refused for what there is not."""
    known = ALL_KINDS.get(kind)
    if known is None:
        raise Refused("bad-fault", say("simulator.bad-fault", kind=kind, kinds=", ".join(ALL_KINDS)))
    narrowing = ("on", "path") if kind in NARROWED_BY_PATH else ("on",)
    strange = sorted(set(options) - {*known.options, *narrowing})
    if strange:
        allowed = ", ".join((*known.options, *narrowing))
        raise Refused("bad-fault", say("simulator.bad-option", kind=kind, option=strange[0], options=allowed))
    full = dict(known.options)
    for name, default in known.options.items():
        if name in options:
            full[name] = typed(options[name], type(default), f"{kind} {name}")
    if options.get("on") is not None:
        full["on"] = _operation(kind, str(options["on"]))
    if options.get("path"):
        full["path"] = str(options["path"])
    _check_words(full)
    return full


def forget(spec: Spec, facts: Iterable[str]) -> None:
    """Take facts out of a document that is about to be shown, saying that the service left them out."""
    reason = say("simulator.reason.partial")
    for fact in facts:
        name, _, member = fact.partition(".")
        if not member:
            spec[name] = None
            spec["unread"] = {**(spec.get("unread") or {}), name: reason}
            continue
        for subscription in spec.get(name) or ():
            subscription[member] = None
            subscription["unread"] = {**(subscription.get("unread") or {}), member: reason}


def misspeak(spec: Spec, member: str, word: str) -> None:
    """Put a word nobody knows into a document that is about to be shown."""
    if member == "creditReview.state":
        spec["creditReview"] = {**(spec.get("creditReview") or {}), "state": word}
        return
    for subscription in spec.get("subscriptions") or ():
        if member == "switch.state":
            subscription["switch"] = {**(subscription.get("switch") or {}), "state": word}
        else:
            subscription[member] = word


def nothing_known(reason: str) -> Spec:
    """Return a document in which every fact is unread for the same reason."""
    return {"unread": dict.fromkeys(TENANT_FACTS, reason)}


def _operation(kind: str, word: str) -> str:
    operations = ALL_KINDS[kind].operations
    allowed = sorted({*operations, *(["write"] if operations & WRITES else [])})
    if word not in allowed:
        raise Refused(
            "bad-fault",
            say("simulator.bad-option", kind=kind, option=f"on={word}", options=", ".join(allowed)),
        )
    return word


def _check_words(options: Mapping[str, Any]) -> None:
    for fact in options.get("facts") or ():
        if fact not in READABLE:
            known = ", ".join(sorted(READABLE))
            raise Refused("bad-fault", say("simulator.bad-fact", fact=fact, facts=known))
    member = options.get("member", WORDS[0])
    if member not in WORDS:
        raise Refused("bad-fault", say("simulator.bad-fact", fact=member, facts=", ".join(WORDS)))
    if options.get("by") == 0:
        raise Refused("bad-fault", say("simulator.bad-by"))
    days = options.get("days", 1)
    if not 0 < days <= 14:
        raise Refused("bad-fault", say("simulator.bad-days", days=days))
