"""``snapshot`` and ``import``: what the service shows, as live states and as tenant files. Has eyes only.

Neither needs anything of our own past, so the state store is not opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from reconciler.adapters import files
from reconciler.cli.backends import Eyes, backend_of
from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.progress import counting
from reconciler.cli.world import Setting, build_setting
from reconciler.desired import nearest
from reconciler.errors import ReconcilerError
from reconciler.live import to_document
from reconciler.messages import say
from reconciler.observe import Lister, Observation, TenantRef, Unknown, observe_all

NOT_FACTS = frozenset({"name", "at", "traits", "snapshot"})
_WORD = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)+"
)
_LONGEST_NAME = 63
# So many tenants are looked at together, where the service can be asked so; progress is shown in between.
_AT_ONCE = 50

Making = Callable[[Observation], dict[str, Any]]


def _options(command: Callable[..., int]) -> Callable[..., int]:
    for option in (
        format_option(),
        state_option,
        config_option,
        click.option("--overwrite", is_flag=True, help="Replace files in DIR that say something else."),
        click.option(
            "--out",
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            help="One file per tenant in this folder.",
        ),
        click.option("--all", "everybody", is_flag=True, help="All tenants the service shows."),
        click.argument("tenants", nargs=-1, metavar="[TENANT]..."),
    ):
        command = option(command)
    return command


@click.command()
@_options
def snapshot(**options: Any) -> int:
    """Write the live state of tenants, as `plan --live` and `simulator load` read it.

    TENANT is a default domain, an id, or a name the service knows. Without --out all go to stdout.
    """
    return _take("live", lambda _: _recorded, **options)


@click.command("import")
@_options
def import_(**options: Any) -> int:
    """Write tenant files that declare what is there: the plan after it is empty.

    TENANT is a default domain, an id, or a name the service knows. Without --out all go to stdout. What a tenant
    file can not say is listed in it under `unmanaged`, with the reason.
    """
    from reconciler.adopt import adopt

    return _take("tenant", lambda setting: lambda seen: adopt(seen, setting.catalogue), **options)


def _take(
    schema: str,
    making: Callable[[Setting], Making],
    *,
    tenants: tuple[str, ...],
    everybody: bool,
    out: Path | None,
    overwrite: bool,
    config: Path | None,
    state: str | None,
    form: str,
) -> int:
    if bool(tenants) == everybody:
        raise click.UsageError(say("take.all-or-some" if everybody else "take.which"))
    setting = build_setting((), config, state)
    with _eyes(setting) as eyes:
        refs, troubles = _asked_for(tenants, eyes)
        looks = (seen for some in _batches(refs) for seen in observe_all(eyes, some))
        seen = list(counting(looks, len(refs), say("take.reading")))
    documents, more = _made(seen, making(setting))
    troubles = [*troubles, *more]
    if out is None:
        _print(documents, form)
    else:
        troubles += _save(documents, out, schema, overwrite)
    for trouble in troubles:
        click.echo(f"error: {trouble}", err=True)
    return 1 if troubles else 0


@contextmanager
def _eyes(setting: Setting) -> Iterator[Eyes]:
    """Open the service for reading; where there is none yet, none is made only to be asked."""
    backend = backend_of(setting)
    if backend.absent() is not None:
        raise ReconcilerError(say("take.no-service", file=setting.simulator_file))
    with backend.open() as opened:
        yield opened.eyes


def _batches(refs: Sequence[TenantRef]) -> Iterator[Sequence[TenantRef]]:
    for start in range(0, len(refs), _AT_ONCE):
        yield refs[start : start + _AT_ONCE]


def _asked_for(tenants: Sequence[str], lister: Lister) -> tuple[list[TenantRef], list[str]]:
    """Return the tenants meant, each once, and a sentence for each word that means none."""
    listed = lister.tenants()
    if isinstance(listed, Unknown):
        raise ReconcilerError(say("take.not-listed", why=listed.reason))
    if not listed:
        raise ReconcilerError(say("take.nobody"))
    if not tenants:
        return list(listed), []
    by_word = {word.casefold(): ref for ref in reversed(listed) for word in (ref.tenant, ref.name)}
    refs: dict[TenantRef, None] = {}
    troubles = []
    for word in tenants:
        ref = by_word.get(word.casefold()) or _outside(word)
        if ref:
            refs[ref] = None
            continue
        near = nearest(word, sorted({ref.name for ref in listed}))
        hint = " " + say("cli.meant", near=near) if near else ""
        troubles.append(say("take.no-such-tenant", word=word, hint=hint))
    return list(refs), troubles


def _outside(word: str) -> TenantRef | None:
    """A domain or id that is not listed under that word may still be one the service answers to."""
    if not _WORD.fullmatch(word):
        return None
    return TenantRef(word.casefold().partition(".")[0][:_LONGEST_NAME].rstrip("-"), word)


def _recorded(seen: Observation) -> dict[str, Any]:
    facts = [getattr(seen, field.name) for field in fields(seen) if field.name not in NOT_FACTS]
    if all(isinstance(fact, Unknown) for fact in facts):
        raise ReconcilerError(say("take.nothing-read", tenant=seen.name, why=facts[0].reason))
    return to_document(seen)


def _made(looks: Sequence[Observation], make: Making) -> tuple[list[dict[str, Any]], list[str]]:
    """Make each tenant's document; one tenant's trouble is its own."""
    documents: dict[str, dict[str, Any]] = {}
    troubles = []
    for seen in sorted(looks, key=lambda seen: seen.name):
        try:
            document = make(seen)
        except ReconcilerError as error:
            troubles.append(str(error))
            continue
        if seen.name in documents:
            troubles.append(say("take.twice", name=seen.name))
            continue
        documents[seen.name] = document
    return list(documents.values()), troubles


def _print(documents: Sequence[dict[str, Any]], form: str) -> None:
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text({"tenants": list(documents)}), nl=False)
        return
    from reconciler.report.yaml import yaml_stream, yaml_text

    click.echo(yaml_stream([yaml_text(document) for document in documents]), nl=False)


def _save(documents: Sequence[dict[str, Any]], out: Path, schema: str, overwrite: bool) -> list[str]:
    """Write one file per tenant; return what went wrong."""
    from reconciler.report.yaml import yaml_text

    beside = files.schema_beside(out, schema)
    troubles = []
    for document in documents:
        file = out / f"{document['metadata']['name']}.yaml"
        try:
            came = files.write_whole(file, yaml_text(document, schema=beside), replace=overwrite)
        except ReconcilerError as error:
            troubles.append(str(error))
            continue
        click.echo(say(f"take.{came}", file=file))
    return troubles
