"""The sentences about what is only supposed."""

from __future__ import annotations

WHAT_IF: dict[str, str] = {
    "what-if.form": (
        "{text} is no supposition. Write TENANT.SUBSCRIPTION.licenses+10, TENANT.SUBSCRIPTION.licenses=50 or "
        "TENANT.SUBSCRIPTION.plan=KEY, for example fabrikam.main.licenses+10."
    ),
    "what-if.tenant": "{text}: no tenant {word} is in this change plan. {hint}",
    "what-if.subscription": "{text}: {tenant} declares no subscription {word}. {hint}",
    "what-if.which": "{text}: say which subscription of {tenant}. Declared are: {known}.",
    "what-if.open-count": (
        "{text}: the file leaves the number of licences of {subscription} open, so there is nothing to add to. "
        "Write licenses=N."
    ),
    "what-if.count": "{text} makes {total} licences; a tenant file may declare 1 to {most}.",
    "what-if.not-out": (
        "--out saves a change plan for `apply --plan`, and what --what-if supposes is not in any file. "
        "Leave out one of the two."
    ),
}
