"""The sentences of the history: what happened to a tenant, and whether the journal is as it was recorded."""

HISTORY: dict[str, str] = {
    "history.which": "Name a tenant, or say --verify, or --export DIR.",
    "history.whole": "--verify is for the whole store: name no tenant, and neither --export, --limit nor --since.",
    "history.only-listing": "--limit and --since are for the history of one tenant, not for --export.",
    "history.expect-verifies": "--expect HASH goes with --verify.",
    "history.no-hash": "{text} is no head hash; it has 64 digits and letters from a to f, as --verify prints it.",
    "history.one-format": "--export writes JSON files; --format is for what is printed.",
    "history.head": "{tenant}: {entries}, newest first.",
    "history.one-entry": "1 entry",
    "history.entries": "{count} entries",
    "history.nothing": (
        "{tenant}: nothing was ever written, no brake was set and nothing was handed off, as far as {state} knows."
    ),
    "history.nothing-since": "{tenant}: nothing since {since}. Older entries: {older}.",
    "history.no-store": "{tenant}: nothing was ever written from here: there is no state store in {state}.",
    "history.more": "Older entries not shown: {older}. --limit {all} shows them.",
    "history.doubted": (
        "warning: the journal in {state} is not as it was recorded, so this history may not be either. "
        "`reconciler history --verify` names what was altered."
    ),
    "history.before-ledger": "before the ledger was kept",
    "history.asked": "by {by}, commit {commit}, change plan {plan}, request {request}",
    "history.settled-by": "; settled by {by} on {at}",
    "history.no-commit": "none",
    "history.outcome": "{outcome}: {evidence}",
    "history.unseen": "; no look has shown it yet",
    "history.open": "open: it may have been sent, and its outcome is not known yet",
    "history.unsent": "open: recorded, and not sent",
    "history.stop-set": "global stop set: {reason} ({owner})",
    "history.stop-lifted": "global stop lifted; it was: {reason} ({owner})",
    "history.suspended": "suspended until {until}: {reason} ({owner})",
    "history.resumed": "resumed; it was suspended until {until}: {reason} ({owner})",
    "history.by": "by {by}",
    "history.handoff": "hand-off {id} {state}: {request}, {change}",
    "history.nothing-live": "nothing that is live",
    "history.by-handoff": "by {by}, commit {commit}, ticket {ticket}",
    "history.ticket-seen": " ({status})",
    "history.noted": ", with our note of: {states}",
    "history.exported": (
        "{changes} in {folder}: {written} written, {again} brought up to date, {same} there already."
    ),
    "history.one-change": "1 change",
    "history.changes": "{count} changes",
    "history.nothing-to-export": "There are no changes to export; nothing was written.",
    "history.older": (
        "the state store in {state} was last written by a version that kept no ledger, so nothing vouches for what is "
        "in it. The next command that writes, such as suspend or apply, begins one with what it finds; from then on it "
        "can be verified and exported"
    ),
    "history.differs": (
        "these files are not what the journal says of their changes, now or earlier: {files}. Nothing was exported. "
        "Find out which side was altered (`reconciler history --verify`), or name another folder"
    ),
    "history.not-vouched": (
        "error: change {id} was not exported: `reconciler history --verify` names what is not as recorded."
    ),
    "history.export-doubted": (
        "error: the journal is not as it was recorded. `reconciler history --verify` names each flaw; what they "
        "concern was not exported."
    ),
    "verify.one-entry": "1 entry",
    "verify.entries": "{count} entries",
    "verify.one-row": "1 row",
    "verify.rows": "{count} rows",
    "verify.sound": "{entries}, {rows}: all as recorded. Head: {head}",
    "verify.flawed": "{entries}, {rows}: {count} not as recorded. Head: {head}",
    "verify.no-head": "none",
    "verify.no-store": "There is no state store in {state}: nothing was ever written, so there is nothing to verify.",
    "verify.lost": (
        "there is no state store in {state}, so the hash {hash} is not in it. Restore the store from a back-up, or "
        "name the folder it is in with --state"
    ),
    "verify.entry-altered": "ledger, entry {id}: {member} is altered.",
    "verify.entry-missing": "ledger, entry {id}: missing.",
    "verify.entries-missing": "ledger, entries {id}: missing.",
    "verify.entry-extra": "ledger, entry {id}: extra; it is no link of the chain.",
    "verify.file-damaged": "The file of the journal is damaged, by its database's own word: {what}.",
    "verify.version-altered": "about, schema: the version of the store is altered.",
    "verify.head-altered": "about, ledger: the note of where the ledger ends is altered.",
    "verify.head-missing": "about, ledger: the note of where the ledger ends is missing.",
    "verify.row-altered": (
        "{table}, {id}: {member} is altered. Entry {entry} of the ledger recorded {recorded}, and {found} stands there."
    ),
    "verify.row-missing": "{table}, {id}: missing. Entry {entry} of the ledger told of it.",
    "verify.row-extra": "{table}, {id}: extra. The ledger does not tell of it.",
    "verify.row-back": "{table}, {id}: extra. Entry {entry} of the ledger tells that it is gone.",
    "verify.unexpected": (
        "The hash {hash} is not in the chain: the ledger was rewritten or cut since it was noted, or this is another "
        "store."
    ),
    "verify.next": (
        "Nothing was put right. Keep a copy of the folder {state} as it is now, and find out who could write to it. "
        "Then restore the last back-up that verifies, or set the global stop until it is known what was done. Where an "
        "entry of the ledger is missing or altered, rows that only it told of are named too."
    ),
}
