"""The sentences of the rules: ``<rule>.pass``, ``<rule>.<failure>`` and ``<rule>.<failure>.remedy``.

Beside them stand the reasons for "unknown" and "skipped", and a few parts of sentences.
"""

RULES: dict[str, str] = {
    "rule.skipped": "Does not concern this step: {reason}.",
    "rule.unknown": "Not known: {fact} ({reason}).",
    "rule.unknown.remedy": (
        "Nothing is written on a guess. Make sure that {fact} can be read, then plan again."
    ),
    "rule.not-matched": "no live subscription was matched with it",
    "rule.unknown-plan": 'the catalogue does not know the plan "{word}"',
    "rule.unknown-word": 'the service says "{word}", a word this version does not know',
    "fact.stop": "the global stop switch",
    "fact.journal": "the journal of earlier writes",
    "fact.suspension": "the suspension in the state store",
    "fact.baseline": "what the state store remembers of how it stood",
    "skipped.not-listed": "the pair is not on the list of switches",
    "skipped.certain": "the pair is on the list with certainty",
    "skipped.service-asked": (
        "there is no list here: the service is asked for each subscription what it may be switched to (M-29)"
    ),
    "skipped.forbidden": "the catalogue forbids the pair, whatever is on offer",
    "skipped.no-service-lost": "the new plan has every service of the old one, so all data stays",
    "skipped.same-family": "both plans belong together, no service family is left",
    # The tenant and its match
    "wrong-tenant.pass": 'The live tenant answers to "{declared}".',
    "wrong-tenant.fail": (
        'The file of {tenant} names "{declared}", but the tenant that was read is {shown}. A write would'
        " land in another organisation."
    ),
    "wrong-tenant.fail.remedy": (
        "Correct `spec.tenant` in the file, or the credentials and the mapping that lead to this tenant;"
        " whoever keeps the tenant files can do that. Then plan again."
    ),
    "not-read.pass": "Everything needed to compare {tenant} with its file was read.",
    "not-read.unread": "{tenant} can not be compared with its file. Not read: {facts}.",
    "not-read.unread.remedy": (
        "Nothing is planned or written for what was not read. Look at the reason above, make that"
        " readable for the tool's account, and plan again."
    ),
    "rule.and": " and ",
    "rule.word.domain": "its default domain",
    "rule.word.id": "its id",
    "rule.kept-apart": (
        "{kinds} could not be read, and the state store keeps something of a tenant known by such a name alone"
    ),
    "ambiguous-subscription.pass": "{subscription} of {tenant} means the live subscription {id}.",
    "ambiguous-subscription.fail": (
        "Which live subscription {subscription} of {tenant} means can not be told. It may be: {candidates}."
    ),
    "ambiguous-subscription.fail.remedy": (
        "Write the right id as `subscriptionId` under {subscription} in the tenant file, or list the"
        " others under `unmanaged`; whoever keeps the file can do that."
    ),
    "ambiguous-subscription.gone": (
        "The id that {subscription} of {tenant} is pinned to is no longer there, and nothing is recorded"
        " to have taken over from it. Live now: {candidates}."
    ),
    "ambiguous-subscription.gone.remedy": (
        "A global administrator looks in the admin portal what became of it. Then write the right"
        " `subscriptionId` in the tenant file, or leave it out; whoever keeps the file can do that."
    ),
    "ambiguous-subscription.nobody": "no subscription at all",
    "ambiguous-subscription.skipped": "there is no live subscription left that could be meant",
    # The pair
    "pair-not-listed.pass": "{source} to {target} is on the list of switches.",
    "pair-not-listed.fail": (
        "{source} to {target} is not on the list of switches, so {subscription} of {tenant} can only be"
        " moved by hand."
    ),
    "pair-not-listed.fail.remedy": (
        "A global administrator asks billing and subscription support for a manual switch, in this order:"
        " buy {target}, assign its licences to the users, then cancel {source}. The hand-off holds the"
        " text to send. Back up first where the plans belong to different service families: there is no"
        " way back."
    ),
    "pair-not-listed.forbidden": (
        "{source} to {target} is never ordered, also where the service offers it: {reason} {subscription} of"
        " {tenant} can only be moved by hand."
    ),
    "pair-not-listed.forbidden.remedy": (
        "Declare {source} again, or a plan the service offers. If {target} is meant, a person moves it by hand,"
        " in this order: buy {target}, assign its licences to the users, then let {source} run out. The"
        " hand-off holds the text to send."
    ),
    "pair-unconfirmed.pass": (
        "{source} to {target} is listed with {confidence} confidence, and the service offers it for"
        " {subscription} of {tenant}."
    ),
    "pair-unconfirmed.fail": (
        "{source} to {target} is listed with {confidence} confidence only, and the service does not offer"
        " it for {subscription} of {tenant}. On offer: {offers}."
    ),
    "pair-unconfirmed.fail.remedy": (
        "Declare a plan that is on offer, or ask billing and subscription support whether {target} can be"
        " reached from {source}. A global administrator can do that."
    ),
    "pair-unconfirmed.no-offers": "nothing",
    "not-offered.pass": "The service offers {target} for {subscription} of {tenant}.",
    "not-offered.fail": (
        "{source} to {target} is on the list, but the service does not offer it for {subscription} of"
        " {tenant} now. On offer: {offers}. The order would be refused."
    ),
    "not-offered.fail.remedy": (
        "The live offers count. Declare a plan that is on offer, or try again in an hour (the service may"
        " be overloaded); if it stays so, a global administrator asks billing and subscription support."
    ),
    "not-offered.not-a-path": (
        "The service does not offer {target} for {subscription} of {tenant} now. {source} can be switched to:"
        " {offers}. The order would be refused."
    ),
    "not-offered.not-a-path.remedy": (
        "The service's word counts. Declare a plan that is on offer, or keep {source}. A person in Partner"
        " Center can see there what else the subscription can become."
    ),
    "not-offered.no-path": (
        "The service offers no other plan for {subscription} of {tenant} ({source}) now, so {target} can not be"
        " ordered, and no check above says why."
    ),
    "not-offered.no-path.remedy": (
        "Try again in an hour. If it stays so, a person in Partner Center looks what stands in the way there:"
        " another subscription with the same services, one of another seller, or a missing right in {tenant}."
    ),
    "not-offered.no-options": (
        'The service shows "No options" for {subscription} of {tenant}: nothing can be ordered, and no'
        " check above says why."
    ),
    "not-offered.no-options.remedy": (
        "Try again in an hour (the service may be overloaded). If it stays so, a global administrator"
        " looks for add-ons, an unpaid invoice or another reseller, and asks billing and subscription"
        " support."
    ),
    # The people
    "too-many-users.pass": (
        "{assigned} users hold a licence of {subscription}, {users} are in {tenant}; up to {limit} can be"
        " switched."
    ),
    "too-many-users.fail": (
        "{assigned} users hold a licence of {subscription} of {tenant}. A subscription with more than"
        " {limit} can not be switched by itself."
    ),
    "too-many-users.fail.remedy": (
        "A global administrator asks billing and subscription support for a manual switch of all"
        " {assigned} users. The hand-off holds the text to send."
    ),
    "too-many-users.tenant": (
        "{tenant} has {users} users, more than {limit}; {subscription} itself has {assigned} and may be"
        " switched. An older text counts the whole organisation, so the service may say no."
    ),
    "too-many-users.tenant.remedy": (
        "Nothing to do. If the service refuses the order, ask billing and subscription support for a"
        " manual switch."
    ),
    "too-many-users.tenant-unknown": (
        "{assigned} users hold a licence of {subscription} ({limit} are allowed). How many users {tenant}"
        " has in all is not known ({reason})."
    ),
    "too-many-users.tenant-unknown.remedy": (
        "Nothing to do. Let the tool's account read the number of users to have this checked too."
    ),
    "too-many-users.skipped": "the catalogue knows no such limit",
    "legacy-over-25.pass": (
        "{subscription} of {tenant} is not held back by the old limit: {assigned} users, or bought after"
        " the service upgrade ({limit} users are allowed before it)."
    ),
    "legacy-over-25.fail": (
        "{subscription} of {tenant} is a Small Business subscription from before the service upgrade with"
        " {assigned} users. With more than {limit} it can not be switched to any plan."
    ),
    "legacy-over-25.fail.remedy": (
        "An administrator takes licences from users who no longer need one until {limit} are left, or"
        " asks billing and subscription support for a manual switch of all {assigned}."
    ),
    "legacy-over-25.skipped": "the limit concerns Office 365 Small Business only",
    "over-plan-cap.pass": "{total} licences fit {plan}, which takes up to {cap}.",
    "over-plan-cap.fail": (
        "{subscription} of {tenant} would have {total} licences of {plan}, {over} more than the {cap} the"
        " plan takes."
    ),
    "over-plan-cap.fail.remedy": (
        "Declare a plan with room for {total}, or at most {cap} licences if no more are bought already."
        " Licences that are bought and not needed go back through support only."
    ),
    "over-plan-cap.skipped": "{plan} has no upper limit of licences",
    "over-family-cap.pass": (
        "{tenant} would have {total} licences of {family} plans together, of at most {cap} ({parts})."
    ),
    "over-family-cap.fail": (
        "{tenant} would have {total} licences of {family} plans together ({parts}), {over} more than the {cap} a"
        " tenant may have, over all its subscriptions and sellers. The order for {subscription} would be refused."
    ),
    "over-family-cap.fail.remedy": (
        "Whoever keeps the file declares {over} licences fewer, or a plan of another family for some of them."
        " Licences that are bought and not needed go back by a person's hand only."
    ),
    "over-family-cap.skipped": "plans of the family of {plan} have no limit together",
    "role-missing.pass": "The account may order for {plan}: it holds {held}.",
    "role-missing.fail": (
        "The tool's account in {tenant} holds {held}. Orders for {subscription} ({plan}) need {needed}."
    ),
    "role-missing.fail.remedy": (
        "A global administrator of {tenant} gives the account the role {needed}, or runs the tool with an"
        " account that has it."
    ),
    "role-missing.or": " or ",
    "role-missing.none": "no administrator role",
    "license-conflict.pass": (
        "{assigned} of {bought} licences of {subscription} are assigned, and no user lacks a valid one."
    ),
    "license-conflict.fail": (
        "{subscription} of {tenant} has {assigned} licences assigned and {bought} bought: {over} too few"
        " (users without a valid licence: {without}). The service does not switch while that conflict"
        " stands."
    ),
    "license-conflict.fail.remedy": (
        "An administrator takes the licence from users who no longer need one (at least {over}). Or, in"
        " the tenant file: first declare {source} with at least {total} licences, apply, then declare"
        " {target}."
    ),
    "license-conflict.without": (
        "Users without a valid licence in {subscription} of {tenant}: {without} ({assigned} of {bought}"
        " licences are assigned). The service does not switch while that conflict stands."
    ),
    "license-conflict.without.remedy": (
        "An administrator gives each of them a free licence, or takes the users out. If too few are free:"
        " first declare {source} with at least {total} licences, apply, then declare {target}."
    ),
    # The purchase
    "prepaid.pass": "{subscription} of {tenant} is paid by {payment}.",
    "prepaid.fail": (
        "{subscription} of {tenant} was bought with a prepaid card or a product key. Such a subscription"
        " is neither switched nor added to by the service's own order."
    ),
    "prepaid.fail.remedy": (
        "A global administrator asks billing and subscription support, or redeems another key. The"
        " hand-off holds the text to send."
    ),
    "trial-not-bought.pass": "{subscription} of {tenant} is bought, not a trial.",
    "trial-not-bought.fail": (
        "{subscription} of {tenant} is a trial. A trial can not be switched, and no licences can be added"
        " to it."
    ),
    "trial-not-bought.fail.remedy": (
        "A global or billing administrator first buys the plan being tried, in the admin portal. The next"
        " plan then goes on to what the file declares."
    ),
    "trial-converts.pass": "No trial of {tenant} turns into a paid subscription by itself.",
    "trial-converts.fail": (
        "A trial of {tenant} turns into a paid year of at least 25 licences by itself: {trials}. Its renewal is on."
    ),
    "trial-converts.fail.remedy": (
        "If it is not to be bought, a person switches the renewal of the trial off in Partner Center before that"
        " day. The tool never does."
    ),
    "trial-converts.near": (
        "SOON: a trial of {tenant} turns into a paid year of at least 25 licences by itself: {trials}. Its renewal"
        " is on."
    ),
    "trial-converts.near.remedy": (
        "If it is not to be bought, a person switches the renewal of the trial off in Partner Center NOW; after"
        " that day the year is owed. The tool never does."
    ),
    "trial-converts.one": "{name} ({plan}) on {ends:%Y-%m-%d}",
    "credit-review.pass": "No credit review runs in {tenant}.",
    "credit-review.fail": (
        "A credit review runs in {tenant} since {since:%Y-%m-%d}, for {days} of up to {limit} days. Until"
        " it ends {subscription} can not be switched and no licences can be bought; users work as before."
    ),
    "credit-review.fail.remedy": (
        "Wait, and do not order again: a switch that was ordered starts by itself when the credit is granted."
    ),
    "credit-review.since-unknown": (
        "A credit review runs in {tenant}; since when is not known ({reason}). Until it ends"
        " {subscription} can not be switched and no licences can be bought; users work as before."
    ),
    "credit-review.since-unknown.remedy": (
        "Wait, and do not order again: a switch that was ordered starts by itself when the credit is"
        " granted. After two weeks a billing administrator asks support."
    ),
    "credit-review.too-long": (
        "A credit review runs in {tenant} since {since:%Y-%m-%d}, for {days} days. It should take {limit}"
        " at most; {subscription} waits for it."
    ),
    "credit-review.too-long.remedy": (
        "A billing administrator asks billing and subscription support what became of the review. Do not"
        " order again: a switch that was ordered starts by itself when the credit is granted."
    ),
    "credit-check-ahead.pass": (
        "{subscription} of {tenant} is not paid by invoice, so no credit check is expected."
    ),
    "credit-check-ahead.fail": (
        "{subscription} of {tenant} is paid by invoice: a credit check of up to two weeks may come first."
        " Billing of the old plan ends with the order, that of the new one begins when the switch is done."
    ),
    "credit-check-ahead.fail.remedy": (
        "Nothing to do; users work as before meanwhile. A billing administrator may pay by card to avoid"
        " the check."
    ),
    # What a write costs with today's commerce
    "seats-owed.none": "no licence is added",
    "seats-owed.pass": "{subscription} of {tenant} is of before new commerce: its licences are owed for no term.",
    "seats-owed.fail": (
        "The {added} licences more for {subscription} of {tenant} can be taken back for seven days only; after"
        " that they are owed until its term ends on {ends:%Y-%m-%d}."
    ),
    "seats-owed.fail.remedy": "Make sure that the number is meant: the tool never takes licences back.",
    "seats-owed.no-end": (
        "The {added} licences more for {subscription} of {tenant} can be taken back for seven days only; after"
        " that they are owed until its term ends. When that is, is not known ({reason})."
    ),
    "seats-owed.no-end.remedy": "Make sure that the number is meant: the tool never takes licences back.",
    "update-budget.pass": (
        "{subscription} of {tenant} was raised by this tool fewer than {many} times; it takes about {most} updates."
    ),
    "update-budget.fail": (
        "This tool has raised {subscription} of {tenant} {done} times. A subscription takes about {most} updates"
        " in its life, those of others included; about {left} are left."
    ),
    "update-budget.fail.remedy": (
        "Whoever keeps the file changes the number less often, in larger steps. When no update is left, a person"
        " has to buy a new subscription."
    ),
    "update-budget.spent": (
        "This tool has raised {subscription} of {tenant} {done} times. A subscription takes about {most} updates"
        " in its life; the next one would be refused."
    ),
    "update-budget.spent.remedy": (
        "A person buys a new subscription of the plan in Partner Center and moves the users, or asks support, with"
        " the text of the hand-off."
    ),
    # The moment
    "not-active.pass": "{subscription} of {tenant} is active.",
    "not-active.fail": (
        '{subscription} of {tenant} is "{status}", not active. It can neither be switched nor added to.'
    ),
    "not-active.fail.remedy": (
        "A global or billing administrator makes it active again in the admin portal (pay the open"
        " invoice, renew it, or ask support), then plan again."
    ),
    "not-provisioned.pass": "{plan} is fully set up for {subscription} of {tenant}.",
    "not-provisioned.fail": (
        "{plan} is not yet fully set up for {subscription} of {tenant}. The service switches only a plan"
        " that is."
    ),
    "not-provisioned.fail.remedy": (
        "Wait some hours; a later plan goes on by itself. If it stays so for a day, a global"
        " administrator looks at the service health page and asks support."
    ),
    "service-unhealthy.pass": "Every service of {plan} is healthy: {services}.",
    "service-unhealthy.fail": (
        "Not healthy in {tenant}: {ill}. {subscription} ({plan}) is switched only while all its services are."
    ),
    "service-unhealthy.fail.remedy": (
        "Wait until the service health page shows them healthy; a later plan goes on by itself. A global"
        " administrator can follow it there."
    ),
    "service-unhealthy.and-ill": "{reason}; not healthy: {ill}",
    "service-unhealthy.not-shown": "the service health did not name it",
    "service-unhealthy.no-services": "the catalogue names no services for {plan}",
    "website-domain.pass": "The public website of {tenant} has the address declared: {wanted}.",
    "website-domain.fail": (
        "The public website of {tenant} has the address {shown}; the file declares {wanted}. After the"
        " switch of {subscription} a change takes extra steps."
    ),
    "website-domain.fail.remedy": (
        "A global administrator changes the address to {wanted} in the portal before the switch, or the"
        " file declares {shown}."
    ),
    "website-domain.skipped": "the file declares no website address",
    "renewal-near.pass": "The term of {subscription} of {tenant} ends on {ends:%Y-%m-%d}: not within a day.",
    "renewal-near.fail": (
        "The term of {subscription} of {tenant} ends at {ends:%Y-%m-%d %H:%M} UTC. In the 24 hours before and after"
        " that nothing is written: the renewal and a write would meet."
    ),
    "renewal-near.fail.remedy": "Nothing to do: a later plan goes on by itself, a day after the renewal.",
    "scheduled-change-lost.pass": "Nothing is arranged for later at {subscription} of {tenant}.",
    "scheduled-change-lost.fail": (
        "For {subscription} of {tenant} somebody has arranged {arranged}. The service drops that without a word when"
        " the number of licences or the plan changes."
    ),
    "scheduled-change-lost.fail.remedy": (
        "A person notes in Partner Center what is arranged, and either withdraws it or waits until it has happened."
        " If it may be lost, whoever keeps the file adds a waiver of scheduled-change-lost, with a reason and an end."
    ),
    "scheduled-change-lost.renewal": "a change for its next renewal",
    "scheduled-change-lost.billing": "a change of its billing",
    "add-ons-present.pass": "No add-on hangs on {subscription} of {tenant}.",
    "add-ons-present.fail": (
        "Add-ons hang on {subscription} of {tenant}: {names}. With an add-on the service does not switch it, or the"
        " add-on is lost."
    ),
    "add-ons-present.fail.remedy": (
        "A person in Partner Center looks which of the {count} is still needed and whether the new plan holds it"
        " already, and ends those that are not; then plan again."
    ),
    "same-product-twice.pass": "{subscription} is the only subscription of {plan} in {tenant}.",
    "same-product-twice.fail": (
        "{tenant} has {source} more than once: {subscription}, and {others}. Whose licence a user holds can not be"
        " told then, so the service does not move the users with a switch."
    ),
    "same-product-twice.fail.remedy": (
        "A person brings the licences together in one subscription in Partner Center and lets the other run out;"
        " or moves the users by hand."
    ),
    "no-version.pass": "{subscription} of {tenant} shows a version, by which the service refuses what is outdated.",
    "no-version.skipped": "nothing is known of versions here",
    "no-version.fail": (
        "The service shows {subscription} of {tenant} without a version. A write sets the whole number, and without"
        " a version the service can not see that somebody has changed it meanwhile; so the tool does not write."
    ),
    "no-version.fail.remedy": (
        "A person opens {subscription} ({plan}) of {tenant} in Partner Center, sees that it still has {bought}"
        " licences, and sets the total to {total}; the next plan finds it there. The hand-off holds the text to"
        " send. Or whoever keeps reconciler.yaml accepts the risk with `microsoft.raiseWithoutEtag: true`."
    ),
    "no-version.race": (
        "The service shows {subscription} of {tenant} without a version, and `raiseWithoutEtag` lets the tool write"
        " all the same. It looks in the same second and sets the total to {total}. If somebody raises it above"
        " {total} between that look and the write, the write lowers it to {total} again, and nobody is told by the"
        " service."
    ),
    "no-version.race.remedy": (
        "See that nobody else changes the number of {subscription} while it runs. After the write the tool reads the"
        " number back; a number that differs is told, and never lowered."
    ),
    # Switches under way
    "switch-running.pass": "No switch is ordered or runs in {tenant}.",
    "switch-running.fail": (
        "The switch of {which} of {tenant} to {to} runs, first seen {minutes} min ago (under 10 is"
        " usual). Meanwhile the portal is locked, and licence changes or a second order would disturb it."
    ),
    "switch-running.fail.remedy": (
        "Wait, and assign no licences to the new plan. Users keep their access; a later plan looks again."
    ),
    "switch-running.slow": (
        "The switch of {which} of {tenant} to {to} runs, first seen {minutes} min ago, longer than the"
        " usual 10. Meanwhile the portal is locked, and licence changes or a second order would disturb"
        " it."
    ),
    "switch-running.slow.remedy": (
        "Wait, and assign no licences to the new plan. After an hour it becomes a case for support; a"
        " later plan will say so."
    ),
    "switch-running.no-clock": (
        "The switch of {which} of {tenant} to {to} runs; since when its status page is shown is not"
        " known. Meanwhile the portal is locked, and licence changes or a second order would disturb it."
    ),
    "switch-running.no-clock.remedy": (
        "Wait, and assign no licences to the new plan. If an administrator sees the status page for more"
        " than an hour, they ask billing and subscription support."
    ),
    "switch-running.ordered": (
        "A switch of {which} of {tenant} to {to} is ordered and has not begun. Billing of the old plan"
        " has ended with the order; nothing else is ordered or bought until the switch is done."
    ),
    "switch-running.ordered.remedy": (
        "Wait, and do not order again: it starts by itself, after a credit review of up to two weeks"
        " where there is one."
    ),
    "switch-running.stuck": (
        "The switch of {which} of {tenant} to {to} shows its status page since {since:%Y-%m-%d %H:%M}"
        " UTC, {minutes} min. After an hour something may be wrong."
    ),
    "switch-running.stuck.remedy": (
        "A global administrator asks billing and subscription support, with the text of the hand-off. Do"
        " not order again, and assign no licences to the new plan."
    ),
    "switch-running.unknown-plan": "a plan that is not known",
    "switch-failed.pass": "{subscription} of {tenant} shows no failed switch.",
    "switch-failed.fail": (
        "The last switch of {subscription} of {tenant}, to {to}, failed. The tool does not order it again"
        " by itself."
    ),
    "switch-failed.fail.remedy": (
        "A global administrator asks billing and subscription support, with the text of the hand-off."
        " Once the service no longer shows the failure, the next plan goes on."
    ),
    "switch-first.pass": "No switch of {subscription} comes before it.",
    "switch-first.fail": (
        "{subscription} of {tenant} is to be switched first: licences bought for the old plan would be"
        " bought for a plan about to be left."
    ),
    "switch-first.fail.remedy": "Nothing to do: the licences follow when the switch is done and verified.",
    # What the switch takes with it
    "no-way-back.pass": "The file accepts that there is no way back from {target} to {source}.",
    "no-way-back.fail": (
        "{source} and {target} belong to different service families: once switched, {subscription} of"
        " {tenant} can not go back to the old plan. The file does not accept that."
    ),
    "no-way-back.fail.remedy": (
        "Whoever answers for {tenant} writes `acknowledge: {{noWayBack: {plan_key}}}` in the tenant file,"
        " or keeps the plan."
    ),
    "no-way-back.upgrade": (
        "Upgrades go up only and can not be undone, not even within seven days: once switched, {subscription} of"
        " {tenant} can not go back from {target} to {source}. The file does not accept that."
    ),
    "no-way-back.upgrade.remedy": (
        "Whoever answers for {tenant} writes `acknowledge: {{noWayBack: {plan_key}}}` in the tenant file,"
        " or keeps the plan."
    ),
    "no-way-back.upgrade-other": (
        'The file accepts no way back for "{said}", but {subscription} of {tenant} would be switched from {source}'
        " to {target}. Upgrades go up only and can not be undone."
    ),
    "no-way-back.upgrade-other.remedy": (
        "Whoever answers for {tenant} sets `acknowledge.noWayBack` to `{plan_key}` in the tenant file, or"
        " corrects the plan."
    ),
    "no-way-back.other": (
        'The file accepts no way back for "{said}", but {subscription} of {tenant} would be switched to'
        " {target}, in another service family than {source}."
    ),
    "no-way-back.other.remedy": (
        "Whoever answers for {tenant} sets `acknowledge.noWayBack` to `{plan_key}` in the tenant file, or"
        " corrects the plan."
    ),
    "no-way-back.spent": (
        "The acknowledgement in the file of {tenant} was used up by an earlier switch; it does not cover"
        " {subscription} from {source} to {target}."
    ),
    "no-way-back.spent.remedy": (
        "Whoever answers for {tenant} decides anew and changes the `acknowledge` part of the file:"
        " `noWayBack: {plan_key}` with a new back-up."
    ),
    "backup-missing.pass": (
        "A back-up of {taken} is on record ({where}), {days} of at most {most} days old."
    ),
    "backup-missing.fail": (
        "{subscription} of {tenant} would leave its service family ({source} to {target}), and the file"
        " records no back-up."
    ),
    "backup-missing.fail.remedy": (
        "An administrator backs up all company data and records it in the tenant file: `acknowledge:"
        " {{backup: {{taken: <date>, where: <place>}}}}`. It counts for {most} days."
    ),
    "backup-missing.lost": (
        "{target} lacks services of {source}: {lost}. {subscription} of {tenant} would lose their data, and the file"
        " records no back-up."
    ),
    "backup-missing.lost.remedy": (
        "An administrator backs up the data of {lost} and records it in the tenant file: `acknowledge:"
        " {{backup: {{taken: <date>, where: <place>}}}}`. It counts for {most} days."
    ),
    "backup-missing.lost-future": (
        "The back-up of {tenant} is dated {taken}, after today ({today}, UTC). {subscription} would lose {lost} by the"
        " switch from {source} to {target} without a back-up that exists."
    ),
    "backup-missing.lost-future.remedy": (
        "Correct `acknowledge.backup.taken` in the tenant file to the day the back-up was made."
    ),
    "backup-missing.lost-old": (
        "The back-up of {tenant} is of {taken}, {days} days old; at most {most} are accepted before {subscription}"
        " loses {lost} by the switch from {source} to {target}."
    ),
    "backup-missing.lost-old.remedy": (
        "An administrator backs up the data of {lost} again and records the new date in `acknowledge.backup` of the"
        " tenant file."
    ),
    "backup-missing.future": (
        "The back-up of {tenant} is dated {taken}, after today ({today}, UTC). {subscription} would leave"
        " its service family ({source} to {target}) without a back-up that exists."
    ),
    "backup-missing.future.remedy": (
        "Correct `acknowledge.backup.taken` in the tenant file to the day the back-up was made."
    ),
    "backup-missing.old": (
        "The back-up of {tenant} is of {taken}, {days} days old; at most {most} are accepted before"
        " {subscription} leaves its service family ({source} to {target})."
    ),
    "backup-missing.old.remedy": (
        "An administrator backs up all company data again and records the new date in"
        " `acknowledge.backup` of the tenant file."
    ),
    "backup-missing.spent": (
        "The back-up recorded for {tenant} ({taken}, {where}) belongs to an earlier switch; it does not"
        " cover {subscription} from {source} to {target}."
    ),
    "backup-missing.spent.remedy": (
        "An administrator backs up all company data again and records it in `acknowledge.backup` of the"
        " tenant file."
    ),
    "service-settings-lost.pass": (
        "No user holds a licence of {subscription}, so no user's settings are lost."
    ),
    "service-settings-lost.fail": (
        "The {assigned} users of {subscription} of {tenant} move by themselves and keep access and data."
        " Services switched off for single users are reset, and the portal is locked for administrators"
        " meanwhile."
    ),
    "service-settings-lost.fail.remedy": (
        "An administrator notes now who has services switched off, and sets it again after the switch."
    ),
    # What is left for people
    "fewer-licenses.pass": (
        "{wanted} licences are declared for {subscription}, not below the {bought} bought."
    ),
    "fewer-licenses.fail": (
        "{subscription} of {tenant} ({plan}) has {bought} licences, {wanted} are declared. The tool never"
        " takes licences away; the difference of {fewer} stays, and stays paid for."
    ),
    "fewer-licenses.fail.remedy": (
        "A global or billing administrator first takes the licences from users who no longer need one,"
        " then asks billing and subscription support to go down to {wanted}, with the text of the"
        " hand-off. Or declare {bought}."
    ),
    "fewer-licenses.skipped": "there is nothing live to have more licences than declared",
    "fewer-licenses.unmanaged": "the file leaves the number of licences open",
    "not-live.pass": "{subscription} of {tenant} is there: {id}.",
    "not-live.fail": (
        "{tenant} has no live subscription that could become {subscription}. Wanted: {plan}, licences:"
        " {count}."
    ),
    "not-live.fail.remedy": (
        "Buying a new subscription is not done by the tool. A global or billing administrator buys {plan}"
        " in the portal or through support, with the text of the hand-off; the next plan finds it there."
    ),
    "not-live.any-number": "any number",
    "not-live.skipped": "which live subscription is meant is not settled",
    # What we say ourselves
    "suspended.pass": "No suspension holds {tenant}.",
    "suspended.file": (
        "{tenant} is suspended until {until} by its file: {reason} ({owner}). Nothing is written."
    ),
    "suspended.file.remedy": (
        "Ask {owner}. To lift it, take `suspend` out of the tenant file; `reconciler resume` does not"
        " lift what the file says."
    ),
    "suspended.store": ("{tenant} is suspended until {until}: {reason} ({owner}). Nothing is written."),
    "suspended.store.remedy": "Ask {owner}. To lift it, run `reconciler resume {word}`.",
    "report-only.pass": "The tool may write to {tenant}.",
    "report-only.fail": (
        "The file of {tenant} says `mode: report`: changes of {subscription} are shown and never written."
    ),
    "report-only.fail.remedy": (
        "Whoever keeps the file sets `mode: apply`, or leaves `mode` out, to let the tool write."
    ),
    "report-only.file-ended": (
        "The suspension of {tenant} ended on {until} ({reason}, {owner}). Until somebody says so, changes"
        " of {subscription} are shown and not written."
    ),
    "report-only.file-ended.remedy": (
        "Take `suspend` out of the tenant file to let the tool write again, or give it a later `until`."
    ),
    "report-only.store-ended": (
        "The suspension of {tenant} ended on {until} ({reason}, {owner}). Until somebody says so, changes"
        " of {subscription} are shown and not written."
    ),
    "report-only.store-ended.remedy": (
        "Run `reconciler resume {word}` to let the tool write again, or suspend it anew."
    ),
    "outside-window.skipped": "no change window is declared",
    "outside-window.pass": "A change window of {tenant} is open ({at} {zone}).",
    "outside-window.fail": (
        "It is {at} {zone}, outside the change windows of {tenant}, so nothing of {subscription} is written"
        " now. The next one opens {opens} {zone} ({utc} UTC)."
    ),
    "outside-window.fail.remedy": "Run the tool again in that window; nothing else is needed.",
    "outside-window.never": (
        "It is {at} UTC, and the change windows of {tenant} leave no moment open in the year to come, so"
        " nothing of {subscription} is written."
    ),
    "outside-window.never.remedy": (
        "Whoever keeps the file corrects `windows`: a deny window covers all that is allowed."
    ),
    "over-limit.pass": "{added} licences more for {subscription} of {tenant} are within its limits.",
    "over-limit.tenant": (
        "{subscription} of {tenant} would get {added} licences, and {counted} come before it in this run:"
        " more than maxLicensesAdded, {most}, for one tenant in one run."
    ),
    "over-limit.tenant.remedy": (
        "Is the number meant? Then raise `limits.maxLicensesAdded` in the tenant file, if it is set there,"
        " or in reconciler.yaml; or declare less at first."
    ),
    "over-limit.growth": (
        "{subscription} of {tenant} would grow from {before} to {after} licences: {added} more, above"
        " maxGrowthPercent, {most} % (up to growthFloor, {floor} licences, a growth is never too much)."
    ),
    "over-limit.growth.remedy": (
        "Is the number meant? Then raise `limits.maxGrowthPercent` in the tenant file, if it is set there,"
        " or in reconciler.yaml; or declare less at first."
    ),
    "stopped.pass": "The global stop is off.",
    "stopped.fail": (
        "The global stop is on ({reason}): no tenant is written to, so {subscription} of {tenant} stays"
        " as it is."
    ),
    "stopped.fail.remedy": (
        "Whoever stopped the tool lifts the global stop when its reason is gone: `reconciler stop --lift`."
    ),
    "outcome-unknown.pass": "No earlier write to {tenant} is open.",
    "outcome-unknown.fail": (
        "It is not settled whether an earlier write to {tenant} was taken: {writes}. Until it is, nothing"
        " more is written to this tenant, {subscription} included."
    ),
    "outcome-unknown.fail.remedy": (
        "A later run reads back and settles it where the service shows it. If it stays open, an"
        " administrator looks in the portal and settles it with evidence: `reconciler resolve {word}`."
    ),
    "bought-back.pass": (
        "{subscription} of {tenant} had {stood} licences when all was well and has {before} now: nobody else"
        " took away any that this buys."
    ),
    "bought-back.fail": (
        "{subscription} of {tenant} had {stood} licences when all was well and has {before} now: somebody"
        " else took {lowered} away. This buys {back} of them back, and they are paid for again."
    ),
    "bought-back.fail.remedy": (
        "Ask who took them away; `reconciler drift PATH` tells when it was seen, and who where that is known."
        " If the smaller number is right, declare it before you apply: what is bought goes back by support"
        " only."
    ),
    "bought-back.held": (
        "{subscription} of {tenant} had {stood} licences when all was well and has {before} now: somebody"
        " else took {lowered} away. This would buy {back} of them back, and `limits.buyBack` is `hold`."
    ),
    "bought-back.held.remedy": (
        "Ask who took them away; `reconciler drift PATH` tells when it was seen, and who where that is known."
        " If the smaller number is right, declare it. If they are to be bought back, whoever keeps the file"
        " adds a waiver of bought-back to it, with a reason and an end."
    ),
    "bought-back.unread": (
        "Whether {subscription} of {tenant} had more licences when all was well can not be told ({why}), and"
        " `limits.buyBack` is `hold`."
    ),
    "bought-back.unread.remedy": (
        "Whoever keeps the state store restores it from a back-up; or whoever keeps reconciler.yaml lets"
        " `limits.buyBack` be `allow`."
    ),
    "bought-back.nothing": "no licence is added",
    "bought-back.not-remembered": "how many licences it had when all was well is not remembered",
    "outcome-unknown.switch": (
        "switch of {address} from {before.plan} ({before.licenses} licences) to {after.plan}"
        " ({after.licenses}), request {request}, {at:%Y-%m-%d %H:%M} UTC"
    ),
    "outcome-unknown.add": (
        "licences of {address} from {before.licenses} to {after.licenses}, request {request},"
        " {at:%Y-%m-%d %H:%M} UTC"
    ),
}
