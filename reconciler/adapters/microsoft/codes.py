"""The code of a refusal in, what to make of it out: whether to come back, to look again, or to call a person.

The tables are those of PC 14 (refusals), PC 6 and PC 7.1 (why a plan can not be switched). A code that is not in
them is judged by its HTTP status. Whatever the code, a failure of the service itself leaves a write uncertain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.messages import say
from reconciler.observe import Fact, Unknown


class Course(StrEnum):
    """What to do about an answer. The letter is the one of PC 14."""

    LATER = "later"  # R: ask again when the service says so
    RECHECK = "recheck"  # W: note it, and look again in the next run
    LOOK_AGAIN = "look-again"  # G: what was seen is no longer so; read it anew and plan anew
    PERSON = "person"  # P: somebody has to do something first
    OURS = "ours"  # X: a mistake in what we sent, or something we must never send
    UNCERTAIN = "uncertain"  # G, then R: a write may have been taken; read before anything else


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a code comes to: its course, and the group whose sentences tell of it."""

    course: Course
    group: str

    @property
    def sentence(self) -> str:
        """The key of the sentence that says what happened; its facts are ``who`` and ``answer``."""
        return f"microsoft.refused.{self.group}"

    @property
    def way_out(self) -> str:
        """The key of the sentence that says what to do next; it takes no facts."""
        return f"microsoft.way.{self.group}"


def tell(ruling: Ruling, who: str, status: int | None, code: Fact[str]) -> str:
    """Return both sentences about a refusal of ``who`` (a tenant, or a subscription of one).

    ``status`` is None where the code came in an answer of success, as those of eligibilities and events do.
    """
    said = ("" if status is None else f"HTTP {status}", "" if isinstance(code, Unknown) else f"code {code}")
    answer = ", ".join(part for part in said if part) or say("microsoft.reason.no-code")
    return f"{say(ruling.sentence, who=who, answer=answer)} {say(ruling.way_out)}"


# HTTP status (None: whatever it is), codes, course, group. One code may mean two things by its status.
ROWS: Final[tuple[tuple[int | None, str, Course, str], ...]] = (
    (401, "400", Course.PERSON, "signed-out"),
    (None, "900420", Course.PERSON, "audience"),
    (None, "2032 900150 900308", Course.PERSON, "right"),
    (None, "900309", Course.PERSON, "conditional-access"),
    (None, "900329", Course.PERSON, "app-only"),
    (None, "900316", Course.OURS, "token-kind"),
    (None, "20002", Course.PERSON, "relationship"),
    (None, "60003", Course.PERSON, "no-customer"),
    (None, "60002", Course.PERSON, "no-user"),
    (None, "20003", Course.LOOK_AGAIN, "no-subscription"),
    (None, "20000", Course.RECHECK, "no-order"),
    (404, "1000", Course.LOOK_AGAIN, "gone"),
    (None, "2055", Course.LOOK_AGAIN, "changed"),
    (None, "2001 800091", Course.PERSON, "suspended"),
    (None, "2002 900275", Course.PERSON, "range"),
    (400, "2006", Course.PERSON, "offer-fixed"),
    (403, "2006", Course.PERSON, "partner-invalid"),
    (None, "2011", Course.LOOK_AGAIN, "no-subscription"),
    (None, "2012", Course.PERSON, "unmatched"),
    (None, "2054 800097", Course.OURS, "billing-cycle"),
    (None, "2085 2091 800020", Course.PERSON, "off-sale"),
    (None, "2030 800039 900124 900149", Course.PERSON, "partner-agreement"),
    (None, "13605", Course.PERSON, "customer-agreement"),
    (None, "800002 3000", Course.OURS, "invalid"),
    (None, "60000", Course.PERSON, "license-move"),
    (None, "800014", Course.RECHECK, "order-pending"),
    (None, "800060 800064", Course.RECHECK, "order-pending"),
    (None, "800082", Course.RECHECK, "not-ready"),
    (None, "900278", Course.RECHECK, "pending"),
    (None, "900261", Course.RECHECK, "not-ready"),
    (None, "900258 900259 900260 900236", Course.PERSON, "target"),
    (None, "900267 900268 900269 900270", Course.PERSON, "term"),
    (None, "900263", Course.OURS, "legacy"),
    (None, "900277 900279", Course.PERSON, "expiring"),
    (None, "900280", Course.RECHECK, "not-now"),
    (None, "900311", Course.PERSON, "too-often"),
    (None, "800027 800095", Course.PERSON, "quantity-fixed"),
    (None, "800067 800088", Course.PERSON, "seat-cap"),
    (None, "800066 800089", Course.PERSON, "subscription-cap"),
    (None, "900419", Course.PERSON, "subscription-cap"),
    (None, "800090 900214 900257", Course.OURS, "fewer"),
    (None, "800093 800096 800098", Course.OURS, "member-fixed"),
    (None, "800022 800023 800024 800025 800026 800062 900121 800069", Course.PERSON, "credit"),
    (None, "800073 800074", Course.RECHECK, "review"),
    (None, "800075", Course.PERSON, "review-refused"),
    (None, "900416", Course.PERSON, "locked"),
    (None, "800107 800121 800122", Course.PERSON, "term"),
    (None, "900203 900206", Course.PERSON, "attestation"),
    (None, "400013 400018 400019", Course.LOOK_AGAIN, "catalogue"),
    (None, "60012", Course.PERSON, "no-license"),
    (500, "800003 800005 800094 900192", Course.UNCERTAIN, "failure"),
    (408, "900225", Course.LOOK_AGAIN, "migration"),
    (429, "", Course.LATER, "throttled"),
)
RULINGS: Final = {
    (status, code): Ruling(course, group)
    for status, codes, course, group in ROWS
    for code in codes.split() or [""]
}
THROTTLED: Final = RULINGS[429, ""]
FAILURE: Final = Ruling(Course.UNCERTAIN, "failure")
# What a status says by itself, where the code is left out or not known.
BY_STATUS: Final = {
    401: Ruling(Course.PERSON, "signed-out"),
    403: Ruling(Course.PERSON, "right"),
    404: Ruling(Course.LOOK_AGAIN, "gone"),
    408: FAILURE,
    409: Ruling(Course.RECHECK, "busy"),
    412: Ruling(Course.LOOK_AGAIN, "changed"),
    429: THROTTLED,
}
OTHER: Final = Ruling(Course.PERSON, "other")


def ruling(status: int, code: Fact[str]) -> Ruling:
    """Return what an answer of this status and code comes to; a code nobody knows is judged by the status.

    429 and 5xx weigh more than any code: the first is certainly not taken, the second may have been.
    """
    word = "" if isinstance(code, Unknown) else code
    if status == 429:
        return THROTTLED
    if status >= 500:
        return RULINGS.get((status, word), FAILURE)
    return RULINGS.get((status, word)) or RULINGS.get((None, word)) or BY_STATUS.get(status, OTHER)


# Why a plan can not be switched: the numbers of legacy upgrades (PC 6), which differ at 11 from those of
# transitions (PC 7.1), and those of a subscription to merge into (PC 7.1).
_SHARED: Final = {
    0: "other",
    1: "delegated-admin-permissions-disabled",
    2: "subscription-status-not-active",
    3: "conflicting-service-types",
    4: "concurrency-conflicts",
    5: "user-context-required",
    6: "subscription-add-ons-present",
    7: "subscription-does-not-have-any-upgrade-paths",
    8: "subscription-target-offer-not-found",
    9: "subscription-not-provisioned",
    10: "offer-does-not-support-billing-cycle",
}
UPGRADE_NUMBERS: Final = {**_SHARED, 11: "insufficient-granular-admin-permissions"}
TRANSITION_NUMBERS: Final = {
    **_SHARED,
    11: "conversions-not-found",
    12: "user-license-transfer-failed",
    13: "insufficient-granular-admin-permissions",
}
TARGET_NUMBERS: Final = {
    1: "target-not-active",
    2: "target-in-cancellation-window",
    3: "target-term-shorter",
    4: "target-term-ends-earlier",
}
SWITCH_ROWS: Final[tuple[tuple[str, Course, str], ...]] = (
    ("other", Course.PERSON, "other"),
    ("delegated-admin-permissions-disabled", Course.PERSON, "relationship"),
    ("subscription-status-not-active", Course.PERSON, "not-active"),
    ("conflicting-service-types", Course.PERSON, "conflict"),
    ("concurrency-conflicts", Course.RECHECK, "busy"),
    ("user-context-required", Course.PERSON, "app-only"),
    ("subscription-add-ons-present", Course.PERSON, "add-ons"),
    ("subscription-does-not-have-any-upgrade-paths", Course.PERSON, "no-path"),
    ("subscription-target-offer-not-found", Course.LOOK_AGAIN, "not-offered"),
    ("subscription-not-provisioned", Course.RECHECK, "not-ready"),
    ("offer-does-not-support-billing-cycle", Course.PERSON, "term"),
    ("insufficient-granular-admin-permissions", Course.PERSON, "right"),
    ("conversions-not-found", Course.PERSON, "no-path"),
    ("user-license-transfer-failed", Course.PERSON, "license-move"),
    ("target-not-active", Course.PERSON, "target"),
    ("target-in-cancellation-window", Course.RECHECK, "target-window"),
    ("target-term-shorter", Course.PERSON, "target"),
    ("target-term-ends-earlier", Course.PERSON, "target"),
)
SWITCH_RULINGS: Final = {word: Ruling(course, group) for word, course, group in SWITCH_ROWS}


def switch_ruling(word: Fact[str]) -> Ruling:
    """Return what a code of an eligibility, an upgrade or an event comes to; an unknown one calls a person."""
    return OTHER if isinstance(word, Unknown) else SWITCH_RULINGS.get(word, OTHER)


def groups() -> Iterator[str]:
    """Return every group there is a sentence and a way out for, each once, in alphabetical order."""
    every = (*RULINGS.values(), *SWITCH_RULINGS.values(), *BY_STATUS.values(), OTHER, FAILURE)
    return iter(sorted({found.group for found in every}))
