"""What the running loop tells in its log, and what `run` and `reconcile` say."""

LOOP: dict[str, str] = {
    "loop.claim-lost": "another loop has taken this tenant's turn over; nothing of this pass is kept or written",
    "loop.not-looked": "the tenant was not looked at",
    "loop.same": "{state} as before: {told}",
    "loop.stands": "{state}: {told}",
    "loop.broke-off": "the pass broke off by a fault of this tool, and is tried again: {why}",
    "loop.store-failed": "the state store can not be used, so nothing is done: {why}",
    "loop.unkept": "nothing of this pass could be kept; its turn comes again",
    "loop.no-beat": "no sign of life can be given: {why}",
    "loop.no-post": "a round of notifications broke off by a fault of this tool, and is tried again: {why}",
    "loop.not-ended": "what this loop leaves could not be kept, the next start finds it: {why}",
    "loop.not-counted": "The state store can not be read, so how many tenants stand how is not known: {why}",
    "loop.clock-back": "the service's clock was set back by {minutes} min: every tenant has a turn by the new time",
    "loop.store-works": "the state store can be used again",
    "loop.stopped": "nothing is written to anybody: {why}",
    "loop.source": "read {where}",
    "loop.breaker-open": "the backend does not answer: only one tenant now and then is looked at until it does",
    "loop.breaker-closed": "the backend answers again",
    "loop.freed": "freed {count} turns of a loop that died",
    "loop.request": "{method} {path}",
    "loop.no-speed": "--speed is for the embedded service's clock; Microsoft's goes by itself. Leave it out.",
    "loop.begins": "began: {what}",
    "loop.writes": "writes what the files declare",
    "loop.reports": "only reports; --write lets it write",
    "loop.at-odds": (
        "{holder} only reports over the same fleet on the same state, since {since} (last seen {beat}), and this one "
        "writes: in the turns that the other takes nothing is written. Start both with --write, or end the other."
    ),
    "loop.at-odds-reporting": (
        "{holder} writes for the same fleet on the same state, since {since} (last seen {beat}), and this one only "
        "reports: in the turns that this one takes nothing is written. Start both with --write, or end this one."
    ),
    "loop.listens": "the status page is at {address}",
    "loop.bad-address": "--listen takes HOST:PORT, as 127.0.0.1:8480, and not {text!r}.",
    "loop.nowhere-to-listen": "--listen HOST:PORT is missing: what --listen-cert and the like say is for that.",
    "loop.half-a-certificate": "--listen-cert and --listen-key go together, and --listen-client-ca with them.",
    "loop.no-traces": (
        "Traces need OpenTelemetry, which is not installed: `pip install 'reconciler[traces]'`, or leave --traces out."
    ),
    "loop.waits": "waiting for what is under way to be finished, for {seconds} s so far; passes: {count}",
    "loop.waits-too-long": (
        "what is under way has not ended {seconds} s after this was told to stop; passes: {count}. A second signal "
        "ends it at once; what is in flight then is found by the next look."
    ),
    "loop.library-says": "{name} says: {what}",
    "loop.ends": "ended",
    "loop.one-by-one": "looking at tenants one by one, for a look at many broke off: {why}",
    "loop.interrupting": "\nStopping: the write in flight is finished, no other is begun. Again to leave at once.\n",
    "loop.leaving": "\nLeft at once; what was in flight is found again by the next start.\n",
    "loop.sums": (
        "Run: {switches} switched or started, {licenses} licences added, 0 removed, {failed} failed, in {passes} "
        "over {tenants}."
    ),
    "loop.sums-reported": "Run: nothing was written, for it only reports; {passes} over {tenants}.",
    "loop.passes": "{count} passes",
    "loop.one-pass": "1 pass",
    "loop.tenants": "{count} tenants",
    "loop.one-tenant": "1 tenant",
    "loop.sums-broke-off": "Passes that broke off by a fault of this tool: {count}. The log says which and where.",
    "loop.standing": "Tenants: {counts}.",
    "loop.nothing-read": "No tenant file could be read, so there is nothing to reconcile: {why}",
    "reconcile.no-loop": (
        "No loop runs on the state in {state} that has the tenant {tenant}, so nobody would answer. Start one with "
        "`reconciler run`, or use `reconciler apply`."
    ),
    "reconcile.no-tenant": "The loop has no tenant called {tenant}. {hint}",
    "reconcile.asked": "asked for a pass over {tenant}; waiting for the loop",
    "reconcile.handled": "{tenant}: {state} ({reason}): {outcome}.",
    "reconcile.loop-ended": (
        "{tenant}: the loop has ended without handling it. The request stands (id {request}): the next loop on this "
        "state takes it up."
    ),
    "reconcile.too-long": (
        "{tenant}: not handled within {seconds} s. The request stands (id {request}): the loop takes it up when it can."
    ),
}
