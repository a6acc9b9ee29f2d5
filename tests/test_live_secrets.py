"""No secret is said anywhere: unmistakable ones go through every command, and everything that comes out is searched.

The client's secret, the key of the certificate, refresh tokens old and new, access tokens, assertions and codes: in no
output, log, report, state file, export or page. A service that repeats what it was sent does not get it repeated by us.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, unquote_plus
from uuid import uuid4

import pytest
import trustme
from asgi import ask
from certificates import authority
from cli import Answer, Desk
from faces import CLIENT, serving
from heard import GRAPH, PARTNER_CENTER, Record, Reply, Sent
from live_worlds import WRITING_CLIENT, LiveWorld, Time
from worlds import SBP, catalogue, live, sub

from reconciler.act import Raise
from reconciler.adapters.microsoft import calling
from reconciler.adapters.microsoft.sending import Patience
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http.face import Application, FaceSettings
from reconciler.adapters.store import open_store
from reconciler.errors import ReconcilerError
from reconciler.fleet.turns import Pace
from reconciler.observe import LiveSubscription, Observation, TenantRef, Unknown
from reconciler.web.access import access_for
from reconciler.web.app import build_app

SECRET, REFRESH = "canary+secret/of=the&reader", "canary-refresh-token"
FACE = FaceSettings(
    applications={CLIENT: Application(SECRET), WRITING_CLIENT: Application("not asked for")},
    refresh_token=REFRESH,
    etags=True,
)
SHORT, LATER = 16, 3_700
# What of a form or an answer of the sign-in is a secret.
SECRET_MEMBERS = ("client_secret", "client_assertion", "refresh_token", "access_token", "id_token", "code")


def secrets_in(record: Record, *more: str) -> set[str]:
    """Every secret that was sent or handed out by now, and what one can be read back from."""
    found = set(more)
    for sent in record.of(""):
        told = {**sent.form, **(sent.answered() or {})}
        found |= {str(told[name]) for name in SECRET_MEMBERS if name in told}
    found |= {part for token in found if token.count(".") == 2 for part in token.split(".")}
    # The last line of a key is no secret, nor is the signature of a token that has none.
    found = {one for one in found if len(one) > SHORT}
    quoted = {quote_plus(one) for one in found}
    return found | quoted | {b64encode(one.encode()).decode() for one in found}


@dataclass
class Office:
    """The tool at work against a face, with canaries for secrets; all that was said is kept."""

    desk: Desk
    service: Commerce
    record: Record
    said: list[str] = field(default_factory=list)
    key: str = ""

    def run(self, *words: object) -> Answer:
        answer = self.desk.run(*words)
        self.said += [answer.out, answer.err]
        assert "Traceback" not in answer.both, answer.both
        return answer

    def ok(self, *words: object) -> Answer:
        answer = self.run(*words)
        assert answer.code == 0, answer.both
        return answer

    def needles(self) -> set[str]:
        return secrets_in(self.record, SECRET, REFRESH, *self.key.splitlines()[1:-1])

    def found(self, *places: str) -> list[str]:
        """The secrets that are in what was said, in the places given, and in any file that is not theirs."""
        files = [p for p in self.desk.folder.rglob("*") if p.is_file() and "secrets" not in p.parts]
        texts = [*self.said, *places, *(p.read_bytes().decode("latin-1") for p in files)]
        return said_in(texts, self.needles())


def said_in(texts: list[str], secrets: set[str]) -> list[str]:
    """The secrets that are said somewhere, each with what stands around it."""
    whole = "\n".join(texts)
    return [whole[max(0, at - 150) : at + 50] for secret in secrets if (at := whole.find(secret)) >= 0]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything that any library logs, however little it matters."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.args} {record.exc_info}")

    handler, root = Keeping(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def office(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """Three customers: one to switch, one to give more licences, one with more than its file wants."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    time = Time()
    monkeypatch.setattr(
        calling,
        "Patience",
        lambda **given: Patience(**{**given, "sleep": time.sleep, "clock": time, "connect": 5, "read": 5}),
    )
    record = Record()
    with closing(Commerce(elsewhere / "service.sqlite", catalogue(), adds_in_order=False)) as service:
        service.load(
            [
                live(name, sub(id=f"sub-{name}", addOns=[], **given))
                for name, given in (
                    ("fabrikam", {}),
                    ("contoso", {"plan": SBP}),
                    ("northwind", {"plan": SBP}),
                )
            ]
        )
        for name, licenses in (("fabrikam", 20), ("contoso", 22), ("northwind", 18)):
            desk.declare(name, SBP, licenses)
        with serving(service, FACE, record.around) as url:
            office = Office(desk, service, record)
            configure(office, url)
            yield office


@cache
def certificate() -> trustme.LeafCert:
    return authority().issue_cert("writer.example", key_type=trustme.KeyType.RSA)


def configure(office: Office, url: str) -> None:
    leaf = certificate()
    office.key = leaf.private_key_pem.bytes().decode()
    kept = {
        "reader": SECRET,
        "reader-token": REFRESH,
        "writer-token": REFRESH,
        "writer.pem": office.key + leaf.cert_chain_pems[0].bytes().decode(),
    }
    for name, text in kept.items():
        office.desk.put(f"secrets/{name}", text).chmod(0o600)
    microsoft = {
        "partner": FACE.partner,
        "addresses": dict.fromkeys(("partnerCenter", "graph", "login"), url),
        "reader": {
            "clientId": CLIENT,
            "secretFrom": {"file": "secrets/reader"},
            "refreshTokenFrom": {"file": "secrets/reader-token"},
        },
        "writer": {
            "clientId": WRITING_CLIENT,
            "certificateFrom": {"file": "secrets/writer.pem"},
            "refreshTokenFrom": {"file": "secrets/writer-token"},
        },
    }
    office.desk.configure(
        backend="microsoft",
        state="kept",
        catalogue="office365-2014",
        tenants=["tenants"],
        drift={"confirm": {"default": {"times": 1}}},
        microsoft=microsoft,
    )


REPORTS = ("text", "json", "markdown", "github", "gitlab", "sarif", "junit", "html")


def test_no_command_says_a_secret(office: Office, logged: list[str]) -> None:
    office.run("validate", "tenants")
    outputs = [word for form in REPORTS for word in ("--output", f"{form}=reports/plan.{form}")]
    office.ok("plan", "tenants", "--verbose", "--out", "plan.json", *outputs)
    office.ok("show", "plan.json")
    outputs = [word for form in REPORTS for word in ("--output", f"{form}=reports/drift.{form}")]
    office.run("drift", "tenants", "--record", *outputs)
    office.ok("apply", "--plan", "plan.json", "--auto-approve", "--format", "json")
    office.service.advance(timedelta(hours=1))
    for form in ("text", "json"):
        office.run("run", "--once", "--write", "--log-level", "debug", "--log-format", form, "--format", form)
        for words in (
            ("status", "northwind"),
            ("explain", "northwind"),
            ("history", "--verify"),
            ("doctor",),
        ):
            office.run(*words, "--format", form)
    office.ok("snapshot", "--all")
    office.ok("import", "--all")
    follow(office)
    office.ok("history", "--export", "kept.export")
    assert {call["operation"] for call in office.service.calls()} >= {"order_switch", "set_licenses"}
    assert office.found(*logged, *pages(office)) == []
    assert len(office.needles()) > 20, "there were secrets to be found"


WRONG = {
    "reader": "canary-secret-that-is-wrong",
    "reader-token": f"{REFRESH}.1000000000.7",
    "writer-token": "canary-refresh-token-of-nobody",
    "writer.pem": "-----BEGIN PRIVATE KEY-----\ncanary-key-that-is-none\n-----END PRIVATE KEY-----",
}


@pytest.mark.parametrize("which", WRONG)
def test_a_secret_that_is_refused_is_not_said_either(which: str, office: Office, logged: list[str]) -> None:
    office.desk.put(f"secrets/{which}", WRONG[which])
    told = office.run("apply", "tenants/contoso.yaml", "--auto-approve")
    assert f"The {which.partition('.')[0].partition('-')[0]} is not signed in" in " ".join(told.both.split())
    assert office.run("doctor").code == 1
    assert office.found(*logged) == []
    assert said_in([*office.said, *logged], {WRONG[which], "canary"}) == []


def follow(office: Office) -> None:
    (asked,) = office.ok("handoff", "list", "--format", "json").json()["handoffs"]
    number = office.service.file_ticket("northwind", "Fewer licences")
    office.ok("handoff", "filed", asked["id"], number)
    assert number in office.ok("handoff", "follow", "--note").out


def pages(office: Office) -> Iterator[str]:
    """What the status page shows of what is kept."""
    now = office.service.now
    with open_store(str(office.desk.folder / "kept"), create=False, now=now) as store:
        showing = store.showing(None, Pace())
        assert showing is not None
        app = build_app(showing, catalogue(), access=access_for("127.0.0.1"), now=now)
        for address in ("/", "/tenants/fabrikam", "/events"):
            yield ask(app, address).text


# who repeats what it was sent, does not get it repeated by us


def repeated(sent: Sent) -> str:
    """All that a service could repeat of a request."""
    body = sent.body.decode("latin-1")
    return f"{sent.headers.get('authorization', '')} {body} {unquote_plus(body)}"


def partner_error(sent: Sent) -> Any:
    text = repeated(sent)
    return {"code": text, "description": text, "data": [text], "source": text}


def graph_error(sent: Sent) -> Any:
    text = repeated(sent)
    return {"error": {"code": text, "message": text, "innerError": {"request-id": text, "code": text}}}


def refused(sent: Sent) -> Any:
    text = repeated(sent)
    return {
        "error": text,
        "error_description": f"AADSTS9: {text}",
        "error_codes": [9],
        "correlation_id": text,
    }


def problem(sent: Sent) -> Any:
    return {"type": "x", "title": repeated(sent), "status": 403, "detail": repeated(sent)}


def odd(sent: Sent) -> Any:
    text = repeated(sent)
    one = {"id": text, "status": text, "offerId": text, "quantity": text, "companyProfile": {"domain": text}}
    return {"totalCount": 1, "items": [one], "value": [one], "responses": [{"id": text, "status": text}]}


def plain(sent: Sent) -> str:
    return repeated(sent)


def cut_json(sent: Sent) -> str:
    return json.dumps(odd(sent))[:-3]


def telling(status: int, body: Callable[[Sent], Any], **headers: str) -> Callable[[Sent], Reply]:
    """An answer that repeats the request, in its body, and in headers that we read."""

    def answer(sent: Sent) -> Reply:
        told, text = body(sent), " ".join(repeated(sent).split())
        content = told if isinstance(told, str) else json.dumps(told)
        named = {"request-id": text, "ms-correlationid": text, "ms-requestid": text}
        named |= {name.replace("_", "-"): value.format(text=text) for name, value in headers.items()}
        return status, {**named, "content-type": "application/json"}, content.encode()

    return answer


ANSWERS: dict[str, Callable[[Sent], Reply]] = {
    "401": telling(401, partner_error, www_authenticate="{text}"),
    "403": telling(403, partner_error),
    "403 of Graph": telling(403, graph_error),
    "403 with a problem": telling(403, problem),
    "400": telling(400, refused),
    "404": telling(404, partner_error),
    "409": telling(409, partner_error),
    "429": telling(429, plain, retry_after="{text}"),
    "500": telling(500, partner_error),
    "502 in plain text": telling(502, plain),
    "200 with what is none": telling(200, odd),
    "200 with an error": telling(200, partner_error),
    "200 that is cut short": telling(200, cut_json),
    "302 to somewhere else": telling(302, plain, location="http://127.0.0.1:9/?t={text}"),
}
WHERE: dict[str, Callable[[Sent], bool]] = {
    "the sign-in": lambda sent: not sent.service,
    "Partner Center": lambda sent: sent.service == PARTNER_CENTER,
    "Graph": lambda sent: sent.service == GRAPH,
    "what is asked of one subscription": lambda sent: sent.path.count("/") > 5,
    "a write": lambda sent: sent.service == PARTNER_CENTER and sent.method != "GET",
}
BUSY = ("429", "500", "502 in plain text")


@pytest.mark.parametrize("where", WHERE)
def test_who_reads_and_who_writes_repeat_nothing(where: str, tmp_path: Path, logged: list[str]) -> None:
    with LiveWorld(tmp_path, live("fabrikam", sub(addOns=[]))) as world:
        ref = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
        version = one_of(world.reader.observe(ref)).version
        order = Raise(ref, "sub-1", version, 20, 22, str(uuid4()))
        said = []
        for answer in ANSWERS.values():
            # Neither a token nor a wait is left from what went wrong before.
            world.live.time.passes(LATER)
            world.service.advance(timedelta(seconds=LATER))
            world.record.instead = lambda sent, answer=answer: answer(sent) if WHERE[where](sent) else None
            said.append(repr(world.reader.observe(ref)))
            try:
                world.actor.raise_licenses(order)
            except ReconcilerError as error:
                said += [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]
        secrets = secrets_in(world.record)
        repeating = [sent for sent in world.record.requests if WHERE[where](sent) and repeats(sent, secrets)]
        assert len(repeating) >= len(ANSWERS)
        said += [repr(world.live.exchanges), *logged]
        assert said_in(said, secrets) == []


def one_of(seen: Observation) -> LiveSubscription:
    assert not isinstance(seen.subscriptions, Unknown)
    return seen.subscriptions[0]


def repeats(sent: Sent, secrets: set[str]) -> bool:
    """Whether the answer held a secret, so that there was something to be repeated."""
    text = sent.answer.decode("latin-1")
    return any(secret in text for secret in secrets)


FEW = (("the sign-in", "400"), ("a write", "400"))


@pytest.mark.parametrize(
    ("where", "name"),
    [
        pytest.param(where, name, marks=() if (where, name) in FEW else pytest.mark.soak)
        for where in WHERE
        for name in ANSWERS
    ],
)
def test_no_output_repeats_what_a_service_does(
    where: str, name: str, office: Office, logged: list[str]
) -> None:
    office.record.instead = lambda sent: ANSWERS[name](sent) if WHERE[where](sent) else None
    office.run("run", "--once", "--write", "--log-level", "debug", "--log-format", "json")
    office.run("apply", "tenants/contoso.yaml", "--auto-approve", "--format", "json")
    if where in ("the sign-in", "Partner Center") and name not in BUSY:
        office.run("doctor")
    for words in (("status",), ("history",)):
        office.run(*words)
    assert office.found(*logged, *pages(office)) == []
