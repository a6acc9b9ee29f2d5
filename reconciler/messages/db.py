"""Sentences of `db`: the tables of the state store, made, brought up to date, and looked at."""

from __future__ import annotations

DB: dict[str, str] = {
    "db.made": "Made the tables in {place}: revision {now}.",
    "db.upgraded": "Brought the tables in {place} from revision {before} to {now}.",
    "db.copied": (
        "Copied {rows} rows of {tables} tables from {source} to {place}, and compared each of them. The ledger's "
        "{entries} entries end with {head} in both. The folder has the global stop now: "
        "name the database in the configuration."
    ),
    "db.same": "The tables in {place} are of revision {now} already.",
    "db.none": "There is no state store in {place} yet; the first command that writes makes one.",
    "db.revision": "The tables in {place} are of revision {found}; this version of the tool needs {known}.",
    "db.lacks": "They lack {names}: `reconciler db upgrade` adds what a revision brings, a back-up what was lost.",
    "db.unverified": "There is no ledger to verify: the store is older than it.",
}
