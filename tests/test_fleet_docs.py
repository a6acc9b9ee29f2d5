"""The guides of a fleet: what the sizing table says is what its own rules come to, and both guides tell one rule."""

from __future__ import annotations

import re

import pytest
from cli import ROOT

from reconciler.adapters.store.revisions import REVISION
from reconciler.messages import say

DEPLOY = (ROOT / "docs/deploy-fleet.md").read_text(encoding="utf-8")
FLEET = (ROOT / "docs/fleet.md").read_text(encoding="utf-8")
STATE = (ROOT / "docs/state.md").read_text(encoding="utf-8")
FIGURES = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
INTERVAL = 15 * 60
# As PostgreSQL comes, less what is kept for a superuser.
MOST_CONNECTIONS = 100 - 3


def sizing() -> list[tuple[int, ...]]:
    """The numbers of each row of the table."""
    table = DEPLOY.split("<!-- sizing -->")[1].split("<!-- end -->")[0]
    rows = [row for row in table.strip().splitlines() if re.match(r"\| [0-9]", row)]
    return [
        tuple(int(float(number)) for number in re.findall(r"[0-9.]+", row.replace(",", ""))) for row in rows
    ]


def reckoned() -> tuple[int, float]:
    """How many MiB a process has before it has read a file, and how many KiB of each tenant."""
    found = re.search(r"(\d+) MiB a process and ([\d.]+) KiB a tenant", DEPLOY)
    assert found
    return int(found[1]), float(found[2])


def connections() -> tuple[int, int]:
    """How many connections are counted for a worker beside twice its concurrency, and for a dispatcher."""
    told = {
        re.search(
            r"twice `loop.concurrency` \+ (\d+) (?:connections )?for a worker, (?:and )?(\d+) for", text
        )
        for text in (" ".join(FLEET.split()), " ".join(DEPLOY.split()))
    }
    assert None not in told, "both say it"
    (counted,) = {(int(one[1]), int(one[2])) for one in told if one}
    return counted


@pytest.mark.parametrize("row", sizing(), ids=lambda row: str(row[0]))
def test_a_row_of_the_sizing_table_is_what_its_rules_come_to(row: tuple[int, ...]) -> None:
    tenants, passes, dispatchers, workers, concurrency, of_worker, of_dispatcher, *_, most = row
    assert passes == tenants // INTERVAL
    start, each = reckoned()
    assert min(of_worker, of_dispatcher) > start + tenants * each / 1024
    more, for_dispatcher = connections()
    assert most == workers * (2 * concurrency + more) + dispatchers * for_dispatcher
    assert most <= MOST_CONNECTIONS


def test_what_the_table_is_reckoned_from_is_what_was_measured() -> None:
    start, each = reckoned()
    assert f"a worker has {start} MiB before" in " ".join(FIGURES.split())
    assert f"{each} KiB a tenant" in FIGURES
    (worker, dispatcher) = re.findall(r"a worker (\d+) MiB, the dispatcher (\d+) MiB", FIGURES)[0]
    assert f"a worker had {worker} MiB, a dispatcher {dispatcher}" in " ".join(DEPLOY.split())


def test_a_fleet_for_which_the_limits_of_the_examples_are_enough_is_told() -> None:
    found = re.search(
        r"end what takes more than (\d+) MiB: enough for ([\d,]+) tenants", " ".join(DEPLOY.split())
    )
    assert found
    start, each = reckoned()
    assert int(found[1]) > start + int(found[2].replace(",", "")) * each / 1024


def test_the_guide_shows_what_an_upgrade_says() -> None:
    place = "postgresql://reconciler_owner@db.example/reconciler"
    told = (say("db.made", place=place, before=None, now=REVISION), say("queue.left-out"))
    assert f"$ reconciler db upgrade --state {place}\n" + "\n".join(told) in STATE
