"""Tenant files and live states in, the judged tenants out: shared by the cases and the examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.adapters import files
from reconciler.catalogue import Catalogue
from reconciler.change_plan import TenantPlan
from reconciler.decide import decide
from reconciler.live import from_document
from reconciler.memory import Baseline, Memory, Standing
from reconciler.model import Declaration
from reconciler.observe import NEVER, Traits, Unversioned
from reconciler.rules import Effect, Finding, Status

FROM_A_SNAPSHOT = Memory(absent="planned from a snapshot")

# Rules about our own state store have nothing to ask in a snapshot; the next two are not judged yet.
NOT_IN_SNAPSHOTS = frozenset({"stopped", "outcome-unknown", "bought-back", "update-budget"})
NOT_JUDGED_YET = frozenset({"outside-window", "over-limit"})


def judge(
    tenants: Path,
    live: Path,
    *,
    adds_in_order: bool = True,
    stood: Mapping[str, int] | None = None,
    raises: Mapping[str, int] | None = None,
    catalogue: str = "office365-2014",
    unversioned: str = Unversioned.UNHEEDED,
) -> tuple[TenantPlan, ...]:
    """Judge every tenant of a file or folder against the live state of the same name.

    ``stood``: how many licences subscriptions had when all was well, by id; ``raises``: how often this tool has raised
    them. With either there is a store that says so.
    """
    known = files.load_catalogue(catalogue)
    loaded = files.load_tenants([tenants], known)
    assert loaded.problems == ()
    states = {document["metadata"]["name"]: document for _, document in files.load_live([live])}
    traits = Traits(adds_in_order=adds_in_order, unversioned=Unversioned(unversioned))
    memory = FROM_A_SNAPSHOT if stood is None and raises is None else _remembers(stood or {}, raises or {})
    return tuple(
        _judge(declared, states[declared.name], traits, memory, known) for declared in loaded.declarations
    )


def _remembers(stood: Mapping[str, int], raises: Mapping[str, int]) -> Memory:
    standings = {id_: Standing("", licenses=licenses) for id_, licenses in stood.items()}
    return Memory(baseline=Baseline(standings, frozenset(standings), NEVER), raises=raises)


def held_by(findings: Iterable[Finding]) -> list[str]:
    """The ids of the failed checks that hold a step, in order."""
    return [f.id for f in findings if f.status is Status.FAIL and f.effect is not Effect.WARN]


def warned_by(findings: Iterable[Finding]) -> list[str]:
    """The ids of the failed checks that only warn, in order."""
    return [f.id for f in findings if f.status is Status.FAIL and f.effect is Effect.WARN]


def unknown_to(findings: Iterable[Finding]) -> list[str]:
    """The ids of the checks that could not tell, in order."""
    return [f.id for f in findings if f.status is Status.UNKNOWN]


def _judge(
    declared: Declaration, document: object, traits: Traits, memory: Memory, known: Catalogue
) -> TenantPlan:
    assert isinstance(document, dict)
    seen = from_document(document, traits=traits, snapshot=True, catalogue=known)
    return decide(declared, seen, memory, known)
