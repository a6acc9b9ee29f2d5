"""The word a file names a tenant by in, the partner's customer it means out.

One tenant is searched for; many are found in one list, read once and kept for a while: it is the same for all. A loop
asks for one after the other, so after a few searches the list is read as well.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from threading import Lock

from reconciler.adapters.microsoft.calling import NoAnswer
from reconciler.adapters.microsoft.commerce import Customer
from reconciler.adapters.microsoft.partner_center import PartnerCenter
from reconciler.adapters.microsoft.wire import same
from reconciler.messages import say

# A partner's new customer is found after so many seconds at the latest.
KEPT_FOR = 600.0
# A list that could not be read is not tried again for so many seconds.
UNREAD_FOR = 60.0
# From so many on, one list of all customers is less than a search for each.
MANY = 4
_GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Customers:
    """Finds customers; safe to share between threads."""

    def __init__(self, center: PartnerCenter, clock: Callable[[], float] = time.monotonic) -> None:
        self._center, self._clock = center, clock
        self._listed: Mapping[str, Customer] | None = None
        self._until = self._not_before = 0.0
        self._searches: list[float] = []
        self._lock = Lock()

    def expect(self, number: int) -> None:
        """Read the list of all, if so many are about to be asked for that it pays.

        Where it can not be read it is left alone for a while: each is searched for, and says why if that fails too.
        """
        if number < MANY:
            return
        with self._lock:
            now = self._clock()
            if now < self._not_before or (self._listed is not None and now < self._until):
                return
            self._listed = None
            try:
                self._listed = _by_word(self._center.customers())
            except NoAnswer:
                self._not_before = self._clock() + UNREAD_FOR
            else:
                self._until = self._clock() + KEPT_FOR

    def listed(self) -> tuple[Customer, ...]:
        """Return all customers as they are now, and keep the list for who is looked for next. Raises NoAnswer."""
        found = self._center.customers()
        with self._lock:
            self._listed, self._until = _by_word(found), self._clock() + KEPT_FOR
        return found

    def find(self, word: str) -> Customer:
        """Return the customer of a domain or an id. Raises NoAnswer where there is none, or nobody can say."""
        word = word.strip().casefold()
        listed = self._known(word)
        if listed is None:
            self.expect(self._search())
            listed = self._known(word)
        return listed or self._searched(word)

    def _known(self, word: str) -> Customer | None:
        with self._lock:
            listed = self._listed if self._clock() < self._until else None
        return None if listed is None else listed.get(word)

    def _search(self) -> int:
        """Note that somebody is looked for who is in no list, and return how many were lately."""
        with self._lock:
            now = self._clock()
            self._searches = [*(at for at in self._searches if now - at < KEPT_FOR), now][-MANY:]
            return len(self._searches)

    def _searched(self, word: str) -> Customer:
        if _GUID.fullmatch(word):
            one = self._center.customer(word)
            if isinstance(one.id, str) and not same(one.id, word):
                raise NoAnswer(say("live.other-customer", word=word), answered=True)
            return one
        found = [c for c in self._center.customers_by_domain(word) if _same(c.domain, word)]
        if len(found) == 1:
            return found[0]
        key = "live.no-customer" if not found else "live.many-customers"
        raise NoAnswer(say(key, word=word, count=len(found)), answered=True)


def _same(domain: object, word: str) -> bool:
    return isinstance(domain, str) and domain.casefold() == word


def _by_word(customers: tuple[Customer, ...]) -> Mapping[str, Customer]:
    """Customers by id and by domain; a word that two of them answer to names neither."""
    found: dict[str, Customer | None] = {}
    for one in customers:
        for word in {w.casefold() for w in (one.id, one.domain) if isinstance(w, str)}:
            found[word] = None if word in found else one
    return {word: one for word, one in found.items() if one is not None}
