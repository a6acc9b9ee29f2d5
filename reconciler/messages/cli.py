"""The sentences of the commands themselves."""

CLI: dict[str, str] = {
    "cli.not-cached": "Nothing was kept in the cache for the next time: {why}.",
    "cli.default-backend": (
        "No backend is configured: using the embedded simulator ({file}). No real tenant is touched."
    ),
    "cli.live-backend": "Using Microsoft Partner Center and Microsoft Graph, for the customers of {partner}.",
    "cli.rehearsing": (
        "Using {addresses} in place of Microsoft, for the customers of {partner}: a rehearsal. What it shows and takes "
        "is not Microsoft's."
    ),
    "cli.no-reader": (
        "Nothing says as which application to read: write `microsoft.reader` in reconciler.yaml, its clientId and "
        "where its secret or certificate is kept. `plan --live` needs none."
    ),
    "cli.no-writer": (
        "Nothing was written: nothing says as which application to write. Write `microsoft.writer` in reconciler.yaml, "
        "another application than the reader, with its clientId and where its secret or certificate is kept. `plan` "
        "needs none."
    ),
    "cli.no-state-store": (
        "Nothing was written: with Microsoft, apply and run --write need a state store that somebody has named, and "
        "{state} is only where it would be by itself. It holds what was sent and not yet answered; where it is lost, "
        "an order might be made twice. Name a folder that is kept, on every machine that writes: `state: PATH` in "
        "reconciler.yaml, --state PATH, or RECONCILER_STATE. In CI, whose disk is thrown away, that is a folder on a "
        "volume which every job gets back, one job at a time."
    ),
    "cli.names-unknown": (
        "By which other names {tenant} goes could not be found out ({why}); only {tenant} itself is used."
    ),
    "cli.loaded": "Loaded {count} live states into the embedded simulator ({file}).",
    "cli.valid-one": "1 tenant, no problems.",
    "cli.valid": "{tenants} tenants, no problems.",
    "cli.planning": "planning",
    "cli.looking": "looking",
    "cli.applying": "applying {count}/{total}: {tenant}",
    "cli.following": "{tenant}: switch {state}, {elapsed} min of service time",
    "cli.following-live": "{tenant}: switch {state}, {elapsed} min",
    "cli.interrupting": "\nInterrupted: finishing the write in flight, starting no other.\n",
    "cli.ask": "Do you want to do this? Only the word yes is taken as yes: ",
    "cli.interrupted-telling": (
        "Interrupted while the outcome was printed. What was written stands: `reconciler status` and "
        "`reconciler plan` show it."
    ),
    "cli.not-kept": (
        "error: what became of this run, and its hand-offs, could not be kept: {why}. What was written stands; "
        "the summary on stdout tells it."
    ),
    "cli.not-told": "the result could not be printed ({why}). What was done until then stands.",
    "cli.not-printed": (
        "error: what became of this run could not be printed: {why}. What was written stands and is in the journal; "
        "`reconciler status` and `reconciler plan` show it. In short:"
    ),
    "cli.not-shown": "Nothing was written: the change plan could not be printed, so nobody saw it ({why}).",
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
    "cli.and-more": "{names} and {count} more",
    "cli.nobody-selected": (
        "No tenant in these files has the label {labels}. Nothing was planned; look at `metadata.labels`."
    ),
    "cli.state-url": (
        "--state {state}: the state is kept in a folder or in a PostgreSQL database; name one of them "
        "(postgresql://USER@HOST/DATABASE)."
    ),
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
    "cli.no-plain-file": "it is no plain file of at most {most} MiB",
    "cli.not-a-plan": "{file} is not a saved change plan: {why}.",
    "cli.no-tenant-paths": "Name the tenant files with --path, or under `tenants:` in reconciler.yaml.",
    "cli.explain-what": "Name a rule, a tenant, or two plans: FROM and TO.",
    "cli.explain-nothing": (
        "{word} is no rule.{hint} If it is a tenant, name its files with --path, or under `tenants:` in "
        "reconciler.yaml."
    ),
    "cli.no-service": "the embedded simulator ({file}) holds no tenants yet",
    "cli.several-handoffs": "{id} is the beginning of several hand-offs: {ids}. Write more of it.",
    "cli.handoff-closed": "Hand-off {id} is {state} since {at:%Y-%m-%d %H:%M} UTC; a closed one does not change.",
    "cli.handoff-filed": "{id}: filed as {ticket} for {tenant}. It closes by itself when the live state is as wished.",
    "cli.handoff-ended": "{id}: {state} for {tenant}. The same wish does not open it again while it stands.",
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
    "cli.bad-output": "{text} does not say FORMAT=FILE; the formats are {forms}.",
    "cli.output-twice": "{file} is named for two formats; each needs a file of its own.",
    "cli.bad-duration": "{text} is not a length of time; write 90s, 75m, 72h or 14d.",
    "cli.too-short": "{text} is no time at all; a saved plan that is never good can not be applied.",
    "cli.past-date": (
        "--until {text}: a pause holds until the day before, and it is {today} here, so it would hold nothing. "
        "Name a later day."
    ),
    "cli.only-forward": "{text}: the service's clock only moves forward; write 90s, 75m, 72h or 14d.",
    "cli.plan-paths": (
        "The tenant files of this change plan were named as {paths}, and from here there is no {missing}. Go to the "
        "folder where it was made, or say where they are now: `reconciler apply --plan {file} PATH`."
    ),
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
    "cli.resolve-nobody": (
        "No tenant of the service answers to {tenant} now, and no file the configuration names declares it; no write "
        "to it is known. Name its default domain or its id."
    ),
    "cli.time": "{at:%Y-%m-%d %H:%M} UTC",
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
    "cli.too-early": (
        "Request {request} can not be settled as {word} yet.{answer} Within {minutes} minutes of the order a look may "
        "not show it; look again after that."
    ),
    "cli.settled-unseen": (
        "{tenant}: request {request} is noted as {word}, but no look shows it yet. Nothing is written for {tenant} "
        "until one does; should it never come about, settle it as failed."
    ),
    "cli.look-denies": "Request {request} can not be settled as {word}: a fresh look shows it {shown}.",
    "cli.no-such-live-tenant": "The embedded simulator holds no tenant {tenant}.",
    "cli.clock": "The service's clock says {now:%Y-%m-%d %H:%M} UTC; it holds {count} tenants:",
    "cli.holds-none": "The embedded simulator ({file}) holds no tenants yet: `reconciler simulator load PATH`.",
    "cli.due": "due {due:%Y-%m-%d %H:%M} UTC: {kind} of {tenant}, subscription {subscription}",
    "cli.bad-assignment": "{text}: write NAME=VALUE.",
    "cli.advanced": "The service's clock now says {now:%Y-%m-%d %H:%M} UTC.",
    "cli.no-faults": "No fault waits.",
    "cli.fault": "{number}  {tenant}  {kind}  {often}  {options}",
    "cli.faults-cleared": "{count} faults dropped.",
    "cli.fault-kind": "Name the kind of fault too; `reconciler simulator fault --help` lists them.",
    "cli.fault-given": "Fault {number} waits for {tenant}: {kind}.",
    "cli.call": "{at:%Y-%m-%d %H:%M} UTC  {operation}  {tenant}  {outcome}  {change}",
    "explain.on": "  concerns: {actions}",
    "explain.ground": "the tenant itself",
    "explain.effect": "  when it fails: {effect}",
    "explain.needs": "  facts it needs: {needs}",
    "explain.source": "  source: {source}",
    "explain.way-out": "  way out: {remedy}",
    "handoffs.none": "No open hand-offs. Looked in {state}.",
    "handoffs.none-ever": "No hand-offs, open or closed. Looked in {state}.",
    "handoffs.how": (
        "`reconciler handoff show ID` prints the letter to send; "
        "`reconciler handoff filed ID TICKET` notes its number."
    ),
    "handoffs.one": "Hand-off {id}, {state}, opened {opened:%Y-%m-%d %H:%M} UTC, {age} old.",
    "handoffs.commit": "Asked for by commit {commit}.",
    "handoffs.reason": "Closed by hand: {reason}",
    "handoffs.head.id": "ID",
    "handoffs.head.kind": "KIND",
    "handoffs.head.for": "FOR",
    "handoffs.head.change": "CHANGE",
    "handoffs.head.state": "STATE",
    "handoffs.head.age": "AGE",
    "handoffs.head.due": "DUE",
    "handoffs.due": "{at:%Y-%m-%d %H:%M}",
    "handoffs.days": "{days} d",
    "handoffs.hours": "{hours} h",
    "snapshot.none": "no snapshot is there for {tenant}",
    "snapshot.twice": "{word} is in two snapshots, {one} and {other}. Keep the one that is right.",
    "cli.rehearsal": (
        "The embedded service answers at {address} as Partner Center, Microsoft Graph and the login host would.\n"
        "To plan and apply against it, put this into reconciler.yaml:\n"
        "\n"
        "apiVersion: reconciler/v1\n"
        "kind: Configuration\n"
        "backend: microsoft\n"
        "catalogue: {catalogue}\n"
        "microsoft:\n"
        "  partner: {partner}\n"
        "  addresses: {{partnerCenter: {address}, graph: {address}, login: {address}}}\n"
        "  callsPerMinute: 6000\n"
        "  reader:\n"
        "    clientId: {reader}\n"
        "    secretFrom: {{environment: REHEARSAL_READER_SECRET}}\n"
        "    refreshTokenFrom: {{file: rehearsal-reader.token}}\n"
        "  writer:\n"
        "    clientId: {writer}\n"
        "    secretFrom: {{environment: REHEARSAL_WRITER_SECRET}}\n"
        "    refreshTokenFrom: {{file: rehearsal-writer.token}}\n"
        "\n"
        "and run this beside it, once in each shell:\n"
        "\n"
        "export REHEARSAL_READER_SECRET={reader_secret} REHEARSAL_WRITER_SECRET={writer_secret}\n"
        "(umask 077; echo {token} > rehearsal-reader.token; echo {token} > rehearsal-writer.token)\n"
        "\n"
        "Ctrl-C ends it."
    ),
    "cli.rehearsal-open": (
        "--listen {host}: the service's secrets are printed for all to use, so it listens on this machine alone. "
        "Name 127.0.0.1:PORT or [::1]:PORT."
    ),
    "cli.ticket-filed": "Ticket {number} is filed for {tenant}. The service shows it as a service request.",
    "cli.ticket-closed": "Ticket {number} is closed.",
    "cli.ticket-what": "Name a tenant and a title to file a ticket, or --close NUMBER.",
}
