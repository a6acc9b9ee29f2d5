"""Text that will leave the house in, the same without what is nobody's business out: mail addresses and passwords."""

from __future__ import annotations

import re

LONGEST = 1_000
# What stands before the host of an address is a name with a password, and before the @ of a mailbox a person.
_CREDENTIALS = re.compile(r"://[^/\s@]{1,500}@")
_MAILBOX = re.compile(r"[^\s@<>()\[\]{}\"'`,;:|=/\\]{1,64}@(?=[^\s@.]+\.[^\s@])")
# How our own webhook secrets begin, whoever put one where it is not looked for.
_SECRET = re.compile(r"whsec_\S*")


def discreet(text: str, most: int = LONGEST) -> str:
    """Return the text with what must not be told covered, and no longer than is worth sending."""
    covered = _CREDENTIALS.sub("://***@", text[: 4 * most])
    covered = _SECRET.sub("***", _MAILBOX.sub("***@", covered))
    return covered if len(covered) <= most else covered[: most - 3] + "..."
