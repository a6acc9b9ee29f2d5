"""One problem of a file never hides another: each of many slips is told alone as it is among all the others."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters import files
from reconciler.desired import Checker, Kind, load, read_documents, read_tenants

CATALOGUE = files.load_catalogue("office365-2014")
CHECKER = Checker(files.schema("tenant"))
TENANT = """\
apiVersion: reconciler/v1
kind: Tenant
metadata:
  name: contoso
  labels: {ring: pilot}
spec:
  tenant: contoso.onmicrosoft.com
  mode: apply
  website: {domain: www.contoso.no}
  acknowledge:
    noWayBack: office-365-enterprise-e3
    backup: {taken: 2026-11-20, where: vault}
  limits:
    maxLicensesAdded: 5
    growthFloor: 5
  subscriptions:
    - name: main
      plan: office-365-enterprise-e3
      licenses: 42
    - name: shop
      plan: office-365-small-business
      licenses: 5
    - name: mail
      plan: exchange-online-plan-1
      licenses: 5
      subscriptionId: a-1
  unmanaged:
    - plan: lync-online-plan-1
      reason: a reseller's
    - subscriptionId: x-2
      reason: old
  windows:
    - {allow: 'Sat 20:00-24:00', timezone: Europe/Oslo}
    - {deny: '2026-12-20..2027-01-03', timezone: Europe/Oslo}
  waivers:
    - {rule: website-domain, reason: moved, owner: ola, until: 2099-12-24}
"""
# what stands in the line, what is written there instead, what it is told as; no two of them concern each other
SLIPS = [
    ("apiVersion: reconciler/v1", "apiVersion: reconciler/v2", "wrong-version"),
    ("  name: contoso", "  name: Contoso!", "bad-format"),
    ("  labels: {ring: pilot}", "  labels: {ring: 7}", "wrong-type"),
    ("  tenant: contoso.onmicrosoft.com", "  tenant: contoso", "bad-format"),
    ("  mode: apply", "  mode: yolo", "not-one-of"),
    (
        "  website: {domain: www.contoso.no}",
        "  website: {domain: www.a.no, domain: www.b.no}",
        "duplicate-key",
    ),
    ("    noWayBack: office-365-enterprise-e3", "    noWayBack: office-365-enterprise-e33", "unknown-plan"),
    (
        "    backup: {taken: 2026-11-20, where: vault}",
        "    backup: {taken: 2026-02-30, where: vault}",
        "bad-format",
    ),
    ("    maxLicensesAdded: 5", "    maxLicensesAdded: 900000", "limit-raised"),
    ("    growthFloor: 5", "    growthFloor: many", "wrong-type"),
    ("      licenses: 42", "      licences: 42", "unknown-member"),
    ("      plan: office-365-small-business", "      plan: office-365-smal-business", "unknown-plan"),
    ("    - name: mail", "    - name: main", "duplicate-subscription"),
    ("      plan: exchange-online-plan-1", "      plan: Plan 1", "unknown-plan"),
    ("      subscriptionId: a-1", "      subscriptionId: 'a 1'", "bad-format"),
    ("    - plan: lync-online-plan-1", "    - plan: lync-online-plan-9", "unknown-plan"),
    ("      plan: office-365-enterprise-e3", "      plan: *id", "alias"),
    ("    - subscriptionId: x-2", "    - subscriptionId: &id x-2", "anchor"),
    ("      reason: a reseller's", "      reason: !!str a reseller's", "tag"),
    ("      reason: old", "      <<: {reason: old}", "merge-key"),
    (
        "    - {allow: 'Sat 20:00-24:00', timezone: Europe/Oslo}",
        "    - {allow: 'Sat 20:00-25:00', timezone: Europe/Oslo}",
        "window.hours",
    ),
    (
        "    - {deny: '2026-12-20..2027-01-03', timezone: Europe/Oslo}",
        "    - {deny: '2026-12-20..2027-01-03', 22: Europe/Oslo}",
        "key-not-text",
    ),
    (
        "    - {rule: website-domain, reason: moved, owner: ola, until: 2099-12-24}",
        "    - {rule: website-domain, reason: moved, owner: ola}",
        "missing-member",
    ),
]
Told = frozenset[tuple[int, int, str, str]]


@cache
def told(slips: frozenset[int], more: str = "") -> Told:
    """Line, column, code and sentence of each problem of a file with these slips in it."""
    lines = TENANT.splitlines()
    for number in slips:
        before, after, _ = SLIPS[number]
        assert lines.count(before) == 1
        lines[lines.index(before)] = after
    fleet = read_tenants((("f.yaml", "\n".join(lines) + f"\n{more}"),), CATALOGUE, CHECKER)
    return frozenset((p.place.line, p.place.column, p.code, p.message) for p in fleet.problems)


def test_the_file_without_a_slip_is_sound() -> None:
    assert told(frozenset()) == set()


@pytest.mark.parametrize("number", range(len(SLIPS)), ids=[f"{code}:{new}" for _, new, code in SLIPS])
def test_each_slip_alone_is_told(number: int) -> None:
    assert SLIPS[number][2] in {code for _, _, code, _ in told(frozenset({number}))}


@settings(deadline=None)
@given(st.sets(st.sampled_from(range(len(SLIPS)))))
def test_a_problem_is_told_whatever_else_is_wrong(slips: set[int]) -> None:
    together = told(frozenset(slips))
    for number in slips:
        assert told(frozenset({number})) <= together


@settings(deadline=None)
@given(st.sets(st.sampled_from(range(len(SLIPS)))))
def test_a_break_in_a_later_document_hides_nothing_before_it(slips: set[int]) -> None:
    assert told(frozenset(slips)) < told(frozenset(slips), "---\nkind: [\n")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("*a : 1\nb: 1\nb: 2\n", ["alias", "duplicate-key"]),
        ("a: &x {b: 1, b: 2}\n", ["anchor", "duplicate-key"]),
        ("a: !x &y 1\nb: [*y, {c: 1, c: 2}]\n", ["tag", "anchor", "alias", "duplicate-key"]),
        ("- &a name: x\n  plan: y\n", ["anchor"]),
        ("a: &x 1\nb: [\n", ["anchor", "syntax"]),
        ("a: 'text *x &y'\nb: &z 1\nb: *z\n", ["anchor", "duplicate-key", "alias"]),
        ("a: &a [*a, *a]\nb: 1\nb: 2\n", ["anchor", "alias", "alias", "duplicate-key"]),
    ],
)
def test_what_stands_beside_anchors_and_aliases_is_told_too(text: str, codes: list[str]) -> None:
    problems = sorted(load(text, "f.yaml").problems, key=lambda p: p.place)
    assert [p.code for p in problems] == codes
    assert all(p.line_text in text.split("\n") for p in problems)


def test_an_alias_is_never_followed_however_much_it_would_grow() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 6))
    assert {p.code for p in load(bomb, "f.yaml").problems} <= {"anchor", "alias", "more-problems"}


@settings(deadline=None)
@given(st.sets(st.sampled_from(range(len(SLIPS)))))
def test_of_one_place_one_problem_is_told(slips: set[int]) -> None:
    places = [(line, column) for line, column, code, _ in told(frozenset(slips)) if code != "missing-member"]
    assert len(places) == len(set(places))


def test_a_live_state_tells_of_its_yaml_and_of_its_members_at_once() -> None:
    text = (
        "apiVersion: reconciler/v1\nkind: LiveState\n"
        "metadata: {name: contoso, name: again, observedAt: 2026-11-23T10:00:00Z}\n"
        "spec: {users: many}\n"
    )
    sound, problems = read_documents((("f.yaml", text),), Kind.LIVE_STATE, Checker(files.schema("live")))
    assert sound == ()
    assert [p.code for p in problems] == ["duplicate-key", "wrong-type"]


@pytest.mark.parametrize(
    "part",
    [
        "subscriptions: text",
        "subscriptions: {a: b}",
        "subscriptions: [text, ~, [a], {name: [b]}, {}]",
        "windows: [~, 5, {timezone: a}, {allow: a, deny: b}, {allow: [a], timezone: b}]",
        "waivers: [~, text, {}]",
        "unmanaged: [~, [a], {}, {plan: 5, subscriptionId: 6, reason: 7}]",
        "acknowledge: [a]",
        "acknowledge: {backup: text}",
        "acknowledge: {noWayBack: office-365-enterprise-e3, backup: {where: vault}}",
        "limits: [a]",
        "limits: {unknown: 5, maxGrowthPercent: ~}",
    ],
)
def test_whatever_stands_in_a_member_ends_in_problems(part: str) -> None:
    text = f"apiVersion: reconciler/v1\nkind: Tenant\nmetadata: text\nspec: {{tenant: a.b, {part}}}\n"
    fleet = read_tenants((("f.yaml", text),), CATALOGUE, CHECKER)
    assert fleet.declarations == ()
    assert all(p.place.line <= 4 for p in fleet.problems)
    assert len(fleet.problems) >= 2
