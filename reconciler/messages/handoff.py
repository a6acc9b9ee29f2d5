"""The texts of hand-offs in English, ready to be sent to billing and subscription support as they are.

``handoff_nb`` holds the same keys in Norwegian Bokmål; a test keeps the two together.
"""

HANDOFF: dict[str, str] = {
    "handoff.greeting": "Hello,",
    "handoff.closing": "Thank you. Please name our reference, {id}, when you answer.",
    "handoff.label.tenant": "Organisation",
    "handoff.label.subscription": "Subscription id",
    "handoff.label.licenses": "Licences bought",
    "handoff.label.wanted": "Licences wanted",
    "handoff.label.assigned": "Licences held by users",
    "handoff.label.free": "Licences free",
    "handoff.label.since": "Since",
    "handoff.label.deadline": "Should have ended by",
    "handoff.label.seen": "Seen",
    "handoff.label.reference": "Our reference",
    "handoff.why": "Why we ask",
    "handoff.steps": "In this order, please",
    "handoff.time": "{at:%Y-%m-%d %H:%M} UTC",
    "handoff.any-number": "any number of",
    "handoff.another-plan": "another plan",
    "handoff.subject.remove-licenses": "Please go down from {bought} to {wanted} licences of {to_plan}: {tenant}",
    "handoff.ask.remove-licenses": (
        "Please go down from {bought} to {wanted} licences of {to_plan} in our organisation."
    ),
    "handoff.step.remove-licenses.taken": (
        "Users hold {assigned} licences, {over} more than will be left. We take those back ourselves first, "
        "and tell you "
        "here when that is done."
    ),
    "handoff.step.remove-licenses.then": "Go down to {wanted} licences.",
    "handoff.step.remove-licenses.bill": "Tell us from which day on the bill is lower.",
    "handoff.subject.manual-switch": "Please switch a plan by hand, {from_plan} to {to_plan}: {tenant}",
    "handoff.ask.manual-switch": (
        "Please move our subscription of {from_plan} ({bought} licences) to {to_plan} ({wanted} licences). The switch "
        "wizard does not take it, so it has to be made by hand."
    ),
    "handoff.step.manual-switch.buy": "Buy {to_plan} with {wanted} licences in the same organisation.",
    "handoff.step.manual-switch.assign": "Give each user who holds a licence of {from_plan} one of {to_plan}.",
    "handoff.step.manual-switch.end": (
        "End the old subscription of {from_plan}, only when every user has the new licence."
    ),
    "handoff.subject.stuck-switch": "A plan switch does not end, {from_plan} to {to_plan}: {tenant}",
    "handoff.ask.stuck-switch": (
        "A switch of {from_plan} to {to_plan} has shown its status page for more than an hour. Please look into it. We "
        "have not ordered it again, and do not."
    ),
    "handoff.subject.failed-switch": "A plan switch has failed, {from_plan} to {to_plan}: {tenant}",
    "handoff.ask.failed-switch": (
        "The switch of {from_plan} to {to_plan} has failed. Please complete it, or clear it so that it can be ordered "
        "anew. We have not ordered it again, and do not while it shows as failed."
    ),
    "handoff.subject.credit-review": "A credit review takes more than two weeks: {tenant}",
    "handoff.ask.credit-review": (
        "A credit review of our organisation has run for more than two weeks. It holds {to_plan} with "
        "{wanted} licences. "
        "Please tell us what is missing. We have not ordered again, and do not: what is ordered starts by itself."
    ),
    "handoff.subject.not-live": "Please set up {to_plan}: {tenant}",
    "handoff.ask.not-live": (
        "We want {to_plan} with {wanted} licences, and our organisation has no subscription that could become "
        "it. Please "
        "set it up, or tell us which of ours it should be."
    ),
    "handoff.subject.raise-by-hand": "Please go up from {bought} to {wanted} licences of {to_plan}: {tenant}",
    "handoff.ask.raise-by-hand": (
        "Please go up from {bought} to {wanted} licences of {to_plan} in our organisation. We can not do it ourselves."
    ),
    "handoff.because.pair-not-listed": (
        "{from_plan} to {to_plan} is not on the list of switches that the wizard makes."
    ),
    "handoff.because.too-many-users": (
        "{assigned} users hold a licence of the subscription; the wizard takes up to 300."
    ),
    "handoff.because.prepaid": "The subscription was bought with a prepaid card or a product key.",
    "handoff.because.fewer-licenses": "We need {wanted} licences from now on; only support can go down.",
    "handoff.because.not-live": "It is in our plan for this organisation, and nothing there is of that plan.",
    "handoff.because.switch-running": "A switch usually takes under ten minutes.",
    "handoff.because.switch-failed": "The portal shows the switch as failed.",
    "handoff.because.no-version": (
        "The service shows this subscription without a version, so our program can not rule out that it would write "
        "over what somebody has changed meanwhile. By hand: open the subscription in Partner Center, see that it has "
        "{bought} licences, and set the total to {wanted}. If it has more by then, leave it and tell us."
    ),
    "handoff.because.update-budget": (
        "Our program has raised this subscription more often than the service allows; it takes about 1,200 updates."
    ),
    "handoff.because.credit-review": "A credit review may take up to two weeks.",
    "handoff.note.done": "This is settled on our side; the ticket can be closed.",
    "handoff.note.withdrawn": "We no longer ask for this: please do nothing more about it. The ticket can be closed.",
    "handoff.note.requests": "What we have sent to the service about this subscription",
    "handoff.note.switch": "switch of plan, {at}: request id {request}, correlation id {correlation}",
    "handoff.note.add": "more licences, {at}: request id {request}, correlation id {correlation}",
}
