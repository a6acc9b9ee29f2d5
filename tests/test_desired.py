"""Tenant files: what they declare, and every problem that their meaning or another file shows."""

from __future__ import annotations

import time
from datetime import date

import pytest

from reconciler.adapters import files
from reconciler.desired import Checker, Fleet, declare, read_tenants
from reconciler.errors import FilesBroken, Problem
from reconciler.model import Acknowledgement, Backup, Declaration, Mode, Place, Suspension, Unmanaged
from reconciler.report.problems import problems_document, problems_text

CATALOGUE = files.load_catalogue("office365-2014")
CHECKER = Checker(files.schema("tenant"))

FABRIKAM = """\
apiVersion: reconciler/v1
kind: Tenant
metadata:
  name: fabrikam
  labels: {region: norway, ring: pilot}
spec:
  tenant: fabrikam.onmicrosoft.com
  subscriptions:
    - name: main
      plan: office-365-enterprise-e3
      licenses: 42
"""
TWO = """\
apiVersion: reconciler/v1
kind: Tenant
metadata: {name: two}
spec:
  tenant: two.onmicrosoft.com
  subscriptions:
    - {name: office, plan: office-365-enterprise-e3, licenses: 5}
    - {name: shop, plan: office-365-enterprise-e1, licenses: 5}
"""


def fleet_of(*texts: str, most_backup_days: int | None = None) -> Fleet:
    sources = [(f"{letter}.yaml", text) for letter, text in zip("abcdef", texts, strict=False)]
    return read_tenants(sources, CATALOGUE, CHECKER, most_backup_days=most_backup_days)


def problems_of(*texts: str) -> list[Problem]:
    return list(fleet_of(*texts).problems)


def told(*texts: str) -> list[tuple[str, str]]:
    return [(p.code, str(p.place)) for p in problems_of(*texts)]


def declared(text: str, most_backup_days: int | None = None) -> Declaration:
    fleet = fleet_of(text, most_backup_days=most_backup_days)
    assert fleet.problems == ()
    (declaration,) = fleet.declarations
    return declaration


def spec(text: str, more: str) -> str:
    return text + "".join(f"  {line}\n" for line in more.splitlines())


def test_a_small_file_declares_what_it_says_and_nothing_else() -> None:
    found = declared(FABRIKAM)
    (main,) = found.subscriptions
    assert (found.name, found.tenant, str(found.place)) == (
        "fabrikam",
        "fabrikam.onmicrosoft.com",
        "a.yaml:4:9",
    )
    assert dict(found.labels) == {"region": "norway", "ring": "pilot"}
    assert (main.name, main.plan, main.licenses, main.subscription_id) == (
        "main",
        "office-365-enterprise-e3",
        42,
        None,
    )
    assert main.place == Place("a.yaml", 9, 7)
    assert found.acknowledge == Acknowledgement()
    assert (found.website, found.mode, found.suspend, found.unmanaged) == (None, Mode.APPLY, None, ())
    assert (found.windows, dict(found.limits), found.backup_max_age_days) == ((), {}, 30)


def test_a_full_file_declares_all_of_it() -> None:
    text = spec(
        FABRIKAM + "      subscriptionId: 6e5c-1\n",
        "acknowledge: {noWayBack: office-365-enterprise-e3, backup: {taken: 2026-11-20, where: vault job 118}}\n"
        "website: {domain: www.fabrikam.no}\n"
        "mode: report\n"
        "suspend: {reason: merger, owner: ola@fabrikam.no, until: 2026-12-24}\n"
        "windows: [{allow: Sat 20:00-24:00, timezone: Europe/Oslo}]\n"
        "limits: {maxLicensesAdded: 50}\n"
        "unmanaged: [{plan: exchange-online-plan-1, reason: a reseller's}, {subscriptionId: x-2, reason: old}]\n",
    )
    found = declared(text)
    assert found.subscriptions[0].subscription_id == "6e5c-1"
    backup = Backup(date(2026, 11, 20), "vault job 118")
    assert found.acknowledge == Acknowledgement("office-365-enterprise-e3", backup)
    assert found.website == "www.fabrikam.no"
    assert found.mode is Mode.REPORT
    assert found.suspend == Suspension("merger", "ola@fabrikam.no", date(2026, 12, 24))
    assert found.windows == ({"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"},)
    assert dict(found.limits) == {"maxLicensesAdded": 50}
    assert found.unmanaged == (
        Unmanaged("exchange-online-plan-1", None, "a reseller's"),
        Unmanaged(None, "x-2", "old"),
    )


def test_what_is_left_out_is_not_managed() -> None:
    found = declared(FABRIKAM.replace("      licenses: 42\n", "").replace("name: main\n      ", ""))
    (only,) = found.subscriptions
    assert (only.name, only.licenses) == ("main", None)
    assert (
        declared(FABRIKAM.split("    - name")[0].replace("subscriptions:", "subscriptions: []")).subscriptions
        == ()
    )


@pytest.mark.parametrize(
    "word",
    ["Office 365 Enterprise E3", "office 365  ENTERPRISE e3", "ENTERPRISEPACK", '"Office 365 Enterprise E3"'],
)
def test_a_name_and_its_key_give_the_same_declaration(word: str) -> None:
    said = "acknowledge: {noWayBack: WORD}"
    by_key = declared(spec(FABRIKAM, said.replace("WORD", "office-365-enterprise-e3")))
    by_name = declared(spec(FABRIKAM.replace("office-365-enterprise-e3", word), said.replace("WORD", word)))
    assert by_name == by_key


@pytest.mark.parametrize(
    ("own", "configured", "counts"),
    [
        (None, None, 30),
        (14, None, 14),
        (60, None, 60),
        (None, 7, 7),
        (None, 90, 90),
        (14, 7, 7),
        (14, 60, 14),
    ],
)
def test_of_two_limits_on_the_age_of_a_backup_the_stricter_counts(
    own: int | None, configured: int | None, counts: int
) -> None:
    age = f", maxAgeDays: {own}" if own else ""
    text = spec(FABRIKAM, f"acknowledge: {{backup: {{taken: 2026-11-20, where: x{age}}}}}")
    assert declared(text, configured).backup_max_age_days == counts


def test_declare_returns_the_declarations_or_raises_with_all_problems() -> None:
    assert [d.name for d in declare(FABRIKAM + "---\n" + TWO, "f.yaml", CATALOGUE, CHECKER)] == [
        "fabrikam",
        "two",
    ]
    with pytest.raises(FilesBroken) as caught:
        declare(
            FABRIKAM.replace("42", "010") + "---\n" + TWO.replace("e1,", "e9,"), "f.yaml", CATALOGUE, CHECKER
        )
    assert [p.code for p in caught.value.problems] == ["wrong-type", "unknown-plan"]


def test_a_plan_nobody_knows_is_told_beside_what_does_not_fit_the_schema() -> None:
    both = FABRIKAM.replace("enterprise-e3", "enterprise-e33").replace("licenses: 42", "licences: 42")
    assert told(both) == [("unknown-plan", "a.yaml:10:13"), ("unknown-member", "a.yaml:11:7")]


@pytest.mark.parametrize(
    "text",
    [
        FABRIKAM.replace("      plan: office-365-enterprise-e3", "      plan: [no-such-plan]"),
        FABRIKAM.replace("      plan: office-365-enterprise-e3", "      plan: ''"),
        FABRIKAM[: FABRIKAM.index("  subscriptions")] + "  subscriptions: [no-such-plan]\n",
        FABRIKAM[: FABRIKAM.index("  subscriptions")] + "  subscriptions: {plan: no-such-plan}\n",
        FABRIKAM[: FABRIKAM.index("spec:")] + "spec: no-such-plan\n",
        FABRIKAM[: FABRIKAM.index("spec:")],
    ],
)
def test_what_is_no_plans_name_is_told_once(text: str) -> None:
    codes = [code for code, _ in told(text)]
    assert codes
    assert "unknown-plan" not in codes


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "hint"),
    [
        ("licenses: 42", "licences: 42", "unknown-member", "11:7", "Did you mean licenses?"),
        ("licenses: 42", "seats: 42", "unknown-member", "11:7", "Did you mean licenses?"),
        (
            "licenses: 42",
            "tenant: x",
            "unknown-member",
            "11:7",
            "tenant belongs under spec; look at the indentation.",
        ),
        ("licenses: 42", "licenses: 010", "wrong-type", "11:17", "Write 10."),
        ("licenses: 42", "licenses: 0x10", "wrong-type", "11:17", "Write 16."),
        ("licenses: 42", "licenses: 5.0", "wrong-type", "11:17", "Write 5."),
        ("licenses: 42", "licenses: '42'", "wrong-type", "11:17", "Write 42."),
        ("licenses: 42", "licenses: +42", "wrong-type", "11:17", "Write 42."),
        ("licenses: 42", "licenses: 1 000", "wrong-type", "11:17", "Write 1000."),
        (
            "licenses: 42",
            "licenses: yes",
            "wrong-type",
            "11:17",
            "Write a plain decimal number, for example 42.",
        ),
        (
            "licenses: 42",
            "licenses: true",
            "wrong-type",
            "11:17",
            "Write a plain decimal number, for example 42.",
        ),
        ("licenses: 42", "licenses:", "wrong-type", "11:16", "Write a value."),
        (
            "licenses: 42",
            "licenses: 0",
            "too-small",
            "11:17",
            "To leave the number alone, take the line out.",
        ),
        ("licenses: 42", "licenses: -5", "too-small", "11:17", ""),
        ("licenses: 42", "licenses: 1000001", "too-big", "11:17", "Write 1000000 or less."),
        ("licenses: 42", "[a]: 42", "key-not-text", "11:7", "Write one word as the key."),
        ("  labels:", "\tlabels:", "syntax", "5:1", "Indent with spaces, not tabs."),
        ("      plan: office-365-enterprise-e3\n", "", "missing-member", "9:7", "For example `plan:"),
        ("plan: office-365-enterprise-e3", "plan: 12", "wrong-type", "10:13", 'Put it in quotes: "12".'),
        ("enterprise-e3", "enterprise-e33", "unknown-plan", "10:13", "Did you mean office-365-enterprise-e3"),
        (
            "office-365-enterprise-e3",
            "Potato",
            "unknown-plan",
            "10:13",
            "`reconciler catalogue` lists the plans.",
        ),
        ("name: fabrikam", "name: Fabrikam AS", "bad-format", "4:9", "For example fabrikam."),
        ("name: main", "name: ../main", "bad-format", "9:13", "For example main."),
        (
            "fabrikam.onmicrosoft.com",
            "fabrikam",
            "bad-format",
            "7:11",
            "For example fabrikam.onmicrosoft.com.",
        ),
        ("region: norway", "region: true", "wrong-type", "5:20", 'Put it in quotes: "true".'),
        ("region: norway", "'re gion': norway", "bad-key", "5:12", ""),
        ("kind: Tenant", "kind: LiveState", "wrong-kind", "2:7", ""),
        ("kind: Tenant", "kind: tenant", "wrong-kind", "2:7", ""),
        ("kind: Tenant\n", "", "missing-member", "1:1", "For example `kind: Tenant`."),
        ("reconciler/v1", "reconciler/v2", "wrong-version", "1:13", "Write `apiVersion: reconciler/v1`."),
        ("    - name: main\n      plan", "      plan", "wrong-type", "9:7", "Begin each entry with `- `."),
    ],
)
def test_a_slip_is_named_with_its_place_and_the_way_out(
    old: str, new: str, code: str, place: str, hint: str
) -> None:
    assert old in FABRIKAM
    (problem,) = [p for p in problems_of(FABRIKAM.replace(old, new, 1)) if p.code == code]
    assert str(problem.place) == f"a.yaml:{place}"
    assert hint in problem.hint
    line = int(place.split(":")[0])
    assert problem.line_text == FABRIKAM.replace(old, new, 1).splitlines()[line - 1]


def test_the_words_found_are_in_the_sentence() -> None:
    (problem,) = problems_of(FABRIKAM.replace("42", "010"))
    assert problem.message == 'spec.subscriptions[0].licenses must be a whole number, and "010" is text here.'


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ("mode: Report", "not-one-of", "12:9"),
        ("acknowledge: {noWayBack: false}", "not-this", "12:28"),
        ("acknowledge: {backup: {taken: 2026-02-30, where: x}}", "bad-format", "12:33"),
        ("acknowledge: {backup: {taken: 2026-11-20}}", "missing-member", "12:17"),
        ("suspend: {reason: x, until: 2026-12-24}", "missing-member", "12:3"),
        ("suspend: {reason: x, owner: y, until: soon}", "bad-format", "12:41"),
        ("unmanaged: [{reason: x}]", "which-one", "12:15"),
        ("unmanaged: [{plan: exchange-online-kiosk, subscriptionId: x, reason: y}]", "which-one", "12:15"),
        ("unmanaged: [{plan: exchange-online-kiosk}]", "missing-member", "12:15"),
        ("unmanaged: [{plan: no-such-plan-at-all, reason: x}]", "unknown-plan", "12:22"),
        ("unmanaged: [{plan: office-365-enterprise-e3, reason: x}]", "both-managed", "12:22"),
        ("acknowledge: {noWayBack: office-365-enterprise-e1}", "acknowledged-nothing", "12:28"),
        ("acknowledge: {noWayBack: no-such-plan-at-all}", "unknown-plan", "12:28"),
        ("website: {domain: not a domain}", "bad-format", "12:21"),
        ("limits: {maxLicenses: 5}", "unknown-member", "12:12"),
    ],
)
def test_a_member_of_the_specification_is_checked(more: str, code: str, place: str) -> None:
    assert (code, f"a.yaml:{place}") in told(spec(FABRIKAM, more))


def test_a_number_too_long_to_be_one_is_not_called_text() -> None:
    (problem,) = problems_of(FABRIKAM.replace("42", "9" * 30))
    assert "is a number of 30 digits" in problem.message
    (quoted,) = problems_of(FABRIKAM.replace("42", f"'{'9' * 30}'"))
    assert "is text here" in quoted.message


def test_a_long_tag_is_cut_so_that_it_can_be_seen_to_be() -> None:
    (problem,) = problems_of(FABRIKAM.replace("42", f"!{'a' * 100} 42"))
    assert "a... is not allowed" in problem.message


def test_a_name_that_means_two_plans_is_refused_with_the_candidates() -> None:
    (problem,) = problems_of(FABRIKAM.replace("office-365-enterprise-e3", "Office 365 A1 for faculty"))
    assert problem.code == "ambiguous-plan"
    assert "office-365-education-a1, office-365-education-a2" in problem.message


def test_a_total_above_the_cap_of_the_declared_plan_is_impossible() -> None:
    def at(licenses: int) -> str:
        return FABRIKAM.replace("enterprise-e3", "small-business").replace("42", str(licenses))

    assert problems_of(at(25)) == []
    (problem,) = problems_of(at(26))
    assert (problem.code, str(problem.place)) == ("over-plan-cap", "a.yaml:11:17")
    assert "at most 25 (1 too many)" in problem.message
    assert "take the licenses line out" in problem.hint


def test_several_subscriptions_need_names_of_their_own() -> None:
    assert told(TWO.replace("name: shop, ", "")) == [("missing-name", "a.yaml:8:7")]
    (problem,) = problems_of(TWO.replace("shop", "office"))
    assert (problem.code, str(problem.place)) == ("duplicate-subscription", "a.yaml:8:14")
    assert "a.yaml:7:14" in problem.message


def test_one_plan_twice_must_be_pinned_but_for_one() -> None:
    alike = TWO.replace("enterprise-e1", "enterprise-e3")
    assert told(alike) == [("ambiguous-declared", "a.yaml:7:28")]
    assert "office and shop" in problems_of(alike)[0].message
    assert problems_of(alike.replace("name: shop,", "name: shop, subscriptionId: x-1,")) == []


def test_the_same_plan_under_two_of_its_names_is_the_same_plan() -> None:
    assert [c for c, _ in told(TWO.replace("office-365-enterprise-e1", "ENTERPRISEPACK"))] == [
        "ambiguous-declared"
    ]


def test_an_id_can_not_be_managed_and_unmanaged() -> None:
    text = TWO.replace("name: shop,", "name: shop, subscriptionId: X-1,")
    assert told(spec(text, "unmanaged: [{subscriptionId: x-1, reason: y}]")) == [
        ("both-managed", "a.yaml:9:32")
    ]
    assert problems_of(spec(text, "unmanaged: [{subscriptionId: x-2, reason: y}]")) == []


def test_two_files_with_one_name_are_both_held_back_each_naming_the_other() -> None:
    fleet = fleet_of(FABRIKAM, FABRIKAM.replace("fabrikam.on", "other.on"), TWO)
    assert [d.name for d in fleet.declarations] == ["two"]
    assert [(p.code, str(p.place)) for p in fleet.problems] == [
        ("duplicate-name", "a.yaml:4:9"),
        ("duplicate-name", "b.yaml:4:9"),
    ]
    assert "b.yaml:4:9" in fleet.problems[0].message
    assert "a.yaml:4:9" in fleet.problems[1].message
    assert fleet.problems[1].line_text == "  name: fabrikam"


def test_two_files_for_one_tenant_are_both_held_back_whatever_the_case() -> None:
    second = FABRIKAM.replace("name: fabrikam", "name: other").replace("fabrikam.on", "Fabrikam.On")
    fleet = fleet_of(FABRIKAM, second)
    assert fleet.declarations == ()
    assert [(p.code, str(p.place)) for p in fleet.problems] == [
        ("duplicate-tenant", "a.yaml:7:11"),
        ("duplicate-tenant", "b.yaml:7:11"),
    ]


def test_two_documents_of_one_file_clash_like_two_files() -> None:
    assert told(FABRIKAM + "---\n" + FABRIKAM) == [
        ("duplicate-name", "a.yaml:4:9"),
        ("duplicate-tenant", "a.yaml:7:11"),
        ("duplicate-name", "a.yaml:16:9"),
        ("duplicate-tenant", "a.yaml:19:11"),
    ]


def test_one_subscription_id_can_not_belong_to_two_tenants_or_two_entries() -> None:
    pinned = TWO.replace("name: shop,", "name: shop, subscriptionId: X-1,")
    other = FABRIKAM + "      subscriptionId: x-1\n"
    assert fleet_of(pinned, other).declarations == ()
    assert [c for c, _ in told(pinned, other)] == ["duplicate-id", "duplicate-id"]
    twice = pinned.replace("name: office,", "name: office, subscriptionId: x-1,")
    assert [c for c, _ in told(twice)] == ["duplicate-id", "duplicate-id"]


@pytest.mark.parametrize("broken", ["licenses: 010", "licenses: 42\n      licenses: 43", "licenses: !x 42"])
def test_a_broken_file_still_counts_as_a_duplicate(broken: str) -> None:
    fleet = fleet_of(FABRIKAM, FABRIKAM.replace("licenses: 42", broken))
    assert fleet.declarations == ()
    assert ("duplicate-name", "a.yaml:4:9") in [(p.code, str(p.place)) for p in fleet.problems]


def test_one_broken_file_does_not_hide_the_other_tenants_and_all_problems_are_told() -> None:
    fleet = fleet_of(FABRIKAM.replace("42", "010"), TWO, "a: [", "# nothing\n", "- x\n", "a: b\n")
    assert [d.name for d in fleet.declarations] == ["two"]
    assert [(p.place.file, p.code) for p in fleet.problems] == [
        ("a.yaml", "wrong-type"),
        ("c.yaml", "syntax"),
        ("d.yaml", "empty-file"),
        ("e.yaml", "not-a-mapping"),
        ("f.yaml", "not-ours"),
    ]


def test_a_file_that_is_broken_in_one_document_by_its_yaml_declares_nothing() -> None:
    assert fleet_of(FABRIKAM + "---\na: 1\na: 2\n").declarations == ()
    assert [d.name for d in fleet_of(FABRIKAM + "---\n" + TWO.replace("e1,", "e9,")).declarations] == [
        "fabrikam"
    ]


@pytest.mark.parametrize("kind", ["LiveState", "Configuration", "Catalogue"])
def test_a_document_of_another_kind_is_named_and_its_members_are_not_picked_at(kind: str) -> None:
    (problem,) = problems_of(f"apiVersion: reconciler/v1\nkind: {kind}\nspec: {{}}\n")
    assert problem.code == "wrong-kind"
    assert kind in problem.message


def test_declarations_come_in_the_order_of_their_places_whatever_the_order_of_the_files() -> None:
    sources = [("b.yaml", TWO), ("a.yaml", FABRIKAM)]
    forth, back = (read_tenants(s, CATALOGUE, CHECKER) for s in (sources, sources[::-1]))
    assert forth == back
    assert [d.name for d in forth.declarations] == ["fabrikam", "two"]


HEAD = "apiVersion: reconciler/v1\nkind: Tenant\nmetadata: {name: a}\nspec:\n  tenant: a.b\n"
HOSTILE = {
    "entries": HEAD + "  subscriptions: [" + "{plan: office-365-enterprise-e3, name: a}," * 15_000 + "]\n",
    "floats": HEAD + "  subscriptions: [" + "5.0," * 90_000 + "]\n",
    "members": HEAD + "  subscriptions: []\n" + "".join(f"  k{i}: 1\n" for i in range(40_000)),
    "labels": "apiVersion: reconciler/v1\nkind: Tenant\nmetadata:\n  name: a\n  labels:\n"
    + "".join(f"    k{i}: x\n" for i in range(45_000))
    + "spec: {tenant: a.b, subscriptions: []}\n",
    "documents": "--- {apiVersion: reconciler/v1, kind: Tenant}\n" * 14_000,
    "duplicates": "--- {apiVersion: reconciler/v1, kind: Tenant, metadata: {name: a},"
    " spec: {tenant: a.b, subscriptions: []}}\n" * 6_000,
    "a domain": HEAD + "  subscriptions: []\n  website: {domain: " + "aaaaaaaa." * 100_000 + "!}\n",
    "a plan": HEAD + "  subscriptions: [{plan: " + "x" * 900_000 + "}]\n",
    "plans": HEAD
    + "  subscriptions:\n"
    + "".join(f"  - {{plan: office-{i}, name: a{i}}}\n" for i in range(200)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_tenant_file_ends_in_a_few_problems_quickly(name: str) -> None:
    start = time.process_time()
    fleet = fleet_of(HOSTILE[name])
    assert time.process_time() - start < 3
    assert 1 <= len(fleet.problems) <= 102
    assert fleet.declarations == ()


def test_problems_are_shown_as_compilers_show_them_with_a_count_last() -> None:
    text = problems_text(problems_of(FABRIKAM.replace("enterprise-e3", "enterprise-e33"), "# nothing\n"))
    assert text == (
        "a.yaml:10:13: unknown-plan: No plan of the catalogue office365-2014 is called office-365-enterprise-e33.\n"
        "   10 |       plan: office-365-enterprise-e33\n"
        "      |             ^\n"
        "  hint: Did you mean office-365-enterprise-e3 or office-365-enterprise-e4 or office-365-enterprise-e1?\n"
        "b.yaml:1:1: empty-file: The file holds nothing but comments or white space.\n"
        "    1 | # nothing\n"
        "      | ^\n"
        '  hint: Write in it what it is for, or delete it. Nothing is never taken as "nothing to do".\n'
        "2 problems in 2 files.\n"
    )


def test_no_problems_are_no_text() -> None:
    assert problems_text(()) == ""
    assert problems_document((), files=3, tenants=4) == {
        "problems": [],
        "summary": {"problems": 0, "files_with_problems": 0, "files": 3, "tenants": 4},
    }


def test_the_document_of_problems_holds_the_same_facts() -> None:
    document = problems_document(problems_of(FABRIKAM.replace("42", "010")), files=2, tenants=1)
    assert document == {
        "problems": [
            {
                "file": "a.yaml",
                "line": 11,
                "column": 17,
                "code": "wrong-type",
                "message": 'spec.subscriptions[0].licenses must be a whole number, and "010" is text here.',
                "text": "      licenses: 010",
                "hint": "Write 10.",
            }
        ],
        "summary": {"problems": 1, "files_with_problems": 1, "files": 2, "tenants": 1},
    }


def test_nothing_a_terminal_would_act_on_reaches_it() -> None:
    bad = Problem(
        Place("evil\x1b[2J.yaml", 1, 3), "syntax", "a\x1b]0;x\x07b\nc", "x\u202e\x1b[31m\ty", "h\x9bi\r"
    )
    text = problems_text((bad,))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert text.count("\n") == 5
    assert "\\x1b" in text


def test_colour_is_only_there_when_it_is_asked_for() -> None:
    problems = problems_of("# nothing\n")
    assert "\x1b[" not in problems_text(problems)
    assert "\x1b[" in problems_text(problems, colour=True)


def test_a_long_line_is_cut_round_its_caret() -> None:
    line = "x: " + "a" * 500 + "!" + "b" * 400
    text = problems_text((Problem(Place("f", 1, line.index("!") + 1), "syntax", "m", line),))
    shown, caret = text.splitlines()[1:3]
    assert len(shown) < 150
    assert shown[caret.index("^")] == "!"
    assert shown.endswith("...")


def test_the_caret_stands_under_its_character_after_tabs_and_wide_letters() -> None:
    text = problems_text((Problem(Place("f", 1, 5), "syntax", "m", "\t日本 !"),))
    shown, caret = text.splitlines()[1:3]
    # Each of the two wide letters takes two columns on the screen.
    assert caret.index("^") == shown.index("!") + 2
