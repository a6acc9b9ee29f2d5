"""What goes wrong on the way: nothing is lowered or ordered twice, a run ends in time, and what is unknown is told.

Time is injected: the client's clock moves when it waits, or when the face is slow; the service's when a test moves it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from documented import undocumented
from heard import PARTNER_CENTER, Sent
from live_worlds import FACE, LiveWorld
from worlds import SB, SBP, WRITING, Spec, declare, live, lowered, sub, want

from reconciler.act import Ending
from reconciler.adapters.simulator.moods import READABLE
from reconciler.adapters.simulator.moods import WORDS as MEMBERS
from reconciler.change_plan import Verdict
from reconciler.model import Declaration
from reconciler.observe import Observation, TenantRef, Unknown
from reconciler.outcomes import Run
from reconciler.reconcile import plan_tenant

# A look is a dozen requests at most, each with its own end (``Patience.whole``), and a run five of them.
LONGEST_LOOK, LONGEST_RUN = 3_600.0, 18_000.0
LATER = 3_700.0
PAGE = 10
NAMES = (f"customer-{number}" for number in count(1))


def tenant_id(name: str) -> str:
    return f"00000000-0000-4000-8000-{int(name.partition('-')[2]):012d}"


class Troubled(LiveWorld):
    """A world whose face is slow by the client's clock, and whose tenants come when they are called for."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        async def passes(seconds: float) -> None:
            self.live.time.passes(seconds)

        face = replace(settings.pop("face", FACE), customers_page=PAGE)
        super().__init__(
            folder, live("first", sub(id="sub-first")), face=replace(face, sleep=passes), **settings
        )

    def tenant(self, subscription: Spec | None = None, **spec: Any) -> str:
        """Load another tenant, and return its name."""
        name = next(NAMES)
        given = {"addOns": [], **(subscription or {})}
        document = live(name, sub(id=f"sub-{name}", **given), tenantId=tenant_id(name), **spec)
        self.service.load([document])
        return name

    def later(self) -> None:
        """Let all faults end, and time pass."""
        self.service.clear_faults()
        self.live.time.passes(LATER)
        self.service.advance(timedelta(hours=2))

    def written(self, name: str) -> list[Spec]:
        """Every write of ours to one tenant, as the service logged it."""
        calls = self.service.calls()
        return [
            c
            for c in calls
            if c["tenant"] == name and c["operation"] in WRITING and c["caller"] == "reconciler"
        ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    with Troubled(tmp_path_factory.mktemp("troubled")) as world:
        yield world


# looks


@dataclass(frozen=True)
class Steady:
    """A tenant whose plan is to be switched, for all that only looks; ``sound``: as it is seen without trouble."""

    declared: Declaration
    sound: Observation

    @property
    def ref(self) -> TenantRef:
        return TenantRef.of(self.declared)

    def place(self, path: str) -> str:
        return path.format(customer=tenant_id(self.declared.name))


@pytest.fixture(scope="module")
def steady(world: Troubled) -> Steady:
    declared = declare(world.tenant(), want("main", SBP, 20))
    return Steady(declared, world.reader.observe(TenantRef.of(declared)))


@pytest.fixture(autouse=True)
def no_trouble_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").later()


def facts(seen: Observation) -> dict[str, Any]:
    """Every fact of a look by its name; those of its one subscription after a dot."""
    about_the_look = ("at", "later", "answered")
    found = {f.name: getattr(seen, f.name) for f in fields(seen) if f.name not in about_the_look}
    if not isinstance(seen.subscriptions, Unknown):
        (one,) = found.pop("subscriptions")
        found |= {f".{f.name}": getattr(one, f.name) for f in fields(one)}
    return found


def unread(seen: Observation) -> set[str]:
    return {name for name, fact in facts(seen).items() if isinstance(fact, Unknown)}


EVERYTHING = {"domain", "tenant_id", "domains", "roles", "users", "website", "credit_review", "services"}
# What is asked for a switch, by a part of its address; what is unknown where it is never answered; and the verdict.
# A fact that is told in two places is known as long as one of them answers.
ASKED: dict[str, tuple[set[str], Verdict]] = {
    "/customers?": ({*EVERYTHING, "subscriptions"}, Verdict.UNKNOWN),
    "{customer}/subscriptions": ({"credit_review", "subscriptions"}, Verdict.UNKNOWN),
    "/provisioningstatus": (set(), Verdict.APPLY),
    "/transitionEligibilities": ({".offers"}, Verdict.UNKNOWN),
    "/transitions": ({".switch"}, Verdict.UNKNOWN),
    "/addons": ({".add_ons"}, Verdict.APPLY),
    "/orders": ({"credit_review"}, Verdict.UNKNOWN),
    "$batch": (
        {"domains", "roles", "users", "website", "services", ".users_without_license"},
        Verdict.UNKNOWN,
    ),
    "/domains": ({"domains", "website"}, Verdict.APPLY),
    "/subscribedSkus": (set(), Verdict.APPLY),
    "/directory/subscriptions": (set(), Verdict.APPLY),
    "/admin/": ({"services"}, Verdict.UNKNOWN),
    "/users?$count": ({"users"}, Verdict.APPLY),
    "/me/": ({"roles"}, Verdict.UNKNOWN),
    "/users?$select": ({".users_without_license"}, Verdict.UNKNOWN),
}
PARTS = {"/domains", "/subscribedSkus", "/directory/subscriptions", "/admin/", "/users?$count", "/me/"} | {
    "/users?$select"
}
# What comes again by itself is asked again; each in a moment, or when it is told to.
PASSING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("throttle", {"seconds": 2}),
    ("error", {"status": 503}),
    ("cut", {}),
    ("token-expires", {}),
)


@pytest.mark.parametrize(("kind", "options"), PASSING, ids=[kind for kind, _ in PASSING])
def test_a_look_gets_over_what_passes_wherever_it_strikes(
    kind: str, options: dict[str, Any], world: Troubled, steady: Steady
) -> None:
    # Of a batch that is cut there are no parts, and who signs in does so for all of it.
    struck = [path for path in ASKED if path not in PARTS or kind in ("throttle", "error")]
    for path in struck:
        world.service.fault(steady.declared.name, kind, path=steady.place(path), **options)
    began = world.live.time.now
    assert facts(world.reader.observe(steady.ref)) == facts(steady.sound)
    assert world.service.faults() == (), "each of them struck"
    assert world.live.time.now - began < 120


@pytest.mark.parametrize("path", ASKED)
def test_what_is_never_answered_is_unknown_with_its_reason_and_all_else_is_as_it_is(
    path: str, world: Troubled, steady: Steady
) -> None:
    unknown, verdict = ASKED[path]
    storm, options = ("throttle", {"seconds": 2}) if path in PARTS else ("error", {"status": 500})
    world.service.fault(steady.declared.name, storm, times=None, path=steady.place(path), **options)
    began = world.live.time.now
    plan, seen = plan_tenant(steady.declared, world.reader, world.store, world.plans)
    assert world.live.time.now - began < LONGEST_LOOK
    assert plan.verdict is verdict
    assert unread(seen) - unread(steady.sound) == unknown
    assert all(fact.reason for fact in facts(seen).values() if isinstance(fact, Unknown))
    known = facts(seen).keys() - unread(seen)
    assert {fact: facts(seen)[fact] for fact in known} == {fact: facts(steady.sound)[fact] for fact in known}


def test_a_body_that_is_no_json_makes_what_it_would_have_told_unknown_and_nothing_else(
    world: Troubled, steady: Steady
) -> None:
    struck = [
        "/provisioningstatus",
        "/transitionEligibilities",
        "/transitions",
        "/addons",
        "/orders",
        "$batch",
    ]
    for path in struck:
        world.service.fault(steady.declared.name, "malformed-json", path=path)
    seen = world.reader.observe(steady.ref)
    assert world.service.faults() == ()
    told = set().union(*(ASKED[path][0] for path in struck))
    # Set up is told by two, neither of which could be read, and so is the licence that users are counted by.
    assert unread(seen) - unread(steady.sound) == told | {".assigned", ".provisioned"}


def test_who_is_told_to_stay_away_stays_away_and_says_for_how_long(world: Troubled, steady: Steady) -> None:
    world.service.fault(steady.declared.name, "throttle", path="/transitions", seconds=600)
    seen = world.reader.observe(steady.ref)
    assert seen.later == timedelta(seconds=600)
    assert seen.answered
    assert ".switch" in unread(seen)
    asked, at = len(world.record.of(PARTNER_CENTER)), world.live.time.now
    again = world.reader.observe(steady.ref)
    assert isinstance(again.subscriptions, Unknown)
    assert again.later is not None
    assert len(world.record.of(PARTNER_CENTER)) == asked, "nothing goes out meanwhile"
    assert world.live.time.now == at, "and nobody waits for so long"
    world.live.time.passes(600)
    assert unread(world.reader.observe(steady.ref)) == unread(steady.sound)


@pytest.mark.parametrize("kind", ["page-repeats", "page-ends-early"])
def test_pages_that_repeat_or_end_early_are_no_list(kind: str, world: Troubled) -> None:
    as_declared = world.tenant({"plan": SBP})
    wish = declare(as_declared, want("main", SBP, 20))
    world.service.fault(as_declared, kind, path=f"{tenant_id(as_declared)}/subscriptions")
    assert world.plan(wish).verdict is Verdict.UNKNOWN
    assert world.plan(wish).verdict is Verdict.IN_SYNC

    crowded = world.tenant(users=2100)
    world.service.fault(crowded, kind, path="licenseAssignmentStates")
    assert ".users_without_license" in unread(world.reader.observe(TenantRef.of(declare(crowded))))

    for _ in range(PAGE):
        world.tenant()
    world.service.fault(crowded, kind, path="/customers?")
    assert isinstance(world.reader.tenants(), Unknown)
    listed = world.reader.tenants()
    assert not isinstance(listed, Unknown)
    assert {ref.name for ref in listed} == set(world.service.tenants())


# No rule goes by the billing cycle, so a strange one holds nothing.
WORDS = ("status", "payment", "plan", "switch.state", "creditReview.state")


@pytest.mark.parametrize("member", WORDS)
def test_a_word_nobody_knows_holds_the_tenant(member: str, world: Troubled, steady: Steady) -> None:
    world.service.fault(steady.declared.name, "unknown-word", times=None, member=member, word="in-limbo")
    plan = world.plan(steady.declared)
    assert plan.verdict not in (Verdict.APPLY, Verdict.IN_SYNC)
    assert plan.writes == ()


# writes

RAISE, SWITCH = "set_licenses", "order_switch"
WISHES = {RAISE: ({"plan": SBP}, want("main", SBP, 22)), SWITCH: ({"plan": SB}, want("main", SBP, 20))}
HELD = None


@dataclass(frozen=True)
class Came:
    """What a write through a fault comes to: how the step ends, whether the service took it, and what follows.

    ``done``: at last all is as declared, by how many writes that were taken. False: it is held until a person says.
    """

    ending: Ending
    taken: bool
    done: bool = True


NOT_TAKEN = Came(Ending.WAITING, taken=False)
LOST = Came(Ending.UNKNOWN, taken=False, done=False)
FOUND = {RAISE: Came(Ending.DONE, taken=True), SWITCH: Came(Ending.STARTED, taken=True)}
LATE = {RAISE: Came(Ending.UNKNOWN, taken=True), SWITCH: Came(Ending.STARTED, taken=True)}
OVERTAKEN = Came(Ending.FAILED, taken=False)
Row = tuple[str, str, dict[str, Any], Came]


def rows() -> Iterator[Row]:
    for on in (RAISE, SWITCH):
        yield on, "lost-before", {}, LOST
        yield on, "lost-after", {}, FOUND[on]
        yield on, "error", {"status": 500}, LOST
        yield on, "error", {"status": 503, "taken": True}, FOUND[on]
        yield on, "throttle", {"seconds": 30}, NOT_TAKEN
        yield on, "token-expires", {}, NOT_TAKEN
        yield on, "cut", {}, FOUND[on]
        yield on, "malformed-json", {}, FOUND[on]
        yield on, "slow", {"seconds": 400}, FOUND[on]
        yield on, "late-visibility", {"minutes": 3}, LATE[on]
        yield on, "concurrent-admin", {"by": 1}, OVERTAKEN
    yield RAISE, "accepted", {"minutes": 3}, LATE[RAISE]
    # A raise is absolute, and may be judged anew; a switch may be the very change that is under way.
    yield RAISE, "error", {"status": 409}, NOT_TAKEN
    yield SWITCH, "error", {"status": 409}, LOST
    yield SWITCH, "error", {"status": 409, "taken": True}, FOUND[SWITCH]


QUICK = (
    (RAISE, "lost-before"),
    (RAISE, "accepted"),
    (RAISE, "concurrent-admin"),
    (SWITCH, "lost-after"),
    (SWITCH, "token-expires"),
    (SWITCH, "throttle"),
)


@pytest.mark.parametrize(
    ("on", "kind", "options", "came"),
    [
        pytest.param(*row, marks=() if row[:2] in QUICK else pytest.mark.soak, id="-".join(map(str, row[:3])))
        for row in rows()
    ],
)
def test_what_becomes_of_a_write_is_found_by_looking_and_it_is_never_made_twice(
    on: str, kind: str, options: dict[str, Any], came: Came, world: Troubled
) -> None:
    subscription, wish = WISHES[on]
    name = world.tenant(subscription)
    declared = declare(name, wish)
    world.service.fault(name, kind, on=on, **options)
    first = run(world, declared)
    assert [outcome.ending for _, outcome in first.outcomes] == [came.ending]
    assert world.service.faults() == (), "it struck"
    assert [call["taken"] for call in world.written(name) if call["taken"]] == [True] * came.taken
    world.later()
    again = run(world, declared, wait=True)
    if came.done:
        by_other = kind == "concurrent-admin" and on == SWITCH
        assert again.last.verdict is (Verdict.SUPPORT if by_other else Verdict.IN_SYNC)
    else:
        ((_, outcome),) = again.outcomes
        assert outcome.held
        assert "not settled whether an earlier write" in outcome.message
    assert len([call for call in world.written(name) if call["taken"]]) == came.done


def run(world: Troubled, declared: Declaration, *, wait: bool = False) -> Run:
    """Run once, and see to it that what must never be is not."""
    name, asked, began = declared.name, len(world.record.requests), world.live.time.now
    done = world.run(declared, wait=wait)
    assert world.live.time.now - began < LONGEST_RUN
    calls = world.written(name)
    assert lowered([call for call in calls if call["taken"]]) == []
    assert [call for call in calls if call["code"] in ("repeated", "request-id-reused")] == []
    assert undocumented(world.record.requests[asked:]) == []
    assert looked_before(world.record.requests[asked:])
    if done.last.verdict is Verdict.IN_SYNC:
        wishes = sorted((wish.plan, wish.licenses) for wish in declared.subscriptions)
        assert sorted(world.standing(name).values()) == wishes
    return done


def looked_before(requests: list[Sent]) -> bool:
    """Whether the subscription was read, well and by itself, before each write and after the one before."""
    seen: set[str] = set()
    for sent in requests:
        place = sent.path.removesuffix("/transitions").removesuffix("/upgrades")
        if sent.method == "GET" and sent.status == 200:
            seen.add(sent.path)
        if sent.service == PARTNER_CENTER and sent.method != "GET":
            if place not in seen:
                return False
            seen.clear()
    return True


def test_the_check_of_looks_finds_a_write_without_one() -> None:
    place = "/v1/customers/c/subscriptions/s"
    look, write = Sent("GET", place, "", {}, status=200), Sent("PATCH", place, "", {}, status=200)
    order = Sent("POST", f"{place}/transitions", "", {}, status=200)
    assert looked_before([look, write, look, order])
    for wrong in ([write], [look, write, write], [replace(look, status=503), order], [look, order, write]):
        assert not looked_before(wrong)


def test_a_switch_that_somebody_ordered_a_moment_before_leaves_ours_unknown_and_is_found(
    world: Troubled,
) -> None:
    """The service knows of a pending operation (900278) that no look has shown yet."""
    name = world.tenant()
    declared = declare(name, want("main", SBP, 20))

    def somebody_is_faster(sent: Sent) -> None:
        if sent.method == "POST" and sent.path.endswith("/transitions"):
            world.record.before = nobody
            world.service.order_switch(
                TenantRef(name, declared.tenant),
                f"sub-{name}",
                version="*",
                to=SBP,
                total=20,
                request_id=f"of somebody else, {name}",
                caller="another administrator",
            )

    world.record.before = somebody_is_faster
    done = run(world, declared)
    assert [sent.answered()["code"] for sent in world.record.requests if sent.status == 409][-1:] == [900278]
    assert [outcome.ending for _, outcome in done.outcomes] == [Ending.STARTED]
    world.later()
    assert run(world, declared).last.verdict is Verdict.IN_SYNC
    assert [call["taken"] for call in world.written(name)] == [False]


def nobody(sent: Sent) -> None:
    """Leave the world as it is."""


def test_tokens_that_lapse_in_the_middle_of_a_run_are_renewed(world: Troubled) -> None:
    name = world.tenant()
    declared = declare(name)
    begun = len(world.record.requests)

    def hours_pass(sent: Sent) -> None:
        if len(world.record.requests) - begun in (4, 14, 26, 40):
            world.service.advance(timedelta(hours=2))
            # As long as a token that was refused means the token, and not the right.
            world.live.time.passes(60)

    world.record.before = hours_pass
    done = run(world, declared, wait=True)
    world.record.before = nobody
    assert done.last.verdict is Verdict.IN_SYNC
    assert len([sent for sent in world.record.requests[begun:] if sent.status == 401]) >= 3
    assert sum(call["taken"] for call in world.written(name)) == 2


@pytest.fixture
def unversioned(tmp_path: Path) -> Iterator[Troubled]:
    """New commerce shows no etag, as in every printed sample, and raises are allowed all the same."""
    with Troubled(tmp_path, face=replace(FACE, etags=False), without_version=True) as world:
        yield world


def test_without_a_version_another_raise_in_the_same_second_is_the_race_that_remains(
    unversioned: Troubled,
) -> None:
    """What docs/partner-center.md says of ``raiseWithoutEtag``: never fewer, at worst not the other's number."""
    for by, ending, stands in ((1, Ending.DONE, 22), (8, Ending.FAILED, 28)):
        name = unversioned.tenant({"plan": SBP})
        unversioned.service.fault(name, "concurrent-admin", by=by)
        done = run(unversioned, declare(name, want("main", SBP, 22)))
        assert [outcome.ending for _, outcome in done.outcomes][:1] == [ending]
        assert unversioned.standing(name) == {f"sub-{name}": (SBP, stands)}


def test_without_a_version_nothing_is_raised_unless_that_is_allowed(tmp_path: Path) -> None:
    with Troubled(tmp_path, face=replace(FACE, etags=False)) as world:
        name = world.tenant({"plan": SBP})
        done = run(world, declare(name, want("main", SBP, 22)))
        assert [outcome.held for _, outcome in done.outcomes] == [True]
        assert world.written(name) == []
        assert [sent for sent in world.record.of(PARTNER_CENTER) if sent.method != "GET"] == []


# any trouble, in any order

READS: tuple[tuple[str, dict[str, tuple[Any, ...]]], ...] = (
    ("throttle", {"seconds": (1, 30, 61, 600), "path": tuple(ASKED)}),
    ("error", {"status": (500, 502, 503, 504, 403, 404), "path": tuple(ASKED)}),
    ("malformed-json", {"path": tuple(ASKED)}),
    ("cut", {"path": tuple(ASKED)}),
    ("slow", {"seconds": (5, 90, 250), "path": tuple(ASKED)}),
    ("page-repeats", {"path": ("{customer}/subscriptions", "licenseAssignmentStates", "/customers?")}),
    ("page-ends-early", {"path": ("{customer}/subscriptions", "licenseAssignmentStates", "/customers?")}),
    ("token-expires", {"path": tuple(ASKED)}),
    ("partial-read", {"facts": tuple([fact] for fact in sorted(READABLE))}),
    ("unknown-word", {"member": MEMBERS, "word": ("in-limbo",)}),
)
WRITES: tuple[tuple[str, dict[str, tuple[Any, ...]]], ...] = (
    ("lost-before", {}),
    ("lost-after", {}),
    ("error", {"status": (500, 503, 408, 409), "taken": (False, True)}),
    ("throttle", {"seconds": (1, 30, 600)}),
    ("late-visibility", {"minutes": (1, 30)}),
    ("accepted", {"minutes": (1, 30), "on": ("set_licenses",)}),
    ("concurrent-admin", {"by": (1, 8)}),
    ("cut", {}),
    ("malformed-json", {}),
    ("slow", {"seconds": (5, 250)}),
    ("token-expires", {}),
)


class Script:
    """A few tenants through a few passes of chance, by its seed; then all faults end."""

    def __init__(self, world: Troubled, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        kinds = [
            {"plan": plan, "commerce": commerce}
            for plan in (SB, SBP)
            for commerce in ("new-commerce", "legacy")
        ]
        names = [world.tenant(self.chance.choice(kinds)) for _ in range(2)]
        self.declared = [declare(name) for name in names]

    def goes_through(self) -> None:
        for _ in range(2):
            for declared in self.declared:
                for _ in range(self.chance.randint(0, 3)):
                    self.trouble(declared.name)
                self.world.record.before = self.hours_pass if self.chance.random() < 0.3 else nobody
                run(self.world, declared, wait=self.chance.random() < 0.5)
            self.world.live.time.passes(self.chance.choice((60, 700, LATER)))
            self.world.service.advance(timedelta(minutes=self.chance.choice((1, 20, 130))))
        self.world.record.before = nobody
        self.world.later()
        for declared in self.declared:
            run(self.world, declared, wait=True)
        self.world.later()
        for declared in self.declared:
            self.ends_well(declared)

    def trouble(self, name: str) -> None:
        is_write = self.chance.random() < 0.4
        kind, choices = self.chance.choice(WRITES if is_write else READS)
        options = {option: self.chance.choice(values) for option, values in choices.items()}
        if "path" in options:
            options["path"] = options["path"].format(customer=tenant_id(name))
        if is_write:
            options.setdefault("on", "write")
        times = self.chance.choice((1, 1, 2, None))
        self.world.service.fault(name, kind, times=times, **options)

    def hours_pass(self, sent: Sent) -> None:
        """Let tokens lapse, somewhere."""
        if sent.service and self.chance.random() < 0.1:
            self.world.record.before = nobody
            self.world.service.advance(timedelta(hours=2))

    def ends_well(self, declared: Declaration) -> None:
        name = declared.name
        done = run(self.world, declared, wait=True)
        ours = self.world.written(name)
        taken = [call["operation"] for call in ours if call["taken"]]
        assert len(taken) == len(set(taken)), "a switch once, and a raise once"
        if done.last.verdict is Verdict.IN_SYNC:
            return
        assert all(outcome.held and outcome.message for _, outcome in done.outcomes)
        # Nothing else may hold it: a write of which no answer came, and no effect is seen; or what others changed.
        sent = [one for one in self.world.record.of(PARTNER_CENTER) if tenant_id(name) in one.path]
        calls = [call for call in self.world.service.calls() if call["tenant"] == name]
        by_others = [call for call in calls if call["caller"] != "reconciler"]
        assert by_others or len([one for one in sent if one.method != "GET"]) > len(taken)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_goes_wrong_nothing_is_lowered_or_ordered_twice_and_it_ends(
    seed: int, world: Troubled
) -> None:
    Script(world, seed).goes_through()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 112))
def test_whatever_goes_wrong_for_long(seed: int, tmp_path: Path) -> None:
    unversioned = {"face": replace(FACE, etags=False), "without_version": True}
    with Troubled(tmp_path, **(unversioned if seed % 3 == 0 else {})) as world:
        for further in range(10):
            Script(world, 1000 * seed + further).goes_through()
