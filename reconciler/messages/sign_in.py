"""Sentences about signing in: where secrets are kept, why there is no token, and what a person has to do about it."""

from __future__ import annotations

_AGAIN = "Let a person with MFA run `reconciler sign-in --for {who}`."

SIGN_IN: dict[str, str] = {
    # where secrets are kept
    "sign-in.secret.variable": "the environment variable {name}",
    "sign-in.secret.keyring": "the entry {name} of the keyring (service reconciler)",
    "sign-in.secret.missing": "{where} is not there, so there is no secret to read.",
    "sign-in.secret.unset": "{where} is not set, so there is no secret to read.",
    "sign-in.secret.blank": "{where} is empty, so there is no secret to read.",
    "sign-in.secret.no-text": "{where} holds no text (UTF-8), so no secret.",
    "sign-in.secret.long": "{where} holds more than {most} KB, which is no secret of ours.",
    "sign-in.secret.no-file": "{where} is no file, so no secret is read from it.",
    "sign-in.secret.link": "{where} is a link. A secret is kept in a file itself: name the file it leads to.",
    "sign-in.secret.owner": "{where} belongs to another user, who could read and change the secret. Make it ours.",
    "sign-in.secret.open": (
        "{where} is open to others (mode {mode}), so the secret in it is not used. Do: chmod 600 {where}, and get a "
        "new secret if others have been on this machine."
    ),
    "sign-in.secret.unreadable": "{where} can not be read: {why}.",
    "sign-in.secret.unwritable": "{where} can not be written: {why}. What was to be kept there is lost.",
    "sign-in.secret.read-only": "{where} can be read only: what is renewed can not be kept there.",
    "sign-in.secret.no-keyring": (
        "{where} can not be opened: the package keyring is not installed. Do: pip install 'reconciler[keyring]', or "
        "keep the secret in a file of mode 600."
    ),
    "sign-in.secret.locked": "{where} can not be opened: the keyring says {why}. Is it unlocked for this user?",
    "sign-in.secret.odd-grant": (
        "{where} holds no refresh token: neither the bare token nor what `reconciler sign-in` writes."
    ),
    "sign-in.certificate.odd": "{where} does not hold a certificate and its private key, both in PEM.",
    "sign-in.certificate.locked": (
        "The private key in {where} is locked with a passphrase. Keep it without one, in a file of mode 600."
    ),
    "sign-in.certificate.no-rsa": "The private key in {where} is no RSA key, and Microsoft takes no other.",
    "sign-in.certificate.other-key": "The private key in {where} does not belong to the certificate beside it.",
    # the refresh token
    "sign-in.ageing": (
        "The refresh token of the {who} in {where} is {days} days old and lives for 90: {left} are left. "
        + _AGAIN
    ),
    "sign-in.over": (
        "The refresh token of the {who} in {where} is {days} days old, and none lives for more than 90. "
        + _AGAIN
    ),
    "sign-in.not-renewed": (
        "The refresh token of the {who} was renewed, but {where} can be read only, so the old one stays. It lives for "
        "up to 90 days from when it was got: put a new one there in time, or keep it in a file or a keyring."
    ),
    "sign-in.not-kept": (
        "The {who} is not signed in: its refresh token was renewed, and the new one could not be kept. {why}"
    ),
    # a person signs in
    "sign-in.no-backend": (
        "There is nothing to sign in to: the backend here is the embedded service. Set `backend: microsoft` first."
    ),
    "sign-in.open": "Open this address in a browser on this machine, and sign in as the user to stand behind it:",
    "sign-in.done": (
        "Signed in as {user}, of the partner's tenant {tenant}. The refresh token of the {who} is in {where}; each use "
        "renews it, and unused it lives for 90 days."
    ),
    "sign-in.done-without-mfa": (
        "{user} signed in without MFA, and Partner Center refuses such a sign-in. Turn MFA on for that user, and run "
        "`reconciler sign-in --for {who}` again."
    ),
    "sign-in.no-store": (
        "The {who} has no place for a refresh token, so there is nothing to sign in for. Name one: "
        "`refreshTokenFrom: {{file: ...}}` or `{{keyring: ...}}` under `microsoft.{who}`."
    ),
    "sign-in.store-read-only": (
        "The refresh token of the {who} is to be in {where}, and this program can not write it there. Name a file or "
        "a keyring under `microsoft.{who}.refreshTokenFrom`."
    ),
    "sign-in.no-port": "No browser can come back to port {port} of this machine: {why}. Name another --port.",
    "sign-in.nobody-came": "Nobody came back from the sign-in within {seconds} s, so nothing was kept. Run it again.",
    "sign-in.whose": "{host} does not tell for which tenant the {who} was signed in, so nothing was kept.",
    "sign-in.no-refresh-token": (
        "{host} gave no refresh token for the {who}, so nothing was kept. Has the application {tenant} as a tenant, "
        "and may it ask for `offline_access`?"
    ),
    "sign-in.page.came": "You are back. This window can be closed; the terminal says what came of it.",
    "sign-in.page.other": "Nothing is to be had here.",
    # no token
    "sign-in.no-proof": "The {who} is not signed in: neither a client secret nor a certificate is configured for it.",
    "sign-in.unreadable": "The {who} is not signed in: {why}",
    "sign-in.unasked": "The {who} is not signed in: {why}.",
    "sign-in.no-object": "{what} answered something that is no JSON object",
    "sign-in.no-such-tenant": "{host} knows no tenant {tenant} (status {status})",
    "sign-in.no-token": "The {who} is not signed in to {tenant}: {host} answered, but with no token in it.",
    "sign-in.odd": "The {who} is not signed in to {tenant}: what {host} answered can not be used ({why}).",
    "sign-in.other-tenant": (
        "The {who} is not signed in: the token is for the tenant {found}, and the one expected is {tenant}. Another "
        "one's customers would be read and written. Check `microsoft.partner` and who signed in."
    ),
    "sign-in.refused.mfa": (
        "The {who} is not signed in to {tenant}: the proof of MFA is missing or has lapsed ({code}). "
        + _AGAIN
    ),
    "sign-in.refused.lapsed": (
        "The {who} is not signed in to {tenant}: its refresh token is expired, revoked or no longer good ({code}), as "
        "after 90 days, a new password or a changed policy. " + _AGAIN
    ),
    "sign-in.refused.policy": (
        "The {who} is not signed in to {tenant}: a policy of Conditional Access there does not allow it ({code}). An "
        "administrator of {tenant} has to allow this application or this machine."
    ),
    "sign-in.refused.user": (
        "The {who} is not signed in to {tenant}: the user who signed in is gone, disabled or locked ({code}). Mend "
        "the account, or choose another one. " + _AGAIN
    ),
    "sign-in.refused.secret": (
        "The {who} is not signed in to {tenant}: its client secret is wrong or has expired ({code}). Make a new one at "
        "the application {client} (the value, not the id) and put it into {where}."
    ),
    "sign-in.refused.certificate": (
        "The {who} is not signed in to {tenant}: its certificate is not accepted ({code}). Upload the public part of "
        "the certificate in {where} to the application {client}, and check that it has not expired."
    ),
    "sign-in.refused.application": (
        "The {who} is not signed in to {tenant}: the application {client} is not known or is disabled there ({code}). "
        "Check `clientId`; in a customer's tenant, give the application consent there."
    ),
    "sign-in.refused.consent": (
        "The {who} is not signed in to {tenant}: nobody there has consented to what the application {client} asks "
        "for ({code}). An administrator has to grant admin consent for {resource}."
    ),
    "sign-in.refused.tenant": (
        "The {who} is not signed in: {host} knows no tenant {tenant} ({code}). Check `microsoft.partner` and the cloud."
    ),
    "sign-in.refused.resource": (
        "The {who} is not signed in to {tenant}: {resource} is not to be had there ({code}). For Partner Center, the "
        "tenant has to be a partner's; check `microsoft.partner` and the cloud."
    ),
    "sign-in.refused.relationship": (
        "The {who} is not signed in to {tenant}: the user who signed in has no access there ({code}). It takes an "
        "active GDAP relationship with that customer, and the user in a group that it names."
    ),
    "sign-in.refused.other": "The {who} is not signed in to {tenant}: {host} refuses it ({code}).{said}",
    "sign-in.refused.said": " It says: {words}",
}
