"""Sentences about drift: what differs, whose doing it is, and what to do about it."""

from __future__ import annotations

DRIFT: dict[str, str] = {
    "drift.unknown-word": 'the service says "{word}", a word this version does not know',
    "drift.ambiguous": "it is not clear which live subscription this is: {candidates}",
}
