"""Options that loops have in common, alone or in a fleet, each defined once."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import F

LISTENING = (
    click.option(
        "--listen",
        metavar="HOST:PORT",
        envvar="RECONCILER_LISTEN",
        help="Serve the status page, /metrics, /healthz, /readyz and /late there.",
    ),
    click.option(
        "--listen-token-file",
        type=click.Path(path_type=Path),
        envvar="RECONCILER_LISTEN_TOKEN_FILE",
        help="The bearer token for anything but loopback (or RECONCILER_LISTEN_TOKEN).",
    ),
    click.option("--listen-cert", type=click.Path(path_type=Path), help="The page's certificate."),
    click.option("--listen-key", type=click.Path(path_type=Path), help="The key of that certificate."),
    click.option(
        "--listen-client-ca",
        type=click.Path(path_type=Path),
        help="Only let clients in that have a certificate of this authority.",
    ),
    click.option(
        "--listen-name",
        multiple=True,
        metavar="HOST",
        help="A host name the page is reached by, as behind a proxy; may be repeated.",
    ),
)

TELLING = (
    click.option(
        "--log-level",
        type=click.Choice(("debug", "info", "warning", "error")),
        default="info",
        help="What to log: info tells what changed, debug every pass too.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(("text", "json")),
        default="text",
        help="How to log: json is an object a line.",
    ),
    click.option(
        "--traces",
        is_flag=True,
        envvar="RECONCILER_TRACES",
        help="Send traces to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.",
    ),
)


def listening(command: F) -> F:
    """Add the options of the page, the metrics and the probes."""
    for option in reversed(LISTENING):
        command = option(command)
    return command


def telling(command: F) -> F:
    """Add the options of the log and the traces."""
    for option in reversed(TELLING):
        command = option(command)
    return command
