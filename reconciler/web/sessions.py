"""A right token once in, a value for a cookie out that stands for it until the evening, or until the loop starts anew.

A browser can not send a bearer token by itself. HTTP Basic would do, and was left: it has no sign-out, the browser
keeps the token itself for as long as it runs, and sends it along with every request, wherever on the host that goes.
The cookie holds no token, so it opens nothing but this page.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

COOKIE = "reconciler_session"
LASTS = timedelta(hours=12)


class Sessions:
    """Makes and knows values of cookies. The key is made anew at each start, so a leaked value dies with the loop."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, now: datetime) -> str:
        """Return a value that holds from now on."""
        told = f"{int((now + LASTS).timestamp())}.{secrets.token_hex(8)}"
        return f"{told}.{self._mark(told)}"

    def holds(self, value: str, now: datetime) -> bool:
        """Say whether a value was made here and has not run out."""
        told, _, mark = value.rpartition(".")
        if not hmac.compare_digest(mark.encode("utf-8", "replace"), self._mark(told).encode()):
            return False
        return now.timestamp() < int(told.partition(".")[0])

    def _mark(self, told: str) -> str:
        return hmac.new(self._key, told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
