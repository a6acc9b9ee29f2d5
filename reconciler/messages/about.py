"""What each rule asks, in one or two sentences; the whole story of each is in docs/rules.md."""

ABOUT: dict[str, str] = {
    "ambiguous-subscription": (
        "Which live subscription does the declared one mean? More than one candidate, or a pinned id that is gone, "
        "needs a person to pin `subscriptionId`."
    ),
    "wrong-tenant": "Is the tenant that answered the one the file names, by domain or id?",
    "not-read": "Could everything that the comparison itself needs be read?",
    "pair-not-listed": (
        "Does the switch wizard list this pair of plans? What it does not list is switched by hand, by "
        "support."
    ),
    "pair-unconfirmed": (
        "A pair that is listed with less than certainty runs only if the live service offers the target."
    ),
    "too-many-users": "The wizard takes subscriptions with at most 300 users.",
    "legacy-over-25": (
        "A Small Business subscription from before the service upgrade can not be switched with more than 25 users."
    ),
    "over-plan-cap": "Does the resulting number of licences fit the plan's cap?",
    "role-missing": "May the identity in use do this? The source plan's family decides which role it takes.",
    "prepaid": "Plans bought with a prepaid card or product key can be neither switched nor added to here.",
    "trial-not-bought": "A trial is bought first, then switched; licences can not be added to it.",
    "not-active": "Is the subscription active?",
    "not-provisioned": "Is the plan fully provisioned? That takes time, not a person.",
    "service-unhealthy": "Are all services of the source plan healthy?",
    "license-conflict": "Does every user hold a valid licence, and are no more assigned than bought?",
    "credit-review": "While credit is reviewed nothing is ordered; an ordered switch then starts by itself.",
    "switch-running": (
        "While a switch is ordered or running no licences are written and nothing is ordered in that tenant."
    ),
    "switch-failed": "A switch that failed is never ordered again until support has cleared it.",
    "switch-first": (
        "Licences that a switch is to bring are added when that switch is done and verified, never before."
    ),
    "not-offered": 'Does the live service offer the target plan? "No options" is an empty list.',
    "website-domain": "The public website address is changed before a switch, not after.",
    "no-way-back": (
        "A switch to another service family can not be undone, so somebody has to have accepted that."
    ),
    "backup-missing": "Before a switch to another service family there is a recent back-up, on record.",
    "fewer-licenses": "Licences are never removed by this tool; fewer than bought is a request to support.",
    "not-live": "There is no live subscription that could become the declared one; buying one is not ours.",
    "suspended": "Is the tenant paused, in its file or in the state store?",
    "report-only": "Does the file ask for reports only, or has a suspension in it run out?",
    "outside-window": (
        "Is it time? A tenant with change windows is only written to inside them; a switch that has begun"
        " is never cut off."
    ),
    "over-limit": (
        "Is it too much at once, for this tenant, for one run over the whole fleet, or for one day?"
    ),
    "stopped": "Is the global stop on?",
    "outcome-unknown": "Is every earlier write to this tenant settled?",
    "service-settings-lost": (
        "Per-user service settings do not survive a switch, and the portal is locked while it runs."
    ),
    "credit-check-ahead": "Payment by invoice may start a credit review of up to two weeks.",
}
