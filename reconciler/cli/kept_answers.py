"""A folder for what is kept between runs in, what blocks of files came to the last time out: ``--cache``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from reconciler import __version__
from reconciler.adapters import files
from reconciler.cli.world import Setting
from reconciler.messages import say

T = TypeVar("T")


@contextmanager
def kept_answers(
    cache: Path | None, setting: Setting, form: files.Form[T], *hang_on: object
) -> Iterator[files.Answering[T]]:
    """Open what is kept in the folder ``cache``, and keep what is new when all went well; without one, nothing is.

    The answers hang on their files, on program, catalogue and configuration, and on whatever else they ``hang_on``.
    """
    if cache is None:
        yield files.Fresh()
        return
    setting.config.bounds.refuse((cache,))
    config = setting.config
    judged_by = (setting.catalogue.digest, config.limits, config.backup_max_age_days)
    made_by = (__version__, files.program(), sys.byteorder)
    with files.answers_in(cache, repr((made_by, judged_by, hang_on)), form) as answers:
        yield answers
        try:
            answers.save()
        except OSError as error:
            click.echo(say("cli.not-cached", why=error.strerror), err=True)
