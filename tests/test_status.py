"""``status``: where tenants stand. What is not known is said, dates are the service's, the worst comes first."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli import Desk, Document
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import E1, E3, NOON, SB, SBP, catalogue
from strategies import documents, poorer
from worlds import START, declare, live, seen, sub, want

from reconciler.adapters import files
from reconciler.change_plan import Verdict
from reconciler.decide import decide
from reconciler.handoff import HandOff
from reconciler.judged import Judged
from reconciler.memory import Memory
from reconciler.model import Mode, Suspension, Waiver
from reconciler.observe import Observation, Unknown
from reconciler.report.status import Words, one_text, status_text
from reconciler.report.status_document import status_document
from reconciler.standing import by_tenant
from reconciler.status import Health, Holds, Sync, TenantStatus, status_of

TENANTS = "examples/tenants"
WORDS = Words(
    {key: plan.short for key, plan in catalogue().plans.items()},
    {key: plan.name for key, plan in catalogue().plans.items()},
)
SCHEMA = jsonschema.Draft202012Validator(files.schema("status"), format_checker=jsonschema.FormatChecker())
PAUSE = Suspension("merger", "kari", START.date() + timedelta(days=31))


def judged(observation: Observation, memory: Memory | None = None, **file: Any) -> Judged:
    declaration = declare("fabrikam", *file.pop("wishes", ()), **file)
    known = memory or Memory()
    return Judged(declaration, observation, known, decide(declaration, observation, known, catalogue()))


def status(
    *subscriptions: Document, memory: Memory | None = None, handoffs: tuple[HandOff, ...] = (), **more: Any
) -> TenantStatus:
    """The status of fabrikam, which wants Small Business Premium for 22; ``spec``: members of the live state."""
    spec = more.pop("spec", {})
    return status_of(
        judged(seen(live("fabrikam", *subscriptions, **spec)), memory, **more), by_tenant(handoffs)
    )


def ago(**length: int) -> str:
    return (START - timedelta(**length)).isoformat()


def text_of(*statuses: TenantStatus) -> str:
    return status_text(statuses, WORDS)


# one subscription


def test_the_numbers_are_those_of_file_and_service() -> None:
    (main,) = status().subscriptions
    assert (main.wanted.plan, main.live_plan) == (SBP, SB)
    assert (main.wanted.licenses, main.live, main.assigned, main.free) == (22, 20, 18, 2)


@pytest.mark.parametrize("fact", ["licenses", "assigned", "plan"])
def test_what_could_not_be_read_is_said_and_never_shown_as_nought(fact: str) -> None:
    found = status(sub(**{fact: None}))
    name = {"licenses": "live", "plan": "live_plan"}.get(fact, fact)
    document = status_document([found])["tenants"][0]["subscriptions"][0]  # type: ignore[index]
    assert document[name] is None
    assert document["unknown"]
    if fact != "plan":
        assert document["free"] is None
    row = next(line for line in text_of(found).splitlines() if line.startswith("fabrikam.main"))
    assert "?" in row
    assert not re.search(r"\b0\b", row)
    assert "not known:" in text_of(found)


def test_nothing_live_is_no_number_and_no_unknown() -> None:
    found = status(sub(plan=E3, id="other"), wishes=(want("main", E3, 5), want("more", SBP, 22)))
    absent = found.subscriptions[1]
    assert (absent.live, absent.assigned, absent.free, absent.waits_for) == (None, None, None, "not-live")
    row = next(line for line in text_of(found).splitlines() if line.startswith("fabrikam.more"))
    assert row.split()[2:6] == ["22", "-", "-", "-"]


def test_a_number_that_the_file_leaves_open_is_no_nought() -> None:
    found = status(sub(plan=SBP), wishes=(want("main", SBP, None),))
    assert found.subscriptions[0].wanted.licenses is None
    assert "  -" in text_of(found)
    assert found.sync is Sync.IN_SYNC


def test_more_assigned_than_bought_leaves_none_free_and_the_tenant_degraded() -> None:
    found = status(sub(assigned=25))
    assert found.subscriptions[0].free == 0
    assert found.health is Health.DEGRADED
    assert "25 licences assigned, 20 bought" in text_of(found)


@pytest.mark.parametrize(
    ("spec", "rule", "since", "what", "at"),
    [
        (
            {"creditReview": {"state": "pending", "since": ago(days=3)}},
            "credit-review",
            START - timedelta(days=3),
            "credit-review-overdue",
            START + timedelta(days=11),
        ),
        (
            {"creditReview": {"state": "pending", "since": ago(days=14)}},
            "credit-review",
            START - timedelta(days=14),
            "credit-review-overdue",
            START,
        ),
        (
            {"creditReview": {"state": "pending", "since": ago(days=15)}},
            "credit-review",
            START - timedelta(days=15),
            None,
            None,
        ),
        ({"creditReview": {"state": "pending"}}, "credit-review", None, None, None),
    ],
)
def test_a_credit_review_is_told_with_its_dates(
    spec: Document, rule: str, since: datetime | None, what: str | None, at: datetime | None
) -> None:
    (main,) = status(spec=spec).subscriptions
    assert (main.waits_for, main.since) == (rule, since)
    assert [(str(due.what), due.at) for due in main.due] == ([(what, at)] if what else [])


@pytest.mark.parametrize(
    ("minutes", "verdict", "comes"),
    [(20, Verdict.WAIT, True), (60, Verdict.WAIT, True), (61, Verdict.SUPPORT, False)],
)
def test_a_switch_is_told_from_the_first_sight_of_its_status_page(
    minutes: int, verdict: Verdict, comes: bool
) -> None:
    switch = {
        "state": "running",
        "to": SBP,
        "orderedAt": ago(days=2),
        "statusPageSince": ago(minutes=minutes),
    }
    found = status(sub(switch=switch))
    (main,) = found.subscriptions
    assert (main.verdict, main.waits_for) == (verdict, "switch-running")
    assert main.since == START - timedelta(minutes=minutes)
    hour = [("switch-overdue", START + timedelta(minutes=60 - minutes))] if comes else []
    assert [(str(d.what), d.at) for d in main.due] == hour
    assert found.health is Health.PROGRESSING


def test_a_switch_without_a_status_page_is_told_from_its_order() -> None:
    switch = {"state": "ordered", "to": SBP, "orderedAt": ago(hours=2)}
    (main,) = status(sub(switch=switch)).subscriptions
    assert main.since == START - timedelta(hours=2)
    assert main.due == ()


def test_the_next_window_is_told_where_one_is_waited_for() -> None:
    windows = ({"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"},)
    (main,) = status(windows=windows).subscriptions
    assert main.waits_for == "outside-window"
    assert [(str(d.what), d.at) for d in main.due] == [
        ("window-opens", datetime(2026, 11, 28, 19, tzinfo=UTC))
    ]
    waived = Waiver("outside-window", "urgent", "kari", START.date() + timedelta(days=1))
    (main,) = status(windows=windows, waivers=(waived,)).subscriptions
    assert main.verdict is Verdict.APPLY
    assert "window-opens" not in [str(d.what) for d in main.due]


def test_the_end_of_a_waiver_is_told_while_it_is_ahead() -> None:
    ends = START.date() + timedelta(days=1)
    found = status(
        waivers=(
            Waiver("website-domain", "soon", "kari", ends),
            Waiver("website-domain", "old", "kari", START.date()),
        )
    )
    midnight = datetime(ends.year, ends.month, ends.day, tzinfo=UTC)
    assert [(str(d.what), d.at) for d in found.due] == [("waiver-ends", midnight)]


def test_an_open_request_is_told_at_its_subscription_and_dates_what_support_has_to_do() -> None:
    opened = START - timedelta(days=9)
    request = HandOff(
        "h-1",
        "remove-licenses",
        "fabrikam",
        "fabrikam.onmicrosoft.com",
        "main",
        "sub-1",
        None,
        None,
        "why",
        opened,
    )
    found = status(sub(plan=SBP), wishes=(want("main", SBP, 15),), handoffs=(request,))
    (main,) = found.subscriptions
    assert (main.waits_for, main.since, found.open_handoffs) == ("fewer-licenses", opened, 1)
    assert "held by fewer-licenses, since 2026-11-14 10:00 UTC, 1 hand-off open (h-1)" in text_of(found)
    assert "Open hand-offs: 1." in text_of(found)


def test_a_request_of_a_subscription_that_is_not_declared_any_more_is_told_at_the_tenant() -> None:
    request = HandOff(
        "h-2", "not-live", "fabrikam", "fabrikam.onmicrosoft.com", "old", None, None, None, "why", START
    )
    assert "1 hand-off open (h-2)" in text_of(status(handoffs=(request,)))


# pauses


@pytest.mark.parametrize(
    ("file", "memory", "kind", "place"),
    [
        ({"suspend": PAUSE}, Memory(), "suspended", "file"),
        ({}, Memory(suspension=PAUSE, suspended_since=NOON), "suspended", "store"),
        ({"mode": Mode.REPORT}, Memory(), "report-only", "file"),
        ({"suspend": Suspension("merger", "kari", START.date())}, Memory(), "ended", "file"),
        ({}, Memory(suspension=Suspension("merger", "kari", START.date())), "ended", "store"),
    ],
)
@pytest.mark.parametrize("plan", [SBP, SB])
def test_a_pause_is_told_with_its_end_whether_or_not_there_is_a_step(
    file: Document, memory: Memory, kind: str, place: str, plan: str
) -> None:
    found = status(sub(), wishes=(want("main", plan, 20),), memory=memory, **file)
    assert found.pause
    assert (str(found.pause.kind), found.pause.place) == (kind, place)
    told = text_of(found)
    if kind == "suspended":
        assert "Suspended until 2026-12-24" in " ".join(told.split())
        assert ("suspension-ends", datetime(2026, 12, 24, tzinfo=UTC)) in [
            (str(d.what), d.at) for d in found.due
        ]
    else:
        assert "changes are only shown" in " ".join(told.split()).lower()
    if plan == SBP:
        assert found.verdict is Verdict.SUSPENDED
        assert found.waits_for == ("suspended" if kind == "suspended" else "report-only")


def test_a_pause_kept_in_the_store_tells_since_when() -> None:
    (main,) = status(memory=Memory(suspension=PAUSE, suspended_since=NOON)).subscriptions
    assert (main.waits_for, main.since) == ("suspended", NOON)


def test_of_two_pauses_the_longer_one_is_told() -> None:
    longer = Suspension("audit", "ola", PAUSE.until + timedelta(days=1))
    for file, stored in ((PAUSE, longer), (longer, PAUSE)):
        found = status(suspend=file, memory=Memory(suspension=stored))
        assert found.pause
        assert found.pause.said == longer


# sync, health, conditions


@pytest.mark.parametrize(
    ("subscription", "spec", "health"),
    [
        ({}, {}, Health.HEALTHY),
        ({"status": "expired"}, {}, Health.DEGRADED),
        ({"usersWithoutLicense": 1}, {}, Health.DEGRADED),
        ({"switch": {"state": "failed"}}, {}, Health.DEGRADED),
        ({}, {"services": {"exchange-online": "interrupted"}}, Health.DEGRADED),
        ({}, {"creditReview": {"state": "pending", "since": ago(days=1)}}, Health.PROGRESSING),
        ({"status": None}, {}, Health.UNKNOWN),
        ({"switch": None}, {}, Health.UNKNOWN),
        ({}, {"services": None}, Health.UNKNOWN),
        ({}, {"creditReview": None}, Health.UNKNOWN),
        ({"status": "expired"}, {"services": None}, Health.DEGRADED),
    ],
)
def test_health_is_said_whatever_is_declared(subscription: Document, spec: Document, health: Health) -> None:
    for wish in (want("main", SBP, 22), want("main", SB, 20)):
        found = status(sub(**subscription), wishes=(wish,), spec=spec)
        assert found.health is health
        assert bool(found.ails) == (health in (Health.DEGRADED, Health.UNKNOWN))


def test_a_tenant_nobody_could_read_is_unknown_on_both_axes() -> None:
    found = status(spec={"subscriptions": None})
    assert (found.sync, found.health, found.verdict) == (Sync.UNKNOWN, Health.UNKNOWN, Verdict.UNKNOWN)
    assert found.subscriptions[0].waits_for == "not-read"
    assert {c.name: c.holds for c in found.conditions}["in-sync"] is Holds.UNKNOWN


def test_what_our_own_store_can_not_tell_is_a_condition_that_is_not_known() -> None:
    lost = Unknown("the disk is gone")
    found = status(memory=Memory(intents=lost, suspension=lost, stopped=lost))
    holds = {c.name: c.holds for c in found.conditions}
    for name in ("not-paused", "nothing-unsettled", "not-stopped"):
        assert holds[name] is Holds.UNKNOWN


def test_a_healthy_tenant_in_sync_meets_every_condition() -> None:
    found = status(wishes=(want("main", SB, 20),))
    assert {c.holds for c in found.conditions} == {Holds.TRUE}
    assert found.waits_for == ""


@settings(deadline=None)
@given(st.booleans().flatmap(lambda calm: documents(calm=calm)).flatmap(poorer))
def test_whatever_is_shown_the_text_fits_and_the_document_is_of_its_schema(document: Document) -> None:
    found = status_of(judged(seen(document)), {})
    SCHEMA.validate(json.loads(json.dumps(status_document([found]))))
    for text in (text_of(found), one_text(found, WORDS, ())):
        assert max(len(line) for line in text.splitlines()) <= 100
        assert "None" not in text
    row = status_document([found])["tenants"][0]["subscriptions"][0]  # type: ignore[index]
    for name, fact in (("live", found.subscriptions[0].live), ("assigned", found.subscriptions[0].assigned)):
        assert row[name] == (None if fact is None or isinstance(fact, Unknown) else fact)


# the command


def test_the_table_fits_and_begins_with_the_worst(examples: Desk) -> None:
    told = examples.ok("status", "--path", TENANTS).out
    lines = told.splitlines()
    assert lines[0].split() == [
        "TENANT.SUBSCRIPTION",
        "PLAN",
        "DECLARED",
        "LIVE",
        "ASSIGNED",
        "FREE",
        "SYNC",
        "HEALTH",
    ]
    assert max(map(len, lines)) <= 100
    groups = [line.split(":")[0] for line in lines if re.fullmatch(r"[a-z-]+: \d+", line)]
    assert groups == ["unknown", "blocked", "support", "wait", "apply", "suspended", "in-sync"]
    assert lines[-1] == (
        "33 tenants: 1 unknown, 10 blocked, 8 support, 3 wait, 8 apply, 2 suspended, 1 in-sync."
    )


def test_the_document_is_of_its_schema_and_in_order_of_name(examples: Desk) -> None:
    document = examples.ok("status", "--path", TENANTS, "--format", "json").json()
    SCHEMA.validate(document)
    names = [t["name"] for t in document["tenants"]]
    assert names == sorted(names)
    assert document["summary"]["blocked"] == 10
    assert {t["held_by"] for t in document["tenants"] if t["verdict"] == "apply"} == {None}
    alone = examples.ok("status", "fabrikam", "--path", TENANTS, "--format", "json").json()
    SCHEMA.validate(alone)
    assert [t["name"] for t in alone["tenants"]] == ["fabrikam"]
    assert alone["tenants"][0]["runs"] == []


def test_status_writes_nothing_and_makes_nothing(desk: Desk) -> None:
    desk.declare("fabrikam", SBP, 22)
    before = sorted(desk.folder.rglob("*"))
    answer = desk.run("status", "--path", "tenants")
    assert answer.code == 0
    assert "fabrikam.main" in answer.out
    assert sorted(desk.folder.rglob("*")) == before


def test_one_tenant_is_shown_in_full_with_its_last_runs(examples: Desk) -> None:
    for _ in range(3):
        examples.apply(f"{TENANTS}/lofthavn-elektro.yaml")
    told = examples.ok("status", "lofthavn-elektro", "--path", TENANTS).out
    assert told.startswith(
        "lofthavn-elektro  lofthavn-elektro.onmicrosoft.com  wait\n  declared at examples/tenants/"
    )
    assert "  no  no-credit-review: " in told
    assert "2026-12-04 10:00 UTC: the credit review is 14 days old" in told
    assert "wait: main switch waiting (3 runs since 2026-11-23 10:00 UTC)" in told


def test_the_global_stop_is_told_first(examples: Desk) -> None:
    examples.ok("stop", "--reason", "audit", "--owner", "kari", "--config", "examples/reconciler.yaml")
    for words in ((), ("fabrikam",)):
        told = examples.ok("status", *words, "--path", TENANTS).out
        assert told.startswith("The global stop is on since ")
        assert "audit (kari)" in told.splitlines()[0]
    document = examples.ok("status", "--path", TENANTS, "--format", "json").json()
    assert (document["stop"]["state"], document["stop"]["reason"]) == ("on", "audit")


def test_a_pause_that_has_ended_is_told_at_a_tenant_in_sync_too(examples: Desk) -> None:
    words = (
        "--reason",
        "audit",
        "--owner",
        "ola",
        "--until",
        "2026-11-24",
        "--config",
        "examples/reconciler.yaml",
    )
    examples.ok("plan", TENANTS)
    examples.ok("suspend", "falk-myhre.onmicrosoft.com", *words)
    examples.ok("simulator", "advance", "2d", "--config", "examples/reconciler.yaml")
    told = " ".join(examples.ok("status", "falk-myhre", "--path", TENANTS).out.split())
    assert (
        "Its suspension ended on 2026-11-24 (audit, ola): changes are only shown until `reconciler resume"
        in told
    )


def test_what_the_fleet_may_not_have_at_once_is_told_as_in_a_plan(desk: Desk) -> None:
    desk.configure(limits={"maxLicensesAddedPerRun": 2})
    for name in ("contoso", "fabrikam"):
        desk.declare(name, SBP, 22)
        guid = f"00000000-0000-4000-8000-{len(name):012d}"
        desk.live(live(name, sub(id=f"sub-{name}"), tenantId=guid))
    desk.ok("simulator", "load", "live")
    found = desk.ok("status", "--format", "json").json()["tenants"]
    assert [(t["name"], t["held_by"]) for t in found] == [("contoso", None), ("fabrikam", "over-limit")]


def test_a_name_of_any_length_fits(desk: Desk) -> None:
    desk.configure()
    name = "a" * 63
    desk.put(
        f"tenants/{name}.yaml",
        json.dumps(
            {
                "apiVersion": "reconciler/v1",
                "kind": "Tenant",
                "metadata": {"name": name},
                "spec": {
                    "tenant": "fabrikam.onmicrosoft.com",
                    "subscriptions": [{"plan": E1, "licenses": 1_000_000}],
                },
            }
        ),
    )
    desk.live(live("fabrikam", sub(licenses=999_999, assigned=999_999)))
    desk.ok("simulator", "load", "live")
    told = desk.ok("status").out
    assert f"\n{name}.main\n" in told
    assert max(map(len, told.splitlines())) <= 100


def test_a_store_that_can_not_be_read_is_said(examples: Desk) -> None:
    state = Path("broken")
    examples.put("broken/state.db", "this is no database")
    answer = examples.run("status", "fabrikam", "--path", TENANTS, "--state", state)
    assert answer.code == 1
    assert "Traceback" not in answer.both


def test_a_request_belongs_to_a_tenant_by_its_name_now_or_before_or_by_its_domain() -> None:
    def request(id_: str, tenant: str, word: str) -> HandOff:
        return HandOff(id_, "not-live", tenant, word, "main", None, None, None, "why", START)

    every = (
        request("now", "fabrikam", "fabrikam.no"),
        request("before", "old", "fabrikam.no"),
        request("domain", "anybody", "FABRIKAM.onmicrosoft.com."),
        request("other", "fabrikam.onmicrosoft.com", "contoso.onmicrosoft.com"),
    )
    assert [h.id for h in status(handoffs=every, formerly="old").handoffs] == ["before", "domain", "now"]
    assert [h.id for h in status(handoffs=every).handoffs] == ["domain", "now"]
