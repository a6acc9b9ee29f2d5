"""``docs/loop.md`` against the code: the reasons, the waits, the numbers it names.

``python tests/test_loop_docs.py --write`` puts the table of reasons into the page as the rules have them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import timedelta

from cli import ROOT
from test_rules_docs import effects_of

from reconciler.adapters.files.pacing import CONCURRENCY, PACE_VARIABLES
from reconciler.fleet.breaker import Breaker
from reconciler.fleet.turns import Pace
from reconciler.readiness import Trouble, reason_of
from reconciler.rules import Effect
from reconciler.rules.table import GROUND, TABLE

PAGE = ROOT / "docs" / "loop.md"
BLOCK = re.compile(r"(<!-- reasons -->\n).*?(<!-- end -->)", re.DOTALL)
OURS = {"InSync", "ChangesPending", "ReportOnly", "Suspended", "NotTold"}
LEADS_TO = {str(Effect.WAIT): "Reconciling", str(Effect.BLOCK): "Stalled", str(Effect.SUPPORT): "Stalled"}
# Those that pause a tenant have one reason of their own.
PAUSES = {"suspended", "report-only"}
# It only ever says that something is not known, and another look may be able to tell.
ONLY_UNKNOWN = "not-read"


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def reasons() -> Iterator[str]:
    """The table of the reasons that are rules."""
    yield "| Reason | True is then | The rule |"
    yield "|---|---|---|"
    for rule in dict.fromkeys((*GROUND, *TABLE)):
        conditions = [word for effect, word in LEADS_TO.items() if effect in effects_of(rule)]
        if conditions and rule.id not in PAUSES:
            told = " or ".join(dict.fromkeys(conditions)) if rule.id != ONLY_UNKNOWN else "Reconciling"
            yield f"| `{reason_of(rule.id)}` | {told} | [{rule.id}](rules.md#{rule.id}) |"


def with_reasons(page: str) -> str:
    return BLOCK.sub(lambda found: found[1] + "\n".join(reasons()) + "\n" + found[2], page)


def rows(head: str) -> list[list[str]]:
    """The rows of the table that begins with a head."""
    table = text().split(f"| {head} |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def length(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def test_the_reasons_that_are_rules_are_those_of_the_table() -> None:
    assert with_reasons(text()) == text(), "run `python tests/test_loop_docs.py --write`"


def test_the_other_reasons_are_all_there() -> None:
    told = [row[0].strip("`") for row in rows("Reason | Ready")]
    assert set(told) == OURS | {str(trouble) for trouble in Trouble}
    assert len(told) == len(set(told))


def test_the_waits_are_those_of_the_loop() -> None:
    pace = Pace()
    told = {row[2]: row[1] for row in rows("After a pass") if row[2]}
    assert told == {
        "`interval`": length(pace.interval),
        "`switching`": length(pace.switching),
        "`reviewing`": length(pace.reviewing),
        "`unconfirmed`": length(pace.unconfirmed),
        "`firstRetry`, `longestRetry`": (
            f"{length(pace.first_retry)}, {length(pace.first_retry * 2)}, {length(pace.first_retry * 4)} and so on, "
            f"up to {length(pace.longest_retry)}"
        ),
    }
    rest = {row[0]: row[1] for row in rows("After a pass") if not row[2]}
    assert rest["another run holds the tenant"] == length(pace.held)
    assert rest["the outcome of a write is not known"] == length(pace.unsettled)
    assert f"Each is {round(pace.jitter * 100)} % more or less" in text()


def test_every_setting_of_the_loop_is_named() -> None:
    assert {member for _, member in PACE_VARIABLES.values()} <= set(re.findall(r"`(\w+)`", text()))
    assert f"`concurrency` ({CONCURRENCY})" in text()


def test_the_breaker_is_as_told() -> None:
    breaker = Breaker()
    assert breaker.opens_after == 5
    assert "five passes in a row" in text()
    told = re.sub(r"\s+", " ", text())
    assert f"after {breaker.first_wait.seconds} seconds, then less often" in told
    assert f"at least each {breaker.longest_wait.seconds // 60} minutes" in told


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(with_reasons(text()), encoding="utf-8")
