"""The texts of hand-offs, ready to be sent to billing and subscription support as they are."""

HANDOFF: dict[str, str] = {
    "handoff.opening": "Tenant: {tenant}\nSubscription id: {id}",
    "handoff.closing": "Background: {why}",
    "handoff.remove-licenses.subject": "Please reduce licences: {tenant}, {to_plan}",
    "handoff.remove-licenses": (
        "Please reduce {to_plan} from {from_licenses} to {to_licenses} licences. "
        "Licences that are assigned to users must be unassigned first; please tell us before you do that."
    ),
    "handoff.manual-switch.subject": "Please switch a plan by hand: {tenant}, {from_plan} to {to_plan}",
    "handoff.manual-switch": (
        "The switch wizard does not take this switch, so please make it by hand, in this order:\n"
        "1. Buy {to_plan} with {to_licenses} licences.\n"
        "2. Assign the new licences to the users who hold {from_plan} ({from_licenses} bought).\n"
        "3. Only then end the old subscription of {from_plan}."
    ),
    "handoff.stuck-switch.subject": "A plan switch does not end: {tenant}, {from_plan}",
    "handoff.stuck-switch": (
        "A switch of {from_plan} has shown its status page for more than an hour. Please look into it. "
        "We have not ordered it again, and shall not."
    ),
    "handoff.failed-switch.subject": "A plan switch has failed: {tenant}, {from_plan} to {to_plan}",
    "handoff.failed-switch": (
        "The switch of {from_plan} to {to_plan} ({to_licenses} licences) has failed. Please clear it or complete it. "
        "We have not ordered it again, and shall not."
    ),
    "handoff.credit-review.subject": "A credit review is overdue: {tenant}",
    "handoff.credit-review": (
        "A credit review has run for more than two weeks and holds the change of {from_plan} ({from_licenses}) to "
        "{to_plan} ({to_licenses}). Please tell us what is missing. We have not ordered again, and shall not."
    ),
    "handoff.not-live.subject": "Please set up a subscription: {tenant}, {to_plan}",
    "handoff.not-live": (
        "We want {to_plan} with {to_licenses} licences, and the tenant has no subscription that could become it. "
        "Please buy it for us, or tell us which subscription it should be."
    ),
    "handoff.raise-by-hand.subject": "Please add licences: {tenant}, {to_plan}",
    "handoff.raise-by-hand": (
        "Please raise {to_plan} from {from_licenses} to {to_licenses} licences. We can not do it ourselves here."
    ),
}
