"""Every command on Microsoft's services as on the embedded one: what is opened, by whom, when, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli import Desk, last_line_of
from faces import CLIENT, SECRET, serving
from live_worlds import FACE, WRITING_CLIENT, WRITING_SECRET
from test_cli_commands import assert_valid
from worlds import catalogue, live, sub

from reconciler.adapters.metering import Metered
from reconciler.adapters.microsoft import building
from reconciler.adapters.microsoft.addresses import CLOUDS
from reconciler.adapters.microsoft.building import Settings
from reconciler.adapters.microsoft.calling import Exchange, Patience
from reconciler.adapters.microsoft.tokens import SignIn
from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store import LoopStore, Store
from reconciler.catalogue import Catalogue
from reconciler.cli.backends import backend_of
from reconciler.cli.waiting import RealTime
from reconciler.cli.world import build_setting
from reconciler.fleet.budget import Rate
from reconciler.observe import Fact, Observation, TenantRef, Unknown

SBP = "office-365-small-business-premium"
PARTNER = "contoso-partner.onmicrosoft.com"
FIRST = f"Using Microsoft Partner Center and Microsoft Graph, for the customers of {PARTNER}."


@dataclass
class Eyes:
    """What looks at the service as Microsoft's reader would: by the machine's clock, with its traits."""

    reader: Reader
    settings: Settings
    now: Callable[[], datetime]
    deaf: bool = False

    def observe(self, ref: TenantRef) -> Observation:
        seen = replace(self.reader.observe(ref), at=self.now(), traits=self.settings.traits)
        lost = Unknown("the network is down")
        return replace(seen, domain=lost, tenant_id=lost, subscriptions=lost) if self.deaf else seen

    def tenants(self) -> Fact[tuple[TenantRef, ...]]:
        return self.reader.tenants()

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        return None


@dataclass
class Partner:
    """Stands where Partner Center and Graph would, and knows what was built to reach them."""

    service: Commerce
    built: list[str] = field(default_factory=list)
    settings: Settings | None = None
    patience: Patience | None = None
    told: Callable[[Exchange], None] | None = None
    deaf: bool = False

    def plant(
        self,
        settings: Settings,
        catalogue: Catalogue,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        told: Callable[[Exchange], None] = print,
    ) -> Plant:
        self.settings, self.patience, self.told = settings, patience, told
        return Plant(self, settings, patience)


@dataclass
class Plant:
    """In place of ``building.Plant``."""

    partner: Partner
    settings: Settings
    patience: Patience

    @property
    def paces(self) -> building.Paces:
        return building.Paces.of(self.settings, self.patience)

    def reader(self, sign_in: SignIn, now: Callable[[], datetime]) -> Eyes:
        self.partner.built.append(f"{sign_in.application.who} {sign_in.application.client_id}")
        return Eyes(Reader(self.partner.service), self.settings, now, self.partner.deaf)

    def writer(self, sign_in: SignIn) -> Writer:
        self.partner.built.append(f"{sign_in.application.who} {sign_in.application.client_id}")
        return Writer(self.partner.service)


READS, WRITES = f"reader {CLIENT}", f"writer {WRITING_CLIENT}"


@pytest.fixture
def partner(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    """A partner with one customer that wants two licences more, and one that is as declared."""
    service = Commerce(desk.folder / "elsewhere.db", catalogue(), adds_in_order=False)
    service.load([live("fabrikam", sub(plan=SBP)), live("contoso", sub(id="sub-2", plan=SBP))])
    desk.declare("fabrikam", SBP, 22)
    desk.declare("contoso", SBP, 20)
    configured(desk)
    found = Partner(service)
    monkeypatch.setattr(building, "Plant", found.plant)
    yield found
    service.close()


def configured(desk: Desk, *without: str, **members: Any) -> None:
    """Write a configuration that reaches Microsoft, but for what is left out."""
    microsoft = {
        "partner": PARTNER,
        "reader": {"clientId": CLIENT, "secretFrom": {"environment": "NOBODY_SETS_THIS"}},
        "writer": {"clientId": WRITING_CLIENT, "secretFrom": {"environment": "NOR_THIS"}},
    }
    whole = {
        "backend": "microsoft",
        "state": "kept",
        "catalogue": "office365-2014",
        "tenants": ["tenants"],
        "drift": {"confirm": {"default": {"times": 1}}},
        "microsoft": {key: value for key, value in microsoft.items() if key not in without},
        **members,
    }
    desk.configure(**{key: value for key, value in whole.items() if key not in without})


def first(text: str) -> str:
    return text.splitlines()[0]


# who is asked, and what is built


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "tenants"),
        ("drift", "tenants"),
        ("status",),
        ("status", "fabrikam"),
        ("explain", "fabrikam"),
        ("snapshot", "--all"),
        ("import", "fabrikam"),
        ("resolve", "fabrikam"),
        ("run", "--once"),
    ],
    ids=" ".join,
)
def test_a_command_that_reads_names_the_backend_and_builds_no_writer(
    desk: Desk, partner: Partner, words: tuple[str, ...]
) -> None:
    answer = desk.ok(*words)
    assert FIRST in first(answer.err)
    assert partner.built == [READS]
    assert partner.service.calls() == [] or {c["operation"] for c in partner.service.calls()} == {"read"}


def test_results_name_the_backend(desk: Desk, partner: Partner) -> None:
    plan = desk.plan("tenants")
    assert (plan["backend"], plan["summary"]["add_licenses"]) == ("microsoft", 2)
    drift = desk.ok("drift", "tenants", "--format", "json").json()
    assert drift["backend"] == "microsoft"
    assert_valid("drift", drift)


def test_what_the_configuration_says_reaches_the_services(desk: Desk, partner: Partner) -> None:
    desk.ok("plan", "tenants")
    world = CLOUDS["global"]
    assert partner.settings == Settings(PARTNER, world, world, False, True, 500)
    assert partner.patience == Patience()
    microsoft = {
        "partner": PARTNER,
        "cloud": "us-government",
        "addresses": {"graph": "http://127.0.0.1:1"},
        "reader": {"clientId": CLIENT, "certificateFrom": {"file": "cert.pem"}},
        "raiseWithoutEtag": True,
        "licenseTransfer": False,
        "callsPerMinute": 60,
    }
    configured(desk, microsoft=microsoft)
    answer = desk.ok("plan", "tenants")
    world = CLOUDS["us-government"]
    there = world.replaced(graph="http://127.0.0.1:1")
    assert partner.settings == Settings(PARTNER, there, world, True, False, 60)
    assert "Using http://127.0.0.1:1 in place of Microsoft" in first(answer.err)


def test_apply_writes_as_another_application_and_what_it_did_is_seen(desk: Desk, partner: Partner) -> None:
    answer = desk.apply()
    assert answer.code == 0, answer.both
    assert first(answer.err) == FIRST
    assert partner.built == [READS, WRITES]
    assert "Apply: 1 done" in answer.out
    assert "Plan: 0 to switch, 0 licenses to add" in desk.ok("plan", "tenants").out
    assert "fabrikam.onmicrosoft.com" in desk.ok("history", "fabrikam").out
    (desk.folder / "tenants/contoso.yaml").write_text(
        (desk.folder / "tenants/contoso.yaml").read_text().replace("20", "21")
    )
    assert desk.run("apply", "tenants").code == 1, "nobody said yes"
    assert partner.built.count(WRITES) == 1


def test_a_loop_writes_only_when_it_is_told_to(desk: Desk, partner: Partner) -> None:
    desk.ok("run", "--once")
    assert partner.built == [READS]
    assert "2 licences added" in desk.ok("run", "--once", "--write").out
    assert partner.built == [READS, READS, WRITES]


# what is asked of who writes


@pytest.mark.parametrize(
    "words", [("apply", "tenants", "--auto-approve"), ("run", "--once", "--write")], ids=" ".join
)
@pytest.mark.parametrize(
    ("left_out", "said"), [("state", "RECONCILER_STATE"), ("writer", "`microsoft.writer`")]
)
def test_who_writes_needs_a_named_state_store_and_a_writer(
    desk: Desk, partner: Partner, words: tuple[str, ...], left_out: str, said: str
) -> None:
    configured(desk, left_out)
    answer = desk.run(*words)
    assert answer.code == 1
    assert answer.err.startswith("error: Nothing was written: ")
    assert said in answer.err
    assert answer.out == ""
    assert partner.built == []
    assert not (desk.folder / ".reconciler").exists()
    assert desk.run("plan", "tenants").code == 0, "who only looks needs neither"


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_the_state_store_may_be_named_by_a_flag_or_a_variable(
    desk: Desk, partner: Partner, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    configured(desk, "state")
    words = ["--state", "elsewhere"] if way == "flag" else []
    if way == "variable":
        monkeypatch.setenv("RECONCILER_STATE", "elsewhere")
    assert desk.apply("tenants", *words).code == 0
    assert (desk.folder / "elsewhere").is_dir()


def test_without_a_reader_a_command_says_how_to_name_one(desk: Desk, partner: Partner) -> None:
    configured(desk, "reader")
    answer = desk.run("plan", "tenants")
    assert answer.code == 1
    assert "`microsoft.reader`" in answer.err
    assert desk.ok("validate", "tenants").out == "2 tenants, no problems.\n"


def test_a_change_plan_of_another_backend_is_not_applied(desk: Desk, partner: Partner) -> None:
    desk.ok("plan", "tenants", "--out", "saved.plan.json")
    desk.configure(state="kept", catalogue="office365-2014", simulator={"live": ["live"]})
    desk.live(live("fabrikam", sub(plan=SBP)))
    answer = desk.run("apply", "--plan", "saved.plan.json")
    assert answer.code == 1
    assert "microsoft" in answer.err


# snapshots, drift, brakes


def test_a_snapshot_is_judged_as_what_it_was_taken_of(desk: Desk, partner: Partner) -> None:
    """An order of Microsoft's carries no more licences, so they are a step of their own."""
    desk.ok("snapshot", "--all", "--out", "shots")
    partner.built.clear()
    desk.declare("fabrikam", "office-365-midsize-business", 30)
    document = desk.plan("tenants", "--live", "shots")
    (tenant,) = [t for t in document["tenants"] if t["name"] == "fabrikam"]
    assert [(step["action"], step["after"]["licenses"]) for step in tenant["steps"]] == [
        ("switch", 20),
        ("add", 30),
    ]
    assert (document["backend"], document["applyable"], partner.built) == ("microsoft", False, [])


def test_drift_says_that_nobody_tells_by_whom(desk: Desk, partner: Partner) -> None:
    desk.apply()
    assert "By whom" not in desk.ok("drift", "tenants", "--record").out
    partner.service.set("contoso.sub-2.licenses", "30")
    out = desk.ok("drift", "tenants").out
    assert "licenses-above  contoso" in out
    assert "By whom is not told here" in out
    assert "done by" not in out


def test_a_brake_is_set_by_every_name_and_in_a_hurry(desk: Desk, partner: Partner) -> None:
    words = ("--reason", "merger", "--owner", "kari", "--until", "2999-01-01")
    answer = desk.ok("suspend", "fabrikam", *words)
    assert (answer.err, partner.built) == ("", [READS])
    assert partner.patience
    assert (partner.patience.whole, partner.patience.tries) == (15.0, 1)
    assert "merger" in desk.ok("plan", "tenants").out
    partner.service.set("fabrikam.tenant", "renamed.onmicrosoft.com")
    assert "no longer suspended" in desk.ok("resume", live("fabrikam")["spec"]["tenantId"]).out


@pytest.mark.parametrize("why", ["the network is down", "`microsoft.reader`"])
def test_a_brake_is_set_whoever_can_not_be_asked(desk: Desk, partner: Partner, why: str) -> None:
    partner.deaf = True
    if "reader" in why:
        configured(desk, "reader")
    words = ("--reason", "merger", "--owner", "kari", "--until", "2999-01-01")
    answer = desk.ok("suspend", "fabrikam.onmicrosoft.com", *words)
    assert why in answer.err
    assert "is suspended until 2999-01-01" in answer.out


def test_hand_offs_are_dated_by_the_machine_and_ask_nobody(desk: Desk, partner: Partner) -> None:
    desk.declare("contoso", SBP, 10)
    desk.apply()
    partner.built.clear()
    (one,) = desk.ok("handoff", "list", "--format", "json").json()["handoffs"]
    assert one["kind"] == "remove-licenses"
    assert datetime.now(UTC) - datetime.fromisoformat(one["opened_at"]) < timedelta(minutes=5)
    assert partner.built == []


# time and budgets


def test_waiting_is_real_and_stops_between_two_short_steps() -> None:
    slept: list[float] = []
    shown: list[str] = []
    asked = datetime(2026, 11, 26, tzinfo=UTC)
    waiter = RealTime(timedelta(hours=1), shown.append, lambda: len(slept) == 9, slept.append, lambda: asked)
    ref = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
    waiter.pause(ref, asked + timedelta(seconds=0.6))
    assert slept == pytest.approx([0.25, 0.25, 0.1])
    waiter.pause(ref, asked - timedelta(seconds=5))
    assert len(slept) == 3
    waiter.pause(ref, asked + timedelta(hours=1))
    assert len(slept) == 9, "interrupted"
    patient = replace(waiter, interrupted=lambda: False)
    patient.pause(ref, asked + timedelta(hours=1))
    assert sum(slept[9:]) == pytest.approx(60), "then the tenant is looked at again"
    waiter.report(ref, timedelta(seconds=61), "ordered")
    assert shown == ["fabrikam: switch ordered, 1:01 min"]


def test_a_switch_is_waited_for_by_looking_again(
    desk: Desk, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner.service.load([live("fabrikam", sub())])
    # Else its status page would have been up for days, by the machine's clock.
    partner.service.advance_to(datetime.now(UTC))
    desk.declare("fabrikam", SBP, 20)
    pauses: list[str] = []

    def pause(waiter: RealTime, ref: TenantRef, until: datetime) -> None:
        pauses.append(ref.name)
        assert until - datetime.now(UTC) < timedelta(minutes=75)
        partner.service.advance(timedelta(minutes=15))

    monkeypatch.setattr(RealTime, "pause", pause)
    answer = desk.apply("tenants", "--wait")
    assert answer.code == 0, answer.both
    assert "Apply: 1 done, 0 started" in answer.out
    assert set(pauses) == {"fabrikam"}


def test_a_loop_keeps_within_microsofts_budget_unless_it_has_one(
    desk: Desk, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[Rate | None] = []
    real = Store.loop

    def loop(store: Store, about: Any, fleet: str, rate: Rate | None, *more: Any) -> LoopStore:
        rates.append(rate)
        return real(store, about, fleet, rate, *more)

    monkeypatch.setattr(Store, "loop", loop)
    desk.ok("run", "--once")
    configured(desk, loop={"callsPerMinute": 30})
    desk.ok("run", "--once")
    minute = timedelta(minutes=1)
    assert rates == [Rate(500, minute, 50), Rate(30, minute, 3)]
    assert backend_of(build_setting((), None, None)).keeps_time


def test_a_loop_comes_back_later_where_a_person_would_wait(desk: Desk, partner: Partner) -> None:
    desk.ok("plan", "tenants")
    assert partner.patience == Patience()
    desk.ok("run", "--once")
    assert partner.patience == replace(Patience(), longest_wait=1.0)


def test_requests_are_what_budgets_are_charged_with() -> None:
    world = CLOUDS["global"]
    settings = Settings(PARTNER, world, world)
    paces = building.Paces.of(settings, Patience())
    metered = Metered(None, None, None, lambda *_: None, asked=paces.commerce.drained)  # type: ignore[arg-type]
    assert paces.commerce.take(1)
    assert paces.commerce.press(1)
    assert not paces.commerce.take(-1)
    # The directory is another service, and has no number.
    assert paces.directory.take(1)
    assert (metered.spent(), metered.spent()) == (2, 0)
    plain = Metered(None, None, None, lambda *_: None)  # type: ignore[arg-type]
    plain.calls = 2
    assert (plain.spent(), plain.spent()) == (2, 2)


def test_a_loop_tells_of_each_request_to_who_looks_for_a_fault(desk: Desk, partner: Partner) -> None:
    observe = Eyes.observe

    def asking(eyes: Eyes, ref: TenantRef) -> Observation:
        assert partner.told
        partner.told(Exchange("GET", f"/v1/customers/{ref.name}", 200, 0.25, "request-1", "correlation-1"))
        return observe(eyes, ref)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Eyes, "observe", asking)
        err = desk.ok("run", "--once", "--log-level", "debug", "--log-format", "json").err
    told = [json.loads(line) for line in err.splitlines() if "/v1/customers/fabrikam" in line]
    assert {(t["event"], t["status"], t["ms"], t["correlation"], t["request"]) for t in told} == {
        ("GET /v1/customers/fabrikam", 200, 250, "correlation-1", "request-1")
    }


def test_nobody_makes_microsofts_clock_run_faster(desk: Desk, partner: Partner) -> None:
    answer = desk.run("run", "--once", "--speed", "60")
    assert answer.code == 64
    assert "--speed is for the embedded service's clock" in answer.err
    assert not (desk.folder / "kept").exists()


# the simulator, and the real thing


def test_neither_the_simulator_nor_a_snapshot_imports_what_speaks_to_microsoft(desk: Desk) -> None:
    desk.examples()
    configured(desk)
    words = [
        ["plan", "examples/tenants", "--live", "examples/live"],
        ["plan", "examples/tenants", "--config", "examples/reconciler.yaml", "--tenant", "havbris-laks"],
    ]
    code = (
        "import sys, reconciler.cli as tool\n"
        f"codes = [tool.run(words) for words in {words!r}]\n"
        "names = ('reconciler.adapters.microsoft', 'urllib3', 'msal', 'requests', 'cryptography')\n"
        "print(*map(int, codes), *(m for m in names if m in sys.modules))"
    )
    assert last_line_of(code, desk.folder) == "0 0"


def kept(path: Path, text: str) -> dict[str, str]:
    """Keep a secret where its owner alone may read it."""
    path.write_text(text)
    path.chmod(0o600)
    return {"file": path.name}


def test_the_whole_way_over_real_sockets(desk: Desk) -> None:
    service = Commerce(desk.folder / "elsewhere.db", catalogue(), adds_in_order=False)
    service.load([live("fabrikam", sub(plan=SBP))])
    desk.declare("fabrikam", SBP, 22)
    here = desk.folder

    def credential(who: str, client: str, secret: str) -> dict[str, Any]:
        return {
            "clientId": client,
            "secretFrom": kept(here / f"{who}-secret", secret),
            "refreshTokenFrom": kept(here / f"{who}-token", FACE.refresh_token),
        }

    try:
        with serving(service, replace(FACE, now=None)) as url:
            addresses = dict.fromkeys(("partnerCenter", "graph", "login"), url)
            microsoft = {
                "partner": FACE.partner,
                "addresses": addresses,
                "reader": credential("reader", CLIENT, SECRET),
                "writer": credential("writer", WRITING_CLIENT, WRITING_SECRET),
            }
            configured(desk, microsoft=microsoft)
            answers = [
                desk.ok("plan", "tenants"),
                desk.apply(),
                desk.ok("run", "--once"),
                desk.ok("status"),
                desk.ok("snapshot", "fabrikam"),
            ]
    finally:
        service.close()
    plan, applied, *_ = answers
    assert f"Using {url} in place of Microsoft" in first(plan.err)
    assert "Plan: 0 to switch, 2 licenses to add in 1 tenants, 0 to remove." in plan.out
    assert "Apply: 1 done" in applied.out, applied.both
    assert [c["after"]["licenses"] for c in service_calls(desk)] == [22]
    told = "".join(answer.both for answer in answers)
    assert not any(secret in told for secret in (SECRET, WRITING_SECRET, FACE.refresh_token))


def service_calls(desk: Desk) -> list[dict[str, Any]]:
    """The writes the service got."""
    service = Commerce(desk.folder / "elsewhere.db", catalogue(), adds_in_order=False)
    try:
        return [call for call in service.calls() if call["operation"] == "set_licenses"]
    finally:
        service.close()
