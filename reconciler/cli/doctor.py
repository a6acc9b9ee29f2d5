"""``doctor``: what of this installation is as it should be, and what stands in the way; writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.adapters.files import Backend
from reconciler.checkup import Area, Checkup, Finding, Mark
from reconciler.cli.backends import backend_of, on_stderr
from reconciler.cli.backends.live import addresses_of, sign_in_of
from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.world import Setting, build_setting, open_state
from reconciler.errors import StateUnreadable
from reconciler.messages import say
from reconciler.observe import Unknown
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.examining import Installation

WRITES = ("apply", "run")


@click.command()
@click.option(
    "--tenant",
    default="",
    metavar="DOMAIN",
    help="The customer to try rights with, by its domain or id (default: the first one).",
)
@config_option
@state_option
@format_option()
def doctor(tenant: str, config: Path | None, state: str | None, form: str) -> int:
    """Check what of this installation is as it should be: configuration, state, network, clock, sign-in, rights.

    With Microsoft as the backend each right is tried by the call that is in need of it, with one customer, and a right
    that is missing is told with its name, why it is needed, and how it is granted. Nothing is written. Ends with 0
    where nothing stands in the way, else with 1.
    """
    from reconciler.report.doctor import checkup_document, checkup_text

    setting = build_setting((), config, state)
    found = Checkup(str(setting.config.backend), tuple(_findings(setting, tenant)))
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(checkup_document(found)), nl=False)
    else:
        click.echo(checkup_text(found), nl=False)
    return 0 if found.sound else 1


def _findings(setting: Setting, tenant: str) -> Iterator[Finding]:
    yield from _configuration(setting)
    plans = len(setting.catalogue.plans)
    told = say("doctor.catalogue", name=setting.config.catalogue, plans=plans)
    yield Finding(Area.CATALOGUE, "catalogue", Mark.PASSED, told)
    yield _state(setting)
    if setting.config.backend is Backend.MICROSOFT:
        from reconciler.adapters.microsoft.examining import examine

        click.echo(say("doctor.checking"), err=True)
        yield from examine(_installation(setting, tenant))
    else:
        yield _service_clock(setting)


def _configuration(setting: Setting) -> Iterator[Finding]:
    config = setting.config
    facts = {"file": config.file, "backend": config.backend}
    key = "doctor.config" if config.file else "doctor.no-config"
    yield Finding(Area.CONFIGURATION, "configuration", Mark.PASSED, say(key, **facts))
    if config.backend is not Backend.MICROSOFT:
        return
    microsoft = config.microsoft
    told = say("doctor.partner", partner=microsoft.partner, cloud=microsoft.cloud)
    yield Finding(Area.CONFIGURATION, "partner", Mark.PASSED, told)
    if microsoft.rehearses:
        told = say("doctor.rehearsal", addresses=", ".join(microsoft.rehearses))
        yield Finding(Area.CONFIGURATION, "addresses", Mark.WARNING, told)


def _state(setting: Setting) -> Finding:
    """Whether the store can be read and written, found out without writing."""
    place = setting.folder
    missing = not (place / "state.db").exists()
    with open_state(setting, create=False) as store:
        stop = store.stop()
    if isinstance(stop, Unknown):
        message = say("doctor.state.unreadable", place=setting.state, why=stop.reason)
        way = say("doctor.state.server-way" if setting.served else "doctor.state.way")
        return Finding(Area.STATE, "store", Mark.FAILED, message, way)
    if setting.served:
        return Finding(Area.STATE, "store", Mark.PASSED, say("doctor.state.server", place=setting.state))
    there = next((each for each in (place, *place.resolve().parents) if each.exists()), Path("/"))
    files = [place / "state.db"] if not missing else []
    if not all(os.access(each, os.W_OK) for each in (there, *files)):
        message, way = say("doctor.state.fixed", place=place), say("doctor.state.way")
        return Finding(Area.STATE, "store", Mark.FAILED, message, way)
    if setting.config.backend is Backend.MICROSOFT and not setting.state_named:
        told = say("doctor.state.unnamed", place=place)
        return Finding(Area.STATE, "store", Mark.WARNING, told, say("doctor.state.unnamed.way"), WRITES)
    key = "doctor.state.none" if missing else "doctor.state.there"
    return Finding(Area.STATE, "store", Mark.PASSED, say(key, place=place))


def _service_clock(setting: Setting) -> Finding:
    try:
        moment = backend_of(setting).time()
    except StateUnreadable as trouble:
        return Finding(Area.CLOCK, "clock", Mark.UNKNOWN, say("doctor.clock.untold", why=trouble))
    if moment is None:
        return Finding(Area.CLOCK, "clock", Mark.SKIPPED, say("doctor.clock.none"))
    told = say("doctor.clock.embedded", moment=f"{moment:%Y-%m-%d %H:%M} UTC")
    return Finding(Area.CLOCK, "clock", Mark.PASSED, told)


def _installation(setting: Setting, tenant: str) -> Installation:
    from reconciler.adapters.microsoft.addresses import CLOUDS
    from reconciler.adapters.microsoft.calling import Patience
    from reconciler.adapters.microsoft.examining import Installation

    config, patience = setting.config.microsoft, Patience()

    def warned(text: str) -> None:
        on_stderr(safe(text))

    return Installation(
        partner=config.partner,
        addresses=addresses_of(config),
        audience=CLOUDS[config.cloud],
        reader=sign_in_of("reader", config, patience, warned) if config.reader else None,
        writer=sign_in_of("writer", config, patience, warned) if config.writer else None,
        license_transfer=config.license_transfer,
        calls_per_minute=config.calls_per_minute,
        word=tenant,
    )
