"""Sentences about the live service: why a fact of it is not known, what it refused, and the way out of it."""

from __future__ import annotations

MICROSOFT: dict[str, str] = {
    "microsoft.reason.whole": "the whole answer",
    "microsoft.reason.empty": "the answer was empty",
    "microsoft.reason.left-out": "{member} was left out of the answer",
    "microsoft.reason.twice": "{member} stands in the answer twice",
    "microsoft.reason.odd": "{member} is {found}, which is not {like}",
    "microsoft.reason.header": "{member} would set the header {header}, which no link may",
    "microsoft.reason.stranger": "the next page is at {found}, which is not this service; nothing is sent there",
    "microsoft.reason.commerce": "it can not be told how the subscription is sold",
    "microsoft.reason.no-conversion": "no time of its conversion is shown",
    "microsoft.reason.no-order": "it can not be told which event of {name} is the newest",
    "microsoft.reason.no-plans": "the directory shows no service plan of it",
    "microsoft.reason.moved": "the answer names errors and a new subscription as well",
    "microsoft.reason.license-word": "a licence of a user is {word}, a word we do not know",
    "microsoft.found.object": "an object",
    "microsoft.found.list": "a list of {count}",
    "microsoft.found.empty": "empty",
    "microsoft.found.huge": "a huge number",
    "microsoft.like.there": "what was looked for",
    "microsoft.like.text": "a text",
    "microsoft.like.guid": "a GUID",
    "microsoft.like.word": "a word",
    "microsoft.like.number": "a whole number",
    "microsoft.like.count": "a whole number from 0",
    "microsoft.like.flag": "true or false",
    "microsoft.like.moment": "a time",
    "microsoft.like.list": "a list",
    "microsoft.like.catalogue-item": "an item of the catalogue (product:sku:availability)",
    "microsoft.like.own-path": "a path of this service",
    "microsoft.reason.no-code": "no code was given",
    "microsoft.refused.signed-out": "{who}: the service does not accept our sign-in ({answer}).",
    "microsoft.way.signed-out": (
        "Check the application's client id and secret, and that its consent was given; then run again."
    ),
    "microsoft.refused.audience": "{who}: the service no longer accepts tokens of this audience ({answer}).",
    "microsoft.way.audience": (
        "Let the sign-in ask for a token of https://api.partnercenter.microsoft.com; check `cloud` in the "
        "configuration."
    ),
    "microsoft.refused.right": "{who}: we lack a right that this needs ({answer}).",
    "microsoft.way.right": (
        "Give the signed-in user the role in Partner Center and a granular delegated admin relationship with the "
        "customer that has the role, or consent to the permission; then run again."
    ),
    "microsoft.refused.conditional-access": "{who}: a Conditional Access policy blocks our sign-in ({answer}).",
    "microsoft.way.conditional-access": (
        "Ask who looks after the customer's Conditional Access to let this application's sign-in through."
    ),
    "microsoft.refused.app-only": "{who}: this needs a signed-in user, not an application alone ({answer}).",
    "microsoft.way.app-only": (
        "Set up a sign-in with a user (refreshTokenFrom), or set `licenseTransfer: false` to switch without "
        "moving licences."
    ),
    "microsoft.refused.token-kind": "{who}: the call was made with the wrong kind of token ({answer}).",
    "microsoft.way.token-kind": "This is a mistake of the tool's: report it with the code and the time.",
    "microsoft.refused.relationship": "{who}: the customer has no reseller relationship with us ({answer}).",
    "microsoft.way.relationship": (
        "Ask the customer to accept a reseller relationship and delegated admin rights; then run again."
    ),
    "microsoft.refused.no-customer": "{who}: Partner Center knows no such customer ({answer}).",
    "microsoft.way.no-customer": "Check the tenant's name in its file, and that it is a customer of this partner.",
    "microsoft.refused.no-user": "{who}: the customer's directory has no such user ({answer}).",
    "microsoft.way.no-user": "Check in the admin center whether the user was deleted; then run again.",
    "microsoft.refused.no-subscription": "{who}: the subscription is not there any more ({answer}).",
    "microsoft.way.no-subscription": (
        "Nothing to do: the next run looks anew. If it stays away, check in Partner Center whether it was "
        "cancelled."
    ),
    "microsoft.refused.no-order": "{who}: the order can not be read, maybe not yet ({answer}).",
    "microsoft.way.no-order": "Wait a quarter of an hour; the next run looks again.",
    "microsoft.refused.gone": "{who}: what was asked for is not there ({answer}).",
    "microsoft.way.gone": "Nothing to do: the next run looks anew. If it stays so, check it in Partner Center.",
    "microsoft.refused.changed": "{who}: it was changed since it was read, so nothing was written ({answer}).",
    "microsoft.way.changed": "Nothing to do: the next run reads it anew and plans anew.",
    "microsoft.refused.suspended": "{who}: the subscription is suspended, so its licences stay as they are ({answer}).",
    "microsoft.way.suspended": "Reactivate it in Partner Center before its term ends; then run again.",
    "microsoft.refused.range": "{who}: the offer does not allow this number of licences ({answer}).",
    "microsoft.way.range": "Declare a number within the least and the most of the offer, or choose another plan.",
    "microsoft.refused.offer-fixed": "{who}: the offer allows no changes ({answer}).",
    "microsoft.way.offer-fixed": "Ask support in Partner Center which offer replaces it, and change it there.",
    "microsoft.refused.partner-invalid": "{who}: this partner may not change subscriptions of the offer ({answer}).",
    "microsoft.way.partner-invalid": "Check in Partner Center which partner sold it, and ask that one.",
    "microsoft.refused.unmatched": "{who}: commerce and directory do not agree who the customer is ({answer}).",
    "microsoft.way.unmatched": "Open a ticket with partner support and give the code; nobody else can mend it.",
    "microsoft.refused.billing-cycle": "{who}: the billing cycle can not be changed in this way ({answer}).",
    "microsoft.way.billing-cycle": "This is a mistake of the tool's: report it with the code and the time.",
    "microsoft.refused.off-sale": "{who}: the offer is not sold to this customer any more ({answer}).",
    "microsoft.way.off-sale": "Choose a plan that is still sold and declare that one.",
    "microsoft.refused.partner-agreement": "{who}: our own partner account lacks an agreement or programme ({answer}).",
    "microsoft.way.partner-agreement": "Complete onboarding and agreements in Partner Center; then run again.",
    "microsoft.refused.customer-agreement": "{who}: no Microsoft Customer Agreement is recorded ({answer}).",
    "microsoft.way.customer-agreement": "Let the customer accept it, record that in Partner Center, then run again.",
    "microsoft.refused.invalid": "{who}: the service did not take what we sent ({answer}).",
    "microsoft.way.invalid": "This is a mistake of the tool's: report it with the code and the time.",
    "microsoft.refused.license-move": "{who}: licences of users could not be moved ({answer}).",
    "microsoft.way.license-move": (
        "See in the admin center whose licence is missing and assign it there; do not order the switch again."
    ),
    "microsoft.refused.order-pending": "{who}: an order or a cart of the customer is still being worked on ({answer}).",
    "microsoft.way.order-pending": "Wait until it is done; the next run looks again.",
    "microsoft.refused.not-ready": "{who}: the subscription is still being set up ({answer}).",
    "microsoft.way.not-ready": "Wait some hours; the next run looks again.",
    "microsoft.refused.pending": "{who}: another change of the subscription is pending ({answer}).",
    "microsoft.way.pending": "Wait 24 hours, as the service asks; the next run looks again.",
    "microsoft.refused.busy": "{who}: something else is changing it just now ({answer}).",
    "microsoft.way.busy": "Wait; the next run looks again.",
    "microsoft.refused.target": "{who}: the subscription to merge into does not fit ({answer}).",
    "microsoft.way.target": "Look in Partner Center at its state, its plan and its term, and do this switch by hand.",
    "microsoft.refused.target-window": "{who}: the subscription to merge into can still be cancelled ({answer}).",
    "microsoft.way.target-window": "Wait until its cancellation window has closed; the next run looks again.",
    "microsoft.refused.term": "{who}: term or billing cycle do not fit the new plan ({answer}).",
    "microsoft.way.term": (
        "Choose in Partner Center a term that is not shorter and a billing cycle not longer than it, and switch "
        "there."
    ),
    "microsoft.refused.legacy": "{who}: a legacy subscription was asked for what only new ones have ({answer}).",
    "microsoft.way.legacy": "This is a mistake of the tool's: report it with the code and the time.",
    "microsoft.refused.expiring": "{who}: the subscription is about to end and takes no changes ({answer}).",
    "microsoft.way.expiring": "Renew it in Partner Center, or buy the wanted plan as a new subscription.",
    "microsoft.refused.not-now": "{who}: the subscription takes no changes just now ({answer}).",
    "microsoft.way.not-now": "Wait; the next run looks again.",
    "microsoft.refused.too-often": "{who}: the subscription was changed too many times in its life ({answer}).",
    "microsoft.way.too-often": "Open a ticket with partner support, or buy what is missing as a new subscription.",
    "microsoft.refused.quantity-fixed": "{who}: the number of licences of this item can not be changed ({answer}).",
    "microsoft.way.quantity-fixed": "Buy what is missing as a subscription of its own, in Partner Center.",
    "microsoft.refused.seat-cap": "{who}: more licences than one subscription may have ({answer}).",
    "microsoft.way.seat-cap": "Declare fewer, or buy the rest as a second subscription in Partner Center.",
    "microsoft.refused.subscription-cap": "{who}: the customer has as many subscriptions as it may ({answer}).",
    "microsoft.way.subscription-cap": (
        "Check the plan's item first, since this code is also given for a wrong one; then ask partner support to "
        "raise the limit."
    ),
    "microsoft.refused.fewer": "{who}: the service refuses a number of licences below what it holds ({answer}).",
    "microsoft.way.fewer": (
        "Somebody may have raised the number meanwhile: plan again. If it is refused again, report it with the code "
        "and the time."
    ),
    "microsoft.refused.member-fixed": "{who}: something was sent that can not be changed here ({answer}).",
    "microsoft.way.member-fixed": "This is a mistake of the tool's: report it with the code and the time.",
    "microsoft.refused.credit": "{who}: not eligible, or a credit limit or risk check said no ({answer}).",
    "microsoft.way.credit": "See the account's credit and billing in Partner Center, and ask partner support.",
    "microsoft.refused.review": "{who}: the account is under review ({answer}).",
    "microsoft.way.review": "Wait until the review is over; the next run looks again.",
    "microsoft.refused.review-refused": "{who}: the review of the account ended in a no ({answer}).",
    "microsoft.way.review-refused": "Ask partner support why; nothing can be bought until that is settled.",
    "microsoft.refused.locked": "{who}: the account is locked ({answer}).",
    "microsoft.way.locked": "Ask partner support to unlock it; nothing can be bought until then.",
    "microsoft.refused.attestation": "{who}: an attestation that the offer needs is missing ({answer}).",
    "microsoft.way.attestation": "Give it in Partner Center with the purchase, by hand.",
    "microsoft.refused.catalogue": "{who}: the item of the catalogue is not valid any more ({answer}).",
    "microsoft.way.catalogue": "Nothing to do: the next run reads the offers anew and plans anew.",
    "microsoft.refused.no-license": "{who}: no licence is left to assign ({answer}).",
    "microsoft.way.no-license": "Declare more licences, or take some back from users in the admin center.",
    "microsoft.refused.failure": "{who}: the service failed, and whether it took the write is not known ({answer}).",
    "microsoft.way.failure": "Nothing to do yet: the next run looks what became of it before anything else is sent.",
    "microsoft.refused.migration": "{who}: the service failed to move the subscription ({answer}).",
    "microsoft.way.migration": "Look in Partner Center what became of the move; the next run looks anew.",
    "microsoft.refused.throttled": "{who}: the service asks for patience ({answer}).",
    "microsoft.way.throttled": "Nothing to do: it is asked again when it says so. Lower `callsPerMinute` if it lasts.",
    "microsoft.refused.other": "{who}: the service refused it for a reason we do not know ({answer}).",
    "microsoft.way.other": "Look the code up in Microsoft's list of error codes, or do it in Partner Center by hand.",
    "microsoft.refused.not-active": "{who}: the subscription is not active ({answer}).",
    "microsoft.way.not-active": "Bring it back to active in Partner Center, or buy the plan anew.",
    "microsoft.refused.conflict": "{who}: the customer already has services that the new plan brings ({answer}).",
    "microsoft.way.conflict": "See in the admin center which subscription, of any seller, has them; end the overlap.",
    "microsoft.refused.add-ons": "{who}: the subscription has add-ons, so it can not be switched ({answer}).",
    "microsoft.way.add-ons": "See to the add-ons in Partner Center first; then run again.",
    "microsoft.refused.no-path": "{who}: the service offers no way from this plan to another ({answer}).",
    "microsoft.way.no-path": "Buy the wanted plan as a new subscription and move the users in the admin center.",
    "microsoft.refused.not-offered": "{who}: the wanted plan is not on offer for this subscription ({answer}).",
    "microsoft.way.not-offered": "The next run reads the offers anew; declare one of those it shows.",
}
