"""What is asked of support, under which id, how a request lives and ends, and the letter that goes out."""

from __future__ import annotations

import email
import json
import string
from dataclasses import replace
from datetime import timedelta
from email import policy
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import E1, E3, EXCHANGE, SB, SBP, catalogue
from worlds import START, World, declare, live, seen, sub, want

from reconciler.change_plan import TenantPlan, Verdict
from reconciler.decide import decide
from reconciler.handoff import OPEN, HandOff, HandoffState, Kind
from reconciler.handoff.asking import requests
from reconciler.handoff.life import ended, lived, tended
from reconciler.memory import Memory
from reconciler.messages import Language
from reconciler.messages.handoff import HANDOFF
from reconciler.messages.handoff_nb import HANDOFF_NB
from reconciler.model import Declaration, DeclaredSubscription, Suspension
from reconciler.report.letters import Letter, letter

ENGLISH, NORWEGIAN = Language.ENGLISH, Language.NORWEGIAN
NAMES = {
    ENGLISH: {key: plan.name for key, plan in catalogue().plans.items()},
    NORWEGIAN: {key: plan.name_nb for key, plan in catalogue().plans.items()},
}
LONG_AGO = (START - timedelta(hours=3)).isoformat()


def look(
    wish: DeclaredSubscription, document: dict[str, Any] | None = None, **members: Any
) -> tuple[TenantPlan, Declaration]:
    shown, file = document or live("fabrikam", sub(**members)), declare("fabrikam", wish)
    return decide(file, seen(shown), Memory(), catalogue()), file


def tenant(wish: DeclaredSubscription, document: dict[str, Any] | None = None, **members: Any) -> TenantPlan:
    return look(wish, document, **members)[0]


def asked(plan: TenantPlan) -> list[HandOff]:
    return list(requests(plan, "abc123"))


def only(plan: TenantPlan) -> HandOff:
    (one,) = asked(plan)
    return one


def end(before: HandOff, wish: DeclaredSubscription, **members: Any) -> HandoffState | None:
    return ended(before, *look(wish, **members))


FEWER = tenant(want("main", SB, 18))


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (FEWER, Kind.REMOVE_LICENSES),
        (tenant(want("main", EXCHANGE, 5), live("fabrikam", subscriptions=[])), Kind.NOT_LIVE),
        (tenant(want("main", E1, 20), plan=E3), Kind.MANUAL_SWITCH),
        (tenant(want("main", E3, 301), plan=E1, assigned=301, licenses=301), Kind.MANUAL_SWITCH),
        (tenant(want("main", SBP, 20), payment="prepaid"), Kind.MANUAL_SWITCH),
        (tenant(want("main", SB, 22), payment="prepaid"), Kind.RAISE_BY_HAND),
        (tenant(want("main", SBP, 20), switch={"state": "failed", "to": SBP}), Kind.FAILED_SWITCH),
        (
            tenant(want("main", SBP, 20), switch={"state": "running", "to": SBP, "statusPageSince": LONG_AGO}),
            Kind.STUCK_SWITCH,
        ),
        (
            tenant(
                want("main", SBP, 20),
                live("fabrikam", creditReview={"state": "pending", "since": "2026-11-01T00:00:00Z"}),
            ),
            Kind.CREDIT_REVIEW,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Kind) else "",
)  # fmt: skip
def test_a_step_for_support_is_the_request_its_finding_calls_for(plan: TenantPlan, kind: Kind) -> None:
    assert only(plan).kind == kind


def test_what_is_under_way_comes_before_what_was_never_possible() -> None:
    plan = tenant(want("main", E1, 20), plan=E3, switch={"state": "failed", "to": E1})
    assert {"pair-not-listed", "switch-failed"} <= {f.id for f in plan.steps[0].holding}
    assert only(plan).kind == Kind.FAILED_SWITCH


def test_steps_that_are_not_for_support_ask_for_nothing() -> None:
    for plan in (
        tenant(want("main", SBP, 22)),
        tenant(want("main", SBP, 22), status="suspended"),
        tenant(want("main", SBP, 22), trial=None),
        tenant(want("main", SB, 18), live("contoso")),
        tenant(want("main", SB, 20)),
    ):
        assert asked(plan) == []


def test_a_request_names_who_what_from_what_to_what_and_why() -> None:
    one = only(FEWER)
    assert (one.tenant, one.word, one.address, one.subscription_id) == (
        "fabrikam",
        "fabrikam.onmicrosoft.com",
        "main",
        "sub-1",
    )
    assert one.before == {"plan": SB, "licenses": 20}
    assert one.after == {"plan": SB, "licenses": 18}
    assert (one.commit, one.opened_at, one.state) == ("abc123", START, HandoffState.PREPARED)
    assert one.facts["licenses"] == 20
    assert one.facts["assigned"] == 18
    assert one.facts["cause"] == "fewer-licenses"


# One wish is one request


def test_the_same_wish_is_the_same_request_whenever_and_wherever_it_is_seen() -> None:
    document = live("fabrikam", sub(version="v9", assigned=3))
    document["metadata"]["observedAt"] = (START + timedelta(days=9)).isoformat()
    again = tenant(want("main", SB, 18), document)
    assert only(again).id == only(FEWER).id
    assert only(replace(FEWER, tenant="FABRIKAM.onmicrosoft.com", file="moved.yaml")).id == only(FEWER).id
    assert len(only(FEWER).id) == 12


@pytest.mark.parametrize(
    "other",
    [
        tenant(want("main", SB, 17)),
        tenant(want("old", SB, 18)),
        replace(FEWER, tenant="contoso.onmicrosoft.com"),
        tenant(want("main", SB, 22), payment="prepaid"),
    ],
)
def test_another_wish_is_another_request(other: TenantPlan) -> None:
    assert only(other).id != only(FEWER).id


def test_what_others_do_meanwhile_makes_no_other_request_of_it() -> None:
    assert only(tenant(want("main", SB, 18), licenses=19)).id == only(FEWER).id
    renamed = only(tenant(want("old", SB, 18)))
    assert renamed.same_as(only(FEWER))
    assert not renamed.same_as(only(tenant(want("old", SB, 17))))


# Its end


def test_a_request_is_open_while_its_step_stands() -> None:
    assert end(only(FEWER), want("main", SB, 18)) is None


def test_a_request_is_done_when_the_live_state_has_reached_it() -> None:
    assert end(only(FEWER), want("main", SB, 18), licenses=18) is HandoffState.DONE
    assert end(only(FEWER), want("main", SB, 16), licenses=18) is HandoffState.DONE
    switched = only(tenant(want("main", E1, 20), plan=E3))
    assert end(switched, want("main", E1, 20), plan=E1) is HandoffState.DONE


@pytest.mark.parametrize(
    "wish",
    [want("main", SB, 17), want("main", SB, 22), want("main", SBP, 20), want("main", SB, 20)],
    ids=["another number", "more instead of fewer", "a switch instead", "what is bought"],
)
def test_a_request_is_withdrawn_when_something_else_is_wanted(wish: DeclaredSubscription) -> None:
    assert end(only(FEWER), wish) is HandoffState.WITHDRAWN


def test_a_request_stays_open_while_the_tenant_can_not_be_read() -> None:
    for document in (
        live("fabrikam", subscriptions=None),
        live("fabrikam", sub(licenses=None)),
        live("fabrikam", sub(plan=None)),
    ):
        plan, file = look(want("main", SB, 18), document)
        assert plan.verdict is Verdict.UNKNOWN
        assert ended(only(FEWER), plan, file) is None


def test_a_request_stays_open_while_something_a_person_must_mend_stands_in_its_way() -> None:
    manual = tenant(want("main", E1, 20), plan=E3)
    plan, file = look(want("main", E1, 20), plan=E3, status="suspended")
    assert plan.steps[0].verdict is Verdict.BLOCKED
    assert ended(only(manual), plan, file) is None
    ambiguous = live("fabrikam", sub(id="sub-1"), sub(id="sub-2"))
    assert ended(only(FEWER), *look(want("main", SB, 18), ambiguous)) is None


def test_what_does_not_fit_the_plan_wanted_is_asked_to_go_down_before_the_switch() -> None:
    bought = {"licenses": 30, "assigned": 20}
    plan, file = look(want("main", SBP, 25), **bought)
    assert [(s.action, s.verdict) for s in plan.steps] == [("switch", "blocked"), ("handoff", "support")]
    one = only(plan)
    assert (one.before, one.after) == ({"plan": SB, "licenses": 30}, {"plan": SB, "licenses": 25})
    assert ended(one, plan, file) is None
    assert end(one, want("main", SBP, 25), licenses=25, assigned=20) is HandoffState.DONE
    assert end(one, want("main", SBP, 24), **bought) is HandoffState.WITHDRAWN


def test_what_hangs_is_done_when_it_hangs_no_more_and_not_before() -> None:
    stuck = {"state": "running", "to": SBP, "statusPageSince": LONG_AGO}
    one = only(tenant(want("main", SBP, 20), switch=stuck))
    assert end(one, want("main", SBP, 20), switch=None) is None
    assert end(one, want("main", SBP, 20)) is HandoffState.DONE
    assert end(one, want("main", SB, 20), switch=stuck) is HandoffState.WITHDRAWN


# Its life


def after(known: list[HandOff], wish: DeclaredSubscription, **members: Any) -> list[HandOff]:
    """All requests as they stand after one more look."""
    plan, file = look(wish, **members)
    changed = {one.id: one for one in lived(known, plan, file, "def456")}
    there = {one.id: one for one in known}
    return list({**there, **changed}.values())


FEWER_WISH = want("main", SB, 18)


def test_a_wish_is_opened_once_and_keeps_its_age_its_ticket_and_its_commit() -> None:
    (opened,) = after([], FEWER_WISH)
    filed = replace(opened, state=HandoffState.FILED, ticket="SR-7", opened_at=START - timedelta(days=9))
    assert after([filed], FEWER_WISH) == [filed]
    (told,) = after([filed], FEWER_WISH, assigned=19)
    assert (told.state, told.ticket, told.opened_at) == (filed.state, filed.ticket, filed.opened_at)
    assert (told.commit, told.facts["assigned"]) == ("def456", 19)


def test_a_wish_that_comes_back_is_the_same_request_opened_anew() -> None:
    (opened,) = after([], FEWER_WISH)
    (done,) = after([replace(opened, state=HandoffState.FILED, ticket="SR-7")], FEWER_WISH, licenses=18)
    assert (done.state, done.closed_at, done.ticket) == (HandoffState.DONE, START, "SR-7")
    (again,) = after([done], FEWER_WISH)
    assert (again.id, again.state, again.ticket, again.closed_at) == (
        done.id,
        HandoffState.PREPARED,
        None,
        None,
    )


def test_what_a_person_closed_stays_closed_until_its_wish_is_gone() -> None:
    (opened,) = after([], FEWER_WISH)
    closed = replace(
        opened, state=HandoffState.WITHDRAWN, closed_at=START, reason="asked twice", by_hand=True
    )
    assert after([closed], FEWER_WISH) == [closed]
    (forgotten,) = after([closed], want("main", SB, 20))
    assert (forgotten.state, forgotten.by_hand) == (HandoffState.WITHDRAWN, False)
    (again,) = after([forgotten], FEWER_WISH)
    assert again.state is HandoffState.PREPARED


def test_a_file_or_subscription_with_another_name_keeps_its_request() -> None:
    (opened,) = after([], FEWER_WISH)
    (kept,) = after([opened], want("old", SB, 18))
    assert (kept.id, kept.address) == (opened.id, "old")
    plan, file = look(FEWER_WISH)
    (renamed,) = tended([opened], [(replace(plan, name="fab"), file)], None)
    assert (renamed.id, renamed.tenant) == (opened.id, "fab")


def test_one_tenants_look_ends_no_other_tenants_request() -> None:
    other = replace(only(FEWER), id="x", tenant="contoso", word="contoso.onmicrosoft.com", facts={})
    plan, file = look(want("main", SB, 20))
    assert list(tended([other], [(plan, file)], None)) == []


def test_a_name_given_to_another_organisation_takes_no_request_with_it() -> None:
    filed = replace(only(FEWER), state=HandoffState.FILED, ticket="SR-7")
    document = live("fabrikam", sub(id="s-new"), tenant="new.onmicrosoft.com", domains=[], tenantId=None)
    file = declare("fabrikam", FEWER_WISH, tenant="new.onmicrosoft.com")
    plan = decide(file, seen(document), Memory(), catalogue())
    (one,) = tended([filed], [(plan, file)], None)
    assert (one.word, one.state, one.ticket) == ("new.onmicrosoft.com", HandoffState.PREPARED, None)
    assert one.id != filed.id


def test_a_file_that_goes_from_a_domain_to_an_id_keeps_its_request() -> None:
    (opened,) = after([], FEWER_WISH)
    guid = live("fabrikam")["spec"]["tenantId"]
    file = declare("fabrikam", FEWER_WISH, tenant=guid)
    plan = decide(file, seen(live("fabrikam")), Memory(), catalogue())
    (kept,) = tended([opened], [(plan, file)], None)
    assert (kept.id, kept.word) == (opened.id, guid)


def test_a_pause_opens_nothing_and_closes_what_is_over() -> None:
    pause = Suspension("merger", "ola", START.date() + timedelta(days=9))

    def paused(known: list[HandOff], wish: DeclaredSubscription, **members: Any) -> list[HandOff]:
        file = declare("fabrikam", wish, suspend=pause)
        plan = decide(file, seen(live("fabrikam", sub(**members))), Memory(), catalogue())
        assert plan.verdict is Verdict.SUSPENDED
        return list(lived(known, plan, file, None))

    assert paused([], FEWER_WISH) == []
    (opened,) = after([], FEWER_WISH)
    assert [one.state for one in paused([opened], want("main", SB, 22))] == [HandoffState.WITHDRAWN]
    assert [one.state for one in paused([opened], FEWER_WISH, licenses=18)] == [HandoffState.DONE]


WISHES = st.sampled_from(
    [FEWER_WISH, want("main", SB, 17), want("main", SB, 20), want("main", E3, 20), want("main", SB, 22)]
)
LOOKS = st.fixed_dictionaries(
    {},
    optional={
        "licenses": st.sampled_from([16, 18, 19, 20, 25]),
        "plan": st.sampled_from([SB, SBP, E3]),
        "assigned": st.sampled_from([16, 18, None]),
        "payment": st.sampled_from(["card", "prepaid"]),
        "switch": st.sampled_from([{"state": "none"}, {"state": "failed", "to": E3}, None]),
    },
)


@given(st.lists(st.tuples(WISHES, LOOKS), max_size=6))
def test_whatever_happens_no_wish_has_two_open_requests_and_a_second_look_changes_nothing(
    story: list[tuple[DeclaredSubscription, dict[str, Any]]],
) -> None:
    known: list[HandOff] = []
    for wish, members in story:
        known = after(known, wish, **members)
        assert after(known, wish, **members) == known
        open_ = [one for one in known if one.state in OPEN]
        assert all(not one.same_as(two) for one in open_ for two in open_ if one is not two)
        assert {one.id for one in requests(tenant(wish, **members), None)} <= {one.id for one in open_}


def test_an_apply_closes_what_support_has_done(tmp_path: Any) -> None:
    with World(tmp_path, live("fabrikam")) as world:
        file = declare("fabrikam", FEWER_WISH)
        store = world.store

        def tend() -> None:
            plan = world.plan(file)
            store.tend_handoffs(lambda known: tended(known, [(plan, file)], None))

        tend()
        tend()
        assert [one.state for one in store.handoffs()] == [HandoffState.PREPARED]
        world.service.set("fabrikam.sub-1.licenses", 18)
        tend()
        assert [one.state for one in store.handoffs()] == [HandoffState.DONE]


# Its letter


def written(plan: TenantPlan, language: Language = ENGLISH) -> Letter:
    return letter(only(plan), language, NAMES)


EVERY_KIND = {
    Kind.REMOVE_LICENSES: FEWER,
    Kind.NOT_LIVE: tenant(want("main", EXCHANGE, 5), live("fabrikam", subscriptions=[])),
    Kind.MANUAL_SWITCH: tenant(want("main", E1, 20), plan=E3),
    Kind.RAISE_BY_HAND: tenant(want("main", SB, 22), payment="prepaid"),
    Kind.FAILED_SWITCH: tenant(want("main", SBP, 20), switch={"state": "failed", "to": SBP}),
    Kind.STUCK_SWITCH: tenant(
        want("main", SBP, 20), switch={"state": "running", "to": SBP, "statusPageSince": LONG_AGO}
    ),
    Kind.CREDIT_REVIEW: tenant(
        want("main", SBP, 20),
        live("fabrikam", creditReview={"state": "pending", "since": "2026-11-01T00:00:00Z"}),
    ),
}


def test_there_is_a_letter_of_every_kind() -> None:
    assert set(EVERY_KIND) == set(Kind)
    assert {only(plan).kind for plan in EVERY_KIND.values()} == set(Kind)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_a_letter_says_who_what_and_the_numbers_and_leaves_nothing_to_fill_in(
    kind: Kind, language: Language
) -> None:
    made = written(EVERY_KIND[kind], language)
    one = only(EVERY_KIND[kind])
    whole = made.subject + made.plain()
    assert one.id in whole
    assert "fabrikam.onmicrosoft.com" in made.subject
    assert one.subscription_id is None or one.subscription_id in whole
    assert not set("{}<>") & set(whole)
    assert "None" not in whole
    assert NAMES[language][(one.after or one.before or {})["plan"]] in whole


def test_a_letter_about_fewer_licences_says_how_many_are_free_and_what_we_do_first() -> None:
    free = written(tenant(want("main", SB, 18), assigned=16))
    assert ("Licences free", "4") in free.facts
    assert free.steps[0] == "Go down to 18 licences."
    held = written(tenant(want("main", SB, 15), assigned=18))
    assert held.steps[0].startswith("Users hold 18 licences, 3 more than will be left.")
    unread = written(tenant(want("main", SB, 15), assigned=None))
    assert "Licences free" not in dict(unread.facts)


def test_a_manual_switch_is_bought_assigned_and_only_then_ended() -> None:
    steps = written(EVERY_KIND[Kind.MANUAL_SWITCH]).steps
    assert [step.split()[0] for step in steps] == ["Buy", "Give", "End"]
    norwegian = written(EVERY_KIND[Kind.MANUAL_SWITCH], NORWEGIAN).steps
    assert [step.split()[0] for step in norwegian] == ["Kjøp", "Gi", "Avslutt"]


def test_what_hangs_names_since_when_and_when_it_should_have_ended() -> None:
    facts = dict(written(EVERY_KIND[Kind.STUCK_SWITCH]).facts)
    assert facts["Since"] == "2026-11-23 07:00 UTC"
    assert facts["Should have ended by"] == "2026-11-23 08:00 UTC"
    review = dict(written(EVERY_KIND[Kind.CREDIT_REVIEW], NORWEGIAN).facts)
    assert review["Siden"] == "01.11.2026 kl. 00.00 UTC"
    assert review["Skulle vært ferdig"] == "15.11.2026 kl. 00.00 UTC"


def test_both_languages_have_the_same_sentences_with_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    assert list(HANDOFF) == list(HANDOFF_NB)
    assert {k: facts(v) for k, v in HANDOFF.items()} == {k: facts(v) for k, v in HANDOFF_NB.items()}
    labels = {k for k in HANDOFF if k != "handoff.greeting"}
    assert {k for k in labels if HANDOFF[k] == HANDOFF_NB[k]} == set()


@pytest.mark.parametrize("language", Language)
def test_a_mail_program_gets_the_letter_as_it_is_written(language: Language) -> None:
    made = written(EVERY_KIND[Kind.MANUAL_SWITCH], language)
    link = urlsplit(made.mailto("support@example.com"))
    said = parse_qs(link.query, strict_parsing=True)
    assert (link.scheme, unquote(link.path)) == ("mailto", "support@example.com")
    assert said == {"subject": [made.subject], "body": [made.plain().replace("\n", "\r\n")]}
    assert not set(link.query) & set(' \n"<>')
    mail = email.message_from_string(f"Subject: {made.subject}\n\n{made.plain()}", policy=policy.default)
    assert mail["subject"] == made.subject


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_no_name_can_add_a_line_or_markup_to_a_letter(name: str) -> None:
    one = replace(only(FEWER), word=name)
    made, plain = letter(one, ENGLISH, NAMES), letter(only(FEWER), ENGLISH, NAMES)
    assert len(made.plain().splitlines()) == len(plain.plain().splitlines())
    assert len(made.markdown().splitlines()) == len(plain.markdown().splitlines())
    assert "\n" not in made.subject
    for sign in "<>[]*_`":
        bare = made.markdown().replace(f"\\{sign}", "").replace("**", "")
        assert sign not in bare
    json.dumps(made.plain())
