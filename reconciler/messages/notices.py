"""What is told of matters, in English: subjects and bodies of mails and chats.

``notices_nb`` holds what people are told in Norwegian Bokmål, key by key; a test keeps the two together.
"""

NOTICES: dict[str, str] = {
    # The subject
    "notice.subject": "[reconciler] {name}: {what}",
    "notice.word": "{kind} ({reason})",
    "notice.moved": "{kind} ({before} -> {reason})",
    "notice.opened": "{word}",
    "notice.changed": "{word}",
    "notice.recovered": "recovered from {word}",
    "notice.withdrawn": "no longer watched, was {word}",
    "notice.happened": "{word}",
    "notice.the-loop": "the loop",
    # The body
    "notice.label.tenant": "Tenant",
    "notice.label.source": "Source",
    "notice.label.about": "About",
    "notice.label.severity": "Severity",
    "notice.label.details": "Details",
    "notice.label.next": "What to do",
    "notice.label.since": "Since",
    "notice.label.lasted": "Lasted",
    "notice.label.commit": "Commit",
    "notice.label.page": "Page",
    "notice.label.reference": "Reference",
    "notice.severity.info": "info",
    "notice.severity.warning": "warning",
    "notice.severity.critical": "critical",
    "notice.time": "{at:%Y-%m-%d %H:%M} UTC",
    "notice.days": "{days} d {hours} h",
    "notice.hours": "{hours} h {minutes} min",
    "notice.minutes": "{minutes} min",
    "notice.over": "This is over. Nothing has to be done.",
    "notice.unwatched": "No file declares it any more, so nobody looks at it: how it goes on is not told.",
    # What each kind is called, what it means, and what to do
    "notice.kind.stalled": "stalled",
    "notice.means.stalled": "The tenant stays as it is until a person acts.",
    "notice.next.stalled": "`reconciler explain {name}` tells each check, the way out, and who can take it.",
    "notice.kind.write-failed": "write failed",
    "notice.means.write-failed": "The service did not take a change, and it is not repeated by itself.",
    "notice.next.write-failed": (
        "See what the service said with `reconciler history {name}`. Then change the file, or ask the loop for another "
        "pass."
    ),
    "notice.kind.outcome-unknown": "outcome unknown",
    "notice.means.outcome-unknown": (
        "The answer to a change was lost, and no look has shown yet what came of it. Nothing more is written to this "
        "tenant until it is settled."
    ),
    "notice.next.outcome-unknown": "Look in the admin portal, then settle it with `reconciler resolve {name}`.",
    "notice.kind.file-broken": "file broken",
    "notice.means.file-broken": (
        "The tenant's file has problems: its last good declaration stands, and nothing is written to the tenant."
    ),
    "notice.next.file-broken": "Mend the file; `reconciler validate` names every problem with its line.",
    "notice.kind.unknown": "unknown",
    "notice.means.unknown": "It can not be told how the tenant stands. Nothing is written to it meanwhile.",
    "notice.next.unknown": (
        "Nothing, if it passes. Else `reconciler explain {name}` tells what could not be read, and why."
    ),
    "notice.kind.handoff": "support is needed",
    "notice.means.handoff": "Something waits for support, and a request to it is ready to be sent.",
    "notice.next.handoff": (
        "`reconciler handoff show {subject}` prints it; send it, and say so with `reconciler handoff filed {subject}`."
    ),
    "notice.kind.drift": "changed outside",
    "notice.means.drift": "Somebody changed something in the tenant that its file does not say.",
    "notice.next.drift": (
        "If it is right, adopt it with `reconciler drift --propose`; else leave the file, and the next pass acts on it."
    ),
    "notice.kind.service-drift": "changed by the service",
    "notice.means.service-drift": "The service changed the state of something in the tenant by itself.",
    "notice.next.service-drift": "Look at the subscription and the service's health in the admin portal.",
    "notice.kind.suspended": "suspended",
    "notice.means.suspended": "The tenant was suspended: nothing is written to it until its pause ends.",
    "notice.next.suspended": "Nothing.",
    "notice.kind.pause-ended": "suspension has run out",
    "notice.means.pause-ended": "The suspension has run out; until it is lifted, changes are only shown.",
    "notice.next.pause-ended": "Take `suspend` out of the file, or lift it with `reconciler resume {name}`.",
    "notice.kind.switch-started": "switch ordered",
    "notice.means.switch-started": "A switch of plans was ordered.",
    "notice.next.switch-started": "Nothing. It usually takes under ten minutes, and its end is told.",
    "notice.kind.switch-done": "switch done",
    "notice.means.switch-done": "A switch of plans is done.",
    "notice.next.switch-done": "Nothing.",
    "notice.kind.licenses-added": "licences added",
    "notice.means.licenses-added": "Licences were added.",
    "notice.next.licenses-added": "Nothing.",
    "notice.kind.source-refused": "commit refused",
    "notice.means.source-refused": "A newer commit is not taken: the last good one holds on.",
    "notice.next.source-refused": "Mend it with another commit; `reconciler validate` names the problems.",
    "notice.kind.source-unreadable": "source can not be read",
    "notice.means.source-unreadable": "The tenant files can not be read: what was read last holds on.",
    "notice.next.source-unreadable": "See whether the repository is there and may be read.",
    "notice.kind.fleet-stopped": "fleet stopped",
    "notice.means.fleet-stopped": "Nothing is written to any tenant of this source.",
    "notice.next.fleet-stopped": "See whether the files are as they should be, and mend them with a commit.",
    "notice.kind.backend-down": "service down",
    "notice.means.backend-down": "The service does not answer, or answers with errors: it is asked only now and then.",
    "notice.next.backend-down": "See the service's own status page. Passes go on by themselves when it is back.",
    "notice.kind.loop-late": "passes are late",
    "notice.means.loop-late": "Tenants wait for a pass for longer than the loop allows itself.",
    "notice.next.loop-late": "See what holds the loop up on its page; give it more workers, or longer intervals.",
    "notice.kind.stop-set": "stop is on",
    "notice.means.stop-set": "The global stop is on: nothing is written to any tenant.",
    "notice.next.stop-set": "`reconciler stop --lift` ends it, once its reason is gone.",
    # The digest
    "notice.digest.subject": "[reconciler] digest: {news} news, {standing} standing",
    "notice.digest.news": "Since {since}",
    "notice.digest.nothing": "Nothing new.",
    "notice.digest.standing": "What stands now",
    "notice.digest.nothing-stands": "Nothing stands that asks for anything.",
    "notice.digest.group": "{count} x {word} {change}",
    "notice.digest.stands": "{count} x {word}",
    "notice.digest.change.opened": "opened",
    "notice.digest.change.changed": "changed",
    "notice.digest.change.recovered": "recovered",
    "notice.digest.change.withdrawn": "no longer watched",
    "notice.digest.change.happened": "happened",
    "notice.digest.times": "{group}, {times} times",
    "notice.digest.names": "{group}: {names}",
    "notice.digest.more": "{names}, and {more} more",
    "notice.digest.left-out": "{count} more are left out.",
}
