"""A language and the time in, the words of a page out: sentences, names, numbers, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.messages import Language
from reconciler.messages.page import PAGE
from reconciler.messages.page_nb import PAGE_NB
from reconciler.readiness import reason_of
from reconciler.rules.table import GROUND, TABLE

SENTENCES: Mapping[Language, Mapping[str, str]] = {Language.ENGLISH: PAGE, Language.NORWEGIAN: PAGE_NB}
RULE_IDS = frozenset(rule.id for rule in (*TABLE, *GROUND))
_KEY_OF_REASON = {reason_of(rule): f"page.rule.{rule}" for rule in RULE_IDS}
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def language_of(asked: str, kept: str, accepted: str) -> Language:
    """Return the language asked for, else the one kept in a cookie, else what the browser likes best, else English."""
    for word in (asked, kept):
        if word in SENTENCES:
            return Language(word)
    liked = [part for part in accepted.split(",")[:20] if _weight(part) > 0]
    for part in sorted(liked, key=_weight, reverse=True):
        word = part.partition(";")[0].strip().lower().partition("-")[0]
        # Nynorsk and plain Norwegian are nearer to Bokmål than to English.
        if word in ("nb", "no", "nn"):
            return Language.NORWEGIAN
        if word == "en":
            return Language.ENGLISH
    return Language.ENGLISH


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one page. ``now`` is the machine's clock, ``service_now`` the service's, which may be another."""

    language: Language
    now: datetime
    service_now: datetime
    names: Mapping[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """Return the sentence for ``key``; an unknown key is a programming error."""
        return SENTENCES[self.language][key].format(**facts)

    def among(self, group: str, word: str) -> str:
        """Return what a word of a closed set is called; a word of a newer version stays as it is."""
        return SENTENCES[self.language].get(f"page.{group}.{word}", word)

    def counted(self, key: str, count: int, **facts: object) -> str:
        """Return the sentence for a number of things, that for one thing where it is one."""
        return self(f"{key}-one" if count == 1 else key, count=self.number(count), **facts)

    def number(self, value: int | None) -> str:
        """Return a number with its thousands apart; one that is not known says so and is never 0."""
        return self("page.not-known") if value is None else f"{value:,}".replace(",", self("page.thousands"))

    def plan(self, key: str | None) -> str:
        """Return what a plan is called."""
        return self("page.not-known") if not key else self.names.get(key, key)

    def rule(self, rule: str) -> str:
        """Return a rule in a few words, its id where it is not one of ours."""
        return self.among("rule", rule)

    def reason(self, reason: str) -> str:
        """Return the reason of a condition in a few words."""
        key = _KEY_OF_REASON.get(reason, f"page.reason.{reason}")
        return SENTENCES[self.language].get(key, reason)

    def moment(self, at: datetime) -> str:
        """Return a time, in UTC."""
        return self("page.time", at=at.astimezone(UTC))

    def short(self, at: datetime) -> str:
        """Return a time of this year without the year."""
        near = at.astimezone(UTC).year == self.service_now.astimezone(UTC).year
        return self("page.time-short", at=at.astimezone(UTC)) if near else self.moment(at)

    def ago(self, at: datetime) -> str:
        """Return how long ago or in how long a time of the service is."""
        return self._apart(at, self.service_now)

    def ago_here(self, at: datetime) -> str:
        """Return how long ago or in how long a time of this machine is."""
        return self._apart(at, self.now)

    def took(self, span: timedelta) -> str:
        """Return how long something took."""
        return self._spanned("page.took", span) or self("page.took-none")

    def _apart(self, at: datetime, now: datetime) -> str:
        told = self._spanned("page.ago" if at <= now else "page.in", abs(now - at))
        return told or self("page.just-now")

    def _spanned(self, key: str, span: timedelta) -> str:
        if span < _MINUTE:
            return ""
        if span < _HOUR:
            return self(f"{key}-minutes", n=span // _MINUTE)
        if span < 2 * _DAY:
            return self(f"{key}-hours", n=span // _HOUR)
        return self(f"{key}-days", n=span // _DAY)


def _weight(part: str) -> float:
    """How much a browser likes a language: its ``q``, 1 where it has none."""
    _, _, told = part.partition(";")
    name, _, value = told.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
