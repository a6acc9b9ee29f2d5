"""A change plan in, a file that ``apply --plan`` takes out; and back."""

from __future__ import annotations

import os
from pathlib import Path

import click

from reconciler.change_plan import ChangePlan
from reconciler.errors import PlanRefused
from reconciler.messages import say

# A change plan of 100,000 tenants that all differ is well below it.
MOST_SAVED = 1 << 30


def save(made: ChangePlan, out: Path) -> None:
    """Write a saved plan whole or not at all, readable by its owner only, over nothing but an older one."""
    from reconciler.report.document import json_text, plan_document

    _refuse_what_is_no_plan(out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    try:
        # Made anew, never followed: a link may lie in wait under this name.
        with draft.open("x", encoding="utf-8") as file:
            file.write(json_text(plan_document(made)))
        draft.chmod(0o600)
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise PlanRefused(say("cli.not-saved", file=out, why=error.strerror)) from error
    click.echo(say("cli.saved", file=out, digest=made.digest, until=made.valid_until), err=True)


def _refuse_what_is_no_plan(out: Path) -> None:
    """A slip of the hand must not replace a tenant file, or our own state, by a change plan."""
    if not out.exists():
        return
    try:
        read_saved(out)
    except PlanRefused as error:
        raise PlanRefused(say("cli.not-over", file=out)) from error


def read_saved(file: Path) -> tuple[ChangePlan, str]:
    """Return a saved plan and the digest it was saved with."""
    from reconciler.report.saved import parsed, plan_from_document, saved_digest

    try:
        if file.exists() and not file.is_dir() and (not file.is_file() or file.stat().st_size > MOST_SAVED):
            # A device has no end, and a pipe waits for ever.
            raise PlanRefused(
                say("cli.not-a-plan", file=file, why=say("cli.no-plain-file", most=MOST_SAVED >> 20))
            )
        document = parsed(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanRefused(say("cli.no-plan-file", file=file, why=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise PlanRefused(say("cli.not-a-plan", file=file, why=error.reason)) from error
    return plan_from_document(document), saved_digest(document)
