"""`doctor`: what stands in the way is told by its cause, with its name and what to do; nothing is written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cli import Answer, Desk
from loopback import Asked, Say, answer, nowhere, serving
from signing import CLIENT, CUSTOMER, OTHER, PARTNER, SECRET, SignInService, refusal, sign_in_service

from reconciler.adapters import files
from reconciler.adapters.microsoft.rights import RIGHTS
from reconciler.checkup import Mark
from reconciler.desired import Checker
from reconciler.messages import SENTENCES

CHECKER = Checker(files.schema("doctor"))
SUBSCRIPTIONS = [
    {
        "id": "0f000000-0000-4000-8000-00000000000a",
        "offerId": "CFQ7TTC0LH16:0001:CFQ7TTC0K971",
        "productType": {"id": "OnlineServicesNCE"},
        "billingType": "license",
        "quantity": 5,
        "status": "active",
    },
    {
        "id": "0f000000-0000-4000-8000-00000000000b",
        "offerId": "796b6b5f-613c-4e24-a17c-eba730d49c02",
        "billingType": "license",
        "quantity": 5,
        "status": "active",
        "attributes": {"etag": "e"},
    },
]
FORBIDDEN = answer({"code": 900308, "description": "canary", "data": []}, 403)
GRAPH_FORBIDDEN = answer({"error": {"code": "Authorization_RequestDenied", "message": "canary"}}, 403)


@dataclass
class Services:
    """Partner Center and Graph as one double: what is asked for is answered, but for what a test takes away."""

    base: str = ""
    mfa: str = "true"
    customers: list[dict[str, Any]] = field(
        default_factory=lambda: [{"id": CUSTOMER, "companyProfile": {"domain": "fabrikam.example"}}]
    )
    refuses: dict[str, bytes | Say] = field(default_factory=dict)
    skew: timedelta = timedelta()
    asked: list[Asked] = field(default_factory=list)

    def choose(self, asked: Asked) -> bytes | Say:
        self.asked.append(asked)
        head = {"Date": format_datetime(datetime.now(UTC) + self.skew, usegmt=True)}
        if "authorization" not in asked.headers:
            return answer({}, 401, head)
        for path, refusing in self.refuses.items():
            if path in asked.target:
                return refusing
        if asked.target.startswith("/v1/customers?"):
            if asked.headers.get("validatemfa") == "true" and self.mfa:
                head["isMfaCompliant"] = self.mfa
            return answer({"totalCount": 1, "items": self.customers}, 200, head)
        items = SUBSCRIPTIONS if asked.target.endswith("/subscriptions") else []
        return answer({"totalCount": len(items), "items": items, "value": []}, 200, head)


@pytest.fixture
def services() -> Iterator[Services]:
    with serving() as server:
        double = Services(server.base)
        server.choose = double.choose
        yield double


@pytest.fixture
def login() -> Iterator[SignInService]:
    with sign_in_service() as double:
        yield double


@dataclass
class Clinic:
    """A configured live backend, and what `doctor` says of it."""

    desk: Desk
    services: Services
    login: SignInService

    def examined(self, *words: str, code: int, **changes: Any) -> dict[str, dict[str, Any]]:
        """The findings by subject, of a run that ends with ``code``."""
        found = self.run(*words, **changes)
        assert found.code == code, found.both
        document = found.json()
        assert CHECKER.accepts(document)
        assert document["sound"] == (code == 0)
        return {one["subject"]: one for one in document["findings"]}

    def run(
        self, *words: str, users: tuple[str, ...] = ("reader", "writer"), form: str = "json", **changes: Any
    ) -> Answer:
        credentials: dict[str, Any] = {}
        for who, client in (("reader", CLIENT), ("writer", OTHER)):
            credentials[who] = {"clientId": client, "secretFrom": {"environment": "CLIENT_SECRET"}}
            if who in users:
                file = self.desk.put(f"{who}-token", "canary-refresh-0")
                file.chmod(0o600)
                credentials[who]["refreshTokenFrom"] = {"file": f"{who}-token"}
        here = self.services.base
        addresses = {"partnerCenter": here, "graph": here, "login": self.login.base}
        microsoft = {"partner": PARTNER, "addresses": addresses, **credentials, **changes}
        self.desk.configure(
            backend="microsoft",
            state="kept",
            microsoft={k: v for k, v in microsoft.items() if v is not None},
        )
        found = self.desk.run("doctor", "--config", "reconciler.yaml", "--format", form, *words)
        assert "canary" not in found.both
        assert "Traceback" not in found.both
        return found


@pytest.fixture
def clinic(
    desk: Desk, services: Services, login: SignInService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Clinic]:
    monkeypatch.setenv("CLIENT_SECRET", SECRET)
    yield Clinic(desk, services, login)
    reads = [asked for asked in services.asked if asked.method != "GET"]
    assert {asked.target for asked in reads} <= {"/v1.0/me/checkMemberObjects"}


def marks(found: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {one["mark"] for one in found.values()}


def test_where_all_is_there_nothing_stands_in_the_way(clinic: Clinic) -> None:
    found = clinic.examined(code=0)
    assert marks(found) == {"passed", "skipped", "warning"}
    assert found["addresses"]["mark"] == "warning"
    assert {one["subject"] for one in found.values() if one["mark"] == "skipped"} == {
        "reader: refresh token",
        "writer: refresh token",
    }
    tried = {subject.rsplit(", ", 1)[-1] for subject in found if subject.startswith("reader:")}
    assert {right.name for right in RIGHTS} <= tried
    assert (
        "what follows is tried with fabrikam.example"
        in (found["reader: Partner Center, customers"]["message"])
    )
    assert found["reader: Partner Center, customers"]["commands"][:2] == ["plan", "apply"]
    assert found["writer: Partner Center, subscriptions"]["commands"] == ["apply", "run"]
    assert not any("Graph" in subject for subject in found if subject.startswith("writer:"))


@pytest.mark.parametrize(
    ("path", "refusing", "subject", "mark"),
    [
        (
            "/directory/subscriptions",
            GRAPH_FORBIDDEN,
            "reader: Organization.Read.All, organization",
            "failed",
        ),
        ("/v1.0/users", GRAPH_FORBIDDEN, "reader: User.Read.All, users", "failed"),
        ("/healthOverviews", GRAPH_FORBIDDEN, "reader: ServiceHealth.Read.All, health", "failed"),
        ("/v1.0/domains", GRAPH_FORBIDDEN, "reader: Domain.Read.All, domains", "failed"),
        ("/provisioningstatus", FORBIDDEN, "reader: GDAP: Directory Readers, provisioning", "failed"),
        ("/transitions", FORBIDDEN, "writer: Partner Center, transitions", "failed"),
        ("/servicerequests", FORBIDDEN, "reader: Partner Center, service-requests", "warning"),
        ("/v1.0/domains", answer({}, 404), "reader: Domain.Read.All, domains", "unknown"),
        ("/v1.0/domains", answer(raw=b"canary"), "reader: Domain.Read.All, domains", "unknown"),
    ],
    ids=[
        *("organization", "users", "health", "domains", "provisioning", "transitions", "service requests"),
        *("not there", "no JSON"),
    ],
)
def test_a_missing_right_is_told_by_its_name_why_it_is_needed_and_how_it_is_granted(
    clinic: Clinic, path: str, refusing: bytes, subject: str, mark: str
) -> None:
    clinic.services.refuses = {path: refusing}
    found = clinic.examined(code=0 if mark == "warning" else 1)[subject]
    assert found["mark"] == mark
    assert found["commands"]
    if mark != "unknown":
        assert "this may not be done. Without it" in found["message"]
        permission = subject.split(": ")[1].split(",")[0]
        assert permission in found["way_out"] or "GDAP" in permission


def test_a_code_that_says_more_is_told_in_its_own_words(clinic: Clinic) -> None:
    clinic.services.refuses = {"/transitions": answer({"code": 900309, "description": "no"}, 403)}
    found = clinic.examined(code=1)["reader: Partner Center, transitions"]
    assert "code 900309" in found["way_out"]


def test_an_application_alone_lacks_what_only_a_user_is_answered(clinic: Clinic) -> None:
    found = clinic.examined(users=(), code=1)
    assert found["reader: GDAP: Directory Readers, provisioning"]["mark"] == "failed"
    assert "`reconciler sign-in --for reader`" in found["reader: User.Read, roles"]["way_out"]
    assert "licenseTransfer: false" in found["writer: licenses taken along"]["way_out"]
    found = clinic.examined(users=("reader",), licenseTransfer=False, code=0)
    assert "writer: licenses taken along" not in found


def test_a_sign_in_without_mfa_is_found_before_it_is_refused(clinic: Clinic) -> None:
    clinic.services.mfa = "false"
    assert "carries no proof of MFA" in clinic.examined(code=1)["reader"]["message"]
    clinic.services.mfa = ""
    assert clinic.examined(code=0)["reader"]["mark"] == "skipped"


def test_a_refused_sign_in_is_told_once_and_not_by_its_shadows(clinic: Clinic) -> None:
    clinic.login.faults = [refusal(7000215, "invalid_client")]
    found = clinic.examined(writer=None, code=1)
    assert "its client secret is wrong" in found["reader"]["message"]
    assert not [subject for subject in found if "Partner Center, " in subject]
    assert "so nothing can be written" in found["writer"]["message"]
    assert "so nothing can be looked at" in clinic.examined(reader=None, code=1)["reader"]["message"]


def test_a_customer_that_gives_no_token_is_told_once(clinic: Clinic) -> None:
    # The first token is for Partner Center, the second for the customer's directory.
    granted = clinic.login.granted

    def refused_there(form: dict[str, str], tenant: str) -> bytes:
        return granted(form, tenant) if tenant == PARTNER else refusal(50020)

    clinic.login.granted = refused_there  # type: ignore[method-assign]
    found = clinic.examined(writer=None, code=1)
    assert "active GDAP relationship" in found["reader"]["message"]
    assert not [subject for subject in found if "Read.All" in subject]


def test_a_customer_can_be_named_and_one_that_is_none_is_told(clinic: Clinic) -> None:
    clinic.examined("--tenant", "fabrikam.example", code=0)
    assert any("filter=" in asked.target for asked in clinic.services.asked)
    lost = clinic.examined("--tenant", "nobody.example", code=1)["reader: Partner Center, customers"]
    assert (lost["mark"], "nobody.example" in lost["message"]) == ("unknown", True)
    clinic.services.customers = []
    assert "no customer yet" in clinic.examined(code=1)["reader: Partner Center, customers"]["message"]


@pytest.mark.parametrize(("minutes", "says"), [(6, "s behind"), (-6, "s ahead"), (4, None)])
def test_a_clock_that_is_off_is_warned_of(clinic: Clinic, minutes: int, says: str | None) -> None:
    clinic.services.skew = timedelta(minutes=minutes)
    found = clinic.examined(writer=None, code=0)["clock"]
    assert (found["mark"] == "warning") == bool(says)
    assert not says or says in found["message"]


def test_a_host_that_does_not_answer_is_named(clinic: Clinic) -> None:
    clinic.login.server.base, there = nowhere(), clinic.login.base
    found = clinic.examined(code=1)
    assert "Connection refused" in found["The sign-in"]["message"]
    assert "reader" not in found
    clinic.login.server.base = there
    clinic.services.base = nowhere()
    found = clinic.examined(code=1)
    assert (found["Partner Center"]["mark"], found["reader"]["mark"]) == ("failed", "passed")
    assert not [subject for subject in found if "Partner Center, " in subject]


def test_what_a_person_reads_has_each_area_and_what_to_do(clinic: Clinic) -> None:
    clinic.services.refuses = {"/v1.0/users": GRAPH_FORBIDDEN}
    found = clinic.run(form="text")
    assert re.findall(r"^[A-Z][A-Za-z -]+$", found.out, re.MULTILINE)[:6] == [
        "Configuration",
        "Catalogue",
        "State store",
        "Network",
        "Clock",
        "Sign-in",
    ]
    flat = " ".join(found.out.split())
    assert "failed reader: reads users and their licenses: this may not be done." in flat
    assert "add the permission User.Read.All of Microsoft Graph" in flat
    assert "Needed by: plan, apply, run" in flat
    assert re.search(r"Something stands in the way: \d+ ok, 1 warning, 1 failed", flat)


def test_with_the_embedded_service_what_is_here_is_checked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.examples()
    document = desk.ok("doctor", "--config", "examples/reconciler.yaml", "--format", "json").json()
    assert CHECKER.accepts(document)
    assert [(one["area"], one["mark"]) for one in document["findings"]] == [
        ("configuration", "passed"),
        ("catalogue", "passed"),
        ("state", "passed"),
        ("clock", "skipped"),
    ]
    desk.run("plan", "examples/tenants", "--config", "examples/reconciler.yaml")
    monkeypatch.setattr("os.access", lambda _, mode: mode != os.W_OK)
    found = desk.run("doctor", "--config", "examples/reconciler.yaml")
    assert (found.code, "can not be written" in found.out) == (1, True)


def test_a_state_that_nobody_chose_holds_writing_back(clinic: Clinic) -> None:
    assert clinic.examined(writer=None, code=0)["store"]["mark"] == "passed"
    text = (clinic.desk.folder / "reconciler.yaml").read_text()
    clinic.desk.put("reconciler.yaml", text.replace('"state": "kept", ', ""))
    found = clinic.desk.ok("doctor", "--config", "reconciler.yaml", "--format", "json").json()["findings"]
    (store,) = (one for one in found if one["subject"] == "store")
    assert (store["mark"], store["commands"]) == ("warning", ["apply", "run"])


def test_a_store_that_can_not_be_read_stands_in_the_way(desk: Desk) -> None:
    desk.configure()
    desk.put(".reconciler/state.db", "no database")
    found = desk.run("doctor")
    assert found.code == 1
    assert "can not be used" in found.out


def test_every_right_has_its_sentences() -> None:
    for right in RIGHTS:
        keys = {f"doctor.{what}.{right.name}" for what in ("right", "why", "grant")}
        assert keys <= SENTENCES.keys()
    assert {f"doctor.mark.{mark}" for mark in Mark} <= SENTENCES.keys()


def test_the_document_has_nothing_the_schema_does_not_tell() -> None:
    text = json.loads(Path(files.__file__).parents[3].joinpath("schemas/doctor.schema.json").read_text())
    assert text["properties"]["findings"]["items"]["properties"].keys() == {
        *("area", "subject", "mark", "message", "way_out", "commands")
    }
