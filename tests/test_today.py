"""Today's catalogue, how a catalogue that asks the service is shown, and what is told of a tenant by today's rules."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cli import Desk
from journals import FABRIKAM, NOON, intent, opened
from judging import judge
from scenes import (
    BASIC,
    BASIC_WITHOUT_TEAMS,
    OFFICE_E3,
    OTHER_ID,
    PREMIUM,
    STANDARD,
    today_catalogue,
    today_live,
    today_scene,
)
from test_cli_commands import assert_valid
from test_web_pages import app_of, content, whole

from reconciler.catalogue import STANDALONE, Ambiguous
from reconciler.change_plan import TenantPlan, Verdict
from reconciler.decide import decide
from reconciler.handoff import Kind
from reconciler.handoff.asking import requests
from reconciler.memory import Memory, Settled
from reconciler.messages import Language
from reconciler.model import DeclaredSubscription, Place
from reconciler.observe import LiveSubscription, Traits, Unversioned
from reconciler.relied_on import relied_on
from reconciler.report.catalogue import catalogue_document, matrix_text, plans_text
from reconciler.report.letters import letter
from reconciler.report.pair import pair_document, pair_text
from reconciler.web.access import access_for
from reconciler.web.app import build_app

CASES = Path(__file__).parent / "cases"
KNOWN = today_catalogue()
NAMES = dict.fromkeys(Language, KNOWN.names)


# The catalogue


def test_every_plan_is_known_by_a_licence_that_no_other_plan_claims() -> None:
    claimed = [id_ for plan in KNOWN.plans.values() for id_ in plan.sku_ids]
    assert all(plan.sku_ids for plan in KNOWN.plans.values())
    assert len(KNOWN.by_sku_id) == len(claimed)
    for known, ids in ((KNOWN.by_product, "products"), (KNOWN.by_offer, "offers")):
        assert len(known) == sum(len(getattr(plan, ids)) for plan in KNOWN.plans.values())


def test_the_ids_of_the_documentation_mean_the_plans_they_are_printed_with() -> None:
    assert KNOWN.by_product["CFQ7TTC0LH18:0001"] == BASIC
    assert KNOWN.by_sku_id["3b555118-da6a-4418-894f-7df1e2096870"] == BASIC
    assert KNOWN.by_sku_id["6fd2c87f-b296-42f0-b197-1e91e994b900"] == OFFICE_E3
    assert KNOWN.by_offer["796b6b5f-613c-4e24-a17c-eba730d49c02"] == OFFICE_E3


def test_a_name_that_has_moved_on_is_refused_and_part_numbers_are_found_as_they_are_written() -> None:
    assert KNOWN.resolve("Office 365 Business Premium") == Ambiguous((STANDARD, PREMIUM))
    assert KNOWN.resolve("O365_BUSINESS_PREMIUM") == STANDARD
    assert KNOWN.resolve("Microsoft_365_Business_Basic_(no Teams)") == BASIC_WITHOUT_TEAMS
    # Microsoft's own table has blanks in this one that do not break.
    assert KNOWN.resolve("O365_w/o\xa0Teams\xa0Bundle_M3") == "microsoft-365-e3-eea-no-teams"


def test_only_business_shares_a_cap_and_every_family_lets_the_reseller_order() -> None:
    assert {family: cap.licenses for family, cap in KNOWN.pooled.items()} == {"business": 300}
    assert {plan.family for plan in KNOWN.plans.values() if plan.cap} == {"business"}
    assert all("reseller" in KNOWN.roles[family] for family in KNOWN.families)
    assert {plan.family for plan in KNOWN.plans.values()} == set(KNOWN.families)
    assert STANDALONE in KNOWN.families


def test_every_service_is_of_some_plan_and_is_found_on_the_health_page_by_name_and_id() -> None:
    used = {service for plan in KNOWN.plans.values() for service in plan.services}
    assert used == set(KNOWN.services)
    for word in ("Exchange", "Microsoft Teams", "microsoftteams", "Microsoft 365 apps", "Office for the web"):
        assert KNOWN.health[word.casefold()] in KNOWN.services


def test_a_plan_without_teams_has_no_teams() -> None:
    without = [plan for plan in KNOWN.plans.values() if "no Teams" in plan.name]
    assert len(without) > 10
    assert not [plan.key for plan in without if "microsoft-teams" in plan.services]


def test_what_is_forbidden_leads_down_and_never_back_up() -> None:
    assert not KNOWN.pairs
    assert not [pair for pair in KNOWN.forbidden if pair[::-1] in KNOWN.forbidden]
    # To lose a service is no proof of a way down, but no forbidden pair may gain one.
    assert not [(a, b) for a, b in KNOWN.forbidden if KNOWN.services_lost(b, a)]


# How it is shown


def test_no_empty_matrix_is_shown_as_if_nothing_were_allowed() -> None:
    plans, matrix = plans_text(KNOWN), matrix_text(KNOWN)
    assert "57 plans; the service is asked what may be switched." in plans
    assert "Business (at most 300 together in a tenant, M-25)" in plans
    assert all(plan.key in plans and plan.name in plans for plan in KNOWN.plans.values())
    assert max(map(len, (plans + matrix).splitlines())) <= 100
    assert matrix.startswith("There is no from/to matrix: what a subscription may be switched to is asked")
    assert "Office 365 E5 to Office 365 E3 (M-31, PC 1.3): New commerce goes up only." in matrix
    assert "x certain" not in matrix


def test_the_document_says_who_is_asked_and_fits_its_schema() -> None:
    document = json.loads(json.dumps(catalogue_document(KNOWN)))
    assert_valid("plans", document)
    assert (document["eligibility"], document["pairs"], document["most_users"]) == ("live", [], None)
    assert document["pooled"] == {"business": {"licenses": 300, "source": ["M-25"]}}
    assert len(document["forbidden"]) == len(KNOWN.forbidden)


def told(source: str, target: str) -> tuple[str, dict[str, Any]]:
    document = pair_document(KNOWN, source, target)
    assert_valid("pair", document)
    return " ".join(pair_text(KNOWN, source, target).split()), document


def test_an_upgrade_is_told_with_who_is_asked_and_what_the_file_must_accept() -> None:
    text, document = told(BASIC, PREMIUM)
    assert "Asked of the service, for each subscription (M-29)" in text
    assert "All Business plans of a tenant together: at most 300 (M-25)" in text
    assert "Upgrades go up only and can not be undone" in text
    assert document["acknowledge"] == f"acknowledge:\n  noWayBack: {PREMIUM}\n"
    assert (document["listed"], document["source"], document["manual_route"]) == (False, ["M-29"], [])


def test_a_switch_that_loses_a_service_asks_for_a_back_up_too() -> None:
    text, document = told(BASIC, BASIC_WITHOUT_TEAMS)
    assert "The data of what is lost (Microsoft Teams) is to be backed up before (M-21)" in text
    assert document["acknowledgements"] == ["noWayBack", "backup"]


def test_a_forbidden_pair_is_told_with_its_reason_and_the_way_by_hand() -> None:
    text, document = told(STANDARD, BASIC)
    assert "Never ordered, also where the service offers it (M-31, PC 1.3)" in text
    assert document["forbidden"]["source"] == document["source"] == ["M-31", "PC 1.3"]
    assert [step.split()[0] for step in document["manual_route"]] == ["Before", "Buy", "Assign", "Only"]
    assert document["acknowledge"] is None


def test_one_plan_twice_is_nothing_to_switch_here_too() -> None:
    text, document = told(BASIC, BASIC)
    assert "nothing to switch" in text
    assert (document["source"], document["acknowledgements"], document["manual_route"]) == ([], [], [])


def test_the_page_shows_who_is_asked_and_what_is_forbidden_in_place_of_the_matrix() -> None:
    app = build_app(
        whole(), KNOWN, access=access_for("127.0.0.1"), now=lambda: datetime(2026, 11, 23, tzinfo=UTC)
    )
    shown = content("/matrix", app)
    assert "is asked of the service, for each subscription" in shown
    assert "Never ordered, also where the service offers it" in shown
    assert "What the marks mean" not in shown
    assert "asked of the service" in content(f"/matrix?from={BASIC}&to={PREMIUM}", app)
    assert "none: upgrades go up only" in content(f"/matrix?from={BASIC}&to={PREMIUM}", app)
    assert "New commerce goes up only." in content(f"/matrix?from={STANDARD}&to={BASIC}&lang=nb", app)
    # The list of 2014 is shown as ever.
    assert "What the marks mean" in content("/matrix", app_of(whole()))


def desk_with(case: str, desk: Desk) -> Desk:
    """Put a case into a folder, with today's catalogue."""
    desk.configure(catalogue="microsoft365")
    for kind in ("tenant", "live"):
        desk.put(f"{kind}s/{case}.yaml", (CASES / case / f"{kind}.yaml").read_text(encoding="utf-8"))
    return desk


LIVE = ("--live", "lives")


@pytest.mark.parametrize(
    ("case", "said"), [("today-upgrade", "asked of the service"), ("today-way-down", "never")]
)
def test_a_plan_as_a_page_says_at_the_step_who_is_asked(desk: Desk, case: str, said: str) -> None:
    page = desk_with(case, desk).run("plan", "tenants", *LIVE, "--format", "html").out
    assert said in page
    assert "From/to matrix" not in page


# What comes by itself


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "github", "gitlab", "sarif", "junit"])
def test_a_trial_that_turns_into_a_paid_year_is_told_in_every_form_without_a_step(
    desk: Desk, form: str
) -> None:
    out = desk_with("trial-converts", desk).run("plan", "tenants", *LIVE, "--format", form).out
    assert "trial-converts" in out
    assert "2026-12-14" in out
    if form == "json":
        assert_valid("change-plan", json.loads(out))


def test_the_drift_of_a_fleet_tells_it_first_and_it_is_no_drift(desk: Desk) -> None:
    desk_with("trial-converts", desk)
    text = desk.ok("drift", "tenants", *LIVE).out
    assert text.startswith(
        "Comes by itself, without anybody's order:\n  trial-converts: A trial of northwind"
    )
    document = desk.ok("drift", "tenants", *LIVE, "--format", "json").json()
    assert_valid("drift", document)
    assert [ahead["rule"] for ahead in document["tenants"][0]["ahead"]] == ["trial-converts"]


def test_the_day_it_comes_and_the_facts_it_rests_on_are_told_of_the_tenant(desk: Desk) -> None:
    desk_with("trial-converts", desk)
    document = desk.ok("explain", "northwind", "--path", "tenants", *LIVE, "--format", "json").json()
    assert_valid("explanation", document)
    assert document["next"] == [{"what": "trial-converts", "at": "2026-12-14T23:59:59Z"}]
    (check,) = (check for check in document["checks"] if check["id"] == "trial-converts")
    facts = {fact["name"]: fact["value"] for fact in check["facts"]}
    assert facts[f"subscriptions[{TRIAL}].autoRenews"] is True
    assert len(facts) == 5


TRIAL = "0b6d2f7e-4c35-5d0a-9a1f-6b1f0c9d2e11"


def test_it_is_told_with_the_step_of_a_tenant_that_has_one(desk: Desk) -> None:
    desk_with("trial-converts", desk)
    file = desk.folder / "tenants/trial-converts.yaml"
    file.write_text(file.read_text().replace("licenses: 40", "licenses: 41"))
    text = desk.ok("plan", "tenants", *LIVE).out
    assert "warning, trial-converts: A trial of northwind" in text
    assert "warning, seats-owed" in text
    reviewed = desk.ok("plan", "tenants", *LIVE, "--format", "markdown").out
    assert reviewed.count("**trial-converts**") == 1


@pytest.mark.parametrize("member", ["addOns", "scheduled", "termEnds", "offers", "plan", "status"])
def test_a_fact_of_today_left_out_never_leads_to_a_write(desk: Desk, member: str) -> None:
    desk_with("today-upgrade", desk)
    file = desk.folder / "lives/today-upgrade.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text(
        "\n".join(line for line in lines if not line.startswith(f"      {member}:")), encoding="utf-8"
    )
    (tenant,) = desk.plan("tenants", *LIVE)["tenants"]
    assert tenant["verdict"] == "unknown"


# What is approved


def raised(*others: LiveSubscription, plan: str = BASIC) -> TenantPlan:
    """Five licences more of a plan, in a tenant with others beside it."""
    s = today_scene(live=today_live(plan=plan), others=others)
    place = Place("fabrikam.yaml", 6, 7)
    file = replace(s.declaration, subscriptions=(DeclaredSubscription("main", plan, 25, s.live.id, place),))
    return decide(file, s.observation, Memory(), KNOWN)


def other(plan: str = STANDARD, licenses: int = 100, **facts: Any) -> LiveSubscription:
    return today_live(id=OTHER_ID, plan=plan, licenses=licenses, **facts)


def test_what_others_have_bought_is_covered_where_a_family_shares_a_cap() -> None:
    assert raised(other()).basis != raised(other(licenses=101)).basis
    assert raised(other()).basis != raised(other(OFFICE_E3)).basis
    assert raised(other()).basis != raised(other(status="expired")).basis
    assert raised(other()).basis == raised(other(scheduled=("renewal",))).basis


def test_what_others_have_bought_is_not_covered_where_nothing_is_shared() -> None:
    assert raised(other(), plan=OFFICE_E3).basis == raised(other(licenses=101), plan=OFFICE_E3).basis


@pytest.mark.parametrize("facts", [{"scheduled": ("renewal",)}, {"commerce": "legacy"}, {"term_ends": None}])
def test_the_facts_of_todays_rules_are_covered_of_the_steps_own_subscription(facts: dict[str, Any]) -> None:
    facts = {name: value or today_scene().observation.at for name, value in facts.items()}
    s = today_scene(live=today_live(**facts))
    before = decide(s.declaration, today_scene().observation, Memory(), KNOWN)
    assert decide(s.declaration, s.observation, Memory(), KNOWN).basis != before.basis


def test_the_numbers_of_others_are_told_with_the_cap_they_share() -> None:
    plan = raised(other(licenses=276))
    (step,) = plan.steps
    assert step.verdict is Verdict.BLOCKED
    seen = today_scene(others=(other(licenses=276),)).observation
    facts = {fact.name: fact.value for fact in relied_on("over-family-cap", step, seen)}
    assert facts[f"subscriptions[{OTHER_ID}].licenses"] == 276


# By hand, and the budget of updates


@cache
def without_a_version() -> TenantPlan:
    (plan,) = judge(
        CASES / "no-version/tenant.yaml",
        CASES / "no-version/live.yaml",
        catalogue="microsoft365",
        unversioned=Unversioned.REFUSED,
    )
    return plan


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, "see that it has 40 licences, and set the total to 50"),
        (Language.NORWEGIAN, "se at det har 40 lisenser, og sett antallet til 50"),
    ],
)
def test_a_raise_without_a_version_is_asked_for_by_hand_and_the_letter_says_how(
    language: Language, said: str
) -> None:
    (wish,) = requests(without_a_version(), "abc123")
    assert wish.kind == Kind.RAISE_BY_HAND
    made = letter(wish, language, NAMES)
    assert said in made.plain()
    assert "Microsoft 365 Business Basic" in made.subject


def test_the_race_that_remains_is_named_with_its_number() -> None:
    s = today_scene(live=today_live(version=None))
    seen = replace(s.observation, traits=Traits(adds_in_order=False, unversioned=Unversioned.ALLOWED))
    file = replace(
        s.declaration,
        subscriptions=(DeclaredSubscription("main", BASIC, 25, None, Place("fabrikam.yaml", 6, 7)),),
    )
    (step,) = decide(file, seen, Memory(), KNOWN).steps
    (race,) = (f for f in step.warnings if f.id == "no-version")
    assert step.verdict is Verdict.APPLY
    assert "above 25 between that look and the write, the write lowers it to 25 again" in race.message


def test_raises_are_counted_by_the_journal_from_a_thousand_on(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with store.lease(FABRIKAM, "host 1, apply", sleep=lambda seconds: None, patience=0) as held:
        one = held.intend(intent("i-1"))
        held.settle(held.sent(one, NOON), Settled.DONE, "read back", seen=True)
        assert held.memory().raises == {}
    store.close()
    (file,) = tmp_path.glob("*.db")
    with closing(sqlite3.connect(file)) as raw, raw:
        columns = [row[1] for row in raw.execute("PRAGMA table_info(intents)") if row[1] != "seq"]
        fresh = {"id": "'copy-' || n", "step": "'copy-' || n"}
        values = ", ".join(fresh.get(name, f'"{name}"') for name in columns)
        named = ", ".join(f'"{name}"' for name in columns)
        copies = "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < 999)"
        raw.execute(f"{copies} INSERT INTO intents ({named}) SELECT {values} FROM intents, copies")
    store = opened(tmp_path)
    with store.lease(FABRIKAM, "host 1, apply", sleep=lambda seconds: None, patience=0) as held:
        assert held.memory().raises == {"sub-1": 1000}
    store.close()
