"""Sentences about a fleet of workers and the queue between them."""

from __future__ import annotations

QUEUE: dict[str, str] = {
    "queue.no-server": (
        "A fleet shares its state, so it needs a PostgreSQL database; {place} is a file of this machine. Name the "
        "database with `--state postgresql://...` or `state:` (docs/fleet.md)."
    ),
    "queue.no-engine": (
        "A fleet of workers needs more than is installed (there is no module {module}): "
        "`pip install 'reconciler[fleet]'`."
    ),
    "queue.no-tables": (
        "There are no tables of a fleet's queue in {place} yet. A fleet needs them: `reconciler db upgrade` makes them."
    ),
    "queue.old-tables": (
        "The tables of the fleet's queue in {place} are older ({found}) than this version needs ({known}): run "
        "`reconciler db upgrade`."
    ),
    "queue.lacks": "The tables of the fleet's queue in {place} lack {names}: a back-up has what was lost.",
    "queue.ready": "The tables of the fleet's queue there are as this version needs them.",
    "queue.half-way": (
        "The tables of the fleet's queue there are as this version needs them. What only older ones need is still "
        "there: run `reconciler db upgrade` once more when no program of an older version runs."
    ),
    "queue.left-out": (
        "The tables of a fleet's queue were left alone, for `reconciler[fleet]` is not installed here; a fleet needs "
        "them."
    ),
    "queue.not-looked-at": (
        "The tables of a fleet's queue were not looked at, for `reconciler[fleet]` is not installed here; only a fleet "
        "needs them."
    ),
    "queue.says": "the queue says: {what}",
    "queue.ended": "the queue ended, and is begun anew: {why}",
    "queue.no-reason": "it gave no reason",
    "queue.swept": "took back what dead workers held",
    "queue.behind": (
        "this worker has read other tenant files than its dispatcher: no pass is made here of what differs. See that "
        "both can read the source; what was committed last is read again at each interval."
    ),
    "queue.silent": (
        "The database has not answered for {seconds} s: this process ends, so that whoever supervises it starts a new "
        "one."
    ),
    "queue.once": "--once and --fleet do not go together: a fleet has its turns with the workers, not here.",
}
