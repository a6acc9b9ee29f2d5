"""The notifications of a configuration and the environment in, one sender for each receiver out.

The law of this folder: it carries what ``report`` has written, and decides nothing: neither who hears of what, nor what
becomes of a message that was not taken. A sender answers with a value, whatever the receiver or the network does.
Secrets are read once, at the start, and are in no answer, no log and no error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from reconciler.adapters.notify.chat import ChatSender
from reconciler.adapters.notify.mail import MailSender
from reconciler.adapters.notify.references import Secrets
from reconciler.adapters.notify.webhook import Patience, WebhookSender
from reconciler.errors import FilesBroken, Problem
from reconciler.notices.delivering import Sender
from reconciler.notices.receivers import Mail, Notifications, Receiver, Webhook

__all__ = ["ChatSender", "MailSender", "Patience", "WebhookSender", "senders_of"]


def senders_of(
    notifications: Notifications,
    environment: Mapping[str, str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> Mapping[str, Sender]:
    """Return a sender for each receiver, by its name; nothing is sent yet.

    Raises FilesBroken with every secret that is not where it should be, and every extra that is not installed.
    ``now`` is the machine's clock.
    """
    secrets = Secrets(environment)
    made: dict[str, Sender] = {}
    problems: list[Problem] = []
    for receiver in notifications.receivers:
        for one in _sender(receiver, notifications, secrets, now, patience):
            if isinstance(one, Problem):
                problems.append(one)
            else:
                made[receiver.name] = one
    if problems:
        raise FilesBroken(tuple(problems))
    _quieten()
    return made


def _sender(
    receiver: Receiver,
    notifications: Notifications,
    secrets: Secrets,
    now: Callable[[], datetime],
    patience: Patience,
) -> Iterator[Sender | Problem]:
    """Yield the one sender, or else every problem."""
    way, page = receiver.way, notifications.page_url
    if isinstance(way, Webhook):
        url, keys = secrets.url(receiver, way.url), secrets.signing(receiver, way.secret)
        if not isinstance(url, Problem) and not isinstance(keys, Problem):
            yield WebhookSender(url, keys, page, now, patience)
        yield from (one for one in (url, keys) if isinstance(one, Problem))
    elif isinstance(way, Mail):
        password = secrets.password(receiver, way.password) if way.password else ""
        if isinstance(password, Problem):
            yield password
        else:
            yield MailSender(way, password, notifications.language, page, now, patience)
    else:
        chat = secrets.chat(receiver, way.url)
        yield chat if isinstance(chat, Problem) else ChatSender(chat, notifications.language, page)


def _quieten() -> None:
    """Keep the libraries from telling a log which address they asked: a chat's, and many a webhook's, is its secret."""
    for name in ("urllib3", "requests", "apprise", "smtplib"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
