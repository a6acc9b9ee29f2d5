"""``worker SOURCE``: one of the workers of a fleet, which makes the passes that its dispatcher offers."""

from __future__ import annotations

import click

from reconciler.cli.loop.options import listening, telling
from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.run import Wish, go


@click.command()
@click.argument("source", nargs=-1)
@click.option(
    "--write", is_flag=True, help="Take the work of a dispatcher with --write; without it, of one without."
)
@listening
@telling
@config_option
@state_option
@format_option()
def worker(**options: object) -> int:
    """Make the passes of a fleet: as many workers as you like, on as many machines, beside `reconciler run --fleet`.

    SOURCE is what the dispatcher reads, by the same words; each worker reads it itself. The state has to be a
    PostgreSQL database. How many passes go on at once in a worker is `loop.concurrency` of the configuration.

    SIGTERM or Ctrl-C finishes the passes under way and ends with 143 or 130; a second one leaves at once. Where the
    database says nothing for two minutes it ends with 70. Have it started again whenever it ends.
    """
    from reconciler.cli.loop.fleets import Role

    rest = {"once": False, "speed": 1.0, "fleet_size": None}
    return go(Wish(**options, **rest, role=Role.WORKER))  # type: ignore[arg-type]
