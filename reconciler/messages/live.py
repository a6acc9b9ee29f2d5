"""Sentences of the live backend's own: why a fact of a tenant is not known, why a write was not made."""

from __future__ import annotations

LIVE: dict[str, str] = {
    "live.not-asked": "not asked for, since nothing that is to be done needs it",
    "live.app-only": "the sign-in is the application's alone; only a person behind it has roles",
    "live.cut": "{what}: the answer counts {total} entries and shows {count}, with no way to the rest",
    "live.round": "{what}: the pages lead back to one that was read already",
    "live.pages": "{what}: more than {most} pages",
    "live.no-part": "{what} has no answer in the batch",
    "live.twice": "the service showed subscription {subscription} more than once",
    "live.no-twin": "the directory shows no subscription that Partner Center knows as {subscription}",
    "live.skus-differ": "subscription {subscription} is said to give two licences: {skus}",
    "live.names-differ": "its ids mean different plans ({told})",
    "live.no-sku": "the licence {sku} is not among those the directory counts",
    "live.users-cut": "the directory lists {count} of its {total} users",
    "live.shared": "{count} subscriptions give this licence; {number} are assigned in all of them together",
    "live.no-order-time": "the history of switches does not say when one was ordered",
    "live.no-target": "another change is under way; what it leads to is not said",
    "live.no-review-time": "the order under review does not say since when",
    "live.no-website": "no domain of the tenant is marked as that of its public website",
    "live.no-customer": "no customer of this partner has the domain {word}",
    "live.many-customers": "{count} customers of this partner have the domain {word}",
    "live.write.falls": "{who}: {total} licences would not be more than the {before} there are; only more are written",
    "live.write.moved": "{who}: {what} was {before} at the look and is {found} now; nothing was written",
    "live.write.unread": "{who}: {why}; what is not known before a write is not written over",
    "live.write.no-etag": "{who} is shown without a version, so a raise by somebody else in the meantime could not be"
    " noticed; raise it by hand in Partner Center, or set microsoft.raiseWithoutEtag in reconciler.yaml and read what"
    " docs/partner-center.md says of it",
    "live.write.too-slow": "{who}: no look was quick enough to write within {seconds} s of it; try again in the next"
    " pass",
    "live.write.in-order": "{who}: an order of this service carries the licences there are, {before}, and not {total}",
    "live.write.trial": "{who} is a trial; buy the plan that is tried first",
    "live.write.not-offered": "{who}: {plan} is not on offer now; what is: {offers}",
    "live.write.no-offers": "nothing",
    "live.write.not-this-way": "{who}: {plan} is on offer, but not by {way}: {why}",
    "live.write.under-way": "{who}: a switch is under way already ({state}); none is ordered beside it",
    "live.write.lost": "{who}: {why}",
    "live.write.failed": "{who}: {why} Correlation id {correlation}.",
    "live.write.users": "{count} users have no licence of the new plan: {users}. Assign them by hand",
    "live.write.some-users": "{first} and {more} more",
    "live.write.nobody": "somebody whose name was not said",
    "live.write.no-reason": "no reason was given",
}
