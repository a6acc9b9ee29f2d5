"""The codes of Partner Center, written out once more from its reference, against the table the tool goes by."""

from __future__ import annotations

import string

import pytest

from reconciler.adapters.microsoft import codes
from reconciler.adapters.microsoft.codes import Course, ruling, switch_ruling, tell
from reconciler.messages import SENTENCES
from reconciler.observe import Unknown

# Status, codes, and what the reference proposes, letter for letter, in its order (PC 14).
REFERENCE = """
401      | 400                                                       | P
401      | 900420                                                    | P
403      | 2032 900150                                               | P
403      | 900308                                                    | P
403      | 900309                                                    | P
403      | 900329                                                    | P
400      | 900316                                                    | X
403      | 20002                                                     | P
404      | 60003 60002                                               | P
404      | 20003                                                     | G
404      | 20000                                                     | W
404      | 1000                                                      | G
400      | 2055                                                      | G
400      | 2001 800091                                               | P
400      | 2002 900275                                               | P
400 403  | 2006                                                      | P
400      | 2011                                                      | G
400      | 2012                                                      | P
400      | 2054 800097                                               | X
403      | 2085 2091 800020                                          | P
403      | 2030 800039 900124 900149                                 | P
403      | 13605                                                     | P
400      | 800002 3000                                               | X
400      | 60000                                                     | P
409      | 800014                                                    | W
409      | 800060 800064                                             | W
409 400  | 800082                                                    | W
409      | 900278                                                    | W
400      | 900261                                                    | W
400      | 900258 900259 900260 900236                               | P
400      | 900267 900268 900269 900270                               | P
403      | 900263                                                    | X
400      | 900277 900279                                             | P
400      | 900280                                                    | W
400      | 900311                                                    | P
403      | 800027                                                    | P
400      | 800095                                                    | P
403      | 800067 800088                                             | P
400 403  | 800066 800089                                             | P
400      | 900419                                                    | P
400      | 800090 900214 900257                                      | X
400      | 800093 800096 800098                                      | X
400      | 800022 800023 800024 800025 800026 800062 900121          | P
403      | 800069                                                    | P
403      | 800073 800074                                             | W
403      | 800075                                                    | P
403      | 900416                                                    | P
400      | 800107 800121 800122                                      | P
400      | 900203 900206                                             | P
404      | 400013 400018 400019                                      | G
400      | 60012                                                     | P
500      | 800003 800005 800094 900192                               | U
408      | 900225                                                    | G
"""
LETTERS = {
    "R": Course.LATER,
    "W": Course.RECHECK,
    "G": Course.LOOK_AGAIN,
    "P": Course.PERSON,
    "X": Course.OURS,
    # "G, then R": the outcome of a write is unknown.
    "U": Course.UNCERTAIN,
}
ROWS = [
    (int(status), code, LETTERS[letter.strip()])
    for line in REFERENCE.strip().splitlines()
    for statuses, every, letter in [line.split("|")]
    for status in statuses.split()
    for code in every.split()
]
NO_CODE = Unknown("code was left out of the answer")


def test_every_code_of_the_reference_comes_to_what_it_proposes() -> None:
    assert {(s, c): ruling(s, c).course for s, c, _ in ROWS} == {(s, c): course for s, c, course in ROWS}


def test_the_table_has_no_code_that_the_reference_has_not() -> None:
    assert {code for _, code in codes.RULINGS if code} == {code for _, code, _ in ROWS}


@pytest.mark.parametrize(
    ("status", "course", "group"),
    [
        (400, Course.PERSON, "other"),
        (401, Course.PERSON, "signed-out"),
        (403, Course.PERSON, "right"),
        (404, Course.LOOK_AGAIN, "gone"),
        (408, Course.UNCERTAIN, "failure"),
        (409, Course.RECHECK, "busy"),
        (412, Course.LOOK_AGAIN, "changed"),
        (417, Course.PERSON, "other"),
        (429, Course.LATER, "throttled"),
        (500, Course.UNCERTAIN, "failure"),
        (502, Course.UNCERTAIN, "failure"),
        (504, Course.UNCERTAIN, "failure"),
        (599, Course.UNCERTAIN, "failure"),
    ],
)
def test_a_code_nobody_knows_is_judged_by_its_status(status: int, course: Course, group: str) -> None:
    for code in ("123456789", "Request_BadRequest", NO_CODE):
        assert ruling(status, code) == codes.Ruling(course, group)


def test_a_failure_of_the_service_leaves_a_write_uncertain_whatever_code_comes_with_it() -> None:
    for _, code, _ in ROWS:
        for status in (500, 502, 503, 504):
            assert ruling(status, code).course == Course.UNCERTAIN
        assert ruling(429, code).course == Course.LATER


def test_one_code_may_mean_two_things_by_its_status() -> None:
    assert ruling(400, "2006").group == "offer-fixed"
    assert ruling(403, "2006").group == "partner-invalid"
    # The short ones are meant only with their own status.
    assert ruling(404, "400").group == "gone"
    assert ruling(400, "1000").group == "other"


# Numbers and words of legacy upgrades (PC 6) and of transitions (PC 7.1), and what each comes to.
SWITCHES = [
    (0, "other", "P"),
    (1, "delegated-admin-permissions-disabled", "P"),
    (2, "subscription-status-not-active", "P"),
    (3, "conflicting-service-types", "P"),
    (4, "concurrency-conflicts", "W"),
    (5, "user-context-required", "P"),
    (6, "subscription-add-ons-present", "P"),
    (7, "subscription-does-not-have-any-upgrade-paths", "P"),
    (8, "subscription-target-offer-not-found", "G"),
    (9, "subscription-not-provisioned", "W"),
    (10, "offer-does-not-support-billing-cycle", "P"),
]
LEGACY_ONLY = [(11, "insufficient-granular-admin-permissions", "P")]
TRANSITIONS_ONLY = [
    (11, "conversions-not-found", "P"),
    (12, "user-license-transfer-failed", "P"),
    (13, "insufficient-granular-admin-permissions", "P"),
]
TARGETS = [
    (1, "target-not-active", "P"),
    (2, "target-in-cancellation-window", "W"),
    (3, "target-term-shorter", "P"),
    (4, "target-term-ends-earlier", "P"),
]


@pytest.mark.parametrize(
    ("numbers", "rows"),
    [
        (codes.UPGRADE_NUMBERS, SWITCHES + LEGACY_ONLY),
        (codes.TRANSITION_NUMBERS, SWITCHES + TRANSITIONS_ONLY),
        (codes.TARGET_NUMBERS, TARGETS),
    ],
    ids=["legacy", "transitions", "targets"],
)
def test_why_a_plan_can_not_be_switched_is_told_by_the_numbers_of_the_reference(
    numbers: dict[int, str], rows: list[tuple[int, str, str]]
) -> None:
    assert numbers == {number: word for number, word, _ in rows}
    assert {w: switch_ruling(w).course for _, w, _ in rows} == {w: LETTERS[letter] for _, w, letter in rows}


def test_every_word_has_a_row_and_an_unknown_one_calls_a_person() -> None:
    words = {w for _, w, _ in SWITCHES + LEGACY_ONLY + TRANSITIONS_ONLY + TARGETS}
    assert set(codes.SWITCH_RULINGS) == words
    assert switch_ruling("77") == switch_ruling(NO_CODE) == codes.OTHER


def test_every_group_says_what_happened_and_what_to_do_and_no_sentence_is_left_over() -> None:
    groups = set(codes.groups())
    for part in ("refused", "way"):
        told = {k.removeprefix(f"microsoft.{part}.") for k in SENTENCES if k.startswith(f"microsoft.{part}.")}
        assert told == groups
    for group in groups:
        asked = {f for _, f, _, _ in string.Formatter().parse(SENTENCES[f"microsoft.refused.{group}"]) if f}
        assert asked == {"who", "answer"}


def test_a_refusal_is_told_with_who_the_numbers_and_the_way_out() -> None:
    assert tell(ruling(400, "2055"), "contoso, subscription a1", 400, "2055") == (
        "contoso, subscription a1: it was changed since it was read, so nothing was written (HTTP 400, code 2055). "
        "Nothing to do: the next run reads it anew and plans anew."
    )
    assert "(HTTP 503)" in tell(ruling(503, NO_CODE), "contoso", 503, NO_CODE)
    assert "(code concurrency-conflicts)" in tell(
        switch_ruling("concurrency-conflicts"), "contoso", None, "concurrency-conflicts"
    )
    assert "(no code was given)" in tell(codes.OTHER, "contoso", None, NO_CODE)
