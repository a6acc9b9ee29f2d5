"""The sentences about notifications: what they say of themselves in logs, and of a configuration that can not work."""

NOTIFY: dict[str, str] = {
    # Details of matters, in every language
    "notices.pause": "{reason} (until {until})",
    "notices.change.switch": "{address}: {from_plan} ({from_licenses}) -> {to_plan} ({to_licenses})",
    "notices.change.add": "{address}: {to_plan}, {from_licenses} -> {to_licenses}",
    "notices.late": "{count}",
    # What became of a message
    "notify.delivered": "{receiver} took message {id}: {problem}.",
    "notify.retried": "{receiver} did not take message {id} (try {attempts}): {problem}. Next try at {at} UTC.",
    "notify.given-up": "Message {id} for {receiver} is given up after {attempts} tries: {problem}.",
    "notify.nobody": "the configuration names no receiver of that name",
    "notify.unread": "a newer version of this tool wrote it",
    # Why a receiver did not take one
    "notify.status": "it answered with status {status}",
    "notify.moved": "it answered with status {status}, a redirection, and none is followed",
    "notify.gone": "it answered with status 410, so nothing is taken there any more",
    "notify.certificate": "its certificate is not accepted ({why})",
    "notify.unreachable": "it can not be reached ({why})",
    "notify.slow": "it did not answer in time",
    "notify.mail-refused": "the mail server refused it ({why})",
    "notify.mail-encryption": "the mail server offers no encryption, and mail is not sent without",
    "notify.mail-login": "the mail server does not accept the user and password ({why})",
    "notify.mail-some": "the mail server did not accept {count} of {all} addressees",
    "notify.chat-refused": "it was not taken; the chat service, or the address it is known by, is not as it should be",
    "notify.broke": "sending broke off ({why})",
    # What is wrong with a configuration
    "notify.unset.environment": "The environment variable {name} is not set; {receiver} needs it.",
    "notify.unset.file": "The file {name} can not be read ({why}); {receiver} needs it.",
    "notify.no-file": "there is none",
    "notify.not-text": "it is not text",
    "notify.blank": "{what} holds nothing; {receiver} needs it.",
    "notify.too-long": "{what} holds more than a secret; {receiver} can not use it.",
    "notify.what.environment": "The environment variable {name}",
    "notify.what.file": "The file {name}",
    "notify.bad-secret": (
        "{what} does not hold what {receiver} can sign with: whsec_ and 24 to 64 bytes in base64, or several of these "
        "with blanks between."
    ),
    "notify.bad-url": "{what} does not hold an address that {receiver} can use: https, without a user before the host.",
    "notify.bad-chat": "{what} does not hold an address that Apprise knows; {receiver} can not use it.",
    "notify.bad-password": "{what} does not hold a password in one line; {receiver} can not use it.",
    "notify.no-apprise": "{receiver} is a chat, and Apprise, which knows chats, is not installed.",
    "notify.no-apprise.hint": "Install it: pip install 'reconciler[chat]'.",
    "notify.secret.hint": "Nothing is sent before every receiver can be reached with what it needs.",
    "notify.bad-secret.hint": (
        "Make one: python -c \"import base64, os; print('whsec_' + base64.b64encode(os.urandom(32)).decode())\"."
    ),
}
