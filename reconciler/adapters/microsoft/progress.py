"""The switches of a subscription in, how far the newest one has come out.

The premise (PC 7.3): a switch is a list of events. Each event has a name (conversion, reassignment) and a status, and
the newest event of a name is where that name stands. The plan is switched when its conversion is completed and so is
its reassignment, if there is one. Only a word that says "failed" about a name we know is a failure: a name or a word
nobody knows is told as it is, and holds the tenant without calling anything broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reconciler.adapters.microsoft.switching import CONVERSION, REASSIGNMENT, Event, Transition
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

ORDERED: Final = "ordered"
RUNNING: Final = "running"
FAILED: Final = "failed"
DONE: Final = "done"
# Words of the service for an event (PC 17: two generations of them).
BEGUN: Final = frozenset({"started", "in-progress"})
LATEST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Progress:
    """``state``: ordered, running, failed, done, or a word we do not know (``conversion-paused``).

    ``status_page_since``: the first word of a conversion, Unknown where there is none or its time can not be read.
    """

    state: Fact[str]
    status_page_since: Fact[datetime]
    failed: tuple[Event, ...] = ()


def newest(transitions: Iterable[Transition]) -> Transition | None:
    """Return the switch that counts, None where there is none: the one with the newest event.

    One without events has only just been ordered, so nothing is newer; and one whose times can not be read may be
    new. One whose conversion has begun and not ended counts whatever came and went beside it. Of several that are
    equally new the one that is not done counts.
    """
    return max(
        transitions,
        key=lambda each: (_is_converting(each), _newest_at(each), state(each) != DONE),
        default=None,
    )


def _is_converting(transition: Transition) -> bool:
    events = transition.events
    if isinstance(events, Unknown) or not events:
        return True
    standing = _standing(events)
    return not isinstance(standing, Unknown) and standing.get(CONVERSION, RUNNING) in {RUNNING, *BEGUN}


def _newest_at(transition: Transition) -> datetime:
    if isinstance(transition.events, Unknown) or not transition.events:
        return LATEST
    return max(event.at if isinstance(event.at, datetime) else LATEST for event in transition.events)


def progress(transition: Transition) -> Progress:
    """Return how far a switch has come."""
    found = state(transition)
    if isinstance(transition.events, Unknown):
        return Progress(found, transition.events)
    failed = tuple(e for e in transition.events if e.status == "failed") if found == FAILED else ()
    return Progress(found, _since(transition.events), failed)


def _since(events: tuple[Event, ...]) -> Fact[datetime]:
    times = [event.at for event in events if event.name == CONVERSION]
    known = [at for at in times if isinstance(at, datetime)]
    if len(known) < len(times) or not known:
        return Unknown(say("microsoft.reason.no-conversion"))
    return min(known)


def state(transition: Transition) -> Fact[str]:
    """Return ordered, running, failed, done, or a word we do not know; Unknown where the events can not be read."""
    events = transition.events
    if isinstance(events, Unknown):
        return events
    if not events:
        return ORDERED
    standing = _standing(events)
    if isinstance(standing, Unknown):
        return standing
    return _together(standing)


def _together(standing: Mapping[str, str]) -> str:
    """Where it all stands, from where each name stands: the worst word that is sure, then the one that is not."""
    known = {name: standing[name] for name in (CONVERSION, REASSIGNMENT) if name in standing}
    if "failed" in known.values():
        return FAILED
    for name, status in standing.items():
        if status not in BEGUN and status != "completed":
            return f"{name}-{status}"
    finished = standing.get(CONVERSION) == "completed" and not BEGUN & set(standing.values())
    return DONE if finished else RUNNING


def _standing(events: tuple[Event, ...]) -> Fact[Mapping[str, str]]:
    """The newest status of each name, in the order the names first come."""
    by_name: dict[str, list[Event]] = {}
    for event in events:
        if isinstance(event.name, Unknown):
            return event.name
        by_name.setdefault(event.name, []).append(event)
    standing: dict[str, str] = {}
    for name, those in by_name.items():
        status = _newest_status(name, those)
        if isinstance(status, Unknown):
            return status
        standing[name] = status
    return standing


def _newest_status(name: str, events: list[Event]) -> Fact[str]:
    """The status of the newest event; of those equally new, what began is older than what came of it."""
    times = [event.at for event in events]
    if len(events) > 1 and not all(isinstance(at, datetime) for at in times):
        words = {event.status for event in events}
        return events[0].status if len(words) == 1 else Unknown(say("microsoft.reason.no-order", name=name))
    last = max((at for at in times if isinstance(at, datetime)), default=None)
    words = {event.status for event in events if event.at == last or len(events) == 1}
    words = words if len(words) == 1 else words - BEGUN
    if len(words) != 1:
        return Unknown(say("microsoft.reason.no-order", name=name))
    return words.pop()
