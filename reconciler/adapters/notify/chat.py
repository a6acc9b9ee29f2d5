"""A message in, one chat message through Apprise out, and what came of it.

Apprise is an extra (``reconciler[chat]``) and is loaded when the first chat is set up. It is given plain text with
nothing in it that a chat takes for markup, follows no redirection, and is asked one service at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.messages import Language, say
from reconciler.notices import Change, Notice, Severity
from reconciler.notices.delivering import Posting, Sent
from reconciler.report.notices import message_of

if TYPE_CHECKING:
    from apprise import NotifyBase

_TYPES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


def service_of(url: str) -> NotifyBase | None:
    """Return the chat behind an address; None for one that Apprise does not know."""
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(app_id="reconciler", async_mode=False, secure_logging=True, http_redirects=False)
    service: NotifyBase | None = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    return service


class ChatSender:
    """Sends to one chat."""

    def __init__(self, service: NotifyBase, language: Language, page_url: str) -> None:
        self._service, self._language, self._page = service, language, page_url

    def send(self, posting: Posting) -> Sent:
        """Send one message, once."""
        from apprise import NotifyFormat, NotifyType

        said = message_of(posting.contents, self._language, self._page).for_chat()
        try:
            taken = self._service.notify(
                title=said.subject,
                body=said.body,
                notify_type=NotifyType(_type_of(posting)),
                body_format=NotifyFormat.TEXT,
            )
        except Exception as error:
            # A hundred services, each with errors of its own; what they say may hold the address, the secret.
            return Sent(problem=say("notify.broke", why=type(error).__name__))
        return Sent() if taken else Sent(problem=say("notify.chat-refused"))


def _type_of(posting: Posting) -> str:
    contents = posting.contents
    if not isinstance(contents, Notice):
        return "info"
    if contents.change is Change.RECOVERED:
        return "success"
    return _TYPES[contents.matter.word.severity]
