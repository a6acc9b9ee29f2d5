"""Leases: one run per tenant, free when its holder dies, fenced when it is late."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from states import State

import reconciler
from reconciler.adapters.store import Store, open_store
from reconciler.errors import LeaseLost, StateUnreadable, TenantHeld
from reconciler.memory import Intent, Settled
from reconciler.model import Action, Subscription
from reconciler.observe import Unknown

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "fabrikam.onmicrosoft.com"
INTENT = Intent(
    id="i-1",
    tenant="fabrikam",
    address="main",
    action=Action.ADD,
    subscription_id="sub-1",
    before=Subscription("office-365-enterprise-e3", 20),
    after=Subscription("office-365-enterprise-e3", 42),
    request_id="request-1",
    generation=0,
    known_ids=("sub-1",),
    intended_at=NOON,
)


class Clock:
    """A clock for the test to move, whose sleep moves it."""

    def __init__(self) -> None:
        self.at = NOON
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(place: Path | State, clock: Clock) -> Store:
    where = place.where if isinstance(place, State) else str(place)
    return open_store(where, create=True, now=clock.now)


def bump_the_fence(state: State) -> None:
    state.ask("UPDATE leases SET fence = fence + 1, holder = 'host 2, run, pid 9'")


def fence(state: State) -> int:
    ((number,),) = state.ask("SELECT fence FROM leases")
    return int(number)


def test_a_held_tenant_is_waited_for_and_then_its_holder_is_named(state: State, clock: Clock) -> None:
    with opened(state, clock) as store, opened(state, clock) as other:
        with store.lease((KEY,), "host 1, apply, pid 7", sleep=clock.sleep):
            with pytest.raises(TenantHeld) as caught, other.lease((KEY,), "host 2", sleep=clock.sleep):
                pytest.fail("two runs hold one tenant")
            assert sum(clock.slept) == 10
        # On a server the time is the server's.
        since = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00" if state.server else re.escape(NOON.isoformat())
        assert re.fullmatch(f"host 1, apply, pid 7, since {since}", caught.value.holder)
        with other.lease((KEY,), "host 2", patience=0, sleep=clock.sleep) as journal:
            journal.intend(INTENT)


def test_a_tenant_freed_within_the_patience_is_taken(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        first = store.lease((KEY,), "host 1", sleep=clock.sleep)
        first.__enter__()

        def end_the_first(seconds: float) -> None:
            first.__exit__(None, None, None)

        with store.lease((KEY,), "host 2", sleep=end_the_first) as journal:
            assert journal.memory().intents == ()


def test_a_live_holder_keeps_its_lease_whatever_the_clock_says(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        with store.lease((KEY,), "host 1", sleep=clock.sleep) as journal:
            clock.at += timedelta(days=30)
            with pytest.raises(TenantHeld), store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep):
                pytest.fail("two runs hold one tenant")
            journal.intend(INTENT)
        assert store.open_intents((KEY,)) == (INTENT,)


def test_the_fence_rises_with_every_holder(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        for number in (1, 2, 3):
            with store.lease((KEY,), "host 1", sleep=clock.sleep):
                assert fence(state) == number


def test_a_write_renews_the_lease(state: State, clock: Clock) -> None:
    def expires() -> str:
        ((text,),) = state.ask("SELECT expires_at FROM leases")
        return str(text)

    with opened(state, clock) as store, store.lease((KEY,), "host 1", sleep=clock.sleep) as journal:
        before = expires()
        clock.at += timedelta(minutes=10)
        journal.intend(INTENT)
        assert expires() > before


def test_a_run_that_lost_its_fence_writes_nothing(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        with store.lease((KEY,), "host 1", sleep=clock.sleep) as journal:
            kept = journal.intend(INTENT)
            bump_the_fence(state)
            for late in (
                lambda: journal.sent(kept, NOON),
                lambda: journal.settle(kept, Settled.DONE, "", seen=True),
                lambda: journal.looked(kept),
                lambda: journal.bind("main", "sub-1"),
                lambda: journal.intend(INTENT, uses_plan="p-1"),
            ):
                with pytest.raises(LeaseLost, match=r"taken over by host 2, run, pid 9.*writes nothing more"):
                    late()
        assert store.open_intents((KEY,)) == (kept,)
        assert store.recall((KEY,)).bindings == {}
        assert store.plan_use("p-1") is None
        assert fence(state) == 2


def test_a_journal_kept_beyond_its_lease_writes_nothing(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        with store.lease((KEY,), "host 1", sleep=clock.sleep) as journal:
            pass
        with pytest.raises(LeaseLost):
            journal.intend(INTENT)
        assert store.open_intents((KEY,)) == ()


def test_a_lease_ends_with_the_error_that_ended_its_block(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        with pytest.raises(KeyError), store.lease((KEY,), "host 1", sleep=clock.sleep):
            raise KeyError
        with store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep) as journal:
            journal.intend(INTENT)


def test_two_tenants_do_not_hold_each_other_up(state: State, clock: Clock) -> None:
    with (
        opened(state, clock) as store,
        store.lease((KEY,), "host 1", patience=0, sleep=clock.sleep) as one,
        store.lease(("contoso",), "host 1", patience=0, sleep=clock.sleep) as other,
    ):
        one.intend(INTENT)
        other.intend(Intent(**{**{f: getattr(INTENT, f) for f in INTENT.__slots__}, "id": "i-2"}))
    assert clock.slept == []


def test_one_tenant_under_another_name_is_the_same_tenant(state: State, clock: Clock) -> None:
    with opened(state, clock) as store:
        with store.lease(("fabrikam.no",), "host 1", sleep=clock.sleep):
            pass
        with store.lease((KEY, "guid-1"), "host 1", sleep=clock.sleep):
            keys = ("guid-1", "fabrikam.no")
            with pytest.raises(TenantHeld), store.lease(keys, "host 2", patience=0, sleep=clock.sleep):
                pytest.fail("two runs hold one tenant")
            with store.lease(("fabrikam.no",), "host 3", patience=0, sleep=clock.sleep):
                pass
        with store.lease(keys, "host 2", patience=0, sleep=clock.sleep):
            for key in (KEY, "guid-1", "fabrikam.no"):
                with (
                    pytest.raises(TenantHeld, match="host 2"),
                    store.lease((key,), "host 3", patience=0, sleep=clock.sleep),
                ):
                    pytest.fail("two runs hold one tenant")


def test_locks_that_can_not_be_made_stop_the_lease(tmp_path: Path, clock: Clock) -> None:
    with opened(tmp_path, clock) as store:
        for left in (tmp_path / "locks").iterdir():
            left.unlink()
        (tmp_path / "locks").rmdir()
        with (
            pytest.raises(StateUnreadable, match=r"locks.*No such file"),
            store.lease((KEY,), "host 1", sleep=clock.sleep),
        ):
            pytest.fail("a lease without a lock")
    with opened(tmp_path, clock) as store, store.lease((KEY,), "host 1", sleep=clock.sleep):
        pass


def test_threads_of_one_process_take_turns(state: State, clock: Clock) -> None:
    inside: list[str] = []
    most: list[int] = []
    free = threading.Event()

    def breathe(seconds: float) -> None:
        free.wait(0.01)

    def work(name: str, store: Store) -> None:
        with store.lease((KEY,), name, patience=600, sleep=breathe) as journal:
            inside.append(name)
            most.append(len(inside))
            journal.bind("main", name)
            inside.remove(name)

    with opened(state, clock) as store:
        threads = [threading.Thread(target=work, args=(f"t-{n}", store)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert fence(state) == 4
    assert most == [1, 1, 1, 1]


# Processes

CHILD = """
import os, sys
from datetime import UTC, datetime
from reconciler.adapters.store import open_store
from reconciler.errors import TenantHeld
from tests_intent import INTENT

def say(text):
    print(text, flush=True)

def wait(seconds=0):
    say("waiting")
    sys.stdin.readline()

store = open_store(sys.argv[1], create=True, now=lambda: datetime.now(UTC))
say("ready")
sys.stdin.readline()
try:
    me = f"host 1, pid {os.getpid()}"
    with store.lease(("fabrikam.onmicrosoft.com",), me, patience=0.25, sleep=wait) as held:
        if sys.argv[2] == "intend":
            held.sent(held.intend(INTENT), INTENT.intended_at)
        say("mine")
        sys.stdin.readline()
except TenantHeld as error:
    say(f"held by {error.holder}")
store.close()
"""


class Child:
    """Another process that takes the lease when told to, and says how it went."""

    @staticmethod
    def prepare(folder: Path) -> None:
        """Put the intent where a process in ``folder`` finds it."""
        (folder / "tests_intent.py").write_text(
            "from datetime import UTC, datetime\n"
            "from reconciler.memory import Intent\n"
            "from reconciler.model import Action, Subscription\n"
            "INTENT = Intent('i-1', 'fabrikam', 'main', Action.ADD, 'sub-1',\n"
            "    Subscription('office-365-enterprise-e3', 20),\n"
            "    Subscription('office-365-enterprise-e3', 42),\n"
            "    'request-1', 0, ('sub-1',), datetime(2026, 11, 23, 12, tzinfo=UTC))\n"
        )

    def __init__(self, folder: Path, state: Path | str, what: str) -> None:
        self.prepare(folder)
        package = Path(reconciler.__file__).parents[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(state), what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(package)])},
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def end(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


def test_a_killed_run_leaves_its_intent_open_and_its_lease_free(tmp_path: Path, clock: Clock) -> None:
    state = tmp_path / "state"
    child = Child(tmp_path, state, "intend")
    child.go()
    assert child.line() == "mine"
    with opened(state, clock) as store:
        with pytest.raises(TenantHeld, match=f"pid {child.process.pid}"):
            store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep).__enter__()
        child.kill()
        (left,) = known(store)
        assert (left.id, left.settled) == ("i-1", None)
        assert left.sent_at == NOON
        with store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep) as journal:
            journal.settle(left, Settled.NOT_TAKEN, "the service says no", seen=False)
        assert known(store) == ()


def known(store: Store) -> tuple[Intent, ...]:
    found = store.open_intents((KEY,))
    assert not isinstance(found, Unknown)
    return found


def test_of_two_processes_one_holds_the_tenant_and_the_other_learns_who(tmp_path: Path) -> None:
    state = tmp_path / "state"
    children = [Child(tmp_path, state, "hold") for _ in range(2)]
    for child in children:
        child.go()
    answers = {child.line(): child for child in children}
    assert sorted(answers) == ["mine", "waiting"]
    answers["waiting"].go()
    holder = answers["mine"].process.pid
    assert answers["waiting"].line().startswith(f"held by host 1, pid {holder}, since ")
    for child in children:
        child.end()


def test_two_processes_may_make_the_store_at_once(tmp_path: Path, clock: Clock) -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from reconciler.adapters.store import open_store\n"
        "store = open_store(sys.argv[1], create=True, now=lambda: datetime.now(UTC))\n"
        "store.note_fleet_size(sys.argv[2], 1); store.close()"
    )
    package = Path(reconciler.__file__).parents[1]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), f"source-{n}"],
            env={**os.environ, "PYTHONPATH": str(package)},
        )
        for n in range(2)
    ]
    assert [child.wait() for child in children] == [0, 0]
    with opened(tmp_path, clock) as store:
        assert [store.last_fleet_size(f"source-{n}") for n in range(2)] == [1, 1]


FORK = """
import os, sys
from datetime import UTC, datetime
from reconciler.adapters.store import open_store

with open_store(sys.argv[1], create=True, now=lambda: datetime.now(UTC)) as store:
    def connection():
        with store._writable().reading() as open_one:
            return open_one.connection.dbapi_connection

    store.set_stop("audit", "ola")
    parents = connection()
    child = os.fork()
    if child == 0:
        right = connection() is not parents and store.recall(()).stopped == "audit"
        store.lift_stop()
        os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert connection() is parents
    assert store.recall(()).stopped is None
    store.set_stop("audit", "kari")
"""


def test_a_connection_from_before_a_fork_is_not_used_after_it(state: State, clock: Clock) -> None:
    package = Path(reconciler.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    subprocess.run([sys.executable, "-c", FORK, state.where], env=environment, check=True)
    with opened(state, clock) as store:
        assert store.recall(()).stopped == "audit"
