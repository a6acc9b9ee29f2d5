"""``docs/metrics.md`` against the table of metrics, both ways: all that is told is documented, and the reverse.

``python tests/test_metrics_docs.py --write`` puts the tables into the page as the code has them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

from cli import ROOT

from reconciler.readiness import reason_of
from reconciler.rules.table import GROUND, TABLE
from reconciler.web.measures import (
    BUILD,
    COUNTED,
    KEPT,
    METRICS,
    REASON,
    REASONS,
    RULE,
    RULES,
    VERSION,
    Label,
    Metric,
)

PAGE = ROOT / "docs" / "metrics.md"
BLOCK = re.compile(r"(<!-- (kept|counted|labels) -->\n).*?(<!-- end -->)", re.DOTALL)
IN_WORDS = {
    RULE: "the id of each of [the rules](rules.md), `other`",
    REASON: ", ".join(
        f"`{word}`" for word in dict.fromkeys(REASONS) if word not in {reason_of(rule) for rule in RULES}
    )
    + ", each rule's id as one word (`SwitchRunning`), `other`",
    VERSION: "the version of the tool",
}


def metrics_table(metrics: Iterable[Metric]) -> Iterator[str]:
    yield "| Metric | Type | Labels | Meaning |"
    yield "|---|---|---|---|"
    for metric in metrics:
        labels = ", ".join(f"`{label.name}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.type} | {labels} | {metric.meaning} |"


def labels_table() -> Iterator[str]:
    yield "| Label | Of | Words |"
    yield "|---|---|---|"
    for label in dict.fromkeys(label for metric in METRICS.values() for label in metric.labels):
        users = ", ".join(f"`{m.name}`" for m in METRICS.values() if label in m.labels)
        yield f"| `{label.name}` | {users} | {words_of(label)} |"


def words_of(label: Label) -> str:
    return IN_WORDS.get(label) or ", ".join(f"`{word}`" for word in label.words)


def rendered(text: str) -> str:
    """The page with its tables as the code has them."""
    tables = {
        "kept": metrics_table(KEPT),
        "counted": metrics_table((BUILD, *COUNTED)),
        "labels": labels_table(),
    }
    lines = {name: "\n".join(rows) + "\n" for name, rows in tables.items()}
    return BLOCK.sub(lambda found: found[1] + lines[found[2]] + found[3], text)


def documented() -> dict[str, set[str]]:
    """Each metric of the page with its labels, read from the page alone."""
    rows = re.findall(r"^\| `(reconciler_\w+)` \| \w+ \| ([^|]*) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def test_the_page_has_the_tables_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == 3
    assert rendered(text) == text, "run `python tests/test_metrics_docs.py --write` and read what changed"


def test_what_is_documented_is_there_and_what_is_there_is_documented() -> None:
    assert documented() == {m.name: {label.name for label in m.labels} for m in METRICS.values()}


def test_what_the_page_only_describes_is_what_the_code_has() -> None:
    rules = {rule.id for rule in (*TABLE, *GROUND)}
    assert set(RULE.words) == rules | {"other"}
    assert {reason_of(rule) for rule in rules} < set(REASON.words)


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
