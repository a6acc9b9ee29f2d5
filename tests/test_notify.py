"""Webhooks, mails and chats against doubles on loopback: what arrives, what is kept private, and what fails how."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from certificates import authority_file
from cli import ROOT
from hostile import TRICKS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matters import AT, matter, notice, posting, source
from receiving import Hook, MailServer, Reply, mail_server, webhook

from reconciler.adapters.notify import Patience, senders_of
from reconciler.adapters.notify.mail import MailSender
from reconciler.adapters.notify.webhook import WebhookSender, later, signed
from reconciler.adapters.store import open_store
from reconciler.errors import FilesBroken
from reconciler.messages import Language
from reconciler.model import Place
from reconciler.notices import Change
from reconciler.notices.delivering import Posting, Sent, deliver_due
from reconciler.notices.digesting import digest_of
from reconciler.notices.matters import matters_of_source
from reconciler.notices.receivers import (
    Chat,
    Mail,
    Notifications,
    Receiver,
    Security,
    Webhook,
    usual_routes,
)
from reconciler.secret_places import Kept, Reference

# Apprise looks for a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
# A busy machine is no reason to fail.
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
HERE = Place("reconciler.yaml", 7, 3)
KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PASSWORD = "hunter2-and-more"
QUICK = Patience(connect=2, read=0.3, whole=0.6)
Way = Webhook | Mail | Chat


def now() -> datetime:
    return AT


def variable(name: str) -> Reference:
    return Reference(Kept.ENVIRONMENT, name, HERE)


def told(*ways: Way, language: Language = Language.ENGLISH) -> Notifications:
    receivers = tuple(Receiver(f"r{n}", way, HERE) for n, way in enumerate(ways))
    return Notifications(receivers, usual_routes(("r0",)), language, "https://page.example.com")


def send(
    way: Way,
    environment: dict[str, str],
    message: Posting | None = None,
    language: Language = Language.ENGLISH,
) -> Sent:
    sender = senders_of(told(way, language=language), environment, now, QUICK)["r0"]
    return sender.send(message or posting())


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as double:
        yield double


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every line any library logs, at the level that says most; the loggers are as they were afterwards."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler, root = Lines(), logging.getLogger()
    names = ("urllib3", "requests", "apprise", "smtplib")
    before = {name: logging.getLogger(name).level for name in names}
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


# webhooks


def send_hook(hook: Hook, message: Posting | None = None, secret: str = SECRET) -> Sent:
    return send(Webhook(hook.url, variable("SECRET")), {"SECRET": secret}, message)


def test_an_event_arrives_signed(hook: Hook) -> None:
    assert send_hook(hook) == Sent()
    (body,), (headers,) = hook.bodies, hook.headers
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert headers["webhook-id"] == notice().id == hook.events[0]["id"]
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert hook.events[0]["data"]["page"] == "https://page.example.com/tenants/fabrikam"


def test_a_signature_is_the_one_the_specification_shows() -> None:
    """The example of Standard Webhooks, as its libraries are tested with."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, AT.tzinfo)
    made = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', (key,))
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_receiver_changes_its_secret_both_sign(hook: Hook) -> None:
    other = "whsec_" + base64.b64encode(b"o" * 24).decode()
    send_hook(hook, secret=f"{SECRET} {other}\n")
    both = hook.headers[0]["webhook-signature"].split()
    assert len(set(both)) == 2
    send_hook(hook, secret=other)
    assert hook.headers[1]["webhook-signature"] == both[1]


def test_the_same_message_has_the_same_id_and_body_at_each_try(hook: Hook) -> None:
    hook.replies = [Reply(500)]
    send_hook(hook)
    send_hook(hook, posting(attempts=1))
    assert hook.bodies[0] == hook.bodies[1]
    assert hook.headers[0]["webhook-id"] == hook.headers[1]["webhook-id"]


def test_a_digest_is_an_event_too(hook: Hook) -> None:
    made = digest_of("ops", [], [], AT)
    send_hook(hook, posting(made))
    assert hook.events[0]["type"] == "reconciler.digest"


@pytest.mark.parametrize(
    ("reply", "problem", "wait", "gone"),
    [
        (Reply(200, body=b"thank you"), "", None, False),
        (Reply(299), "", None, False),
        (Reply(404), "status 404", None, False),
        (Reply(500), "status 500", None, False),
        (Reply(410), "nothing is taken there any more", None, True),
        (Reply(429, {"Retry-After": "120"}), "status 429", timedelta(minutes=2), False),
        (
            Reply(503, {"Retry-After": "Thu, 26 Nov 2026 12:05:00 GMT"}),
            "status 503",
            timedelta(minutes=5),
            False,
        ),
        (Reply(429, {"Retry-After": "soon"}), "status 429", None, False),
        (Reply(302, {"Location": "http://127.0.0.1:1/elsewhere"}), "redirection", None, False),
        (Reply(307, {"Location": "/elsewhere"}), "redirection", None, False),
    ],
)
def test_what_a_receiver_answers_is_told_as_it_is(
    hook: Hook, reply: Reply, problem: str, wait: timedelta | None, gone: bool
) -> None:
    hook.replies = [reply]
    sent = send_hook(hook)
    assert bool(sent.problem) == bool(problem)
    assert problem in sent.problem
    assert (sent.later, sent.gone) == (wait, gone)
    assert len(hook.paths) == 1


def test_a_receiver_that_answers_never_or_without_end_is_left(hook: Hook) -> None:
    hook.replies = [Reply(hang=True)]
    assert "in time" in send_hook(hook).problem
    hook.replies = [Reply(200, drip=True)]
    # It has said that it took it; the rest of its answer is not waited for.
    assert send_hook(hook) == Sent()
    hook.over.set()


def test_a_receiver_that_is_not_there_is_a_problem_in_words(hook: Hook) -> None:
    gone = Webhook("http://127.0.0.1:1/secret-path", variable("SECRET"))
    sent = send(gone, {"SECRET": SECRET})
    assert "refused" in sent.problem
    assert "secret-path" not in sent.problem


@pytest.mark.parametrize(
    "text", ["", "-5", "9" * 30, "Thu, 99 Nov 2026", "١٢", "Thu, 26 Nov 2026 11:00:00 GMT"]
)
def test_a_wait_that_is_none_is_none(text: str) -> None:
    assert later(text, AT) in (None, timedelta())


@quick
@given(st.text(max_size=40))
def test_no_answer_makes_the_wait_a_trap(text: str) -> None:
    wait = later(text, AT)
    assert wait is None or wait >= timedelta()


def test_no_library_logs_the_address_of_a_webhook(hook: Hook, logged: list[str]) -> None:
    send(Webhook(variable("URL"), variable("SECRET")), {"URL": hook.url, "SECRET": SECRET})
    assert len(hook.bodies) == 1
    assert not [line for line in logged if "secret-path" in line or SECRET in line]


# mails


def mail_way(server: MailServer, **members: Any) -> Mail:
    given_: dict[str, Any] = {
        "host": "localhost",
        "port": server.port,
        "security": Security.STARTTLS,
        "sender": "reconciler@example.com",
        "to": ("ola@fabrikam.no", "kari@fabrikam.no"),
        "user": "robot",
        "password": variable("PASSWORD"),
    }
    return Mail(**{**given_, **members})


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file()))


def send_mail(server: MailServer, message: Posting | None = None, **members: Any) -> Sent:
    return send(mail_way(server, **members), {"PASSWORD": PASSWORD}, message)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("security", "tls"), [(Security.STARTTLS, False), (Security.TLS, True)])
def test_a_mail_arrives_encrypted_with_what_it_says_in_it(security: Security, tls: bool) -> None:
    with mail_server(tls=tls) as server:
        assert send_mail(server, security=security) == Sent()
    (mail,) = server.mails
    assert server.encrypted == [True]
    assert mail["Subject"] == "[reconciler] fabrikam: stalled (RoleMissing)"
    assert mail["To"] == "ola@fabrikam.no, kari@fabrikam.no"
    assert mail["Message-ID"] == f"<{notice().id}@example.com>"
    assert mail["References"] == f"<{matter().key.thread}@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "reconciler <notifications.reconciler.example.com>"
    assert mail["Date"].datetime == AT
    assert "stays as it is until a person acts" in mail.get_content()
    logins = [command for command in server.commands if command.startswith("AUTH")]
    assert logins == ["AUTH PLAIN " + base64.b64encode(f"\0robot\0{PASSWORD}".encode()).decode()]


@pytest.mark.usefixtures("trusted")
def test_a_norwegian_mail_is_utf_8() -> None:
    with mail_server() as server:
        over = posting(notice(Change.WITHDRAWN))
        send(mail_way(server), {"PASSWORD": PASSWORD}, over, Language.NORWEGIAN)
    (mail,) = server.mails
    assert "følges ikke lenger, var står stille" in mail["Subject"]
    assert "hvordan det går videre" in mail.get_content()
    assert server.raw[0].isascii()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("trick", [*TRICKS, "x\r\nBcc: mallory@example.com\r\n\r\nhello", "x\n.\nQUIT"])
def test_no_name_gets_into_a_header_or_ends_a_mail(trick: str) -> None:
    hostile = matter(reason=trick, tenant=trick, fleet=trick, subject=trick, sentence=trick, remedy=trick)
    sender = MailSender(mail_way(MailServer()), PASSWORD, Language.ENGLISH, "", now, QUICK)
    mail = sender.written(posting(notice(what=hostile)))
    text = mail.as_bytes()
    head, _, body = text.partition(b"\r\n\r\n")
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted(
        name.encode()
        for name in (
            "Subject", "From", "To", "Date", "Message-ID", "References", "List-Id", "Auto-Submitted",
            "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
        )
    )  # fmt: skip
    assert text.isascii()
    assert b"\r\n.\r\n" not in body


def test_mail_is_not_sent_where_it_would_not_be_encrypted() -> None:
    with mail_server(offers=("AUTH PLAIN",)) as server:
        sent = send_mail(server)
    assert "no encryption" in sent.problem
    assert server.mails == []
    assert not [command for command in server.commands if command.startswith(("AUTH", "MAIL"))]


def test_mail_is_not_sent_to_a_server_that_can_not_show_who_it_is() -> None:
    with mail_server() as server:
        sent = send_mail(server)
    assert "certificate" in sent.problem
    assert server.mails == []
    assert not [command for command in server.commands if command.startswith(("AUTH", "MAIL"))]


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_not_accepted() -> None:
    with mail_server(tls=True) as server:
        sent = send_mail(server, host="127.0.0.1", security=Security.TLS)
    assert "certificate" in sent.problem
    assert server.mails == []


def test_a_server_on_this_machine_may_do_without() -> None:
    with mail_server(offers=()) as server:
        assert send_mail(server, security=Security.NONE, user="", password=None) == Sent()
    assert server.encrypted == [False]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("refuse", "problem"),
    [
        ({"AUTH": f"535 no user robot with {PASSWORD}"}, "user and password (535 no user robot with ***)"),
        ({"MAIL": "452 full"}, "refused it (452 full)"),
        ({"RCPT": "550 no ola@fabrikam.no here"}, "refused it (550 no *** here)"),
        ({"DATA": "554 spam"}, "refused it (554 spam)"),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, "refused it (421 busy)"),
    ],
)
def test_what_a_mail_server_says_is_told_without_secrets(refuse: dict[str, str], problem: str) -> None:
    with mail_server(refuse=refuse) as server:
        sent = send_mail(server)
    assert problem in sent.problem
    assert server.mails == []


@pytest.mark.usefixtures("trusted")
def test_some_addressees_are_better_than_none_and_are_counted() -> None:
    with mail_server(refuse={"RCPT TO:<kari": "550 nobody"}) as server:
        sent = send_mail(server)
    assert len(server.mails) == 1
    assert (sent.problem, sent.note) == ("", "the mail server did not accept 1 of 2 addressees")


@pytest.mark.usefixtures("trusted")
def test_a_mail_that_was_taken_is_taken_however_the_server_says_good_bye() -> None:
    with mail_server(refuse={"QUIT": "500 what?"}) as server:
        assert send_mail(server) == Sent()
    assert len(server.mails) == 1


def test_a_mail_server_that_is_not_there_or_says_nothing_to_the_end_is_left() -> None:
    with mail_server(drip=True) as server:
        assert send_mail(server).problem
    gone = MailServer(port=1)
    assert "refused" in send_mail(gone).problem.lower()


# chats


def chat_at(hook: Hook) -> dict[str, str]:
    return {"CHAT": hook.url.replace("http://", "json://ola:hunter2@")}


CHAT = Chat(variable("CHAT"))


def test_a_chat_gets_plain_words(hook: Hook) -> None:
    hostile = matter(tenant="<!channel> @everyone", sentence="[link](http://evil.example) `code`")
    assert send(CHAT, chat_at(hook), posting(notice(what=hostile))) == Sent()
    (said,) = hook.events
    assert said["title"].startswith("[reconciler] ".translate({91: "(", 93: ")"}))
    assert "‹!channel› (at)everyone" in said["title"]
    assert "(link)(http://evil.example) 'code'" in said["message"]
    assert said["type"] == "warning"


def test_what_has_recovered_is_good_news_in_a_chat(hook: Hook) -> None:
    send(CHAT, chat_at(hook), posting(notice(Change.RECOVERED)))
    send(CHAT, chat_at(hook), posting(digest_of("ops", [], [], AT)))
    assert [event["type"] for event in hook.events] == ["success", "info"]


def test_a_chat_that_does_not_take_it_is_a_problem_without_its_address(hook: Hook, logged: list[str]) -> None:
    hook.replies = [Reply(500), Reply(302, {"Location": hook.url + "/elsewhere"})]
    for _ in range(2):
        sent = send(CHAT, chat_at(hook))
        assert "not taken" in sent.problem
        assert "secret-path" not in sent.problem
    # A redirection is not followed.
    assert len(hook.paths) == 2
    assert not [line for line in logged if "secret-path" in line or "hunter2" in line]


def test_a_chat_service_that_breaks_says_nothing_of_its_address(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise import NotifyBase

    def broken(*_: object, **__: object) -> bool:
        raise ValueError("json://ola:hunter2@127.0.0.1")

    monkeypatch.setattr(NotifyBase, "notify", broken)
    sent = send(CHAT, chat_at(hook))
    assert "ValueError" in sent.problem
    assert "hunter2" not in sent.problem


def test_without_the_extra_a_chat_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    without: Callable[..., object] = lambda name, *more: None if name == "apprise" else found(name, *more)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", without)
    with pytest.raises(FilesBroken) as caught:
        senders_of(told(CHAT), {"CHAT": "json://x"}, now)
    (problem,) = caught.value.problems
    assert "Apprise" in problem.message
    assert "pip install 'reconciler[chat]'" in problem.hint


def test_apprise_is_not_loaded_by_who_has_no_chat() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from reconciler.adapters import files, notify, store;"
        "assert not {'apprise', 'requests', 'urllib3'} & set(sys.modules), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# secrets


def problems(environment: dict[str, str], *ways: Way) -> list[str]:
    with pytest.raises(FilesBroken) as caught:
        senders_of(told(*ways), environment, now)
    assert all(problem.place == HERE for problem in caught.value.problems)
    return [f"{problem.message} {problem.hint}" for problem in caught.value.problems]


MAIL = Mail(
    "smtp.example.com", 587, Security.STARTTLS, "a@example.com", ("b@example.com",), "u", variable("PASSWORD")
)


def test_every_secret_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    missing = Reference(Kept.FILE, str(tmp_path / "missing"), HERE)
    folder = Reference(Kept.FILE, str(tmp_path), HERE)
    hooks = (Webhook(variable("URL"), variable("SECRET")), Webhook("https://x.example.com", missing))
    found = problems({}, *hooks, MAIL, CHAT, Webhook("https://x.example.com", folder))
    assert len(found) == 6
    for text, name in zip(
        found, ("URL", "SECRET", "missing", "PASSWORD", "CHAT", str(tmp_path)), strict=True
    ):
        assert name in text


@pytest.mark.parametrize(
    ("way", "name", "value"),
    [
        (Webhook(variable("URL"), variable("SECRET")), "URL", "http://hooks.example.com/hunter2"),
        (Webhook(variable("URL"), variable("SECRET")), "URL", "https://ola:hunter2@hooks.example.com"),
        (Webhook(variable("URL"), variable("SECRET")), "URL", "hunter2\nhunter2"),
        (Webhook("https://x.example.com", variable("SECRET")), "SECRET", "hunter2"),
        (Webhook("https://x.example.com", variable("SECRET")), "SECRET", "whsec_aHVudGVyMg=="),
        (Webhook("https://x.example.com", variable("SECRET")), "SECRET", SECRET + "\nhunter2"),
        (Webhook("https://x.example.com", variable("SECRET")), "SECRET", "hunter2" * 10_000),
        (Webhook("https://x.example.com", variable("SECRET")), "SECRET", " \n"),
        (MAIL, "PASSWORD", "hunter2\nhunter2"),
        (CHAT, "CHAT", "hunter2://no-such-service"),
        (CHAT, "CHAT", "hunter2"),
    ],
)
def test_a_secret_that_can_not_work_is_told_by_its_name_and_not_shown(
    way: Way, name: str, value: str, logged: list[str]
) -> None:
    environment = {"URL": "https://x.example.com", "SECRET": SECRET, "PASSWORD": PASSWORD, name: value}
    (text,) = problems(environment, way)
    assert name in text
    assert "r0" in text
    assert "hunter2" not in text
    assert not [line for line in logged if "hunter2" in line]


def test_a_secret_may_be_kept_in_a_file(tmp_path: Path, hook: Hook) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    way = Webhook(hook.url, Reference(Kept.FILE, str(tmp_path / "secret"), HERE))
    assert send(way, {}) == Sent()


def test_nothing_shows_a_secret_that_is_held() -> None:
    senders = senders_of(
        told(Webhook("https://x.example.com/hunter2", variable("SECRET")), MAIL),
        {"SECRET": SECRET, "PASSWORD": PASSWORD},
        now,
    )
    assert all("hunter2" not in repr(s) and PASSWORD not in repr(s) for s in senders.values())
    assert isinstance(senders["r0"], WebhookSender)


@pytest.mark.usefixtures("trusted")
def test_no_secret_reaches_the_store_or_a_line_of_the_log(
    tmp_path: Path, hook: Hook, logged: list[str]
) -> None:
    told_all = "ask ola@fabrikam.no, https://robot:hunter2@git.example.com/x, whsec_hunter2"
    hook.replies = [Reply(500, body=PASSWORD.encode()), Reply(500, body=b"hunter2")]
    with mail_server(refuse={"RCPT": f"550 {PASSWORD} ola@fabrikam.no"}) as server:
        ways = (Webhook(hook.url, variable("SECRET")), CHAT, mail_way(server))
        notifications = told(*ways)
        routes = usual_routes(("r0", "r1", "r2"))
        environment = {"SECRET": SECRET, "PASSWORD": PASSWORD, **chat_at(hook)}
        senders = senders_of(notifications, environment, now, QUICK)
        with open_store(str(tmp_path), create=True, now=now) as store:
            stopped = source(reason="FetchFailed", stopped=told_all)
            outbox = store.outbox(routes)
            assert outbox.keep(matters_of_source(stopped), AT)
            results = deliver_due(outbox, senders, AT, lambda: 0.5)
    assert [str(result.fate) for result in results] == ["retried"] * 3
    shown = "\n".join(logged) + "".join(result.line for result in results)
    shown += "".join(file.read_bytes().decode("latin-1") for file in tmp_path.iterdir() if file.is_file())
    assert "***@fabrikam.no" in shown
    for secret in ("hunter2", "ola@", SECRET, "secret-path", base64.b64encode(PASSWORD.encode()).decode()):
        assert secret not in shown


# the guide

GUIDE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")


def test_the_guide_shows_how_a_signature_is_checked(hook: Hook) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    scope: dict[str, Any] = {}
    exec(snippet, scope)  # it is our own
    send_hook(hook)
    (body,), (headers,) = hook.bodies, hook.headers
    at = AT.timestamp()
    assert scope["checked"](headers, body, SECRET, at)["id"] == notice().id
    for wrong in (
        (headers, body + b" ", SECRET, at),
        ({**headers, "webhook-id": "other"}, body, SECRET, at),
        ({**headers, "webhook-signature": "v1,"}, body, SECRET, at),
        (headers, body, "whsec_" + base64.b64encode(b"x" * 32).decode(), at),
        (headers, body, SECRET, at + 301),
        (headers, body, SECRET, at - 301),
    ):
        with pytest.raises(ValueError):
            scope["checked"](*wrong)
