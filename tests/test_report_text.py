import re
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import (
    E1,
    E3,
    NAMES,
    SMALL,
    UNREAD,
    add,
    change_plan,
    change_plans,
    finding,
    handoff,
    passed,
    problem,
    run,
    runs_of,
    switch,
    tenant,
    unmanaged,
)

from reconciler.act import Ending, Outcome
from reconciler.outcomes import Run
from reconciler.report.closing import as_shown, closing_text
from reconciler.report.endings import endings, tally
from reconciler.report.lines import WIDTH, safe, wrapped
from reconciler.report.text import plan_text, run_text
from reconciler.rules import Effect, Status

quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ROLE = finding(
    "role-missing",
    message="The tool's account in contoso holds no administrator role. Orders for main need another one,"
    " global administrator.",
    remedy="A global administrator of contoso gives the account the role, or runs the tool with another"
    " account.",
)
LOSES = finding(
    "service-settings-lost", effect=Effect.WARN, message="18 users lose single settings.", remedy="Note them."
)


def shown(*tenants, **options) -> str:
    problems = options.pop("problems", ())
    return plan_text(change_plan(*tenants, problems=problems), names=NAMES, **options)


def test_a_switch_is_one_line_with_both_plans_both_numbers_and_its_place():
    assert shown(tenant("fabrikam", switch(), unmanaged=(unmanaged(),))) == (
        "fabrikam  fabrikam.onmicrosoft.com  apply\n"
        "  ~ main  Office 365 Small Business -> Office 365 Enterprise E3, 20 -> 42 licences (+22)  one-way\n"
        "      tenants/a.yaml:9\n"
        "  . exchange-online-plan-1, 12 licences: not managed, never touched\n"
        "\n"
        "Plan: 1 to switch, 22 licenses to add in 1 tenants, 0 to remove."
        " 0 waiting, 0 blocked, 0 for support, 0 unknown.\n"
    )


def test_a_held_step_says_what_holds_it_then_what_to_do_and_leaves_its_warnings_for_later():
    step = switch("main", (E1, 20), (E3, 20), passed(), ROLE, LOSES)
    assert shown(tenant("contoso", step)) == (
        "contoso  contoso.onmicrosoft.com  blocked\n"
        "  ! main  Office 365 Enterprise E1 -> Office 365 Enterprise E3, 20 licences  one-way\n"
        "      tenants/a.yaml:9\n"
        "      role-missing: The tool's account in contoso holds no administrator role. Orders for main need"
        "\n        another one, global administrator.\n"
        "      next: A global administrator of contoso gives the account the role, or runs the tool with\n"
        "        another account.\n"
        "\n"
        "Plan: 0 to switch, 0 licenses to add in 0 tenants, 0 to remove."
        " 0 waiting, 1 blocked, 0 for support, 0 unknown.\n"
    )


def test_a_step_that_will_be_applied_says_its_warnings():
    step = switch("main", (E1, 20), (E3, 20), passed(), LOSES)
    assert "      warning, service-settings-lost: 18 users lose single settings.\n" in shown(
        tenant("contoso", step)
    )


def test_a_warning_that_was_said_of_another_tenant_is_only_named():
    def loses(name: str, users: int, more: str = "", rule: str = "service-settings-lost"):
        told = finding(rule, effect=Effect.WARN, message=f"{users} users of {name} lose settings.{more}")
        return tenant(name, switch("main", (E1, 20), (E3, 20), told))

    text = shown(loses("anna", 18), loses("bert", 7), loses("carl", 9, " Waived by Ola."))
    assert "warning, service-settings-lost: 18 users of anna lose settings.\n" in text
    assert "warning, service-settings-lost: as for anna\n" in text
    assert "9 users of carl lose settings. Waived by Ola.\n" in text
    assert "7 users" not in text
    assert "7 users of bert lose settings." in shown(loses("anna", 18), loses("bert", 7), verbose=True)
    assert "as for" not in shown(loses("anna", 18), loses("bert", 7, rule="another"))


def test_text_keeps_to_the_width_it_is_given():
    step = switch("main", (E1, 20), (E3, 20), passed(), ROLE)
    for width in (60, 80, 100):
        lines = shown(tenant("contoso", step), width=width).splitlines()[:-1]
        assert max(map(len, lines)) <= width
        assert max(map(len, lines)) > width - 20


def test_a_run_says_how_many_requests_to_support_are_open_before_the_totals():
    paused = tenant("paused", handoff(), suspended=True)
    plan = change_plan(tenant("a", handoff()), tenant("b", handoff()), paused)
    lines = run_text([], plan, names=NAMES).splitlines()
    assert lines[-3:-1] == ["2 requests to support are open: `reconciler handoff list`", ""]
    assert lines[-1].startswith("Apply: ")
    one = closing_text([], change_plan(tenant("a", handoff())))
    assert one.startswith("1 request to support is open: `reconciler handoff list`\n\nApply: ")
    assert closing_text([], change_plan()).startswith("Apply: 0 done")


def test_the_worst_stands_first_and_names_settle_the_rest():
    wait = finding("switch-running", effect=Effect.WAIT)
    text = shown(
        tenant("paused", add("main", 1, 2, finding("suspended", effect=Effect.WAIT)), suspended=True),
        tenant("b-apply", add()),
        tenant("a-apply", add()),
        tenant("waits", add("main", 1, 2, wait)),
        tenant("asks", handoff()),
        tenant("stands", add("main", 1, 2, finding())),
        tenant("unread", checks=(finding("not-read", Status.UNKNOWN, message="Not read."),)),
    )
    heads = [line.split()[0] for line in text.splitlines() if line and not line.startswith((" ", "Plan:"))]
    assert heads == ["unread", "stands", "asks", "waits", "a-apply", "b-apply", "paused"]


def test_each_verdict_and_action_has_its_sign():
    wait = finding("switch-first", effect=Effect.WAIT)
    text = shown(
        tenant(
            "all",
            add("a-add", 1, 2),
            switch("b-switch"),
            handoff("c-handoff"),
            add("d-blocked", 1, 2, finding()),
            add("e-waiting", 1, 2, wait),
            add("f-unknown", 1, 2, finding("prepaid", Status.UNKNOWN)),
            switch("g-support", (SMALL, 400), (E3, 400), finding("too-many-users", effect=Effect.SUPPORT)),
            unmanaged=(unmanaged(UNREAD, UNREAD),),
        )
    )
    signs = re.findall(r"^  (\S) (\S+)", text, re.MULTILINE)
    assert signs == [
        ("+", "a-add"),
        ("~", "b-switch"),
        (">", "c-handoff"),
        ("!", "d-blocked"),
        ("*", "e-waiting"),
        ("?", "f-unknown"),
        (">", "g-support"),
        (".", "subscription"),
    ]
    assert (
        ". subscription id-left (its plan is not known), an unknown number of licences: not managed" in text
    )


def test_a_hand_off_says_what_only_support_can_do():
    fewer, gone = handoff("main"), handoff("new", None, (E1, None))
    one = handoff("one", (E3, 2), (E3, 1))
    text = shown(tenant("fabrikam", fewer, gone, one))
    assert (
        "> main  Office 365 Enterprise E3, 42 -> 20 licences: only support can take 22 licences back" in text
    )
    assert "> new  Office 365 Enterprise E1, any number of licences: nothing live can become it" in text
    assert "> one  Office 365 Enterprise E3, 2 -> 1 licence: only support can take 1 licence back" in text


def test_a_step_behind_a_switch_says_so():
    wait = finding("switch-first", effect=Effect.WAIT)
    text = shown(tenant("fabrikam", switch(after=(E3, 20)), add("main", 20, 42, wait, behind_switch=True)))
    assert "* main  Office 365 Enterprise E3, 20 -> 42 licences (+22)  after the switch" in text


def test_a_plan_the_catalogue_does_not_know_keeps_its_word():
    assert "+ main  VISIOCLIENT, 1 -> 2 licences (+1)" in shown(
        tenant("fabrikam", add("main", 1, 2, plan="VISIOCLIENT"))
    )


def test_no_changes_is_said_when_nothing_is_to_be_done():
    assert shown(tenant("a"), tenant("b", unmanaged=(unmanaged(),))) == (
        "2 tenants are in sync.\n"
        "1 subscription there is not managed (--verbose names it).\n"
        "\n"
        "No changes.\n"
        "\n"
        "Plan: 0 to switch, 0 licenses to add in 0 tenants, 0 to remove."
        " 0 waiting, 0 blocked, 0 for support, 0 unknown.\n"
    )


def test_no_changes_is_not_said_while_something_is_held_or_broken():
    assert "No changes." not in shown(tenant("a", handoff()))
    assert "No changes." not in shown(tenant("a"), problems=(problem(),))
    paused = tenant("a", add("main", 1, 2, finding("suspended", effect=Effect.WAIT)), suspended=True)
    assert "No changes." not in shown(paused)


def test_an_empty_fleet_is_named_as_such():
    assert shown() == (
        "There is no tenant in this change plan.\n"
        "No changes.\n"
        "\n"
        "Plan: 0 to switch, 0 licenses to add in 0 tenants, 0 to remove."
        " 0 waiting, 0 blocked, 0 for support, 0 unknown.\n"
    )


def test_problems_in_files_stand_before_the_tenants():
    assert shown(tenant("a"), problems=(problem(hint="did you mean e3?"),)) == (
        "1 problem in the files; what it concerns is not in this change plan:\n"
        "tenants/b.yaml:3:9: unknown-plan: The plan is not known.\n"
        "    3 | plan: e33\n"
        "      |         ^\n"
        "  hint: did you mean e3?\n"
        "\n"
        "1 tenant is in sync.\n"
        "\n"
        "Plan: 0 to switch, 0 licenses to add in 0 tenants, 0 to remove."
        " 0 waiting, 0 blocked, 0 for support, 0 unknown.\n"
    )


def test_a_tenant_held_as_a_whole_says_why_once_and_where():
    wrong = finding("wrong-tenant", message="It is another tenant.", remedy="Correct the file.")
    text = shown(tenant("adatum", add("main", 1, 2, wrong, finding()), checks=(wrong,)))
    assert text.count("It is another tenant.") == 1
    assert "  ! wrong-tenant: It is another tenant.\n      next: Correct the file.\n" in text
    assert "      as above: wrong-tenant\n" in text
    alone = shown(tenant("adatum", checks=(wrong,)))
    assert alone.startswith("adatum  adatum.onmicrosoft.com  blocked  tenants/a.yaml:1\n")


def test_rules_that_say_the_same_share_one_line():
    unread = "Not known: assigned (left out of the live state)."
    two = [finding(rule, Status.UNKNOWN, message=unread) for rule in ("too-many-users", "license-conflict")]
    assert f"      too-many-users, license-conflict: {unread}\n" in shown(
        tenant("a", add("main", 1, 2, *two))
    )


def test_a_passed_or_explained_check_is_shown_only_when_asked_for():
    shadow = finding(
        "not-offered", Status.SKIPPED, message="Does not concern this step: explained by prepaid."
    )
    calm = tenant("calm", unmanaged=(unmanaged(),))
    held = tenant("held", add("main", 1, 2, finding("prepaid", effect=Effect.SUPPORT), shadow, passed()))
    assert "explained by" not in shown(held, calm)
    verbose = shown(held, calm, verbose=True)
    assert "      skipped, not-offered: Does not concern this step: explained by prepaid.\n" in verbose
    assert "      pass, not-active: not-active says pass.\n" in verbose
    assert "1 tenant is in sync.\n  calm  calm.onmicrosoft.com\n  . exchange-online-plan-1" in verbose
    assert "subscription id-main" in verbose


def test_colour_changes_nothing_but_colour():
    plan = change_plan(
        tenant("a", switch("main", (SMALL, 1), (E3, 2), LOSES)),
        tenant("b", add("main", 1, 2, ROLE)),
        tenant("c", checks=(finding("not-read", Status.UNKNOWN),), unmanaged=(unmanaged(),)),
        problems=(problem(),),
    )
    plain, coloured = (plan_text(plan, names=NAMES, colour=on, verbose=True) for on in (False, True))
    assert "\x1b" not in plain
    assert "  \x1b[36m~\x1b[0m main" in coloured
    assert "\x1b[1mb\x1b[0m  b.onmicrosoft.com  \x1b[31mblocked\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_colour_is_off_unless_asked_for():
    assert "\x1b" not in shown(tenant("a", switch()))


HOSTILE = "evil\x1b[2J\r\nPlan: 0 to switch\u202e\x9b31m\u2028\ud800\x00"


def test_a_hostile_name_reaches_the_terminal_as_escapes():
    step = add(HOSTILE, 1, 2, finding(message=HOSTILE, remedy=HOSTILE), plan=HOSTILE)
    text = shown(
        tenant(HOSTILE, step, word=HOSTILE, unmanaged=(unmanaged(HOSTILE),)),
        problems=(problem(HOSTILE, HOSTILE),),
    )
    assert all(line.isprintable() for line in text.splitlines())
    assert text.encode("utf-8")
    assert r"evil\x1b[2J\r\nPlan: 0 to switch\u202e\x9b31m\u2028\ud800\x00" in text
    assert sum(line.startswith("Plan: ") for line in text.splitlines()) == 1


def test_printable_text_stays_and_odd_blanks_become_blanks():
    assert safe("Ålesund Rør & Varme AS, 日本 100 %") == "Ålesund Rør & Varme AS, 日本 100 %"
    assert safe("1\u00a0000") == "1 000"
    assert safe("zero\u200bwidth") == r"zero\u200bwidth"


def test_long_text_is_wrapped_under_its_head_and_long_words_stay_whole():
    lines = wrapped("word " * 40, "  ", "      ")
    assert len(lines) > 1
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line.startswith("      word") for line in lines[1:])
    path = "tenants/" + "a" * 200
    assert wrapped(f"at {path} it stands", "", "  ") == ["at", f"  {path}", "  it stands"]


def test_no_line_begins_with_an_arrow():
    for length in range(60, 110):
        lines = wrapped("x" * length + " -> " + "y" * 30, "  ~ ", "      ")
        assert not any(line.lstrip().startswith("-") for line in lines)


@quick
@given(change_plans(), st.booleans())
def test_whatever_the_plan_no_step_has_a_minus_and_the_totals_are_last(plan, verbose):
    text = plan_text(plan, names=NAMES, verbose=verbose)
    lines = text.splitlines()
    assert lines[-1].startswith("Plan: ")
    assert text.endswith("unknown.\n")
    assert all(line.isprintable() for line in lines)
    assert not re.search(r"^  - ", text, re.MULTILINE)
    assert text == plan_text(plan, names=NAMES, verbose=verbose)


@quick
@given(change_plans())
def test_every_step_of_the_plan_is_shown_with_its_sign(plan):
    text = plan_text(plan, names=NAMES)
    steps = sum(len(t.steps) for t in plan.tenants)
    ground = sum(1 for t in plan.tenants for f in t.checks if _holds(f))
    left = sum(len(t.unmanaged) for t in plan.tenants if t.verdict != "in-sync")
    assert len(re.findall(r"^  [+~>!*?.] ", text, re.MULTILINE)) == steps + ground + left


def _holds(f) -> bool:
    return f.status in (Status.UNKNOWN, Status.FAIL) and f.effect is not Effect.WARN


def ran(runs, *tenants, **options) -> str:
    return run_text(runs, change_plan(*tenants), names=NAMES, **options)


def test_a_run_tells_the_end_of_every_step_worst_first():
    done, started = tenant("done", add()), tenant("started", switch())
    failed = tenant("failed", add("one", 1, 2), add("two", 1, 2))
    runs = [
        run(done, Ending.DONE, request="req-1"),
        run(started, Ending.STARTED),
        run(failed, Ending.WAITING, Ending.FAILED),
    ]
    assert ran(runs, done, started, failed, tenant("calm")) == (
        "failed  failed.onmicrosoft.com  failed\n"
        "  ! two  Office 365 Enterprise E3, 1 -> 2 licences (+1)  tenants/a.yaml:9\n"
        "      failed: failed.two failed.\n"
        "  * one  Office 365 Enterprise E3, 1 -> 2 licences (+1)  tenants/a.yaml:9\n"
        "      waiting: failed.one waiting.\n"
        "\n"
        "started  started.onmicrosoft.com  started\n"
        "  ~ main  Office 365 Small Business -> Office 365 Enterprise E3, 20 -> 42 licences (+22)  one-way\n"
        "      tenants/a.yaml:9\n"
        "      started: started.main started.\n"
        "\n"
        "done  done.onmicrosoft.com  done\n"
        "  + main  Office 365 Enterprise E3, 20 -> 42 licences (+22)  tenants/a.yaml:9\n"
        "      done: done.main done.\n"
        "\n"
        "1 tenant is in sync.\n"
        "\n"
        "Apply: 1 done, 1 started, 1 waiting, 0 blocked, 0 for support, 1 failed, 0 unknown.\n"
    )


def test_a_run_names_request_ids_only_when_asked_to():
    done = tenant("done", add())
    runs = [run(done, Ending.DONE, request="req-1")]
    assert "req-1" not in ran(runs, done)
    assert "      request req-1\n" in ran(runs, done, verbose=True)


def test_a_handoff_behind_a_switch_is_not_said_to_be_handed_off_yet():
    fewer = finding("fewer-licenses", effect=Effect.SUPPORT)
    step = replace(handoff("main", (E3, 42), (E3, 20), fewer), behind_switch=True)
    told = ran([], tenant("contoso", switch("first", (SMALL, 20), (E3, 42), ROLE), step))
    assert "      to be handed off when the switch is done: fewer-licenses\n" in told
    assert "      blocked: role-missing\n" in told


def test_a_step_held_as_the_plan_had_shown_only_names_what_holds_it():
    held = tenant("contoso", add("main", 1, 2, ROLE))
    assert "      blocked: role-missing\n" in ran([], held)


def test_a_step_nobody_tried_says_what_holds_it_once_with_the_way_out():
    held = tenant("contoso", add("main", 1, 2, ROLE))
    outcome = Outcome(Ending.BLOCKED, ROLE.message)
    for runs in ([], [Run(held, ((held.steps[0], outcome),), held, False)]):
        text = ran(runs, held, verbose=True)
        assert text.count("holds no administrator role") == 1
        assert "      blocked\n      role-missing: The tool's account" in text
        assert "      next: A global administrator of contoso" in text


def test_a_run_with_nothing_to_do_says_no_changes():
    assert ran([], tenant("a"), tenant("b")) == (
        "2 tenants are in sync.\n"
        "\n"
        "No changes.\n"
        "\n"
        "Apply: 0 done, 0 started, 0 waiting, 0 blocked, 0 for support, 0 failed, 0 unknown.\n"
    )


def test_a_suspended_tenant_is_shown_and_not_counted():
    paused = tenant("paused", add("main", 1, 2, finding("suspended", effect=Effect.WAIT)), suspended=True)
    text = ran([run(paused, Ending.WAITING)], paused)
    assert text.startswith("paused  paused.onmicrosoft.com  suspended\n  * main")
    assert text.endswith(
        "Apply: 0 done, 0 started, 0 waiting, 0 blocked, 0 for support, 0 failed, 0 unknown.\n"
    )


def test_a_tenant_that_could_not_be_read_is_counted_as_unknown_with_its_reason():
    unread = tenant("adatum", checks=(finding("not-read", Status.UNKNOWN, message="Not read: throttled."),))
    text = ran([], unread)
    assert "  ? not-read: Not read: throttled.\n" in text
    assert "0 blocked" in text.splitlines()[-1]
    assert "1 unknown" in text.splitlines()[-1]


def test_a_step_that_appeared_on_the_way_is_told_too():
    shown_plan = tenant("fabrikam", switch())
    went = run(tenant("fabrikam", switch(), add("late", 1, 2)), Ending.DONE, Ending.DONE)
    text = ran([went], shown_plan)
    assert "+ late" in text
    assert "Apply: 2 done" in text


@quick
@given(st.data(), st.booleans())
def test_whatever_the_run_each_end_is_counted_and_nothing_hostile_is_printed(data, colour):
    plan = data.draw(change_plans())
    runs = data.draw(runs_of(plan))
    text = run_text(runs, plan, names=NAMES, colour=colour)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert all(line.isprintable() for line in plain.splitlines())
    assert plain == run_text(runs, plan, names=NAMES)
    assert plain.splitlines()[-1].startswith("Apply: ")
    assert not re.search(r"^  - ", plain, re.MULTILINE)


def test_a_run_that_left_all_as_shown_is_told_from_one_that_did_not():
    held = tenant("a", handoff(), add("other", 1, 2, finding()))
    assert as_shown([], change_plan(held))
    assert not as_shown([run(held, Ending.HANDED_OFF, Ending.FAILED)], change_plan(held))
    assert not as_shown([], change_plan(tenant("a", add())))
    other = tenant("a", handoff(), add("other", 1, 2, finding("not-active")))
    assert not as_shown([run(held, Ending.HANDED_OFF, Ending.BLOCKED, last=other)], change_plan(held))


@quick
@given(st.data())
def test_nothing_that_was_done_is_ever_taken_for_as_shown(data):
    plan = data.draw(change_plans())
    runs = data.draw(runs_of(plan))
    counted = tally(endings(plan, runs))
    if counted.done + counted.started + counted.failed + counted.lost:
        assert not as_shown(runs, plan)
