"""An application and a person with a browser in, a refresh token kept in its place out, and whose it is.

The authorization code flow with PKCE: the person opens an address, proves who they are with MFA, and the browser comes
back to a listener on this very machine with a code that is good once, and only together with what this process kept.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from reconciler.adapters.microsoft.login import Login, claims_of
from reconciler.adapters.microsoft.redeeming import Application, Redeeming
from reconciler.adapters.microsoft.refreshing import keep_grant
from reconciler.adapters.microsoft.refusing import NotSignedIn, Why
from reconciler.adapters.microsoft.secrets import EnvironmentStore, ReadOnly, SecretStore
from reconciler.errors import ReconcilerError
from reconciler.messages import say

LONGEST_SHOWN = 100
_SECONDS_TO_ASK = 5
_MOST_BYTES = 64 * 1024
# What MSAL needs of it; what else is there it would have to understand.
_BRINGS = ("code", "state", "error", "error_description", "suberror")


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed in, to which tenant. ``with_mfa`` None: the sign-in does not tell."""

    user: str
    tenant: str
    with_mfa: bool | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """How the person and this process meet: the address is shown to them, and their browser comes to a port here.

    ``port`` 0: any free one. ``within``: how many seconds they have.
    """

    show: Callable[[str], None]
    port: int = 0
    within: float = 600.0


def sign_in(
    application: Application,
    partner: str,
    resource: str,
    login: Login,
    meeting: Meeting,
    now: Callable[[], datetime],
) -> Signed:
    """Let a person sign in, and keep the refresh token that comes of it. Raises ReconcilerError.

    ``partner``: the tenant it has to be; another one is refused, and nothing is kept.
    """
    store = _writable(application)
    redeeming = Redeeming(application, partner, login, now, lambda _: None)
    tenant = redeeming.partner_id()
    proof, secret = redeeming.proof()
    client = redeeming.client(tenant, proof)
    with _listening(meeting) as (address, expect, wait):
        flow = redeeming.understood(
            tenant,
            # By a form, so that the code stands in no address and in no list of places visited.
            lambda: client.initiate_auth_code_flow(
                [f"{resource}/.default"], redirect_uri=address, prompt="login", response_mode="form_post"
            ),
        )
        # Before it is shown: who is signed in already may be back at once.
        expect(flow["state"])
        meeting.show(login.reached(flow["auth_uri"]))
        answer = wait()
    told = redeeming.understood(tenant, lambda: client.acquire_token_by_auth_code_flow(flow, answer))
    shown = (secret, answer.get("code", ""), flow.get("code_verifier", ""))
    if "error" in told:
        raise redeeming.refusal(told, resource, tenant, shown)
    signed = _signed(told, redeeming, tenant)
    keep_grant(store, told["refresh_token"], now())
    return signed


def _writable(application: Application) -> SecretStore:
    """Where the refresh token is to be kept. Raises ReconcilerError before a person is asked in vain."""
    store, who = application.refresh_token, application.who
    if store is None:
        raise ReconcilerError(say("sign-in.no-store", who=who))
    if isinstance(store, EnvironmentStore):
        raise ReadOnly(say("sign-in.store-read-only", who=who, where=store.where))
    return store


def _signed(told: Mapping[str, Any], redeeming: Redeeming, tenant: str) -> Signed:
    """Who signed in. Raises NotSignedIn where that is not certain, or the tenant is another one."""
    redeeming.check_tenant(told, tenant)
    claims = claims_of(told.get("id_token", ""))
    facts = {"who": redeeming.application.who, "host": redeeming.login.host, "tenant": tenant}
    if str(claims.get("tid", "")).lower() != tenant:
        raise NotSignedIn(say("sign-in.whose", **facts), Why.TENANT)
    if not told.get("refresh_token"):
        raise NotSignedIn(say("sign-in.no-refresh-token", **facts), Why.OTHER)
    user = str(claims.get("preferred_username") or claims.get("upn") or claims.get("oid") or "?")
    methods = claims_of(told.get("access_token", "")).get("amr", claims.get("amr"))
    with_mfa = "mfa" in methods if isinstance(methods, list) else None
    return Signed(user[:LONGEST_SHOWN], tenant, with_mfa)


class _Doorstep(ThreadingTCPServer):
    """Listens on this very machine. ``state`` "": nobody is expected yet."""

    daemon_threads = True
    allow_reuse_address = True
    state = ""

    def __init__(self, port: int) -> None:
        # Several connections, since a browser may open one in advance and say nothing on it.
        self.came: queue.Queue[dict[str, str]] = queue.Queue(maxsize=1)
        super().__init__(("127.0.0.1", port), _Visit)


class _Visit(BaseHTTPRequestHandler):
    """One request of a browser: the one that is expected brings the state that only our address had."""

    timeout = _SECONDS_TO_ASK

    def do_GET(self) -> None:
        """Take what the browser brings in the address, as some do with an error."""
        self._take(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """Take what the browser brings in a form."""
        told = self.headers.get("Content-Length", "")
        length = int(told) if told.isascii() and told.isdigit() else 0
        self._take(self.rfile.read(min(length, _MOST_BYTES)).decode("ascii", "replace"))

    def _take(self, form: str) -> None:
        """Take it, once; anything else is not found."""
        door = cast("_Doorstep", self.server)
        brought = dict(parse_qsl(form))
        expected = door.state and compare_digest(brought.get("state", "").encode(), door.state.encode())
        if not expected or not ("code" in brought or "error" in brought):
            self._say(404, "sign-in.page.other")
            return
        try:
            door.came.put_nowait({name: brought[name] for name in _BRINGS if name in brought})
        except queue.Full:
            self._say(404, "sign-in.page.other")
            return
        self._say(200, "sign-in.page.came")

    def _say(self, status: int, key: str) -> None:
        content = say(key).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds the code."""


@contextmanager
def _listening(
    meeting: Meeting,
) -> Iterator[tuple[str, Callable[[str], None], Callable[[], dict[str, str]]]]:
    """Listen, and yield the address, what says which state is expected, and what waits. Raises ReconcilerError."""
    try:
        door = _Doorstep(meeting.port)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ReconcilerError(say("sign-in.no-port", port=meeting.port, why=why)) from None

    def expect(state: str) -> None:
        door.state = state

    def wait() -> dict[str, str]:
        try:
            return door.came.get(timeout=meeting.within)
        except queue.Empty:
            raise ReconcilerError(say("sign-in.nobody-came", seconds=f"{meeting.within:g}")) from None

    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        # The name and not the number: only for it the port does not count as part of what is registered.
        yield f"http://localhost:{door.server_address[1]}", expect, wait
    finally:
        door.shutdown()
        door.server_close()
        thread.join()
