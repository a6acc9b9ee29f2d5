"""What the conditions Ready, Reconciling and Stalled say. No sentence has a number or a time in it."""

READY: dict[str, str] = {
    "ready.InSync": "The live tenant is as declared.",
    "ready.ChangesPending": "Changes are declared that the next pass makes.",
    "ready.ReportOnly": "Changes are declared; this loop only reports.",
    "ready.Suspended": "The tenant is suspended: nothing is written until its pause ends.",
    "ready.FileBroken": "The tenant's file has problems: its last good declaration stands, and nothing is written.",
    "ready.DeclaredTwice": (
        "Another file declares the same live tenant under another word: nothing is written for either until one is "
        "removed."
    ),
    "ready.FleetStopped": (
        "The fleet as a whole is held, for it is empty or much smaller than before: nothing is written to anybody."
    ),
    "ready.WriteFailed": (
        "A write failed and is not repeated by itself: change the file, wait for the facts to change, or ask with "
        "`reconciler reconcile`."
    ),
    "ready.PassFailed": "The last pass broke off; it is tried again, with longer and longer waits.",
    "ready.NotTold": "No rule tells what holds the tenant.",
    "ready.Ready.true": "The live tenant is as declared.",
    "ready.Ready.false": "The live tenant is not as declared: {reason}.",
    "ready.Ready.unknown": "Whether the live tenant is as declared can not be told: {reason}.",
    "ready.Reconciling.true": "On its way, and nobody has to act: {reason}.",
    "ready.Reconciling.false": "Nothing is under way: {reason}.",
    "ready.Reconciling.unknown": "Whether something is under way can not be told: {reason}.",
    "ready.Stalled.true": "It stays as it is until a person acts: {reason}.",
    "ready.Stalled.false": "Nobody has to act: {reason}.",
    "ready.Stalled.unknown": "Whether a person has to act can not be told: {reason}.",
}
