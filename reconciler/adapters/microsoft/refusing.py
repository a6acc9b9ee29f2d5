"""What a sign-in says when it gives no token in, why out: a kind with a sentence, and who has to do something.

The codes are those of Microsoft Entra ("AADSTS" and a number); what is not among them is told in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from reconciler.adapters.microsoft.sending import NoAnswer

LONGEST_SAID = 200
_CODE = re.compile(r"AADSTS([0-9]{4,8})")
# After the sentence come ids and times, each on a line of its own.
_REST = re.compile(r"\s*(Trace ID|Correlation ID|Timestamp):.*", re.DOTALL)


class Why(StrEnum):
    """Why there is no token. Each refusal has a sentence of its own: ``sign-in.refused.<kind>``."""

    MFA = "mfa"
    LAPSED = "lapsed"
    POLICY = "policy"
    USER = "user"
    SECRET = "secret"  # noqa: S105 - a word
    CERTIFICATE = "certificate"
    APPLICATION = "application"
    CONSENT = "consent"
    TENANT = "tenant"
    RESOURCE = "resource"
    RELATIONSHIP = "relationship"
    OTHER = "other"
    # Nobody refused anything: what it takes is not here, or nobody answered.
    NOT_HERE = "not-here"
    UNREACHED = "unreached"


# Whatever tenant is asked, the answer would be the same. A user may be gone from one customer's tenant alone, and a
# refresh token lapse by one customer's policy alone.
EVERYWHERE = frozenset({Why.SECRET, Why.CERTIFICATE, Why.NOT_HERE})

_KINDS: Mapping[Why, tuple[int, ...]] = {
    Why.MFA: (50072, 50074, 50076, 50078, 50079, 50158),
    Why.LAPSED: (50089, 50132, 50133, 50173, 70000, 70008, 70043, 700003, 700081, 700082, 700084),
    Why.POLICY: (50005, 50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011),
    Why.USER: (50034, 50053, 50055, 50056, 50057, 50126, 50144, 51004),
    Why.SECRET: (7000215, 7000216, 7000222),
    Why.CERTIFICATE: (50027, 700021, 700024, 700025, 700027, 7000277),
    Why.APPLICATION: (700016, 7000112, 7000218),
    Why.CONSENT: (65001, 65004, 90094),
    Why.TENANT: (50059, 90002, 900021, 900023),
    Why.RESOURCE: (50001, 500011, 500014, 650052, 650057),
    Why.RELATIONSHIP: (50020, 50105, 50177, 50178, 500212, 500213),
}
_WHY = {code: why for why, codes in _KINDS.items() for code in codes}


class NotSignedIn(NoAnswer):
    """There is no token, so nothing was sent to the service. ``code``: as the sign-in calls it, such as AADSTS50076."""

    def __init__(self, reason: str, why: Why, code: str = "", later: float | None = None) -> None:
        super().__init__(reason, sent=False, later=later)
        self.why, self.code = why, code

    def again(self) -> NotSignedIn:
        """Return it anew, to be raised once more."""
        return NotSignedIn(self.reason, self.why, self.code, self.later)


def why_of(told: Mapping[str, Any]) -> tuple[Why, str]:
    """Return the kind and the code of a refusal, as MSAL hands it on."""
    text = _word(told, "error_description")
    numbers = [int(found) for found in _CODE.findall(text)[:1]]
    numbers += [code for code in told.get("error_codes") or () if isinstance(code, int)]
    known = next((number for number in numbers if number in _WHY), None)
    if known is not None:
        return _WHY[known], f"AADSTS{known}"
    # The words of OAuth, where there is no number.
    error = _word(told, "error")[:40]
    kind = Why.LAPSED if error == "interaction_required" else Why.OTHER
    return kind, f"AADSTS{numbers[0]}" if numbers else error or "?"


def said_of(told: Mapping[str, Any], *secrets: str) -> str:
    """Return what the sign-in says of it, on one line of a bearable length, without what it was shown."""
    text = _REST.sub("", _word(told, "error_description"))
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:LONGEST_SAID]


def _word(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
