"""What is wanted in, the body of a request to Partner Center out. Nothing here sends anything.

A PATCH replaces the whole subscription, and what it leaves out is deleted (PC 5): so the body that was read goes back
whole, with the one member changed. A number of licences only ever rises; a body that would lower it is not made.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.adapters.microsoft.commerce import WireSubscription
from reconciler.adapters.microsoft.switching import TransitionType
from reconciler.adapters.microsoft.wire import Body


def quantity_patch(raw: Mapping[str, object], total: int) -> dict[str, object]:
    """Return the body that raises a subscription to ``total`` licences: ``raw`` with nothing else changed (PC 5).

    Raises ValueError where the number that stands there can not be read, or is not lower: that is never sent.
    """
    return _raised(raw, total, lowest=1)


def upgrade_request(raw: Mapping[str, object], quantity: int) -> dict[str, object]:
    """Return the body of a legacy switch of ``quantity`` licences: an item of ``upgrades``, sent back whole (PC 6).

    The item carries the number of the source; raises ValueError where it can not be read, or is above ``quantity``.
    """
    return _raised(raw, quantity, lowest=0)


def _raised(raw: Mapping[str, object], total: int, *, lowest: int) -> dict[str, object]:
    """``raw`` with its quantity, however spelled, set to a ``total`` that is at least ``lowest`` above it."""
    before = Body(dict(raw)).count("quantity")
    if not isinstance(before, int) or total < before + lowest:
        raise ValueError(f"a body that would take {before} licences to {total} is never made")
    return {name: total if name.casefold() == "quantity" else value for name, value in raw.items()}


def transition_request(
    source: WireSubscription, to_item: str, quantity: int, kind: TransitionType
) -> dict[str, object]:
    """Return the body of a switch of ``source`` to the catalogue item ``to_item`` (PC 7.2), in place.

    ``quantity`` is the whole number of the source, or more: less would leave two subscriptions behind, so it raises
    ValueError. Term and billing cycle go along as the source has them, since they are not to change.
    """
    if not isinstance(source.quantity, int) or quantity < source.quantity:
        raise ValueError(f"a switch of {quantity} of {source.quantity} licences is never asked for")
    body = Body(dict(source.raw))
    known = {
        "fromCatalogItemId": body.text("offerId"),
        "fromSubscriptionId": body.text("id"),
        "termDuration": body.text("termDuration"),
        "billingCycle": body.text("billingCycle"),
    }
    return {
        **{name: value for name, value in known.items() if isinstance(value, str)},
        "toCatalogItemId": to_item,
        "quantity": quantity,
        "transitionType": kind.wire,
    }


def note_request(text: str) -> dict[str, object]:
    """Return the body that adds a note to a service request: only what changes is sent (PC 9)."""
    return {"NewNote": {"Text": text}}
