"""The embedded service knows today's two kinds of commerce: one is switched in place, the other at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from faces import BASIC, CATALOGUE, CONTOSO, E1, E3, FABRIKAM, NEW, OLD, legacy, subscription, tenant

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.writes import Outcome, Reply
from reconciler.observe import TenantRef

Load = Callable[..., Commerce]
OURS, THEIRS = TenantRef("fabrikam", FABRIKAM), TenantRef("contoso", CONTOSO)


REQUESTS = (f"r{number}" for number in count())


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    with closing(Commerce(tmp_path_factory.mktemp("new") / "simulator.db", CATALOGUE)) as service:

        def loaded(*documents: dict[str, Any]) -> Commerce:
            service.clear_faults()
            service.load(documents)
            return service

        yield loaded


def only(service: Commerce, name: str) -> dict[str, Any]:
    document = service.document(name)
    assert document
    (single,) = document["spec"]["subscriptions"]
    found: dict[str, Any] = single
    return found


def order(service: Commerce, ref: TenantRef, name: str, total: int = 20) -> Reply:
    version = service.hidden(ref.name)["versions"].get(name)
    return service.order_switch(ref, name, version=version, to=E3, total=total, request_id=next(REQUESTS))


def set_to(service: Commerce, ref: TenantRef, name: str, total: int) -> Reply:
    version = service.hidden(ref.name)["versions"].get(name)
    return service.set_licenses(ref, name, version=version, total=total, request_id=next(REQUESTS))


def test_a_switch_of_new_commerce_keeps_its_id_and_its_term(load: Load) -> None:
    service = load(tenant("fabrikam", subscription(addOns=["Audio Conferencing"])))
    assert order(service, OURS, NEW, 25).outcome is Outcome.ACCEPTED
    assert only(service, "fabrikam")["switch"]["state"] == "running"
    service.advance(timedelta(minutes=8))
    done = only(service, "fabrikam")
    kept = {
        "id": NEW,
        "termEnds": "2027-03-01T23:59:59Z",
        "autoRenews": True,
        "addOns": ["Audio Conferencing"],
    }
    assert {name: done[name] for name in kept} == kept
    assert (done["plan"], done["licenses"], done["switch"]) == (E3, 25, {"state": "none"})


def test_a_switch_of_legacy_commerce_is_done_at_once_with_a_new_id(load: Load) -> None:
    service = load(tenant("contoso", legacy(payment="invoice")))
    assert order(service, THEIRS, OLD).outcome is Outcome.ACCEPTED
    done = only(service, "contoso")
    assert done["id"] != OLD
    assert (done["plan"], done["commerce"], done["switch"]) == (E3, "legacy", {"state": "none"})
    assert service.events() == ()


def test_a_subscription_that_says_nothing_of_its_commerce_is_switched_as_the_article_tells(
    load: Load,
) -> None:
    unsaid = subscription()
    del unsaid["commerce"]
    service = load(tenant("fabrikam", unsaid))
    order(service, OURS, NEW)
    assert only(service, "fabrikam")["id"] == NEW
    service.advance(timedelta(minutes=8))
    assert only(service, "fabrikam")["id"] != NEW


@pytest.mark.parametrize(("fault", "state"), [("switch-fails", "failed"), ("switch-hangs", "running")])
def test_a_legacy_switch_can_fail_or_hang_like_any_other(load: Load, fault: str, state: str) -> None:
    service = load(tenant("contoso", legacy()))
    service.fault("contoso", fault)
    order(service, THEIRS, OLD)
    stands = only(service, "contoso")
    assert (stands["id"], stands["plan"], stands["switch"]["state"]) == (OLD, E1, state)


def test_a_legacy_order_under_credit_review_is_done_when_the_credit_is_granted(load: Load) -> None:
    service = load(tenant("contoso", legacy()))
    service.fault("contoso", "credit-review", days=2)
    order(service, THEIRS, OLD)
    assert only(service, "contoso")["switch"]["state"] == "ordered"
    service.advance(timedelta(days=2))
    assert only(service, "contoso")["plan"] == E3


@pytest.mark.parametrize("write", [order, set_to])
def test_what_was_arranged_is_lost_with_any_write(load: Load, write: Callable[..., Reply]) -> None:
    service = load(tenant("fabrikam", subscription(scheduled=["renewal", "billing"])))
    assert write(service, OURS, NEW, 25).outcome is Outcome.ACCEPTED
    assert only(service, "fabrikam")["scheduled"] == []


def test_where_nobody_knows_of_arrangements_nobody_does_after_a_write(load: Load) -> None:
    service = load(tenant("fabrikam", subscription(scheduled=None)))
    set_to(service, OURS, NEW, 25)
    assert only(service, "fabrikam")["scheduled"] is None


def test_new_commerce_takes_no_seat_back_and_legacy_does(load: Load) -> None:
    service = load(tenant("fabrikam"), tenant("contoso", legacy()))
    reply = set_to(service, OURS, NEW, 19)
    assert (reply.outcome, reply.code) == (Outcome.REFUSED, "decrease")
    assert only(service, "fabrikam")["licenses"] == 20
    reply = service.set_licenses(THEIRS, OLD, version="*", total=19, request_id=next(REQUESTS))
    assert reply.outcome is Outcome.ACCEPTED


def test_legacy_commerce_switches_nothing_that_has_add_ons(load: Load) -> None:
    service = load(tenant("contoso", legacy(addOns=["Archiving"])))
    reply = order(service, THEIRS, OLD)
    assert (reply.code, "Archiving" in reply.message) == ("add-ons-present", True)


def test_how_a_switch_went_is_kept_until_support_has_settled_it(load: Load) -> None:
    service = load(tenant("fabrikam"))
    service.fault("fabrikam", "switch-fails")
    order(service, OURS, NEW)
    service.advance(timedelta(minutes=8))
    (line,) = service.hidden("fabrikam")["transitions"][NEW]
    assert (line["state"], line["from"], line["to"]) == ("failed", BASIC, E3)
    service.set(f"fabrikam.{NEW}.switch.state", "none")
    assert service.hidden("fabrikam")["transitions"][NEW] == []
