"""Work done in several processes comes to what one process makes of it, whatever becomes of the others."""

from __future__ import annotations

import os
import signal
import time
from types import MappingProxyType

import pytest
from cli import Desk
from two_sides import FLEETS, planned, some

from reconciler.cli import abreast
from reconciler.cli.shares import MOST, WORTH_IT, in_shares, jobs_for

# The test runner may have threads of its own; the tool does not fork where there are any.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.mark.parametrize("name", FLEETS)
def test_two_processes_tell_what_one_does(name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    FLEETS[name](desk)
    alone = planned(desk, "--exit-codes=full")
    monkeypatch.setattr(abreast, "jobs_for", lambda *_: 2)
    assert planned(desk, "--exit-codes=full") == alone


def test_more_processes_than_files_are_no_harm(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    some(desk)
    alone = planned(desk)
    monkeypatch.setattr(abreast, "jobs_for", lambda *_: 5)
    assert planned(desk) == alone


def test_the_option_takes_a_number_of_processes(desk: Desk) -> None:
    some(desk)
    process = desk.start("plan", "tenants", "--live", "live", "--jobs", "2")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out == planned(desk).out
    assert planned(desk, "--jobs", "0").code == 64


def test_each_share_is_done_elsewhere_but_the_first() -> None:
    pids = list(in_shares(lambda _: os.getpid(), 3))
    assert pids[0] == os.getpid()
    assert len(set(pids)) == 3


def test_a_process_that_dies_has_its_share_done_here() -> None:
    here = os.getpid()

    def work(number: int) -> tuple[int, bool]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return number, os.getpid() == here

    assert list(in_shares(work, 2)) == [(0, True), (1, True)]


def test_what_is_wrong_with_a_share_shows_here(capfd: pytest.CaptureFixture[str]) -> None:
    def work(number: int) -> int:
        if number:
            raise ValueError("broken")
        return number

    with pytest.raises(ValueError, match="broken"):
        list(in_shares(work, 2))
    assert capfd.readouterr() == ("", "")


def test_what_can_not_be_sent_is_done_here() -> None:
    assert [work() for work in in_shares(lambda number: lambda: number, 2)] == [0, 1]


def test_a_read_only_mapping_can_be_sent() -> None:
    assert list(in_shares(lambda number: MappingProxyType({"a": number}), 2)) == [{"a": 0}, {"a": 1}]


def test_whoever_breaks_off_leaves_no_process_behind() -> None:
    shares = in_shares(lambda number: time.sleep(600) if number else os.getpid(), 2)
    next(shares)
    with pytest.raises(KeyboardInterrupt):
        shares.throw(KeyboardInterrupt())
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_small_fleet_is_read_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.setattr("reconciler.cli.shares._cores", lambda: 16)
    assert jobs_for(WORTH_IT - 1, None) == 1
    assert jobs_for(WORTH_IT, None) == MOST
    assert jobs_for(10, 2) == 2
    assert jobs_for(1, 2) == 1
    monkeypatch.setattr("threading.active_count", lambda: 2)
    assert jobs_for(WORTH_IT, 2) == 1
