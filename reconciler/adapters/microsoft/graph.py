"""What is asked of Microsoft Graph about one tenant in, what it said out. There is no method here that writes.

Most of it is one batch (Graph 3): the outer answer says nothing about its parts, each of which succeeds, fails or is
throttled by itself. Parts that ask to come again are asked for again, together, as long as patience lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.adapters.microsoft.calling import Answer, Bearer, Calls, NoAnswer, Patience
from reconciler.adapters.microsoft.codes import ruling, tell
from reconciler.adapters.microsoft.directory import (
    DirectoryUser,
    directory_subscription,
    domain,
    graph_sku,
    role_words,
    roles_request,
    user,
)
from reconciler.adapters.microsoft.envelopes import (
    Part,
    batch_parts,
    error_body,
    error_in,
    graph_page,
    repeats,
)
from reconciler.adapters.microsoft.gathered import NOT_ASKED, Ear, InDirectory, nothing_of
from reconciler.adapters.microsoft.health import service_health
from reconciler.adapters.microsoft.pace import Pace
from reconciler.adapters.microsoft.sending import seconds_of
from reconciler.adapters.microsoft.wire import Body
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

T = TypeVar("T")
VERSION = "/v1.0"
EVENTUAL = {"ConsistencyLevel": "eventual"}
BUSY = frozenset({429, 500, 502, 503, 504})
# A thousand pages are a million users; a longer list goes in a circle.
MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Ask:
    """One part of a batch; ``url`` is relative to the version."""

    id: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object | None = None

    def document(self) -> dict[str, object]:
        """Return the part as a batch sends it."""
        more: dict[str, object] = {"headers": dict(self.headers)} if self.headers else {}
        if self.body is not None:
            more |= {"body": self.body, "headers": {**self.headers, "Content-Type": "application/json"}}
        return {"id": self.id, "method": self.method, "url": self.url, **more}


DOMAINS = Ask("domains", "/domains")
SKUS = Ask("skus", "/subscribedSkus")
SUBSCRIPTIONS = Ask("subscriptions", "/directory/subscriptions")
HEALTH = Ask("health", "/admin/serviceAnnouncement/healthOverviews?$expand=issues")
COUNT = Ask("users", "/users?$count=true&$top=1&$select=id", headers=EVENTUAL)
STATES = Ask("states", "/users?$select=id,licenseAssignmentStates&$top=999")
ROLES = Ask("roles", "/me/checkMemberObjects", method="POST", body=roles_request())


class Graph:
    """Reads directories. ``delegated``: a person stands behind the token, so the caller can be asked for its roles."""

    def __init__(self, calls: Calls, root: str, pace: Pace, patience: Patience, *, delegated: bool) -> None:
        self._calls, self._root, self._pace, self._patience = calls, root, pace, patience
        self._delegated = delegated

    def directory(self, bearer: Bearer, ear: Ear) -> InDirectory:
        """Return all that one batch tells of a tenant; what a part does not tell is Unknown with its reason."""
        asks = (DOMAINS, SKUS, SUBSCRIPTIONS, HEALTH, COUNT, STATES, *((ROLES,) if self._delegated else ()))
        parts = ear.hear(lambda: self._batch(bearer, asks, ear))
        if isinstance(parts, Unknown):
            return nothing_of(parts)

        def items(ask: Ask, read: Callable[[Body], T]) -> Fact[tuple[T, ...]]:
            return ear.hear(lambda: tuple(read(item) for item in self._items(bearer, ask, parts)))

        page = ear.hear(lambda: _body(STATES, parts))
        states: Fact[tuple[DirectoryUser, ...]] = NOT_ASKED
        more: Body | None = None
        if isinstance(page, Unknown):
            states = page
        elif graph_page(page).next is None:
            states = ear.hear(lambda: _one_page(page))
        else:
            more = page
        return InDirectory(
            domains=items(DOMAINS, domain),
            skus=items(SKUS, graph_sku),
            subscriptions=items(SUBSCRIPTIONS, directory_subscription),
            health=items(HEALTH, service_health),
            users=ear.hear(lambda: _known(graph_page(_body(COUNT, parts)).count)),
            license_states=states,
            first_users=more,
            roles=ear.hear(lambda: _known(role_words(_body(ROLES, parts))))
            if self._delegated
            else Unknown(say("live.app-only")),
        )

    def users(self, bearer: Bearer, first: Body) -> tuple[DirectoryUser, ...]:
        """Return every user with the state of each licence, from the first page on (Graph 6.5). Raises NoAnswer."""
        found = tuple(user(item) for item in self._pages(bearer, first, STATES.url))
        if repeats(one.id for one in found):
            raise NoAnswer(say("live.again", what=STATES.url.partition("?")[0]), answered=True)
        return found

    def _batch(self, bearer: Bearer, asks: Sequence[Ask], ear: Ear) -> Mapping[str, Part]:
        """Ask for all parts, and again for those that were too busy; the last answer to each counts."""
        found: dict[str, Part] = {}
        left = list(asks)
        for attempt in range(1, self._patience.tries + 1):
            path = f"{VERSION}/$batch"
            body = {"requests": [ask.document() for ask in left]}
            answer = self._calls.read(bearer, path, method="POST", body=body)
            found |= _known(batch_parts(_read_body(answer, path)))
            left = [ask for ask in left if ask.id in found and found[ask.id].status in BUSY]
            if not left:
                break
            told = max(_seconds(found[ask.id]) for ask in left)
            wait = told or float(2 ** (attempt - 1))
            if attempt == self._patience.tries or wait > self._patience.longest_wait:
                ear.later = max(ear.later or 0.0, told) or None
                break
            if any(found[ask.id].status == 429 for ask in left):
                self._pace.hold(wait)
            else:
                # What fails in one directory is no reason to leave the others alone.
                self._patience.sleep(wait)
        return found

    def _items(self, bearer: Bearer, ask: Ask, parts: Mapping[str, Part]) -> Iterator[Body]:
        yield from self._pages(bearer, _body(ask, parts), ask.url)

    def _pages(self, bearer: Bearer, first: Body, what: str) -> Iterator[Body]:
        been: set[str] = set()
        here = first
        for _ in range(MOST_PAGES):
            found = graph_page(here)
            yield from _known(found.items)
            following = _known(found.next_under(self._root))
            if following is None:
                return
            if following in been:
                raise NoAnswer(say("live.round", what=what.partition("?")[0]), answered=True)
            been.add(following)
            # Headers of the first request are not carried over to the next page (Graph 3); none is needed here.
            here = _read_body(self._calls.read(bearer, following), following)
        raise NoAnswer(say("live.pages", what=what.partition("?")[0], most=MOST_PAGES), answered=True)


def _one_page(first: Body) -> tuple[DirectoryUser, ...]:
    """The users of the one page there is; raises NoAnswer where it can not be read."""
    return tuple(user(item) for item in _known(graph_page(first).items))


def _body(ask: Ask, parts: Mapping[str, Part]) -> Body:
    """The body of a part that succeeded; raises NoAnswer for one that is not there or did not."""
    part = parts.get(ask.id)
    if part is None:
        raise NoAnswer(say("live.no-part", what=ask.url.partition("?")[0]), answered=True)
    status = _known(part.status)
    if status == 200:
        return part.body
    error = error_in(status, part.body)
    told = tell(ruling(status, error.code), ask.url.partition("?")[0], status, error.code)
    raise NoAnswer(told, answered=True, later=_seconds(part) or None)


def _read_body(answer: Answer, path: str) -> Body:
    if answer.status != 200:
        error = error_body(answer.status, answer.body)
        told = tell(ruling(answer.status, error.code), path.partition("?")[0], answer.status, error.code)
        raise NoAnswer(told, answered=True, later=answer.later)
    return Body(answer.json())


def _seconds(part: Part) -> float:
    """What a part asks to wait, in seconds, which may be a decimal; 0 where it does not say."""
    return seconds_of(part.retry_after or "") or 0.0


def _known(fact: Fact[T]) -> T:
    if isinstance(fact, Unknown):
        raise NoAnswer(fact.reason, answered=True)
    return fact
