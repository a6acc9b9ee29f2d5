"""``comment`` and ``issues``: what a run found, said at the code host. Writes to no tenant."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.options import format_option
from reconciler.conversation import (
    DIGEST,
    NAME,
    Deed,
    Entry,
    Verb,
    comment_body,
    one_comment,
    one_issue_each,
)
from reconciler.errors import HostTrouble, ReconcilerError
from reconciler.messages import say
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from reconciler.adapters.hosts import Client, GitHub, GitLab, Spot

HOSTS = ("github", "gitlab", "azure-devops")
LABEL = "reconciler-drift"
F = TypeVar("F", bound=Callable[..., Any])


def _name(_: click.Context, __: click.Parameter, value: str) -> str:
    if value and not NAME.fullmatch(value):
        raise click.BadParameter(say("hosts.bad-name", text=value))
    return value


def _digest(_: click.Context, __: click.Parameter, value: str) -> str:
    if value and not DIGEST.fullmatch(value):
        raise click.BadParameter(say("hosts.bad-digest", text=value))
    return value


def _variable(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    from reconciler.adapters.hosts.places import VARIABLE

    if value is not None and not VARIABLE.fullmatch(value):
        # What was typed may be the token itself, so it is not said back.
        raise click.BadParameter(say("hosts.bad-variable", text="***"))
    return value


def host_options(command: F) -> F:
    """``--on``, ``--token-env`` and ``--author``: at which host, and as whom."""
    command = click.option("--author", help="The account the token speaks for, where the host does not say.")(
        command
    )
    command = click.option(
        "--token-env",
        callback=_variable,
        metavar="NAME",
        help="The environment variable that holds the token (GITHUB_TOKEN, GITLAB_TOKEN, SYSTEM_ACCESSTOKEN).",
    )(command)
    return click.option("--on", "host", type=click.Choice(HOSTS), required=True, help="The code host.")(
        command
    )


number_option = click.option(
    "--number", type=click.IntRange(min=1), help="The pull or merge request (default: that of the job)."
)
name_option = click.option(
    "--name", default="", callback=_name, help="Keeps the comments of several plans under one request apart."
)


@click.command()
@host_options
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    required=True,
    help="The text, as `plan --format markdown` prints it.",
)
@number_option
@name_option
@click.option(
    "--digest", default="", callback=_digest, help="The digest of this change plan, for `approved` to find."
)
@format_option()
def comment(
    host: str,
    token_env: str | None,
    author: str | None,
    file: Path,
    number: int | None,
    name: str,
    digest: str,
    form: str,
) -> int:
    """Say a change plan under a pull or merge request, in one comment that is edited in place.

    Repository, number and token are read from the variables the host sets in its jobs.
    """
    text = _text_of(file)
    if not text.strip():
        raise ReconcilerError(say("hosts.says-nothing", file=file))
    body = comment_body(text, name, digest)
    spot, client = connected(host, number, token_env)
    if len(body) > client.most_characters:
        size = len(body)
        raise HostTrouble(
            say("hosts.too-long", size=size, host=spot.host.called, most=client.most_characters)
        )
    me = author or client.me()
    deeds = one_comment(client.comments(), me, body)
    done = [(deed, _commented(client, deed)) for deed in deeds]
    _tell(done, host, form)
    _refuse_stranger(done, me, spot)
    return 0


@click.command()
@host_options
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    help="What `drift --format json` printed, of the whole fleet.",
)
@click.option("--label", default=LABEL, help="The label the issues have (reconciler-drift).")
@format_option()
def issues(host: str, token_env: str | None, author: str | None, source: Path, label: str, form: str) -> int:
    """Keep one issue for each cause of drift: opened, edited, and closed when a look shows that it is over.

    An issue stays open while a tenant it names was not read, or its cause is not settled.
    """
    from reconciler.report.topics import drift_topics

    if host == "azure-devops":
        raise click.UsageError(say("hosts.no-issues"))
    topics, looked = drift_topics(_text_of(source), str(source))
    spot, client = connected(host, None, token_env, about_a_request=False)
    keeper = _keeper(client)
    me = author or keeper.me()
    deeds = one_issue_each(keeper.issues(label), me, topics, looked)
    done = []
    for deed in deeds:
        done.append((deed, _kept(keeper, deed, label)))
        if deed.verb is not Verb.HOLD:
            _refuse_stranger(done[-1:], me, spot)
    _tell(done, host, form)
    return 0


def connected(
    host: str, number: int | None, token_env: str | None, *, about_a_request: bool = True
) -> tuple[Spot, Client]:
    """Return where this job stands and a client for it; raises HostTrouble naming what is missing."""
    from reconciler.adapters.hosts import Host, client_at, spot_of

    spot = spot_of(
        Host(host),
        os.environ,
        lambda file: Path(file).read_text(encoding="utf-8"),
        number=number,
        token_name=token_env,
        about_a_request=about_a_request,
    )
    return spot, client_at(spot)


def _keeper(client: Client) -> GitHub | GitLab:
    from reconciler.adapters.hosts import AzureDevOps

    if isinstance(client, AzureDevOps):
        raise click.UsageError(say("hosts.no-issues"))
    return client


def _commented(client: Client, deed: Deed) -> Entry:
    if deed.entry is None:
        return client.post(deed.body)
    return client.edit(deed.entry, deed.body) if deed.verb is Verb.UPDATE else deed.entry


def _kept(keeper: GitHub | GitLab, deed: Deed, label: str) -> Entry:
    if deed.entry is None:
        return keeper.open_issue(deed.title, deed.body, label)
    if deed.verb is Verb.UPDATE:
        return keeper.edit_issue(deed.entry, deed.title, deed.body)
    return keeper.close_issue(deed.entry, deed.body) if deed.verb is Verb.CLOSE else deed.entry


def _refuse_stranger(done: Sequence[tuple[Deed, Entry]], me: str, spot: Spot) -> None:
    """What was written as somebody else would not be found by the next run, which would write it once more."""
    for deed, entry in done:
        if deed.verb is Verb.CREATE and entry.author != me:
            raise HostTrouble(say("hosts.who", host=spot.host.called, author=safe(entry.author), me=me))


def _tell(done: Sequence[tuple[Deed, Entry]], host: str, form: str) -> None:
    if form == "json":
        from reconciler.report.document import json_text

        records = [
            {
                "did": deed.verb.value,
                "key": deed.key or None,
                "number": entry.number,
                "url": entry.url or None,
            }
            for deed, entry in done
        ]
        click.echo(json_text({"host": host, "done": records}), nl=False)
        return
    if not done:
        click.echo(say("hosts.no-drift"))
    for deed, entry in done:
        verb, where = deed.verb.value, safe(entry.url or str(entry.number))
        if deed.key:
            click.echo(say("hosts.did-key", what=say(f"hosts.issue.{verb}"), key=deed.key, where=where))
        else:
            click.echo(say("hosts.did", what=say(f"hosts.comment.{verb}"), where=where))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ReconcilerError(say("hosts.no-file", file=file, why=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise ReconcilerError(say("hosts.no-file", file=file, why=error.reason)) from error
