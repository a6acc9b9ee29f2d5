"""Whom a word means: one customer is searched for, many are found in one list, and a doubt is never guessed away."""

from __future__ import annotations

from typing import Any, cast

import pytest
from wired import CUSTOMER, Nobody, Wired, answer

from reconciler.adapters.microsoft.calling import Calls, NoAnswer
from reconciler.adapters.microsoft.customers import KEPT_FOR, UNREAD_FOR, Customers
from reconciler.adapters.microsoft.partner_center import PartnerCenter, subscription_path

SEARCH, LIST = "/v1/customers?size=0", "/v1/customers?size=500"


def one(domain: str, customer_id: str = CUSTOMER) -> dict[str, Any]:
    return {"id": customer_id, "companyProfile": {"domain": domain}, "relationshipToPartner": "reseller"}


def found(*many: dict[str, Any]) -> dict[str, Any]:
    return {"totalCount": len(many), "items": list(many)}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def customers(wire: Wired, clock: Clock | None = None) -> Customers:
    return Customers(PartnerCenter(cast("Calls", wire), Nobody()), clock or Clock())


def test_a_domain_is_searched_for_and_only_the_whole_of_it_counts() -> None:
    wire = Wired({SEARCH: [answer(found(one("contoso.example.net"), one("Contoso.example", "b")))]})
    assert customers(wire).find(" CONTOSO.example ").id == "b"
    for word in ("contoso", "contoso.exampl"):
        with pytest.raises(NoAnswer, match="no customer of this partner"):
            customers(wire).find(word)


def test_two_customers_of_one_domain_are_neither() -> None:
    wire = Wired({SEARCH: [answer(found(one("contoso.example", "a"), one("contoso.example", "b")))]})
    with pytest.raises(NoAnswer, match="2 customers"):
        customers(wire).find("contoso.example")
    wire = Wired(
        {SEARCH: wire.reads[SEARCH], LIST: [answer(found(one("x.example", "a"), one("x.example", "b")))]}
    )
    many = customers(wire)
    many.expect(1000)
    with pytest.raises(NoAnswer, match="no customer"):
        many.find("x.example")


def test_an_id_is_asked_for_by_itself() -> None:
    wire = Wired({f"/v1/customers/{CUSTOMER}": [answer(one("contoso.example"))]})
    assert customers(wire).find(CUSTOMER.upper()).domain == "contoso.example"
    assert wire.asked == [f"/v1/customers/{CUSTOMER}"]


def test_many_are_found_in_one_list_that_is_kept_for_a_while() -> None:
    clock = Clock()
    names = [f"c{n}.example" for n in range(20)]
    wire = Wired({LIST: [answer(found(*(one(name, name) for name in names)))]})
    many = customers(wire, clock)
    many.expect(len(names))
    assert [many.find(name).id for name in names] == names
    assert wire.asked == [LIST]
    clock.now = KEPT_FOR
    many.expect(len(names))
    assert wire.asked == [LIST, LIST]


def test_one_after_the_other_comes_to_the_list_as_well() -> None:
    names = [f"c{n}.example" for n in range(20)]
    listed = found(*(one(name, name) for name in names))
    wire = Wired({LIST: [answer(listed)], SEARCH: [answer(listed)]})
    some = customers(wire)
    assert [some.find(name).id for name in names] == names
    assert len(wire.asked) == 4
    assert wire.asked[-1] == LIST


def test_a_list_that_can_not_be_read_is_left_alone_and_each_is_searched_for() -> None:
    clock, names = Clock(), [f"c{n}.example" for n in range(20)]
    broken = answer({"totalCount": 21, "items": []})
    wire = Wired({LIST: [broken], SEARCH: [answer(found(*(one(name, name) for name in names)))]})
    some = customers(wire, clock)
    some.expect(len(names))
    assert [some.find(name).id for name in names] == names
    assert wire.asked.count(LIST) == 1
    clock.now = UNREAD_FOR
    some.find(names[0])
    assert wire.asked.count(LIST) == 2


def test_another_customer_than_was_asked_for_is_nobody() -> None:
    other = "00000000-69f9-4228-b900-d0e081af17d7"
    wire = Wired({f"/v1/customers/{CUSTOMER}": [answer(one("contoso.example", other))]})
    with pytest.raises(NoAnswer, match="another one"):
        customers(wire).find(CUSTOMER)


@pytest.mark.parametrize("steps", [".", "..", "..."])
def test_an_id_never_leads_out_of_its_place(steps: str) -> None:
    wire = Wired()
    center = PartnerCenter(cast("Calls", wire), Nobody())
    asks = (
        lambda: center.subscriptions(steps),
        lambda: center.subscription(CUSTOMER, steps),
        lambda: center.order(CUSTOMER, steps),
        lambda: subscription_path(CUSTOMER, steps),
    )
    for ask in asks:
        with pytest.raises(NoAnswer, match="no id"):
            ask()
    assert wire.asked == []
    assert subscription_path("a/../b", "c?d#e%2e") == "/v1/customers/a%2F..%2Fb/subscriptions/c%3Fd%23e%252e"
