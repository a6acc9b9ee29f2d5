"""One HTTP request as a value: what was asked, with its address taken apart; and what matches it to a call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True, slots=True)
class Asked:
    """``path`` starts after the version; ``address`` is path and query as sent; ``base`` is scheme and host.

    The names of headers are in lower case; those of the query are as they were sent.
    """

    method: str
    path: str
    address: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str

    @classmethod
    def of(cls, method: str, address: str, headers: Mapping[str, str], body: bytes, base: str) -> Asked:
        """Take an address apart, as ``/customers?size=40``."""
        path, _, query = address.partition("?")
        members = dict(parse_qsl(query, keep_blank_values=True))
        return cls(method, unquote(path), address, members, headers, body, base)

    def document(self) -> dict[str, Any] | None:
        """Return the body as a JSON object, None where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


def folded(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an object by their names in lower case: requests come in either case (PC 2.4)."""
    return {name.casefold(): value for name, value in document.items()}


def pattern(template: str) -> re.Pattern[str]:
    """Return what matches the paths of a call: ``/customers/{cid}``, its words in any case."""
    parts = re.split(r"\{(\w+)\}", template)
    texts = (re.escape(part) if n % 2 == 0 else f"(?P<{part}>[^/]+)" for n, part in enumerate(parts))
    return re.compile("".join(texts), re.IGNORECASE)
