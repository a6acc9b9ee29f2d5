"""``approved``: the digest that people approved in a review, for ``apply --approved-digest``. Writes nothing."""

from __future__ import annotations

import click

from reconciler.cli.comment import connected, host_options, name_option, number_option
from reconciler.conversation import digest_in
from reconciler.errors import HostTrouble
from reconciler.messages import say
from reconciler.reviews import approvers


@click.command()
@host_options
@number_option
@name_option
def approved(host: str, token_env: str | None, author: str | None, number: int | None, name: str) -> int:
    """Print the digest of the change plan that a review approved, as it stands in the comment.

    An approval counts for the last commit of the request, if given after the comment was last edited.
    """
    if host != "github":
        raise click.UsageError(say("hosts.only-github"))
    from reconciler.adapters.hosts import GitHub

    spot, client = connected(host, number, token_env)
    assert isinstance(client, GitHub)
    me = author or client.me()
    found = digest_in(client.comments(), me, name)
    if found is None:
        raise HostTrouble(say("hosts.approved-none", number=spot.number, me=me))
    entry, digest = found
    edited, (head, requester) = client.edited_at(entry), client.request()
    who = approvers(client.reviews(), requester=requester, head=head, edited=edited)
    if not who:
        facts = {"digest": digest, "number": spot.number, "head": head, "edited": edited.isoformat()}
        raise HostTrouble(say("hosts.approved-nobody", **facts))
    click.echo(say("hosts.approved-by", digest=digest, who=", ".join(who)), err=True)
    click.echo(digest)
    return 0
