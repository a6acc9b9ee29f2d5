"""A message in, one mail to an SMTP server out, and what came of it.

What is said is encrypted, by TLS from the first byte or by STARTTLS, or it is not said; only a server on this very
machine may do without. No header has text in it that could end it, and every wait has an end.
"""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from socket import SHUT_RDWR
from threading import Timer

from reconciler.adapters.notify.webhook import Patience
from reconciler.messages import Language, say
from reconciler.notices.delivering import Posting, Sent
from reconciler.notices.receivers import Mail, Security
from reconciler.report.lines import safe
from reconciler.report.notices import message_of

LONGEST_SAID = 200


class MailSender:
    """Sends to the addressees of one receiver, all in one mail."""

    def __init__(
        self,
        way: Mail,
        password: str,
        language: Language,
        page_url: str,
        now: Callable[[], datetime],
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self._way, self._password, self._language = way, password, language
        self._page, self._now, self._patience = page_url, now, patience

    def send(self, posting: Posting) -> Sent:
        """Send one message, once."""
        mail = self.written(posting)
        try:
            with self._connected() as server:
                refused = server.send_message(mail, self._way.sender, self._way.to)
        except smtplib.SMTPNotSupportedError:
            return Sent(problem=say("notify.mail-encryption"))
        except smtplib.SMTPAuthenticationError as error:
            return Sent(problem=say("notify.mail-login", why=self._said(error.smtp_code, error.smtp_error)))
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return Sent(problem=say("notify.mail-refused", why=self._said(code, said)))
        except smtplib.SMTPResponseException as error:
            return Sent(problem=say("notify.mail-refused", why=self._said(error.smtp_code, error.smtp_error)))
        except ssl.SSLError as error:
            return Sent(problem=say("notify.certificate", why=safe(error.reason or type(error).__name__)))
        except TimeoutError:
            return Sent(problem=say("notify.slow"))
        except (smtplib.SMTPException, OSError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            return Sent(problem=say("notify.unreachable", why=why))
        some = {"count": len(refused), "all": len(self._way.to)}
        return Sent(note=say("notify.mail-some", **some) if refused else "")

    def written(self, posting: Posting) -> EmailMessage:
        """Return the mail. What is told of one matter is one thread, and the same mail has the same id at each try."""
        said = message_of(posting.contents, self._language, self._page)
        domain = self._way.sender.rsplit("@", 1)[-1]
        mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        mail["Subject"] = said.subject
        mail["From"] = self._way.sender
        mail["To"] = ", ".join(self._way.to)
        mail["Date"] = format_datetime(self._now().astimezone(UTC))
        mail["Message-ID"] = f"<{posting.id}@{domain}>"
        mail["References"] = f"<{posting.thread}@{domain}>"
        mail["List-Id"] = f"reconciler <notifications.reconciler.{domain}>"
        # No holiday notice shall answer it (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(said.body, charset="utf-8", cte="quoted-printable")
        return mail

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        way, wait = self._way, self._patience.read
        trust = ssl.create_default_context()
        if way.security is Security.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=wait, context=trust)
        else:
            server = smtplib.SMTP(timeout=wait)
        # Only the constructor sets the name that certificates are held to, and it would connect before it can be timed.
        server._host = way.host  # type: ignore[attr-defined]
        with _ended_after(self._patience.whole, server):
            try:
                server.connect(way.host, way.port)
                if way.security is Security.STARTTLS:
                    server.starttls(context=trust)
                if way.user:
                    server.login(way.user, self._password)
                yield server
            finally:
                # What was taken is taken, however the server says good-bye.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()

    def _said(self, code: int, said: bytes | str) -> str:
        """What the server says, on one line of a bearable length; it may say back what it was sent."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        both = f"\0{self._way.user}\0{self._password}"
        for secret in (self._password, _encoded(self._password), _encoded(both)):
            text = text.replace(secret, "***") if secret else text
        for address in self._way.to:
            text = text.replace(address, "***")
        return safe(f"{code} {' '.join(text.split())}"[:LONGEST_SAID])


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode() if text else ""


@contextmanager
def _ended_after(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """End a conversation that does not end by itself: a server that sends a byte now and then is never late."""

    def end() -> None:
        with suppress(OSError):
            if server.sock:
                server.sock.shutdown(SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
