"""Every documented body is read by the function that reads it in life, and says there what it says in print."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from wire_samples import FILES, NOT_RECEIVED, NOT_SENT, READ, SENT, UNKNOWN, body, sample

from reconciler.adapters.microsoft.bodies import (
    note_request,
    quantity_patch,
    transition_request,
    upgrade_request,
)
from reconciler.adapters.microsoft.commerce import subscription
from reconciler.adapters.microsoft.directory import ROLE_IDS, roles_request
from reconciler.adapters.microsoft.switching import TransitionType
from reconciler.adapters.microsoft.wire import Body
from reconciler.observe import Unknown


def found(record: Any, path: str) -> Any:
    """What stands at ``items.0.id`` in records, mappings and lists."""
    for step in path.split("."):
        if isinstance(record, Mapping):
            record = record[step]
        elif isinstance(record, Sequence):
            record = record[int(step)]
        else:
            record = getattr(record, step)
    return record


@pytest.mark.parametrize("file", sorted(READ))
def test_a_documented_answer_is_read_as_it_is_meant(file: str) -> None:
    read, expected = READ[file]
    record = read(body(file))
    said = {path: found(record, path) for path in expected}
    assert {p: UNKNOWN if isinstance(v, Unknown) else v for p, v in said.items()} == expected


def test_no_documented_body_is_left_out_and_none_is_told_of_twice() -> None:
    told = [*READ, *NOT_RECEIVED, *SENT, *NOT_SENT]
    assert sorted(told) == FILES
    assert len(FILES) == 117


def test_every_reader_takes_every_documented_body_without_a_stumble() -> None:
    readers = {id(read): read for read, _ in READ.values()}
    for file in FILES:
        for read in readers.values():
            read(body(file))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every member of a body, those that hold others too."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inside:
        yield (*path, step)
        yield from leaves(below, (*path, step))


def spoiled(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """A copy of ``value`` with another thing at ``path``."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = by if len(path) == 1 else spoiled(copy[path[0]], path[1:], by)
    return copy


def flat(record: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every fact of a record by its path; the body that is kept whole is none."""
    if is_dataclass(record) and not isinstance(record, Unknown | Body):
        for each in fields(record):
            if each.name != "raw":
                yield from flat(getattr(record, each.name), f"{path}.{each.name}")
    elif isinstance(record, Mapping) or (isinstance(record, tuple | list) and record):
        pairs = record.items() if isinstance(record, Mapping) else enumerate(record)
        for step, below in pairs:
            yield from flat(below, f"{path}.{step}")
    else:
        yield path, record


# What may become another value than Unknown when something that it is told by is spoilt, and why.
TOLD_BY_OTHERS = {
    "kind": "told by several members, the worst of them first",
    "offer_id": "legacy samples name it in a link only",
    "term_ends": "the day stands beside the second",
    "etag": "there is none, or none that can be sent",
    "scheduled": "anything at all that stands there is an arrangement",
    "next": "compared whole, as a link",
    "text": "an error may be told by several members",
    "code": "an error may be told by several members",
    "course": "follows the code",
    "group": "follows the code",
    "word": "follows status and issues",
    "state": "follows the events",
    "set_up": "follows the plans",
}
EMPTY = (0, False, "", None, (), frozenset())


@pytest.mark.parametrize("file", [f for f in sorted(READ) if "/error-" not in f])
def test_what_is_spoilt_is_not_known_and_never_none_or_nothing(file: str) -> None:
    read, whole = READ[file][0], sample(file)
    before = dict(flat(read(Body(whole))))
    for path in leaves(whole):
        for by in ({"odd": [1]}, ["odd"], 1.5, "\x1b[2J"):
            for where, fact in flat(read(Body(spoiled(whole, path, by)))):
                if where.rpartition(".")[2] in TOLD_BY_OTHERS or where == ".items":
                    continue
                if where in before and fact == before[where]:
                    continue
                if fact == () and by == {"odd": [1]} and where.endswith((".errors", ".merges")):
                    # An object that is there and names none has none: these lists are left out when empty.
                    continue
                shown = isinstance(fact, Unknown | Body) or (isinstance(fact, str) and fact == by)
                assert shown or fact not in EMPTY, (path, by, where, fact)


@pytest.mark.parametrize("file", sorted(READ))
def test_what_is_left_out_is_not_taken_for_no_or_none(file: str) -> None:
    """Lists that are left out when empty are the exception, each of them told in the record's own words."""
    read, whole = READ[file][0], sample(file)
    before = dict(flat(read(Body(whole))))
    for path in leaves(whole):
        for where, fact in flat(read(Body(spoiled(whole, path, None)))):
            if where in before and fact != before[where]:
                assert not isinstance(fact, bool | int) or fact, (path, where, fact)


# What is sent.


def spelled(value: Mapping[str, Any]) -> set[str]:
    return {name.casefold() for name in value}


@pytest.mark.parametrize(
    "file",
    [
        "partner-center/subscription-patch-quantity-legacy.request.json",
        "partner-center/subscription-patch-autorenew-new-commerce.request.json",
        "partner-center/subscription-get-new-commerce.response.json",
        "partner-center/subscription-patch-scheduled-change.response.json",
    ],
)
def test_a_raise_sends_the_whole_subscription_back_with_one_number_changed(file: str) -> None:
    raw = sample(file)
    (name,) = [name for name in raw if name.casefold() == "quantity"]
    total = raw[name] + 3
    sent = quantity_patch(raw, total)
    assert sent == {**raw, name: total}
    assert list(sent) == list(raw)
    assert sample(file) == raw
    assert json.loads(json.dumps(sent)) == sent


def test_the_documented_decrease_can_not_be_made() -> None:
    decrease = sample("partner-center/subscription-patch-quantity-new-commerce-decrease.request.json")
    # The document says: the original quantity was 10.
    for before in (
        {**decrease, "quantity": 10},
        {**decrease, "quantity": None},
        {**decrease, "QUANTITY": 10},
    ):
        with pytest.raises(ValueError, match="never made"):
            quantity_patch({k: v for k, v in before.items() if v is not None}, int(decrease["quantity"]))


def test_a_raise_to_the_same_number_or_of_an_unreadable_one_can_not_be_made() -> None:
    for raw in (
        {"quantity": 5},
        {"quantity": True},
        {"quantity": "many"},
        {"Quantity": 1, "QUANTITY": 2},
        {},
    ):
        with pytest.raises(ValueError, match="never made"):
            quantity_patch(raw, 5)


def test_a_legacy_switch_sends_the_item_back_as_the_document_does() -> None:
    item = sample("partner-center/upgrade-create.request.json")
    assert upgrade_request(item, item["Quantity"]) == item
    assert upgrade_request(item, 4) == {**item, "Quantity": 4}
    with pytest.raises(ValueError, match="never made"):
        upgrade_request({**item, "Quantity": 2}, 1)


def test_a_switch_names_what_the_document_names_and_keeps_term_and_billing() -> None:
    source = subscription(body("partner-center/subscription-get-new-commerce.response.json"))
    sent = transition_request(source, "CFQ7TTC0LF8R:0001:CFQ7TTC0KCSV", 15, TransitionType.WITH_LICENSES)
    assert sent == {
        "fromCatalogItemId": "CFQ7TTC0LH18:0001:CFQ7TTC0K971",
        "fromSubscriptionId": "a4c1340d-6911-4758-bba3-0c4c6007d161",
        "toCatalogItemId": "CFQ7TTC0LF8R:0001:CFQ7TTC0KCSV",
        "quantity": 15,
        "termDuration": "P1Y",
        "billingCycle": "monthly",
        "transitionType": "transition_with_license_transfer",
    }
    documented = sample("partner-center/transition-create.request.json")
    assert set(sent) <= set(documented)
    assert {"toCatalogItemId", "quantity", "transitionType"} <= set(sent)
    assert TransitionType.ONLY.wire == documented["transitionType"]


def test_a_switch_of_a_part_can_not_be_made() -> None:
    source = subscription(body("partner-center/subscription-get-new-commerce.response.json"))
    for quantity, of in ((14, source), (1, subscription(Body({"id": "x"})))):
        with pytest.raises(ValueError, match="never asked for"):
            transition_request(of, "a:b:c", quantity, TransitionType.ONLY)


def test_a_note_sends_only_what_changes() -> None:
    documented = sample("partner-center/servicerequest-update-add-note.request.json")
    sent = note_request("Sample Note")
    assert sent == {"NewNote": {"Text": documented["NewNote"]["Text"]}}
    assert spelled(sent) <= spelled(documented)


def test_the_roles_asked_for_are_those_we_have_words_for_and_no_more_than_one_call_takes() -> None:
    sent = roles_request()
    assert set(sent) == set(sample("graph/me-checkmemberobjects-request.json"))
    assert sent["ids"] == list(ROLE_IDS.values())
    assert len(ROLE_IDS) <= 20
