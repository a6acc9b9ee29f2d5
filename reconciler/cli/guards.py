"""What ``apply`` asks of the fleet as a whole before anything else: that it is there, and not suddenly much smaller."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconciler.adapters import files
from reconciler.cli.backends.embedded import Embedded
from reconciler.cli.fleet_plan import source_of
from reconciler.cli.world import Setting, View
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.roster import roster


def refuse_the_unready(setting: Setting) -> None:
    """Ask for what whoever writes has to have, before anything is opened or asked for. Raises ReconcilerError."""
    if setting.config.backend is files.Backend.SIMULATOR:
        refuse_an_empty_service(setting)
        return
    # Another machine, or the next job, would not know of a write whose answer got lost, and order it again.
    if not setting.state_named:
        raise ReconcilerError(say("cli.no-state-store", state=setting.state))
    if setting.config.microsoft.writer is None:
        raise ReconcilerError(say("cli.no-writer"))


def refuse_an_empty_service(setting: Setting) -> None:
    """Without any backend configured, an empty embedded service is most likely not what was meant."""
    config = setting.config
    if not config.backend_named and not config.live and not Embedded(setting).holds_tenants():
        raise ReconcilerError(say("cli.empty-service", file=setting.simulator_file))


def note_fleet(view: View, paths: Sequence[Path], declarations: Sequence[Declaration]) -> None:
    """Keep which tenants there were: the next run tells of those that are gone, and refuses when too many are."""
    view.store.note_fleet_size(source_of(paths), len(declarations), roster(declarations))


def refuse_a_shrunk_fleet(view: View, paths: Sequence[Path], tenants: int, said: int | None) -> None:
    """A fleet that is suddenly much smaller is a mistake until somebody says its new size.

    `tenants` is how many the files declare now, `said` how many there are according to the command line. Raises
    ReconcilerError where the fleet shrank by more than `limits.maxFleetShrinkPercent` and that was not said.
    """
    before = view.store.last_fleet_size(source_of(paths))
    limits = view.setting.config.limits
    if before is None or not limits.shrank_too_much(before, tenants) or said == tenants:
        return
    raise ReconcilerError(say("cli.shrunk", before=before, now=tenants, most=limits.fleet_shrink_percent))
