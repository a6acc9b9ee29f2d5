"""The sentences of a run: how a step ended, and why a tenant's turn did."""

RUN: dict[str, str] = {
    "act.done": "{tenant}.{subscription}: {plan} with {total} licences, read back from the service.",
    "act.fewer": (
        "{tenant}.{subscription}: {plan} is there, but with {found} licences and not the {total} that were ordered. "
        "Plan again and look at what is missing."
    ),
    "act.users-left": (
        "{tenant}.{subscription}: {plan} is there with {total} licences, but the service shows that the switch has "
        "failed after that: licences of users were not moved along. See in the admin center who has none and assign it "
        "there. The switch is not ordered again."
    ),
    "act.started": "{tenant}.{subscription}: the switch to {plan} with {total} licences has started.",
    "act.accepted": (
        "{tenant}.{subscription}: the service took the switch to {plan}, but does not show it yet. "
        "Nothing more is written for {tenant} until it does."
    ),
    "act.failed": (
        "{tenant}.{subscription}: the service shows that the switch to {plan} has failed. "
        "It is never ordered again by the tool: contact billing and subscription support."
    ),
    "act.never-sent": "{tenant}.{subscription}: an earlier run stopped before it sent anything; plan again.",
    "act.not-taken": (
        "{tenant}.{subscription}: the service did not take request {request}; nothing has changed. Plan again."
    ),
    "act.unknown": (
        "{tenant}.{subscription}: it is not known whether the service took the {action} to {plan} with {total} "
        "licences (request {request}): {why}. Nothing more is written for {tenant} until that is settled. "
        "Run again in a few minutes, or settle it by hand with `reconciler resolve {word}`."
    ),
    "act.later": "{tenant}.{subscription}: nothing was written. {why}. Run again in {seconds} seconds.",
    "act.later.at-once": "{tenant}.{subscription}: nothing was written. {why}. Run again.",
    "act.moved": (
        "{tenant}.{subscription}: somebody changed it between the look and the write. Nothing was written. "
        "The service says: {why} Plan again and look at what changed."
    ),
    "act.refused": (
        "{tenant}.{subscription}: the service refused the {action} to {plan} with {total} licences ({code}). {why} "
        "Nothing was written."
    ),
    "act.stopped": "{tenant}: the global stop is on ({reason}). Nothing was written; `reconciler stop --lift` ends it.",
    "act.paused": (
        "{tenant}: suspended while this run was under way ({reason}). Nothing was written; "
        "`reconciler status` says more."
    ),
    "act.day-spent.licenses": (
        "{tenant}: with this more than {most} licences would be added today (maxLicensesAddedPerDay); other runs have "
        "brought it to {counted}. Nothing was written; run again after 00:00 UTC, or raise it in reconciler.yaml."
    ),
    "act.day-spent.switches": (
        "{tenant}: with this more than {most} switches would be ordered today (maxSwitchesPerRun, which a loop counts "
        "by the day); {counted} are. Nothing was written; it goes on after 00:00 UTC, or raise it in reconciler.yaml."
    ),
    "act.day-spent.tenants": (
        "{tenant}: with this more than {most} tenants would be changed today (maxTenantsChangedPerRun, which a loop "
        "counts by the day); {counted} are. Nothing was written; it goes on after 00:00 UTC, or raise it in "
        "reconciler.yaml."
    ),
    "evidence.look": "the look of {at:%Y-%m-%d %H:%M} UTC shows it",
    "evidence.never-sent": "it was never sent",
    "evidence.braked": "it was not sent: {why}",
    "evidence.never-taken": "the service says that it never took this request",
    "evidence.taken": "the service took it; it is not visible yet",
    "evidence.not-visible": "its effect is not visible yet",
    "evidence.one-look": "one complete look shows nothing; one more is needed",
    "evidence.clear-looks": "{count} complete looks show nothing",
    "run.held": (
        "{tenant}: another run works on it ({holder}). Nothing was written here; run again when that one is done."
    ),
    "run.moved": (
        "{tenant}: what would be done is no longer what was shown. Nothing more is written; plan again and look."
    ),
    "run.not-reached": "{tenant}: not tried yet, since the step before it has not ended; run again later.",
    "run.names": (
        "{tenant}: not tried, since the service did not show all its names when its turn began; run again."
    ),
    "pass.in-sync": "in sync",
    "pass.suspended": "suspended",
    "pass.unknown": "not known",
    "pass.blocked": "blocked",
    "pass.support": "for support",
    "pass.wait": "waiting",
    "pass.apply": "nothing done",
    "pass.broke-off": "the pass broke off by a fault of this tool, and is tried again",
    "run.next-pass": "{tenant}: one step is made in a pass; the next pass goes on.",
    "run.interrupted": "{tenant}: not tried, since the run was interrupted; run again.",
    "run.unforeseen": (
        "{tenant}: not tried, since the tenant did not look as foretold after the last step. "
        "Plan again and look at what changed."
    ),
    "run.ordered": (
        "{tenant}.{subscription}: the switch to {plan} is ordered. It starts by itself when the credit is granted."
    ),
    "run.came-true": "{tenant}.{subscription}: the last look found it so; nothing is left to do in this step.",
    "run.state": "{tenant}: nothing more is written, since our own state can not be trusted: {why}",
    "run.crashed": (
        "{tenant}: an internal error ({why}). A write that was under way is looked for by the next run before it "
        "writes anything. The other tenants went on. Please report it."
    ),
    "plan.from-snapshot": "planned from a snapshot",
    "saved.backend": "This change plan was made for the backend {saved}; this is {now}. Plan again.",
    "saved.used": "This change plan was used on {when}. A change plan is applied once: plan again.",
    "saved.expired": "This change plan was made {made} and was valid until {until}. Plan again.",
    "saved.from-the-future": (
        "This change plan was made {made}, and the clock here says {now}. Check the clock, then plan again."
    ),
    "saved.what-if": (
        "This change plan shows what would be if the files said otherwise ({supposed}); it is not for applying. "
        "Change the files, then plan again."
    ),
    "saved.errored": "This change plan was made from files with problems. Mend them, then plan again.",
    "saved.altered": (
        "This file is not the change plan it was saved as: its content does not give {digest}. Plan again."
    ),
    "saved.moved": (
        "Nothing was written: what this change plan relied on has moved since it was made: {moves}. "
        "Plan again and have the new one approved."
    ),
    "saved.more": "{count} more",
    "moved.tool": "the tool's version was {was}, now {now}",
    "moved.catalogue": "the catalogue says something else now ({was}, now {now})",
    "moved.rules": "the rules are others now ({was}, now {now})",
    "moved.not-declared": "{tenant} is no longer declared",
    "moved.nothing-left": "{tenant} has nothing left to do",
    "moved.new": "{tenant} has something to do and had not",
    "moved.steps": "{tenant}: what would be done is something else",
    "moved.declared": "{where}, as declared",
    "moved.declared-gone": "{where} is no longer declared",
    "moved.declared-new": "{where} is declared and was not",
    "moved.live-gone": "{where} is no longer there",
    "moved.live-new": "{where} is there and was not",
    "moved.list-unread": "{tenant}: its subscriptions can no longer be read",
    "moved.list-read": "{tenant}: its subscriptions can be read now and could not",
    "moved.was": "{where}: {what} {was}, now {now}",
    "moved.within": "{where}: {what} ({path}) {was}, now {now}",
    "moved.verdict": "{where}: the {action} was {was}, is now {now}{because}",
    "moved.because": " by {rules}",
    "moved.fact": "{fact} was",
    "moved.fact.licenses": "licences were",
    "moved.fact.assigned": "assigned licences were",
    "moved.fact.plan": "the plan was",
    "moved.fact.users": "users were",
    "moved.fact.users_without_license": "users without a licence were",
    "moved.fact.status": "the status was",
    "moved.fact.trial": "whether it is a trial was",
    "moved.fact.payment": "the payment method was",
    "moved.fact.provisioned": "whether it is fully provisioned was",
    "moved.fact.offers": "the plans on offer were",
    "moved.fact.roles": "the roles were",
    "moved.fact.services": "the health of services was",
    "moved.fact.subscription_id": "the pinned id was",
    "moved.fact.acknowledge": "the acknowledgement was",
    "moved.none": "none",
    "moved.unknown": "not known",
    "moved.yes": "yes",
    "moved.no": "no",
}
