"""Rows in, values out, and back: intents, suspensions, baselines, and the keys and steps they are found by.

What does not decode (a word a newer version wrote, a hand that was in the file) is a ValueError here, which
the database turns into StateUnreadable: a row that can not be read is never a row that is not there.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, Row

from reconciler.memory import Baseline, Intent, Settled, Standing
from reconciler.model import Action, Subscription, Suspension


def key_of(word: str) -> str:
    """The form under which a way of naming a tenant is kept and looked up."""
    return word.strip().casefold()


def key_made(made: CursorResult[Any]) -> int:
    """The number the database gave to a row just inserted."""
    key = made.inserted_primary_key
    if key is None:
        raise ValueError("the database gave no number to a new row")
    return int(key[0])


def step_of(intent: Intent) -> str:
    """The canonical text of what an intent does; the same wish gives the same text in every process."""
    before, after = intent.before, intent.after
    parts = [
        intent.action.value,
        intent.subscription_id,
        [before.plan, before.licenses],
        [after.plan, after.licenses],
    ]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def intent_values(intent: Intent) -> dict[str, Any]:
    """The columns of an intent, those that only the journal knows left out."""
    return {
        "id": intent.id,
        "tenant": intent.tenant,
        "address": intent.address,
        "action": intent.action.value,
        "subscription_id": intent.subscription_id,
        "before_plan": intent.before.plan,
        "before_licenses": intent.before.licenses,
        "after_plan": intent.after.plan,
        "after_licenses": intent.after.licenses,
        "request_id": intent.request_id,
        "step": step_of(intent),
        "generation": intent.generation,
        "known_ids": list(intent.known_ids),
        "intended_at": intent.intended_at,
        "sent_at": intent.sent_at,
        "settled": intent.settled.value if intent.settled else None,
        "seen": intent.seen,
        "clear_looks": intent.clear_looks,
        "plan_id": intent.plan_id,
        "commit": intent.commit,
        "acknowledged": intent.acknowledged,
        "evidence": intent.evidence,
    }


def intent_of(row: Row[Any]) -> Intent:
    """The intent of a row; ValueError if a word or a list in it can not be read."""
    if not isinstance(row.known_ids, list):
        raise ValueError(f"intent {row.id}: known_ids is no list")
    return Intent(
        id=row.id,
        tenant=row.tenant,
        address=row.address,
        action=Action(row.action),
        subscription_id=row.subscription_id,
        before=Subscription(row.before_plan, row.before_licenses),
        after=Subscription(row.after_plan, row.after_licenses),
        request_id=row.request_id,
        generation=row.generation,
        known_ids=tuple(str(known) for known in row.known_ids),
        intended_at=row.intended_at,
        sent_at=row.sent_at,
        settled=None if row.settled is None else Settled(row.settled),
        seen=row.seen,
        clear_looks=row.clear_looks,
        plan_id=row.plan_id,
        commit=row.commit,
        acknowledged=row.acknowledged,
        evidence=row.evidence,
    )


def suspension_of(row: Row[Any]) -> Suspension:
    """The suspension of a row; ValueError if its day can not be read."""
    return Suspension(reason=row.reason, owner=row.owner, until=date.fromisoformat(row.until))


def baseline_of(row: Row[Any]) -> Baseline:
    """The baseline of a row; ValueError if it is not as we would have written it."""
    try:
        return Baseline(
            subscriptions={str(id_): Standing(**members) for id_, members in row.subscriptions.items()},
            known=frozenset(map(str, row.known)),
            at=row.at,
            website=row.website,
            written=row.written,
        )
    except (AttributeError, TypeError) as wrong:
        raise ValueError(f"the baseline of tenant {row.tenant_id} can not be read: {wrong}") from wrong
