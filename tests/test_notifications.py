"""Notifications in the configuration: what is read, every problem with its place, and no secret in any of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from cli import ROOT

from reconciler.adapters import files
from reconciler.errors import FilesBroken, Problem
from reconciler.messages import Language
from reconciler.model import Place
from reconciler.notices import HAPPENINGS, Kind, Severity, Word
from reconciler.notices.receivers import Chat, Mail, Receiver, Security, Webhook
from reconciler.notices.routing import Pace, Route
from reconciler.report.events import DIGEST, type_of
from reconciler.secret_places import Kept, Reference

HEAD = "apiVersion: reconciler/v1\nkind: Configuration\nnotifications:\n"
SECRET = "hunter2+secret/value"
HOOK = "webhook: {url: 'https://x.example.com/', secretFrom: {environment: SECRET}}"
MAIL = "host: smtp.example.com, from: a@example.com, to: [b@example.com]"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("RECONCILER_CONFIG", "RECONCILER_UNTRUSTED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(here: Path, text: str) -> files.Config:
    (here / "reconciler.yaml").write_text(HEAD + text, encoding="utf-8")
    return files.load_config(here)


def problems(here: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(FilesBroken) as caught:
        read(here, text)
    return caught.value.problems


def test_everything_that_can_be_said_is_read(here: Path) -> None:
    found = read(
        here,
        "  language: nb\n"
        "  pageUrl: https://page.example.com/\n"
        "  receivers:\n"
        f"    - {{name: ops, {HOOK}}}\n"
        "    - name: other\n"
        "      webhook: {urlFrom: {file: url}, secretFrom: {file: /run/secret}}\n"
        f"    - {{name: post, mail: {{{MAIL}}}}}\n"
        f"    - {{name: tls, mail: {{{MAIL}, security: tls, user: u, passwordFrom: {{environment: PW}}}}}}\n"
        "    - {name: local, mail: {host: localhost, security: none, port: 2525, from: a@b, to: [c@d, e@f]}}\n"
        "    - {name: teams, chat: {urlFrom: {environment: TEAMS}}}\n"
        "  routes:\n"
        "    - {receivers: [ops, post], kinds: [stalled, handoff], severities: [critical], labels: {a: b}, digest: hourly}\n"  # noqa: E501
        "    - {receivers: [post]}\n",
    ).notifications
    assert found
    assert (found.language, found.page_url) == (Language.NORWEGIAN, "https://page.example.com")
    nowhere = Place("", 0, 0)

    def variable(name: str) -> Reference:
        return Reference(Kept.ENVIRONMENT, name, nowhere)

    def kept(name: str) -> Reference:
        return Reference(Kept.FILE, name, nowhere)

    to = ("b@example.com",)
    ways = {
        "ops": Webhook("https://x.example.com/", variable("SECRET")),
        "other": Webhook(kept(str(here / "url")), kept("/run/secret")),
        "post": Mail("smtp.example.com", 587, Security.STARTTLS, "a@example.com", to),
        "tls": Mail("smtp.example.com", 465, Security.TLS, "a@example.com", to, "u", variable("PW")),
        "local": Mail("localhost", 2525, Security.NONE, "a@b", ("c@d", "e@f")),
        "teams": Chat(variable("TEAMS")),
    }
    assert found.receivers == tuple(Receiver(name, way, nowhere) for name, way in ways.items())
    assert found.routes == (
        Route(
            ("ops", "post"),
            frozenset({Kind.STALLED, Kind.HANDOFF}),
            frozenset({Severity.CRITICAL}),
            {"a": "b"},
            Pace.HOURLY,
        ),
        Route(("post",), pace=Pace.DAILY),
    )
    # Where a secret should be is known, for the day it is not there.
    assert found.receivers[0].way.secret.place.line == 7  # type: ignore[union-attr]


def test_who_says_nothing_of_notifications_has_none(here: Path) -> None:
    assert files.load_config(here).notifications is None


def test_routes_that_are_not_written_are_filled_in(here: Path) -> None:
    receivers = f"  receivers: [{{name: ops, {HOOK}}}]\n"
    usual = read(here, receivers).notifications
    assert usual
    assert [route.pace for route in usual.routes] == [Pace.AT_ONCE, Pace.DAILY]
    one = read(here, receivers + "  routes: [{receivers: [ops], severities: [critical]}]\n").notifications
    assert one
    assert one.routes[1] == Route(("ops",), pace=Pace.DAILY)
    loud = read(here, receivers + "  routes: [{receivers: [ops], digest: none}]\n").notifications
    assert loud
    assert loud.routes == (Route(("ops",)),)


RECEIVERS = f"  receivers: [{{name: a, {HOOK}}}]\n"


@pytest.mark.parametrize(
    ("text", "code", "there"),
    [
        (f"  receivers: [{{name: a, {HOOK}}}, {{name: 'a', {HOOK}}}]", "duplicate-receiver", "'a'"),
        (RECEIVERS + "  routes: [{receivers: [b]}]", "unknown-receiver", "b]"),
        (RECEIVERS + "  pageUrl: http://page.example.com", "not-secure", "http:"),
        (
            "  receivers: [{name: a, webhook: {url: 'http://x.example.com', secretFrom: {environment: S}}}]",
            "not-secure",
            "'http:",
        ),
        (f"  receivers: [{{name: a, mail: {{{MAIL}, security: none}}}}]", "not-encrypted", "none"),
        (f"  receivers: [{{name: a, mail: {{{MAIL}, user: u}}}}]", "half-a-login", "{host"),
        (f"  receivers: [{{name: a, mail: {{{MAIL}, passwordFrom: {{file: f}}}}}}]", "half-a-login", "{host"),
        ("  receivers: []", "too-few", "[]"),
        ("  receivers: [{name: a}]", "which-one", "{name: a}"),
        (f"  receivers: [{{name: a, {HOOK}, chat: {{urlFrom: {{file: f}}}}}}]", "which-one", "{name: a"),
        ("  receivers: [{name: a, chat: {urlFrom: {file: f, environment: E}}}]", "which-one", "{file"),
        (RECEIVERS + "  routes: [{receivers: [a], kinds: [stalling]}]", "not-one-of", "stalling"),
        (RECEIVERS + "  routes: [{receivers: [a], digest: yearly}]", "not-one-of", "yearly"),
        (RECEIVERS + "  language: sv", "not-one-of", "sv"),
        ("  receivers: [{name: a, mail: {host: h, from: a@b, to: ['b@c, d@e']}}]", "bad-format", "'b@c"),
        (
            '  receivers: [{name: a, mail: {host: h, from: "a@b\\nBcc: x@y", to: [b@c]}}]',
            "bad-format",
            '"a@b',
        ),
        ("  language: nb", "missing-member", "notifications:"),
    ],
)
def test_what_can_not_be_is_refused_with_its_place(here: Path, text: str, code: str, there: str) -> None:
    (problem,) = problems(here, text + "\n")
    lines = (HEAD + text).splitlines()
    assert problem.code == code
    assert lines[problem.place.line - 1][problem.place.column - 1 :].startswith(there)


def test_every_problem_is_told_at_once(here: Path) -> None:
    found = problems(
        here,
        "  receivers:\n"
        "    - {name: a, webhook: {url: 'http://x.example.com', secretFrom: {environment: S}}}\n"
        f"    - {{name: a, mail: {{{MAIL}, security: none, user: u}}}}\n"
        "  routes: [{receivers: [b, c]}]\n",
    )
    assert [p.code for p in found] == [
        "not-secure",
        "duplicate-receiver",
        "half-a-login",
        "not-encrypted",
        "unknown-receiver",
        "unknown-receiver",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"  receivers: [{{name: a, webhook: {{url: 'https://x', secret: {SECRET}}}}}]",
        f"  receivers: [{{name: a, webhook: {{url: 'https://x', secretFrom: {SECRET}}}}}]",
        f"  receivers: [{{name: a, webhook: {{url: 'https://x', secretFrom: {{environment: {SECRET}}}}}}}]",
        f"  receivers: [{{name: a, mail: {{{MAIL}, password: {SECRET}}}}}]",
        f"  receivers: [{{name: a, mail: {{{MAIL}, passwordFrom: {SECRET}}}}}]",
        f"  receivers: [{{name: a, mail: {{{MAIL}, passwordFrom: [{SECRET}]}}}}]",
        f"  receivers: [{{name: a, chat: {{url: {SECRET}}}}}]",
        f"  receivers: [{{name: a, chat: {{urlFrom: 'tgram://{SECRET}/x'}}}}]",
        f"  receivers:\n    - name: a\n      webhook:\n        url: https://x\n        secret: {SECRET}",
        f'  receivers:\n    - name: a\n      webhook:\n        url: https://x\n        secret: "{SECRET}',
        f"  receivers: [{{name: a, webhook: {{url: 'https://u:{SECRET}@x', secretFrom: {{file: f}}}}}}]",
        f"  receivers: [{{name: a, {HOOK}}}]\n  pageUrl: https://u:{SECRET}@x",
        f"  receivers: [{{name: a, {HOOK}}}]\n  token: {SECRET}",
        f"  receivers: [{{name: a, mail: {{{MAIL}, passwordFrom: {SECRET * 9}}}}}]",
    ],
)
def test_a_secret_that_somebody_wrote_into_the_file_is_repeated_nowhere(here: Path, text: str) -> None:
    found = problems(here, text + "\n")
    assert found
    for problem in found:
        shown = problem.message + problem.hint + problem.line_text
        assert "hunter2" not in shown, shown


def test_the_name_of_a_variable_is_no_secret(here: Path) -> None:
    text = "  receivers: [{name: a, chat: {urlFrom: {environment: TEAMS_URL, file: f}}}]\n"
    (problem,) = problems(here, text)
    assert "urlFrom" in problem.message


def test_a_pull_request_can_name_no_file_outside(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".git").mkdir()
    monkeypatch.setenv("RECONCILER_UNTRUSTED", "1")
    (problem,) = problems(here, "  receivers: [{name: a, chat: {urlFrom: {file: /etc/passwd}}}]\n")
    assert (problem.code, problem.place.column) == ("outside-repository", 48)


# the schema and the guide beside the code

SCHEMA = files.schema("config")["properties"]["notifications"]["properties"]
GUIDE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")


def test_the_schema_knows_the_kinds_severities_and_languages_there_are() -> None:
    route = SCHEMA["routes"]["items"]["properties"]
    assert route["kinds"]["items"]["enum"] == [str(kind) for kind in Kind]
    assert route["severities"]["items"]["enum"] == [str(severity) for severity in Severity]
    assert set(route["digest"]["enum"]) == {str(pace) for pace in Pace} - {Pace.SOON}
    assert SCHEMA["language"]["enum"] == [str(language) for language in Language]
    mail = SCHEMA["receivers"]["items"]["properties"]["mail"]["properties"]
    assert set(mail["security"]["enum"]) == {str(security) for security in Security}


def test_the_guide_tells_every_kind_with_its_severity_and_its_type() -> None:
    rows = {
        cells[1].strip(" `"): cells[2:]
        for line in GUIDE.splitlines()
        if line.startswith("| `") and (cells := line.split("|"))
    }
    assert list(rows) == [str(kind) for kind in Kind]
    for kind in Kind:
        severity, when, type_ = (cell.strip(" `") for cell in rows[str(kind)][:3])
        assert severity.startswith(str(Word(kind, "Expired").severity))
        assert type_ == type_of(kind)
        assert ("told once" in when) == (kind in HAPPENINGS)
    assert f"`{DIGEST}`" in GUIDE


def test_the_configuration_in_the_guide_can_be_used(here: Path) -> None:
    (text, _) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (here / "reconciler.yaml").write_text(text, encoding="utf-8")
    found = files.load_config(here).notifications
    assert found
    assert {receiver.name for receiver in found.receivers} == {"ops", "post", "norway"}
    assert found.language is Language.NORWEGIAN
    assert yaml.safe_load(text)["kind"] == "Configuration"
