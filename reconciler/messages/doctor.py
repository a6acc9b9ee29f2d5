"""Sentences of `reconciler doctor`: what was checked, why it is needed, and who has to grant what."""

from __future__ import annotations

_IN_CENTER = (
    "In Partner Center, register the application (Account settings, App management), and give the user who signs in "
    "the role Admin agent. Customers of an indirect reseller are not served."
)
_GDAP = (
    "Give the user who signs in an active GDAP relationship with this customer, with the role Directory Readers (or "
    "Global Reader), by a security group that the relationship names."
)
_IN_GRAPH = (
    "In Microsoft Entra, add the permission {permission} of Microsoft Graph to the application of the {who} "
    "(delegated where a user signs in, else application), and let an administrator consent to it for this customer. A "
    "user needs a GDAP role there as well: Directory Readers, and Service Support Administrator for service health."
)

DOCTOR: dict[str, str] = {
    "doctor.area.configuration": "Configuration",
    "doctor.area.catalogue": "Catalogue",
    "doctor.area.state": "State store",
    "doctor.area.clock": "Clock",
    "doctor.area.network": "Network",
    "doctor.area.sign-in": "Sign-in",
    "doctor.area.rights": "Rights",
    "doctor.mark.passed": "ok",
    "doctor.mark.warning": "warning",
    "doctor.mark.failed": "failed",
    "doctor.mark.unknown": "unknown",
    "doctor.mark.skipped": "skipped",
    "doctor.needed-by": "Needed by: {commands}.",
    "doctor.sound": "Nothing stands in the way: {counts}.",
    "doctor.unsound": "Something stands in the way: {counts}.",
    "doctor.checking": "Asking Partner Center, Graph and the sign-in; nothing is written there.",
    # here
    "doctor.config": "{file} is sound; the backend is {backend}.",
    "doctor.no-config": "There is no configuration file here, so the defaults hold; the backend is {backend}.",
    "doctor.rehearsal": "A rehearsal: {addresses} are asked instead of Microsoft.",
    "doctor.partner": "The partner is {partner}, in the cloud {cloud}.",
    "doctor.catalogue": "{name} holds {plans} plans.",
    "doctor.state.there": "The store in {place} can be read and written.",
    "doctor.state.none": "There is no store in {place} yet; the first command that writes makes one.",
    "doctor.state.unreadable": "The store in {place} can not be used: {why}",
    "doctor.state.fixed": "The store in {place} can not be written: this user has no right to.",
    "doctor.state.unnamed": "Nobody chose where the state is kept ({place} would be used), and nothing is written so.",
    "doctor.state.unnamed.way": "Name a folder that outlives this machine's jobs, with `state` in reconciler.yaml.",
    "doctor.state.server": "The store in {place} can be read, and its tables are as this version needs them.",
    "doctor.state.server-way": "Run `reconciler db check`: it says what is missing.",
    "doctor.state.way": "Give this user the folder, or name another one with `state` or --state.",
    "doctor.clock.embedded": "The embedded service's clock says {moment}; nothing else goes by the time.",
    "doctor.clock.none": "There is no embedded service yet, so there is no clock to look at.",
    "doctor.clock.untold": "The embedded service can not be asked for its time: {why}",
    # network and clock
    "doctor.host.partner_center": "Partner Center",
    "doctor.host.graph": "Microsoft Graph",
    "doctor.host.login": "The sign-in",
    "doctor.host.there": "{host} answers at {base}.",
    "doctor.host.away": "{host} does not answer: {why}.",
    "doctor.host.way": (
        "Let this machine reach it over HTTPS (a proxy is taken from HTTPS_PROXY, another authority to trust from "
        "SSL_CERT_FILE), and check `microsoft.cloud`."
    ),
    "doctor.clock.unknown": "No service told its time, so this machine's clock is not compared with theirs.",
    "doctor.clock.right": "This machine's clock is within {seconds} s of the services'.",
    "doctor.clock.behind": "This machine's clock is {seconds} s behind the services'.",
    "doctor.clock.ahead": "This machine's clock is {seconds} s ahead of the services'.",
    "doctor.clock.way": (
        "Set it right (NTP): by a clock that is off, tokens are refused and tenants judged as of a wrong day."
    ),
    # signing in
    "doctor.no-reader": "No application to read with is configured (`microsoft.reader`), so nothing can be looked at.",
    "doctor.no-writer": "No application to write with is configured (`microsoft.writer`), so nothing can be written.",
    "doctor.signed-in.alone": "The {who} is signed in to the partner's tenant {tenant}, as itself.",
    "doctor.signed-in.user": "The {who} is signed in to the partner's tenant {tenant}, with a user behind it.",
    "doctor.sign-in.way": "Let a person with MFA run `reconciler sign-in --for {who}`.",
    "doctor.refresh-token": "{who}: refresh token",
    "doctor.refresh-token.young": "The refresh token of the {who} in {where} is {days} of 90 days old.",
    "doctor.refresh-token.ageless": (
        "How old the refresh token of the {who} in {where} is, is not known; a file or a keyring keeps that too."
    ),
    "doctor.certificate": "{who}: certificate",
    "doctor.certificate.good": "The certificate of the {who} in {where} is good until {end}, for {days} days.",
    "doctor.certificate.over": "The certificate of the {who} in {where} ended on {end}.",
    "doctor.certificate.way": "Make another one, upload its public part to the application, and put it into {where}.",
    "doctor.mfa": "The {who}'s sign-in carries the proof of MFA.",
    "doctor.no-mfa": "The {who}'s sign-in carries no proof of MFA, without which Partner Center refuses it.",
    "doctor.no-mfa.way": "Turn MFA on for that user, and run `reconciler sign-in --for {who}` again.",
    "doctor.mfa-untold": "Whether the {who}'s sign-in carries the proof of MFA, Partner Center does not tell.",
    # rights
    "doctor.what": "{who}: {right}",
    "doctor.tried-with": "{what}; what follows is tried with {customer}.",
    "doctor.no-customer": "No customer to try rights with: {why}.",
    "doctor.no-customers": "The partner has no customer yet, so what needs one could not be tried.",
    "doctor.none.any": "{what}: not tried, this customer has no subscription of a plan.",
    "doctor.none.new-commerce": "{what}: not tried, this customer has no subscription of new commerce.",
    "doctor.none.legacy": "{what}: not tried, this customer has no legacy subscription.",
    "doctor.unknown": "{what}: could not be tried: {why}.",
    "doctor.right.there": "{what}.",
    "doctor.right.missing": "{what}: this may not be done. {why}",
    "doctor.needs-user": "{what}: this is answered to no application alone.",
    "doctor.needs-user.way": (
        "Name a place for a refresh token under `microsoft.{who}.refreshTokenFrom`, and let a person with MFA run "
        "`reconciler sign-in --for {who}`."
    ),
    "doctor.transfer": (
        "A switch is to take the users' licenses along, and that may be ordered only with a user behind the writer."
    ),
    "doctor.transfer.way": (
        "Name `microsoft.writer.refreshTokenFrom` and run `reconciler sign-in --for writer`, or set "
        "`microsoft.licenseTransfer: false`."
    ),
    "doctor.right.customers": "lists customers",
    "doctor.right.subscriptions": "reads subscriptions",
    "doctor.right.transitions": "reads switches under way",
    "doctor.right.eligibilities": "reads what may be switched to",
    "doctor.right.upgrades": "reads what a legacy subscription may be switched to",
    "doctor.right.provisioning": "reads how far a subscription is set up",
    "doctor.right.service-requests": "reads service requests",
    "doctor.right.organization": "reads which license a subscription gives",
    "doctor.right.users": "reads users and their licenses",
    "doctor.right.health": "reads service health",
    "doctor.right.domains": "reads domains",
    "doctor.right.roles": "reads the roles of the user behind it",
    "doctor.why.customers": "Without it no tenant is found.",
    "doctor.why.subscriptions": "Without it nothing is known of what a tenant has.",
    "doctor.why.transitions": "Without it a switch under way is not seen, and none is ordered.",
    "doctor.why.eligibilities": "Without it no switch is known to be possible.",
    "doctor.why.upgrades": "Without it no switch of a legacy subscription is known to be possible.",
    "doctor.why.provisioning": "Without it a subscription that is not set up yet is not told from one that is.",
    "doctor.why.service-requests": "Without it the tickets of hand-offs are not followed.",
    "doctor.why.organization": "Without it a subscription's plan may not be told.",
    "doctor.why.users": "Without it users without a license are not seen, and nobody knows how many users there are.",
    "doctor.why.health": "Without it nobody knows whether the services of a plan are well.",
    "doctor.why.domains": "Without it the domains and the public website of a tenant are not known.",
    "doctor.why.roles": "Without it nobody knows whether the caller may switch a plan.",
    "doctor.grant.customers": _IN_CENTER,
    "doctor.grant.subscriptions": _IN_CENTER,
    "doctor.grant.transitions": _IN_CENTER,
    "doctor.grant.eligibilities": _IN_CENTER,
    "doctor.grant.upgrades": _GDAP,
    "doctor.grant.provisioning": _GDAP,
    "doctor.grant.service-requests": _IN_CENTER,
    "doctor.grant.organization": _IN_GRAPH,
    "doctor.grant.users": _IN_GRAPH,
    "doctor.grant.health": _IN_GRAPH,
    "doctor.grant.domains": _IN_GRAPH,
    "doctor.grant.roles": _IN_GRAPH,
}
