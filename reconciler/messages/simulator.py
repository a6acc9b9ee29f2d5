"""The sentences of the embedded commerce service: its refusals, its faults, and what it can not be told."""

SIMULATOR: dict[str, str] = {
    "simulator.unreadable": (
        "The embedded service can not use its file {path}: {problem}. Check the folder and its rights, or "
        "name another state folder with --state."
    ),
    "simulator.folder": (
        "The embedded service can not keep its file in {folder}: {problem}. Name a folder you may write to with "
        "--state, or mend its owner and permissions."
    ),
    "simulator.layout": "it was made by another version (layout {found}, this one knows {known})",
    "simulator.throttled": "The service asks for patience (429): try again after {seconds} s.",
    "simulator.lost": "no answer came back from the service",
    "simulator.error": "the service answered {status}, an error of its own",
    "simulator.reason.throttled": "throttled, try again after {seconds} s",
    "simulator.reason.error": "the service answered {status}, an error of its own",
    "simulator.reason.unknown-tenant": "the service does not know this tenant",
    "simulator.reason.partial": "the service left it out of its answer",
    "simulator.billing-off": "Billing on {subscription} was switched off with the order.",
    "simulator.disturbed": "Licences were written while a switch ran; it failed: {subscriptions}.",
    "simulator.set": "{path}: {before} -> {after}",
    "simulator.bad-time": "The service's clock only moves forward, not by {delta}.",
    "simulator.bad-path": "{path}: there is no {word!r}. There is: {there}.",
    "simulator.bad-value": "{what}: {value!r} is not {like}.",
    "simulator.bad-fault": "There is no fault {kind!r}. There is: {kinds}.",
    "simulator.bad-option": "The fault {kind} has no option {option!r}. It has: {options}.",
    "simulator.bad-fact": "No fact is called {fact!r}. There is: {facts}.",
    "simulator.bad-days": "A credit review takes 1 to 14 days, not {days}.",
    "simulator.bad-by": "A change by 0 licences is no change; give another number.",
    "simulator.no-ticket": "There is no ticket {number}. `reconciler simulator ticket TENANT TITLE` files one.",
    "simulator.bad-times": "A fault happens at least once, not {times} times.",
    "simulator.page.tenant": ("{name} ({tenant}) at {observedAt}: {users} users, credit review {review}"),
    "simulator.page.subscription": (
        "  {number}. {plan}: {licenses} licences, {assigned} assigned, {status}, billing {billing_on}, "
        "switch {switch} [{id}]"
    ),
    "simulator.page.due": "  due {due}: {kind} ({subscription})",
    "simulator.writer.switch": (
        "Nothing was sent: {tenant}, subscription {subscription}, holds {bought} licences, and an order for "
        "{total} would remove some. Licences are never removed; ask billing support for fewer."
    ),
    "simulator.writer.raise": (
        "Nothing was sent: {tenant}, subscription {subscription}, holds {bought} licences, and {total} is "
        "not more. A total is only ever raised; ask billing support for fewer."
    ),
    "simulator.refused.unknown-tenant": "The service knows no tenant {tenant}. Check the name.",
    "simulator.refused.unknown-subscription": (
        "{tenant} has no subscription {subscription}. Look again: a switch may have given it a new id."
    ),
    "simulator.refused.version-missing": (
        "{tenant}, subscription {subscription}: a write must send the version it was based on. "
        "Look again first."
    ),
    "simulator.refused.version-mismatch": (
        "{tenant}, subscription {subscription}, is no longer as it was when it was read."
    ),
    "simulator.refused.request-id-reused": (
        "The request id {request} was used for another write before. Send a new write with a new id."
    ),
    "simulator.refused.not-a-count": (
        "{tenant}, {plan}: {total} is not a number of licences; it is at least 1."
    ),
    "simulator.refused.role-missing": (
        "{tenant}, {plan}: the operator's roles ({roles}) do not allow it. Ask a global administrator."
    ),
    "simulator.refused.credit-review": (
        "{tenant}: a credit review runs since {since}. Wait for it; an order already placed starts by itself."
    ),
    "simulator.refused.switch-running": (
        "{tenant}: a switch of subscription {other} is {state} already. Wait until it is done; do not "
        "order again."
    ),
    "simulator.refused.trial": "{tenant}, {plan}: this is a trial. Buy the plan being tried first.",
    "simulator.refused.prepaid": (
        "{tenant}, {plan}: bought with a prepaid card or a product key. Contact billing support."
    ),
    "simulator.refused.not-active": (
        "{tenant}, {plan}: the subscription is {status}, not active. Bring it back to active first."
    ),
    "simulator.refused.not-provisioned": "{tenant}, {plan}: not fully provisioned yet. Wait a few hours.",
    "simulator.refused.too-many-users": (
        "{tenant}, {plan}: {assigned} users hold a licence, and at most {most} can be switched. "
        "Contact support."
    ),
    "simulator.refused.legacy-over-25": (
        "{tenant}, {plan}: bought before the service upgrade, with {assigned} users; at most {most} "
        "can be switched."
    ),
    "simulator.refused.license-conflict": (
        "{tenant}, {plan}: {without} users need valid licences ({assigned} assigned, {licenses} bought). "
        "Resolve the conflict first."
    ),
    "simulator.refused.service-unhealthy": (
        "{tenant}, {plan}: {service} is {state}. Wait until the service is healthy."
    ),
    "simulator.refused.not-offered": "{tenant}, {plan}: {to} is not on offer ({offers}).",
    "simulator.refused.fewer-licenses": (
        "{tenant}, {plan}: {licenses} licences are bought and {total} are ordered; none can be removed "
        "in a switch."
    ),
    "simulator.refused.add-in-order": (
        "{tenant}, {plan}: this service takes no licences in the order; order {licenses}, then add up to "
        "{total}."
    ),
    "simulator.refused.over-plan-cap": (
        "{tenant}, {plan}: {total} licences are more than the {cap} that {capped} allows."
    ),
    "simulator.refused.decrease": (
        "{tenant}, {plan}: {licenses} licences are bought, and {total} would be fewer; new commerce takes none back "
        "before the term ends."
    ),
    "simulator.refused.add-ons-present": (
        "{tenant}, {plan}: it has add-ons ({add_ons}), and is not switched with them. Remove them first."
    ),
    "simulator.refused.below-assigned": (
        "{tenant}, {plan}: {total} licences are fewer than the {assigned} that users hold."
    ),
    "simulator.refused.unknown-payment": "{tenant}: there is no payment method {word!r}. There is: {words}.",
    "simulator.refused.unknown-billing": "{tenant}: there is no billing {word!r}. There is: {words}.",
}
