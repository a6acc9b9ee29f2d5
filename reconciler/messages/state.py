"""Sentences about our own state: the store, its leases, its journal, saved change plans, hand-offs."""

from __future__ import annotations

STATE: dict[str, str] = {
    "state.failed": (
        "the state store {path} can not be used: {what}. Nothing is written to any tenant until it can. "
        "Check the disk, and the owner and permissions of the file and its folder, or restore it from a "
        "back-up; do not delete it while a write may be unsettled"
    ),
    "state.folder-failed": (
        "the state folder {path} can not be used: {what}. Nothing is written to any tenant until it can. "
        "Name a folder you may write to with --state, or mend its owner and permissions"
    ),
    "state.is-a-folder": "there is a folder where the database file should be",
    "state.empty-file": "the file has no content: it was cut off, and what it knew of earlier writes is gone",
    "state.dangling": "it is a link to a place that is not there (a disk that is not mounted?)",
    "state.gone": (
        "it is gone, while the locks of earlier runs are still there (only if nothing was under way can you begin "
        "anew, by taking {locks} away too)"
    ),
    "state.another-file": (
        "it was taken away, or another file was put in its place, while this process had it open. Put it back, or "
        "end this process and start it anew"
    ),
    "state.busy": "another thread of this process has been writing to it for too long (who holds its lock?)",
    "state.log-alone": "its write-ahead log is there, but the database itself is gone",
    "state.tables-missing": "it lacks the tables {tables}",
    "state.not-ours": "it is a database, but not one of this tool",
    "state.other-version": (
        "the state store {path} has schema version {found}, and this version of the tool reads {known}. "
        "Nothing is written. Use the version of the tool that wrote it, or a newer one"
    ),
    "state.other-database": (
        "the state store {where} is not one this version can use: it keeps its state in SQLite or PostgreSQL. Give a "
        "folder, or a URL such as sqlite:////var/lib/reconciler/state.db or postgresql://HOST/DATABASE"
    ),
    "state.server-failed": (
        "the state store {place} can not be used: {what}. Nothing is written to any tenant until it can. Check that "
        "the server runs and can be reached, and that the role may use this database; `reconciler db check` says more"
    ),
    "state.no-driver": "{module} is not installed: `pip install 'reconciler[postgres]'` brings it",
    "state.empty-server": (
        "the state store {place} has no tables yet. Nothing is written to any tenant until it has: a person makes "
        "them, once, with `reconciler db upgrade`"
    ),
    "state.old-server": (
        "the tables of the state store {place} are of revision {found}, and this version of the tool needs {known}. "
        "Nothing is written until somebody runs `reconciler db upgrade`; what runs now can go on meanwhile"
    ),
    "state.other-letters": (
        "its letters are {found}, and names of every language have to be kept: make a database with UTF8 for it"
    ),
    "state.kept": "the database that {kept} names",
    "state.kept-empty": (
        "the state store can not be used: stateFrom names {kept}, and there is nothing in it. Nothing is written to "
        "any tenant until it holds the URL of the database"
    ),
    "state.kept-unreadable": (
        "the state store can not be used: stateFrom names the file {kept}, and that can not be read: {what}. Nothing "
        "is written to any tenant until it can"
    ),
    "state.kept-letters": "it is no text",
    "state.kept-otherwise": (
        "the state store can not be used: what {kept} holds is no URL of a PostgreSQL database "
        "(postgresql://USER:PASSWORD@HOST/DATABASE). Nothing is written to any tenant until it is"
    ),
    "state.copy-from-a-file": "a state is copied from a folder, to a database of PostgreSQL",
    "state.copy-to-a-server": "a state is copied to a database of PostgreSQL (postgresql://USER@HOST/DATABASE)",
    "state.copy-nothing": "there is nothing to copy",
    "state.copy-busy": (
        "somebody is at work on it ({count} locks are held): end the loops and commands that use it, then copy"
    ),
    "state.copy-unsound": "its ledger does not hold, so a copy would prove nothing: `reconciler db check` says more",
    "state.copy-not-empty": "it has tables already: a state is copied into a database that has none",
    "state.copy-differs": "what was copied ({what}) is not what is in the file; nothing was left there",
    "state.copied-to": "the state was copied to {place}: name that in the configuration",
    "state.no-baseline": "what `drift` remembers of it does not decode: {why}",
    "state.read-only": (
        "the state store {path} was opened for reading only, and this needs to write. "
        "Use a command that may write, such as apply, stop or suspend"
    ),
    "state.no-open-intent": (
        "the journal of {tenant} in {path} holds no open intent {intent}: it was settled, or the file was "
        "replaced, while this run worked. Nothing more is written for it; run plan to see where it stands"
    ),
    "lease.holder": "{holder}, since {since}",
    "lease.unsigned": "another run, which is just starting or ending",
    "lease.lost": (
        "{tenant} was taken over by {holder} while this run worked on it. "
        "This run writes nothing more for it; run plan to see where it stands"
    ),
    "intent.unsettled": (
        "{tenant}: an earlier write ({action} of {address}, request {request}) is not settled, so nothing "
        "more is written. Run plan again later, or settle it with evidence: reconciler resolve {tenant}"
    ),
    "plan.used": (
        "the saved change plan {plan} was used at {at}; it counts once, also if interrupted. Plan again"
    ),
}
