"""Sentences about drift: what differs, whose doing it is, and what to do about it."""

from __future__ import annotations

DRIFT: dict[str, str] = {
    "drift.outside": "Changed outside:",
    "drift.service": "Changed by the service itself:",
    "drift.unconfirmed": "Seen, but not often or long enough to be drift:",
    "drift.under-way": "Under way (a switch, setting up, or a write of ours that has not ended):",
    "drift.gone": "No longer there (put right, bought back, or adopted by the file):",
    "drift.wanted": "Wanted by the files, so not drift (`reconciler plan` shows the steps):",
    "drift.ahead": "Comes by itself, without anybody's order:",
    "drift.unread": "Not read, so nothing is said of it:",
    "drift.none": "No drift.",
    "drift.nobody": "There is no tenant in these files.",
    "drift.snapshot": (
        "From snapshots: nothing is remembered of them, so what differs from the files is taken as wanted, and nothing "
        "is confirmed."
    ),
    "drift.no-baseline-one": (
        "1 tenant was never seen as declared, as far as is remembered, so what differs in it is taken as wanted. "
        "`reconciler drift PATH --record` and `apply` remember it."
    ),
    "drift.no-baseline": (
        "{count} tenants were never seen as declared, as far as is remembered, so what differs in them is taken as "
        "wanted. `reconciler drift PATH --record` and `apply` remember it."
    ),
    "drift.no-witness": (
        "By whom is not told here: the service does not say who changed a subscription. Its activity log in Partner "
        "Center may."
    ),
    "drift.totals": (
        "Drift: {outside} outside, {service} by the service; {gone} gone, {unconfirmed} not confirmed, "
        "{under_way} under way, {wanted} wanted, {unread} tenants not read."
    ),
    "drift.broken-one": "1 problem in the files; what it concerns is not looked at:",
    "drift.broken": "{count} problems in the files; what they concern is not looked at:",
    "drift.in-tenants": "{count} tenants",
    "drift.names": "in {names}",
    "drift.names-more": "in {names} and {more} more (--verbose names them)",
    "drift.seen": "seen {times} times, first {first:%Y-%m-%d %H:%M}, last {last:%Y-%m-%d %H:%M} UTC",
    "drift.seen-once": "seen once, {first:%Y-%m-%d %H:%M} UTC",
    "drift.by": "{seen}; done by {who}, {at:%Y-%m-%d %H:%M} UTC",
    "drift.known": "{line}  (known since {since:%Y-%m-%d %H:%M} UTC)",
    "drift.fact": "{tenant}: {facts}: {reason}",
    "drift.id": "{line} ({id})",
    "drift.unknown-word": 'the service says "{word}", a word this version does not know',
    "drift.ambiguous": "it is not clear which live subscription this is: {candidates}",
    "drift.plan-unread": "a plan that was not read",
    "drift.licenses-above": "{plan}: {before} -> {live} licences ({delta}), declared {declared}",
    "drift.licenses-above.many": "{plan}: {delta} licences",
    "drift.licenses-above.advice": (
        "Adopt it (`reconciler drift PATH --propose` edits the files for you to review), or leave the files: apply "
        "then makes a request to support to take it back."
    ),
    "drift.licenses-below": "{plan}: {before} -> {live} licences ({delta}), declared {declared}",
    "drift.licenses-below.many": "{plan}: {delta} licences",
    "drift.licenses-below.advice": (
        "Ask who did it. `reconciler apply` buys up to the declared number again, unless `limits.buyBack` is `hold`; "
        "if the smaller one is right, declare it."
    ),
    "drift.bought-back": "{what}; bought back by `apply`",
    "drift.bought-back.advice": (
        "Ask who did it: these licences are paid for again. If the smaller number is right, declare it; what was "
        "bought goes back by support only."
    ),
    "drift.plan-changed": "{before_plan} -> {live_plan}, declared {declared_plan}",
    "drift.plan-changed.advice": (
        "If it is right, declare {live_plan}. If not, `reconciler explain FROM TO` tells which way leads back."
    ),
    "drift.subscription-gone": "{plan}, {before_count}: no longer there",
    "drift.subscription-gone.advice": (
        "Ask who ended it. If that is right, take it out of the file; if not, buy it again: this tool buys no new "
        "subscription."
    ),
    "drift.subscription-new": "{plan}, {live_count}: new, and no file speaks of it",
    "drift.subscription-new.advice": "Declare it, or list it under `unmanaged` with the reason.",
    "drift.website-changed": "website {before} -> {live}, declared {declared}",
    "drift.website-changed.advice": "Change it back before any switch, or declare the new address.",
    "drift.expired": "{plan}: expired (the service says {live})",
    "drift.expired.advice": (
        "Renew it before its data is gone, or take it out of the file. Until then it is neither switched nor added to."
    ),
    "drift.suspended": "{plan}: suspended (the service says {live})",
    "drift.suspended.advice": (
        "Find out why (a payment, the reseller, an administrator) and have it made active again. Until then it is "
        "neither switched nor added to."
    ),
    "drift.trial-ended": "{plan}: the trial has ended (the service says {live})",
    "drift.trial-ended.advice": "Buy the plan that was tried, or take it out of the file.",
    "drift.warning-period": "{plan}: in its warning period (the service says {live})",
    "drift.warning-period.advice": "Renew or pay it now: after this period it is switched off.",
    "drift.license-conflict": "{plan}: {live} without a valid licence",
    "drift.license-conflict.advice": (
        "Give each of these users a free licence or take them out, or declare more licences and apply. No switch is "
        "made while it stands."
    ),
    "drift.one-user": "1 user",
    "drift.users": "{count} users",
    "drift.unhealthy": "{service}: {live}",
    "drift.unhealthy.advice": (
        "Only the service can mend this. Switches of plans with this service wait until it is healthy again."
    ),
    "drift.wanted.licenses-above": "{plan}: {live} licences, declared {declared}",
    "drift.wanted.licenses-below": "{plan}: {live} licences, declared {declared}",
    "drift.wanted.plan-changed": "{live_plan}, declared {declared_plan}",
    "drift.wanted.subscription-gone": "{plan}, {declared_count}: nothing live is it",
    "drift.wanted.website-changed": "website {live}, declared {declared}",
    "drift.wanted.advice": "`reconciler plan` shows the step, and what holds it.",
    "drift.proposed": "{file}: {tenant}.{address} {before} -> {after} licences.",
    "drift.not-proposed": (
        "{tenant}.{address}: {live} licences are not proposed: {plan} has at most {cap}. Ask support."
    ),
    "drift.not-edited": (
        "{file}: {tenant}.{address} could not be found as it was read, so nothing in this file was changed. Was it "
        "edited meanwhile?"
    ),
    "drift.nothing-to-propose": "Nothing to propose: no confirmed rise in licences.",
    "drift.record-live": "--record does not go with --live: nothing is remembered of snapshots.",
    "drift.propose-live": "--propose does not go with --live: nothing is confirmed by snapshots.",
}
