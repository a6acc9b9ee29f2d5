"""The sentences about the catalogue: what is wrong in it, and whether a plan may be switched to another."""

from __future__ import annotations

CATALOGUE: dict[str, str] = {
    # What is wrong in a catalogue file
    "catalogue.broken": (
        "the catalogue {name} contradicts itself in {count} place(s), so nothing is planned with it. Whoever "
        "keeps the file mends these:{problems}"
    ),
    "catalogue.family-twice": "the family {word} is declared {count} times",
    "catalogue.service-twice": "the service {word} is declared {count} times",
    "catalogue.plan-twice": "the plan key {word} is used {count} times",
    "catalogue.short-twice": 'the short name "{word}" stands for {count} plans',
    "catalogue.name-twice": 'the English name "{word}" (compared without case) belongs to {count} plans',
    "catalogue.name-nb-twice": 'the Norwegian name "{word}" (compared without case) belongs to {count} plans',
    "catalogue.family-unknown": "the plan {plan} is of the family {family}, which is not declared",
    "catalogue.service-unknown": "the plan {plan} has the service {service}, which is not declared",
    "catalogue.name-is-key": 'the plan {plan} has the name "{word}", which is the key of another plan',
    "catalogue.pairs-live": (
        "`eligibility` is live, so the service is asked and `pairs` must be empty; what is never to be ordered "
        "stands under `forbidden`"
    ),
    "catalogue.health-twice": 'the name "{word}" on the service health page belongs to both {first} and {second}',
    "catalogue.pair-twice": (
        "the pair {source} to {target} stands {count} times in `pairs`, `rejected` and `forbidden`"
    ),
    "catalogue.pair-self": "the plan {plan} is paired with itself",
    "catalogue.pair-unknown": "the pair {source} to {target} names {plan}, which is no plan here",
    # A word that should be a plan
    "catalogue.word-unknown": (
        '"{word}" is no plan of the catalogue {name}. `reconciler catalogue` shows every plan and its key'
    ),
    "catalogue.word-near": '"{word}" is no plan of the catalogue. Did you mean {near}?',
    "catalogue.word-ambiguous": (
        '"{word}" means more than one plan: {candidates}. Write the key of the one meant'
    ),
    # Whether a pair may be switched
    "pair.same": "This is one and the same plan: there is nothing to switch.",
    "pair.certain": "Listed for the switch wizard, with certainty ({source}).",
    "pair.unconfirmed": (
        "Listed for the switch wizard with {confidence} confidence only ({source}): it stays blocked until "
        "the service's own offers for the subscription name {target} (A-22)."
    ),
    "pair.not-listed": (
        "Not listed for the switch wizard (R-LIST): the tool never orders it, not even when the service "
        "offers it (A-22)."
    ),
    "pair.asked": (
        "Asked of the service, for each subscription (M-29): no list allows or refuses it. The tool orders {target} "
        "where the service offers it for the subscription, and nothing that it does not offer."
    ),
    "pair.forbidden": "Never ordered, also where the service offers it ({source}): {reason}",
    "pair.rejected": "Considered and left out ({source}): {reason}",
    "pair.note": "Note: {note}",
    "pair.crossing": (
        "Service family: from {before} to {after}, which is another one. Company data is to be backed up before "
        "(R-MAN-BACKUP, A-9)."
    ),
    "pair.no-way-back": "Way back: none. There is no way back to the old plan afterwards (R-MAN-NO-RETURN, A-9).",
    "pair.no-way-back-today": (
        "Way back: none. Upgrades go up only and can not be undone, within a family neither (M-31, PC 1.3)."
    ),
    "pair.family-kept": "Service family: {before} is kept.",
    "pair.family-today": "Service family: from {before} to {after}.",
    "pair.backup-of": "The data of what is lost ({lost}) is to be backed up before (M-21).",
    "pair.no-backup": "No back-up is asked for: every service stays (M-21).",
    "pair.together": "All {family} plans of a tenant together: at most {cap} ({source}).",
    "pair.way-back": "Way back: {source} is on the list as a target of the other one.",
    "pair.way-back-by-hand": "Way back: not on the list; only by hand, through support (R-NOT-LISTED).",
    "pair.settings": (
        "Lost: users move by themselves and keep access and data, but services switched off for single users are "
        "reset; note them before (N4, M-08, A-26)."
    ),
    "pair.settings-by-hand": (
        "Lost: by hand every licence is assigned anew, so services switched off for single users are to be switched "
        "off again; note them before (A-26)."
    ),
    "pair.where": "where it is kept",
    "pair.acknowledge": (
        "The tenant file must acknowledge it. Paste this under `spec`, with the day the back-up was taken and where "
        "it is:"
    ),
    "pair.acknowledge-only": "The tenant file must acknowledge it. Paste this under `spec`:",
    "pair.own-family": "Service family: {family} is kept; no acknowledgement and no back-up are asked for.",
    "pair.standalone": (
        "Service family: {before} to {after}; standalone plans belong to no family, so none is left (A-10). "
        "No acknowledgement and no back-up are asked for."
    ),
    "pair.cap": "Most licences: {before} before, {after} after{source}.",
    "pair.no-cap": "no limit",
    "pair.services": "Services gained: {gained}. Services lost: {lost}.",
    "pair.no-services": "none",
    "pair.ready": (
        "To switch: declare `plan: {target}` in the tenant file. `reconciler plan` then judges everything "
        "else the switch depends on, the service's own offers first of all."
    ),
    # The manual route
    "manual.head": "The way by hand (R-NOT-LISTED, R-MAN-DEF), in this order:",
    "manual.head-today": "The way by hand, in this order (M-14):",
    "manual.backup-today": "Before anything is bought, back up the data of the services that are lost (M-21).",
    "manual.end-today": (
        "Only then switch the renewal of {source} off in Partner Center: it runs out at the end of its term, and is "
        "owed until then (PC 1.4)."
    ),
    "manual.contact": (
        "A global or billing administrator contacts billing and subscription support and asks for a manual "
        "switch from {source} to {target} (R-MAN-SUPPORT)."
    ),
    "manual.backup": "Before anything is bought, back up all company data (R-MAN-BACKUP).",
    "manual.buy": "Buy {target}, with a licence for every user who is to have it{cap}.",
    "manual.cap": " (at most {cap})",
    "manual.assign": "Assign the new licences to the users.",
    "manual.end": "Only then end {source}.",
    "manual.no-chain": (
        "Going through a third plan is not a way round: each step would be a full order of its own, perhaps "
        "without a way back (A-28)."
    ),
    # The catalogue itself
    "catalogue.matrix-head": "From (rows) to (columns), as the switch wizard lists it: {pairs} pairs.",
    "catalogue.asked-head": "; the service is asked what may be switched.",
    "catalogue.asked": (
        "There is no from/to matrix: what a subscription may be switched to is asked of the service, for each "
        "subscription (M-29). This catalogue allows nothing that is not offered, and forbids what stands below. "
        "`reconciler explain FROM TO` tells what a switch takes."
    ),
    "catalogue.forbidden-head": "Never ordered, also where the service offers it:",
    "catalogue.together": "at most {cap} together in a tenant, {source}",
    "catalogue.cap": "at most {cap}",
    "catalogue.norwegian": "in Norwegian: {name}",
    "catalogue.legend": "{marks}; . not listed (manual switch)",
    "catalogue.legend-crossing": "! another service family: acknowledgement and back-up needed, no way back",
    "catalogue.no-targets": "Not listed as a source, so switched by hand only: {plans}.",
    "catalogue.rejected-head": "Considered and left out:",
    "catalogue.rejected-row": "{source} to {target} ({ids}): {reason}",
}
