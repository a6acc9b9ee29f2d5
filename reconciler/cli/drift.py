"""``drift PATH...``: what changed that no file asked for. Has eyes only; ``--propose`` edits files, never a tenant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from reconciler.adapters import files
from reconciler.catalogue import Catalogue
from reconciler.cli.backends import backend_of
from reconciler.cli.forms import FORMS, Outputs, drift_form, give, give_printed, output_option
from reconciler.cli.judging import judge
from reconciler.cli.looks import drift_reports, kept, watched
from reconciler.cli.options import (
    colour_option,
    colour_wanted,
    config_option,
    exit_mode,
    exit_options,
    format_option,
    paths_argument,
    selection_options,
    state_option,
    verbose_option,
)
from reconciler.cli.show import names_of
from reconciler.cli.world import Setting, View, build_setting, build_view, load_fleet, select
from reconciler.desired import Rise, with_rises
from reconciler.drift.kinds import Direction, Kind
from reconciler.drift.looking import told as known
from reconciler.drift.values import DriftReport, Finding
from reconciler.messages import say
from reconciler.model import MOST_LICENSES, Declaration
from reconciler.report.drift import FleetDrift, drift_text

Json = dict[str, Any]


@click.command()
@paths_argument
@click.option("--live", multiple=True, type=click.Path(path_type=Path), help="Look at these LiveState files.")
@click.option(
    "--record", is_flag=True, help="Remember what was seen: what is told now is known the next time."
)
@click.option("--propose", is_flag=True, help="Edit the tenant files so that they adopt confirmed rises.")
@selection_options
@exit_options
@config_option
@state_option
@format_option(*FORMS)
@output_option
@colour_option
@verbose_option
def drift(
    paths: tuple[Path, ...],
    live: tuple[Path, ...],
    record: bool,
    propose: bool,
    tenants: tuple[str, ...],
    selector: tuple[str, ...],
    detailed_exitcode: bool,
    exit_codes: str,
    config: Path | None,
    state: str | None,
    form: str,
    outs: Outputs,
    no_colour: bool,
    verbose: bool,
) -> int:
    """Show what changed that no file asked for. Writes to no tenant.

    Kept apart: what was changed outside, what the service did by itself, and what the files want. A difference is
    drift once it was seen often or long enough (`drift.confirm` in reconciler.yaml). Without --record nothing is
    remembered, and this look counts only for itself.
    """
    if live and (record or propose):
        raise click.UsageError(say("drift.record-live" if record else "drift.propose-live"))
    setting = build_setting(paths, config, state)
    fleet = load_fleet(setting, paths)
    chosen = select(fleet.declarations, tenants, selector)
    # Where there is no service yet nothing can be seen, so none is made, nor a store, only to remember that.
    record = record and backend_of(setting).absent() is None
    with build_view(setting, live, create=record) as view:
        reports = _looked(view, chosen, fleet.declarations)
        found = FleetDrift(reports, fleet.problems, bool(live), view.witness is not None)
        broken = {problem.place.file for problem in fleet.problems}
        proposal = _Proposal(paths, reports, setting.catalogue, broken) if propose else None
        edits = proposal.made() if proposal else None
        told = partial(_told, found, setting, edits, recorded=record, verbose=verbose)
        give(told, outs)
        give_printed(partial(told, colour=colour_wanted(no_colour)), form)
        if record:
            # Only now: what nobody could be told must not count as known.
            _keep(view, reports)
    from reconciler.report.exits import drift_exit

    code = drift_exit(found, exit_mode(detailed_exitcode, exit_codes))
    return 1 if proposal and proposal.failed else code


def _looked(
    view: View, chosen: Sequence[Declaration], fleet: Sequence[Declaration]
) -> tuple[DriftReport, ...]:
    view, looks = watched(view)
    return drift_reports(view, chosen, judge(view, chosen, fleet), looks)


def _keep(view: View, reports: Sequence[DriftReport]) -> None:
    """Remember what was seen, and that it has been told."""
    times = {report.tenant: report.observed_at for report in reports}
    view.store.note_drift([(keys, known(memory, times[keys[0]])) for keys, memory in kept(reports)])


def _told(
    found: FleetDrift,
    setting: Setting,
    edits: list[Json] | None,
    form: str,
    *,
    recorded: bool,
    verbose: bool,
    colour: bool = False,
) -> str:
    """Return it in a format; the edits that were proposed are told in text and JSON only."""
    names = names_of(setting)
    if form == "json":
        from reconciler.report.document import json_text
        from reconciler.report.drift_document import drift_document

        backend = str(setting.config.backend)
        document = drift_document(found, backend=backend, names=names, recorded=recorded, proposed=edits)
        return json_text(document)
    if form != "text":
        return drift_form(found, form, setting.catalogue)
    text = drift_text(found, names=names, colour=colour, verbose=verbose)
    if edits is None:
        return text
    told = [say("drift.proposed", **edit) for edit in edits] or [say("drift.nothing-to-propose")]
    return "\n".join([*told, "", text])


class _Proposal:
    """The edits that adopt confirmed rises in licences. ``failed``: one that should have been made was not."""

    def __init__(
        self, paths: Sequence[Path], reports: Sequence[DriftReport], catalogue: Catalogue, broken: set[str]
    ) -> None:
        self._paths, self._reports, self._catalogue, self._broken = paths, reports, catalogue, broken
        self.failed = False

    def made(self) -> list[Json]:
        """Edit the files; return what was changed, by file and place in it."""
        wanted: dict[str, list[tuple[DriftReport, Finding]]] = {}
        for report in self._reports:
            for finding in self._adoptable(report):
                wanted.setdefault(report.file, []).append((report, finding))
        texts = dict(files.read_sources(self._paths)[0])
        return [
            edit for file in sorted(wanted) for edit in self._edit(file, texts.get(file, ""), wanted[file])
        ]

    def _adoptable(self, report: DriftReport) -> Iterator[Finding]:
        # Where the plan was changed too, the number alone would adopt half of what happened.
        other_plan = {f.scope for f in (*report.outside, *report.wanted) if f.kind is Kind.PLAN_CHANGED}
        for finding in report.outside:
            rose = finding.kind is Kind.LICENSES_ABOVE and finding.direction is Direction.UP
            if not rose or finding.scope in other_plan or report.file in self._broken:
                continue
            plan = self._catalogue.plans.get(str(finding.plan))
            most = min(MOST_LICENSES, (plan and plan.cap) or MOST_LICENSES)
            if int(finding.live or 0) > most:
                facts = {"tenant": report.name, "address": finding.address, "live": finding.live}
                named = plan.name if plan else finding.plan
                click.echo(say("drift.not-proposed", plan=named, cap=most, **facts), err=True)
                self.failed = True
                continue
            yield finding

    def _edit(self, file: str, text: str, wanted: Sequence[tuple[DriftReport, Finding]]) -> list[Json]:
        rises = [Rise(r.name, f.address, int(f.declared or 0), int(f.live or 0)) for r, f in wanted]
        edited = with_rises(text, file, rises)
        if edited is None:
            first = {"file": file, "tenant": rises[0].tenant, "address": rises[0].subscription}
            click.echo(say("drift.not-edited", **first), err=True)
            self.failed = True
            return []
        files.write_whole(Path(file), edited, replace=True)
        return [
            {
                "file": file,
                "tenant": rise.tenant,
                "address": rise.subscription,
                "before": rise.before,
                "after": rise.after,
            }
            for rise in rises
        ]
