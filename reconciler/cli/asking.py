"""A change plan as it was shown in, whether a person has to be asked and said yes out."""

from __future__ import annotations

import sys

import click

from reconciler.change_plan import ChangePlan, Verdict
from reconciler.messages import say
from reconciler.model import WRITES


def may_write(shown: ChangePlan, *, wait: bool) -> bool:
    """Whether this run may come to write: if it is to ``wait``, also what waits now, once that is over."""
    come = {Verdict.APPLY, Verdict.WAIT} if wait else {Verdict.APPLY}
    return any(step.verdict in come and step.action in WRITES for t in shown.tenants for step in t.steps)


def is_answered_yes(form: str) -> bool:
    """Ask for the word yes, where the change plan was shown (as text) and there is a terminal; else say no for it."""
    seen = sys.stdout is not None and form == "text"
    if not seen or sys.stdin is None or not sys.stdin.isatty():
        click.echo(say("cli.nobody-to-ask"), err=True)
        return False
    click.echo(say("cli.ask"), nl=False, err=True)
    if sys.stdin.readline().strip() == "yes":
        return True
    click.echo(say("cli.not-approved"), err=True)
    return False
