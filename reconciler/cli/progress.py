"""How far a long piece of work is, on stderr: one line that is rewritten on a terminal, a heartbeat elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import click

T = TypeVar("T")

QUIET_FOR = 2.0
HEARTBEAT = 15.0


def counting(items: Iterable[T], total: int, doing: str) -> Iterator[T]:
    """Yield the items; work that takes longer than two seconds says how far it is."""
    began = last = time.monotonic()
    shown = False
    for count, item in enumerate(items, start=1):
        yield item
        moment = time.monotonic()
        if moment - began > QUIET_FOR and moment - last > (0.2 if sys.stderr.isatty() else HEARTBEAT):
            line(f"{doing} {count}/{total}")
            last, shown = moment, True
    if shown:
        clear()


def line(text: str) -> None:
    """Show one line of progress, over the last one on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)
    else:
        click.echo(text, err=True)


def clear() -> None:
    """Take the progress line away."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
