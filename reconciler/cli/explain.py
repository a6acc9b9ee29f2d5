"""``explain`` and ``catalogue``: why. A rule with its source, a pair of plans, a tenant with all its checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.catalogue import Catalogue
from reconciler.cli.judging import judged_all
from reconciler.cli.options import (
    colour_option,
    colour_wanted,
    config_option,
    format_option,
    state_option,
    text_width,
    verbose_option,
)
from reconciler.cli.world import Setting, build_setting
from reconciler.desired import nearest
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.rules import TABLE, Rule, rule_named


@dataclass(frozen=True, slots=True)
class Shown:
    """How a result is shown on a terminal."""

    colour: bool
    verbose: bool


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="RULE | TENANT | FROM TO")
@click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Where the tenant files are."
)
@click.option(
    "--live", multiple=True, type=click.Path(path_type=Path), help="Judge from these LiveState files."
)
@config_option
@state_option
@format_option()
@colour_option
@verbose_option
def explain(
    words: tuple[str, ...],
    paths: tuple[Path, ...],
    live: tuple[Path, ...],
    config: Path | None,
    state: str | None,
    form: str,
    no_colour: bool,
    verbose: bool,
) -> int:
    """Say why: a rule with its source, a tenant with every check, or whether FROM may be switched TO.

    A tenant is looked up in the files named with --path, else in those the configuration names.
    """
    setting = build_setting(paths, config, state)
    if len(words) == 2:
        _pair(setting.catalogue, words[0], words[1], form)
    elif len(words) == 1 and (rule := rule_named(words[0])):
        _rule(rule, form)
    elif len(words) == 1:
        _tenant(setting, words[0], paths, live, form, Shown(colour_wanted(no_colour), verbose))
    else:
        raise click.UsageError(say("cli.explain-what"))
    return 0


@click.command()
@config_option
@format_option()
@click.option("--width", type=click.IntRange(60, 400), default=100, help="Columns to use (100).")
def catalogue(config: Path | None, form: str, width: int) -> int:
    """Print the plans, families and caps, and the from/to matrix of listed switches."""
    from reconciler.report.catalogue import catalogue_document, matrix_text, plans_text

    known = build_setting((), config, None).catalogue
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(catalogue_document(known)), nl=False)
    else:
        click.echo(f"{plans_text(known).rstrip()}\n\n{matrix_text(known, width).rstrip()}")
    return 0


def _rule(rule: Rule, form: str) -> None:
    from reconciler.report.explain import rule_document, rule_text

    _print(form, rule_text(rule, text_width()), rule_document(rule))


def _pair(known: Catalogue, source: str, target: str, form: str) -> None:
    from reconciler.report.pair import pair_document, pair_text

    try:
        keys = (known.named(source).key, known.named(target).key)
    except ReconcilerError as slip:
        raise click.UsageError(str(slip)) from slip
    _print(form, pair_text(known, *keys), pair_document(known, *keys))


def _tenant(
    setting: Setting, name: str, paths: tuple[Path, ...], live: tuple[Path, ...], form: str, shown: Shown
) -> None:
    from reconciler.cli.problems import complain
    from reconciler.cli.show import names_of
    from reconciler.cli.world import build_view, load_fleet, select
    from reconciler.report.explain_tenant import tenant_explained, tenant_text
    from reconciler.standing import by_tenant
    from reconciler.status import status_of

    places = paths or setting.config.tenants
    if not places:
        near = nearest(name, [rule.id for rule in TABLE])
        hint = f" {say('cli.meant', near=near)}" if near else ""
        raise ReconcilerError(say("cli.explain-nothing", word=name, hint=hint))
    fleet = load_fleet(setting, places)
    if fleet.problems:
        complain(fleet.problems)
    (declaration,) = select(fleet.declarations, (name,), ())
    with build_view(setting, live) as view:
        (judged,) = judged_all(view, (declaration,))
        status = status_of(judged, by_tenant(() if view.snapshot else view.store.handoffs()))
    text = tenant_text(judged, status, names_of(setting), colour=shown.colour, verbose=shown.verbose)
    _print(form, text, tenant_explained(judged, status))


def _print(form: str, text: str, document: dict[str, object]) -> None:
    if form == "json":
        from reconciler.report.document import json_text

        text = json_text(document)
    click.echo(text.rstrip())
