"""What each rule asks, in one or two sentences, and the way out; the whole story of each is in docs/rules.md."""

ABOUT: dict[str, str] = {
    "ambiguous-subscription": (
        "Which live subscription does the declared one mean? More than one candidate, or a pinned id that is gone, "
        "needs a person to pin `subscriptionId`."
    ),
    "wrong-tenant": "Is the tenant that answered the one the file names, by domain or id?",
    "not-read": "Could everything that the comparison itself needs be read?",
    "pair-not-listed": (
        "Does the switch wizard list this pair of plans? What it does not list is switched by hand, by "
        "support. Where the service is asked for each subscription: does the catalogue forbid the pair?"
    ),
    "pair-unconfirmed": (
        "A pair that is listed with less than certainty runs only if the live service offers the target."
    ),
    "too-many-users": "The wizard takes subscriptions with at most 300 users; today's catalogue knows no such limit.",
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
        "A switch to another service family can not be undone, so somebody has to have accepted that. Where the "
        "service is asked for each subscription, that is every switch."
    ),
    "backup-missing": (
        "Before a switch to another service family there is a recent back-up, on record. Where the service is asked "
        "for each subscription: before one that loses services."
    ),
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
    "bought-back": (
        "Would licences be bought that were there before, and that somebody else has taken away since?"
    ),
    "service-settings-lost": (
        "Per-user service settings do not survive a switch, and the portal is locked while it runs."
    ),
    "credit-check-ahead": "Payment by invoice may start a credit review of up to two weeks.",
    "over-family-cap": (
        "Do the licences of all plans of a family together fit the cap they share in a tenant?"
    ),
    "add-ons-present": "Does an add-on hang on the subscription? With one the service does not switch it.",
    "same-product-twice": (
        "Is there another subscription of the same plan? The service can not tell then whose licence a "
        "user holds."
    ),
    "scheduled-change-lost": "Is a change arranged for later, which the service would drop with a write?",
    "renewal-near": "Does the term end within a day? A write and a renewal would meet.",
    "no-version": "Does the service show a version, by which it refuses a write that is outdated?",
    "seats-owed": (
        "Added licences can be taken back for seven days only, and are then owed until the term ends."
    ),
    "trial-converts": "Does a trial of the tenant turn into a paid year by itself?",
    "update-budget": "How often was this subscription raised? It takes about 1,200 updates in its life.",
}

# What makes a rule pass, and who can do that, in general words; docs/rules.md says the same.
WAYS_OUT: dict[str, str] = {
    "wrong-tenant": (
        "Whoever keeps the files corrects `spec.tenant`, or the credentials that lead to the wrong tenant."
    ),
    "ambiguous-subscription": (
        "Whoever keeps the file writes the right `subscriptionId`, or lists the others under `unmanaged`."
    ),
    "not-read": (
        "Make the named facts readable for the tool's account and plan again; often, trying later is enough."
    ),
    "pair-not-listed": (
        "A global administrator sends the prepared request to support, or the file declares a plan that "
        "is listed."
    ),
    "pair-unconfirmed": (
        "Declare a plan on offer, or let a global administrator ask support whether the pair is possible."
    ),
    "not-offered": (
        "Declare a plan on offer, or try again in an hour; if it stays so, a global administrator asks "
        "support."
    ),
    "over-plan-cap": (
        "Whoever keeps the file declares fewer licences or a larger plan; bought ones go back by support "
        "only."
    ),
    "too-many-users": "A global administrator sends the prepared request for a manual switch.",
    "legacy-over-25": (
        "An administrator takes licences from users who no longer need one until 25 are left, or asks "
        "support."
    ),
    "role-missing": (
        "A global administrator gives the account the role, or the tool is run with one that has it."
    ),
    "license-conflict": (
        "An administrator takes licences from users; or the file first declares the old plan with enough "
        "licences, that is applied, and then the file declares the switch."
    ),
    "prepaid": (
        "A global administrator sends the prepared request, or redeems another key for more licences."
    ),
    "trial-not-bought": (
        "A global or billing administrator buys the plan being tried; the next run goes on from there."
    ),
    "credit-review": "Wait; later a billing administrator asks support what became of it.",
    "credit-check-ahead": "Nothing to do; a billing administrator may pay by card instead.",
    "not-active": "A global or billing administrator makes it active again: pay, renew, or ask support.",
    "not-provisioned": "Wait some hours; if it stays so, a global administrator asks support.",
    "service-unhealthy": (
        "Wait until the service health page shows them healthy; a global administrator can follow it there."
    ),
    "website-domain": (
        "A global administrator changes the address first, or the file declares the live one."
    ),
    "switch-running": (
        "Wait, assign no licences, order nothing; after an hour a global administrator asks support."
    ),
    "switch-failed": "A global administrator sends the prepared request to support.",
    "switch-first": "Nothing to do; the add follows by itself.",
    "no-way-back": "Whoever answers for the tenant acknowledges it in the file, or keeps the plan.",
    "backup-missing": (
        "An administrator backs up all company data and records it under `acknowledge.backup`."
    ),
    "service-settings-lost": (
        "An administrator notes who has services switched off, and sets it again afterwards."
    ),
    "fewer-licenses": (
        "A global or billing administrator takes the licences from users, then sends the prepared request."
    ),
    "not-live": "A global or billing administrator buys the plan; the next run finds it there.",
    "suspended": "Ask the owner named; take `suspend` out of the file, or run `reconciler resume`.",
    "report-only": (
        "Whoever keeps the file sets `mode: apply`, or takes the ended `suspend` out; for one in the "
        "store, run `reconciler resume`."
    ),
    "outside-window": (
        "Wait for the next opening, which the plan names; or whoever keeps the file changes `windows`."
    ),
    "over-limit": (
        "If the number is meant, raise the limit that the plan names; else declare less at first."
    ),
    "stopped": "Whoever stopped the tool lifts the stop when its reason is gone: `reconciler stop --lift`.",
    "bought-back": (
        "Ask who took them away; whoever keeps the file declares the smaller number, or waives this rule."
    ),
    "outcome-unknown": (
        "A later run reads back and settles it; else an administrator looks in the portal and runs "
        "`reconciler resolve`."
    ),
    "over-family-cap": (
        "Whoever keeps the file declares fewer licences, or a plan of another family; bought ones go back "
        "by hand only."
    ),
    "add-ons-present": (
        "A person ends the add-ons that are no longer needed in Partner Center; then plan again."
    ),
    "same-product-twice": (
        "A person brings the licences together in one subscription in Partner Center, or moves the users "
        "by hand."
    ),
    "scheduled-change-lost": (
        "A person withdraws what is arranged in Partner Center, or waits for it; or whoever keeps the "
        "file waives this rule."
    ),
    "renewal-near": "Nothing to do; a later run goes on by itself a day after the renewal.",
    "no-version": (
        "A person sets the number in Partner Center; or whoever keeps reconciler.yaml accepts the risk "
        "with `microsoft.raiseWithoutEtag`."
    ),
    "seats-owed": "Nothing to do where the number is meant; the tool never takes licences back.",
    "trial-converts": (
        "A person switches the renewal of the trial off in Partner Center, if it is not to be bought."
    ),
    "update-budget": (
        "Whoever keeps the file changes the number less often; when none is left, a person buys a new "
        "subscription."
    ),
}
