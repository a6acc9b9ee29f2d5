"""A number in, one object for tools that have no tenants out: a document of settings, of the size of a tenant file."""

from __future__ import annotations

from collections.abc import Iterator

SETTINGS = (
    *(
        "allowList",
        "auditLevel",
        "billingContact",
        "compliance",
        "defaultRegion",
        "encryption",
        "externalSharing",
    ),
    *("guestAccess", "mailboxQuota", "passwordAge", "retention", "signInRisk", "storageQuota", "timeZone"),
)


def settings(number: int, changed: bool) -> Iterator[tuple[str, str]]:
    """Yield the names and values of one object; where it is ``changed``, one value is another."""
    yield "name", f"customer-{number:06}"
    for place, name in enumerate(SETTINGS):
        word = "another" if changed and place == number % len(SETTINGS) else "usual"
        yield name, f"the {word} value, agreed in {2015 + (number + place) % 10}"
