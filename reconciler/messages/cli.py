"""The sentences of the commands themselves."""

CLI: dict[str, str] = {
    "cli.default-backend": (
        "No backend is configured: using the embedded simulator ({file}). No real tenant is touched."
    ),
    "cli.loaded": "Loaded {count} live states into the embedded simulator ({file}).",
    "cli.valid-one": "1 tenant, no problems.",
    "cli.valid": "{tenants} tenants, no problems.",
    "cli.planning": "planning",
    "cli.looking": "looking",
    "cli.applying": "applying {count}/{total}: {tenant}",
    "cli.following": "{tenant}: switch {state}, {elapsed} min of service time",
    "cli.interrupting": "\nInterrupted: finishing the write in flight, starting no other.\n",
    "cli.ask": "\nDo you want to do this? Only the word yes is taken as yes: ",
    "cli.interrupted-telling": (
        "Interrupted while the outcome was printed. What was written stands: `reconciler status` and "
        "`reconciler plan` show it."
    ),
    "cli.not-kept": (
        "error: what became of this run, and its hand-offs, could not be kept: {why}. What was written stands; "
        "the summary on stdout tells it."
    ),
    "cli.not-approved": "Not approved; nothing was written.",
    "cli.nobody-to-ask": (
        "Nothing was written: there is no terminal to ask for the word yes. Read the plan, then use --auto-approve."
    ),
    "cli.apply-what": "Name the tenant files or folders, or a saved change plan with --plan FILE.",
    "cli.plan-is-whole": "--plan does exactly what was saved; --tenant and --selector do not go with it.",
    "cli.bad-selector": "--selector {text}: write LABEL=VALUE, for example ring=pilot.",
    "cli.no-such-tenant": "No file declares the tenant {tenant}. {hint}",
    "cli.meant": "Did you mean {near}?",
    "cli.declared": "Declared are: {known}.",
    "cli.declared-many": "Declared are {count}, among them {known}.",
    "cli.one-tenant": "These files declare one and the same live tenant: {names}. Nothing was planned or written.",
    "cli.nobody-selected": (
        "No tenant in these files has the label {labels}. Nothing was planned; look at `metadata.labels`."
    ),
    "cli.state-url": "--state {state}: this version keeps its state in a folder; name one.",
    "cli.empty-service": (
        "The embedded simulator ({file}) holds no tenants and no backend is configured, so there is nothing to apply "
        "to. Name one in reconciler.yaml, or load states with `reconciler simulator load PATH`."
    ),
    "cli.shrunk": (
        "The last run knew {before} tenants here, now there are {now}: more than {most} % fewer "
        "(maxFleetShrinkPercent, under `limits` in reconciler.yaml). Nothing was written. If that is meant, say so "
        "with --fleet-size {now}."
    ),
    "cli.saved": "Saved {file} ({digest}), good until {until:%Y-%m-%d %H:%M} UTC.",
    "cli.not-over": "{file} is there and is no saved change plan; nothing was written. Name another file.",
    "cli.not-saved": "{file} could not be written: {why}.",
    "cli.no-plan-file": "{file} can not be read: {why}.",
    "cli.not-a-plan": "{file} is not a saved change plan: {why}.",
    "cli.no-tenant-paths": "Name the tenant files with --path, or under `tenants:` in reconciler.yaml.",
    "cli.explain-what": "Name a rule, a tenant, or two plans: FROM and TO.",
    "cli.explain-nothing": (
        "{word} is no rule.{hint} If it is a tenant, name its files with --path, or under `tenants:` in "
        "reconciler.yaml."
    ),
    "cli.no-service": "the embedded simulator ({file}) holds no tenants yet",
    "cli.no-such-handoff": "There is no hand-off {id}. `reconciler handoff list --all` lists them.",
    "cli.suspended": (
        "{tenant} is suspended until {until}: {reason} ({owner}). That holds every run that keeps its state in {state}."
    ),
    "cli.nobody-answers": (
        "No tenant of the service answers to {tenant} now, and no file the configuration names declares it: this holds "
        "only a tenant that is declared by this very word."
    ),
    "cli.which-tenant": (
        "{word} is neither a default domain nor a tenant id, and no file the configuration names declares it. "
        "Write the domain, for example {word}.onmicrosoft.com."
    ),
    "cli.says-nothing": "write some words; they are shown to whoever meets them.",
    "cli.resumed": "{tenant} is no longer suspended here. A suspension in its file stays in force.",
    "cli.not-suspended": "{tenant} was not suspended here. A suspension in its file stays in force.",
    "cli.bad-duration": "{text} is not a length of time; write 90s, 75m, 72h or 14d.",
    "cli.bad-date": "{text} is not a date; write YYYY-MM-DD.",
    "cli.stop-or-lift": "--reason stops, --lift lets go; not both.",
    "cli.stop-unknown": "It can not be told whether the global stop is on, so nothing is written: {why}",
    "cli.stopped": (
        "The global stop is on since {at:%Y-%m-%d %H:%M} UTC: {reason} ({owner}). It holds every run that keeps its "
        "state in {state}. `reconciler stop --lift` ends it."
    ),
    "cli.not-stopped": "The global stop is off.",
    "cli.state-unknown": "The state store can not be read: {why}",
    "cli.resolve-both": "Say what you found out with --as, and how you know with --evidence.",
    "cli.nothing-open": "{tenant}: no write waits to be settled.",
    "cli.open-intent": (
        "{address}: {action} to {plan}, {before} -> {total} licences, request {request}, sent {sent}.\n"
        "  A fresh look shows: {shown}."
    ),
    "cli.service-took": " The service says that it took this request.",
    "cli.service-did-not": " The service says that it never took this request.",
    "cli.never-sent": "never",
    "cli.by-hand": "settled by hand: {evidence}",
    "cli.settled": "{tenant}: request {request} is settled as {word}.",
    "cli.service-denies": "Request {request} can not be settled as {word}.{answer}",
    "cli.settled-unseen": (
        "{tenant}: request {request} is noted as {word}, but no look shows it yet. Nothing is written for {tenant} "
        "until one does; should it never come about, settle it as failed."
    ),
    "cli.look-denies": "Request {request} can not be settled as {word}: a fresh look shows it {shown}.",
    "cli.no-such-live-tenant": "The embedded simulator holds no tenant {tenant}.",
    "cli.clock": "The service's clock says {now}; it holds {count} tenants:",
    "cli.due": "due {due}: {kind} of {tenant}, subscription {subscription}",
    "cli.bad-assignment": "{text}: write NAME=VALUE.",
    "cli.advanced": "The service's clock now says {now}.",
    "cli.no-faults": "No fault waits.",
    "cli.fault": "{number}  {tenant}  {kind}  {often}  {options}",
    "cli.faults-cleared": "{count} faults dropped.",
    "cli.fault-kind": "Name the kind of fault too; `reconciler simulator fault --help` lists them.",
    "cli.fault-given": "Fault {number} waits for {tenant}: {kind}.",
    "cli.call": "{at}  {operation}  {tenant}  {outcome}  {change}",
    "explain.on": "  concerns: {actions}",
    "explain.ground": "the tenant itself",
    "explain.effect": "  when it fails: {effect}",
    "explain.needs": "  facts it needs: {needs}",
    "explain.source": "  source: {source}",
    "explain.more": "  more: docs/rules.md#{anchor}",
    "handoffs.none": "No open hand-offs. Looked in {state}.",
    "handoffs.how": "`reconciler handoff show ID` prints the text to send.",
    "handoffs.head": "Hand-off {id}, {state}, opened {opened}, ticket {ticket}",
    "snapshot.none": "no snapshot is there for {tenant}",
    "snapshot.twice": "{word} is in two snapshots, {one} and {other}. Keep the one that is right.",
}
