"""Who may reach the page, what every answer carries, and how it is served and ends."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme
from asgi import Reply, ask
from certificates import written
from scenes import catalogue
from showing import NOW, Fleet
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from reconciler.errors import ReconcilerError
from reconciler.web.access import Access, Tls, access_for, is_loopback, token_of
from reconciler.web.app import build_app
from reconciler.web.guard import HEADERS
from reconciler.web.serving import Served, serve
from reconciler.web.sessions import LASTS, Sessions

TOKEN = "0123456789abcdef0123456789abcdef"
ANYWHERE = "0.0.0.0"
PROBES = tuple(
    Route(path, lambda request: PlainTextResponse("ok\n")) for path in ("/healthz", "/readyz", "/metrics")
)


def app_for(access: Access, now: datetime = NOW) -> Starlette:
    return build_app(Fleet({}), catalogue(), access=access, now=lambda: now, extra_routes=PROBES)


LOCAL = app_for(access_for("127.0.0.1"))
LOCKED = app_for(access_for(ANYWHERE, token=TOKEN))


# what may be served at all


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "::1", "[::1]", "LOCALHOST"])
def test_loopback_is_open(host: str) -> None:
    assert is_loopback(host)
    assert access_for(host).token is None


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.0.2.7", "reconciler.example", "localhost.example"]
)
def test_anything_else_takes_a_token_or_client_certificates(host: str, tmp_path: Path) -> None:
    half = Tls(tmp_path / "cert.pem", tmp_path / "key.pem")
    for tls in (None, half):
        with pytest.raises(ReconcilerError, match="open to them all: name a token"):
            access_for(host, tls=tls)
    assert access_for(host, token=TOKEN).token == TOKEN
    assert access_for(host, tls=Tls(half.certificate, half.key, tmp_path / "ca.pem")).token is None


def test_a_token_that_could_be_guessed_or_sent_in_no_header_is_refused_and_never_shown() -> None:
    for token, told in (("short", "has 5 characters"), (f"{TOKEN} with blanks", "letters, digits")):
        with pytest.raises(ReconcilerError, match=told) as caught:
            access_for(ANYWHERE, token=token)
        assert token not in str(caught.value)
    assert TOKEN not in repr(access_for(ANYWHERE, token=TOKEN))


def test_a_token_comes_from_the_environment_or_a_file_and_a_missing_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    assert token_of("PAGE_TOKEN", None, {"PAGE_TOKEN": f" {TOKEN}\n"}) == TOKEN
    assert token_of(None, file, {}) == TOKEN
    assert token_of(None, None, {}) is None
    with pytest.raises(ReconcilerError, match=r"PAGE_TOKEN.* is not set or empty"):
        token_of("PAGE_TOKEN", None, {"PAGE_TOKEN": " "})
    with pytest.raises(ReconcilerError, match=r"can not be read from .*missing: No such file"):
        token_of(None, tmp_path / "missing", {})
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ReconcilerError, match="not UTF-8"):
        token_of(None, file, {})


# every answer

ADDRESSES = ("/", "/waits", "/nothing", "/static/none.css", "/login", "/healthz", "/tenants/x", "/metrics")


@pytest.mark.parametrize("app", [LOCAL, LOCKED], ids=["open", "locked"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_the_security_headers(address: str, app: Starlette) -> None:
    for method in ("GET", "POST", "HEAD", "DELETE"):
        reply = ask(app, address, method)
        assert {name.lower(): reply.headers.get(name.lower()) for name in HEADERS} == {
            name.lower(): value for name, value in HEADERS.items()
        }
        assert reply.headers["cache-control"] == "no-store"
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_nothing_but_the_login_takes_a_post() -> None:
    for address in ("/", "/waits", "/tenants/x", "/handoffs", "/matrix"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert ask(LOCAL, address, method).status == 405
    assert "Only to be read" in ask(LOCAL, "/", "POST").text


def test_static_files_carry_their_hash_and_may_be_kept_for_ever() -> None:
    page = ask(LOCAL, "/").text
    for ending, kind in (("css", "text/css"), ("js", "text/javascript"), ("svg", "image/svg+xml")):
        (address,) = {
            word for word in page.split('"') if word.startswith("/static/") and word.endswith(ending)
        }
        reply = ask(LOCKED, address)
        assert reply.status == 200
        assert reply.headers["content-type"].startswith(kind)
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    for odd in ("/static/page.css", "/static/../app.py", "/static/%2e%2e/app.py", "/static/"):
        assert ask(LOCAL, odd).status == 404


# names a browser may ask by


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:80", "LOCALHOST.", "127.0.0.1:1"])
def test_a_page_on_loopback_answers_to_its_own_names(host: str) -> None:
    assert ask(LOCAL, "/", host=host).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1"]
)
def test_a_name_somebody_let_point_here_is_refused(host: str) -> None:
    reply = ask(LOCAL, "/", host=host)
    assert reply.status == 421
    assert "<" not in reply.text
    assert ask(LOCAL, "/healthz", host=host).status == 200


def test_further_names_can_be_allowed_and_then_no_others_are() -> None:
    proxied = app_for(access_for("127.0.0.1", names=["status.example:443"]))
    assert ask(proxied, "/", host="status.example").status == 200
    assert ask(proxied, "/", host="other.example").status == 421
    named = app_for(access_for(ANYWHERE, token=TOKEN, names=["status.example"]))
    assert ask(named, "/login", host="status.example").status == 200
    assert ask(named, "/login", host="other.example").status == 421
    assert ask(LOCKED, "/login", host="whatever.example").status == 200


# the token


def test_a_program_shows_the_token_in_a_header() -> None:
    assert ask(LOCKED, "/metrics", authorization=f"Bearer {TOKEN}").status == 200
    assert ask(LOCKED, "/", authorization=f"bearer {TOKEN}").status == 200
    for wrong in ("", "Bearer", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", f"Bearer {TOKEN} x", "Bearer \xff"):
        reply = ask(LOCKED, "/metrics", accept="*/*", authorization=wrong)
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == "Bearer"


def test_probes_need_no_token_and_everything_else_does() -> None:
    for address in ("/healthz", "/readyz"):
        assert ask(LOCKED, address, accept="*/*").status == 200
    for address in ("/", "/metrics", "/tenants/x", "/healthz/", "/nothing", "//healthz", "/static", "/LOGIN"):
        assert ask(LOCKED, address, accept="*/*").status == 401, address


def sign_in(app: Starlette, token: str, following: str = "/", **headers: str) -> Reply:
    body = urlencode({"token": token, "next": following}).encode()
    return ask(app, "/login", "POST", body, **headers)


def test_a_person_signs_in_once_and_comes_to_the_page_that_was_asked_for() -> None:
    away = ask(LOCKED, "/tenants/x?lang=nb")
    assert (away.status, away.headers["location"]) == (303, "/login?next=%2Ftenants%2Fx%3Flang%3Dnb")
    form = ask(LOCKED, away.headers["location"])
    assert 'value="/tenants/x?lang=nb"' in form.text
    reply = sign_in(LOCKED, f" {TOKEN} ", "/tenants/x?lang=nb")
    assert (reply.status, reply.headers["location"]) == (303, "/tenants/x?lang=nb")
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    value = cookie.partition(";")[0]
    page = ask(LOCKED, "/", cookie=value)
    assert page.status == 200
    assert "Sign out" in page.text
    gone = ask(LOCKED, "/logout", "POST", cookie=value)
    assert (gone.status, gone.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in gone.headers["set-cookie"]


def test_the_cookie_is_only_sent_encrypted_where_the_browser_spoke_so() -> None:
    assert "Secure" not in sign_in(LOCKED, TOKEN).headers["set-cookie"]
    assert "Secure" in sign_in(LOCKED, TOKEN, x_forwarded_proto="https").headers["set-cookie"]


def test_a_wrong_token_is_said_and_gets_no_cookie() -> None:
    for wrong in ("", "wrong", TOKEN.upper(), "x" * 10_000):
        reply = sign_in(LOCKED, wrong, "/waits")
        assert reply.status == 401
        assert "That is not the token." in reply.text
        assert "set-cookie" not in reply.headers
    assert ask(LOCKED, "/login", "POST", b"\xff&&=%%%&token").status == 401


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/login", "/\r\nX: y", "evil", ""],
)
def test_nobody_is_sent_elsewhere_after_signing_in(following: str) -> None:
    assert sign_in(LOCKED, TOKEN, following).headers["location"] == "/"


def test_a_session_ends_in_the_evening_and_with_the_loop_and_can_not_be_made_up() -> None:
    sessions = Sessions()
    value = sessions.issue(NOW)
    assert sessions.holds(value, NOW + LASTS - timedelta(seconds=1))
    assert not sessions.holds(value, NOW + LASTS)
    assert not Sessions().holds(value, NOW)
    until, _, mark = value.partition(".")
    for odd in ("", ".", "..", "é.é", value[:-1], f"{int(until) + 9}.{mark}", f"{value}.x", "\udcff"):
        assert not sessions.holds(odd, NOW), odd
    assert sessions.issue(NOW) != value


def test_where_no_token_is_asked_for_there_is_nothing_to_sign_in_to() -> None:
    assert ask(LOCAL, "/login").headers["location"] == "/"
    assert "Sign out" not in ask(LOCAL, "/").text


# serving


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(LOCAL, "127.0.0.1", 0) as server:
        yield server


def fetched(server: Served, path: str = "", **headers: str) -> Reply:
    """One request over a real connection."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", f"/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})
        reply = connection.getresponse()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())


def test_it_listens_where_it_says_and_tells_nothing_of_its_software(served: Served) -> None:
    assert served.url == f"http://127.0.0.1:{served.port}/"
    reply = fetched(served)
    assert reply.status == 200
    assert "server" not in reply.headers
    assert "Tenants" in reply.text


def test_it_ends_when_it_is_told_and_leaves_neither_thread_nor_port(served: Served) -> None:
    fetched(served)
    served.stop()
    served.stop()
    assert "status page" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((served.host, served.port), timeout=5)


def test_it_starts_on_a_thread_of_its_own_and_touches_no_signals(served: Served) -> None:
    import signal

    assert signal.getsignal(signal.SIGTERM) in (signal.SIG_DFL, signal.Handlers.SIG_DFL)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_headers_have_a_limit(served: Served) -> None:
    assert fetched(served, x_long="x" * 30_000).status in (400, 431)
    assert fetched(served, f"?q={'x' * 30_000}").status in (400, 431)
    assert ask(LOCAL, "/", x_long="x" * 17_000).status == 431


def test_what_is_asked_is_logged_nowhere(
    served: Served, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    fetched(served, "tenants/secret-customer")
    said = capsys.readouterr()
    assert "secret-customer" not in caplog.text + said.out + said.err


def test_a_port_in_use_and_a_host_that_is_not_ours_are_said_in_a_sentence(served: Served) -> None:
    with pytest.raises(
        ReconcilerError, match=f"listen on 127.0.0.1, port {served.port}: Address already in use"
    ):
        serve(LOCAL, "127.0.0.1", served.port)
    with pytest.raises(ReconcilerError, match=r"can not listen on 192.0.2.7, port 0"):
        serve(LOCAL, "192.0.2.7", 0)
    with pytest.raises(ReconcilerError, match="port 99999"):
        serve(LOCAL, "127.0.0.1", 99_999)


def test_certificates_that_can_not_be_used_are_said_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match=r"cert.pem.*key.pem.*none: No such file"):
        serve(LOCAL, "127.0.0.1", 0, Tls(tmp_path / "cert.pem", tmp_path / "key.pem"))
    (tmp_path / "cert.pem").write_text("nonsense", encoding="utf-8")
    (tmp_path / "key.pem").write_text("nonsense", encoding="utf-8")
    with pytest.raises(ReconcilerError, match=r"cert.pem"):
        serve(LOCAL, "127.0.0.1", 0, Tls(tmp_path / "cert.pem", tmp_path / "key.pem"))


# mutual TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a server it vouches for, a client it vouches for, and a stranger."""
    folder = tmp_path_factory.mktemp("certificates")

    known, strange = trustme.CA(), trustme.CA()
    known.cert_pem.write_to_path(str(folder / "ca.pem"))
    written(folder, "server", known.issue_cert("127.0.0.1"))
    written(folder, "client", known.issue_cert("client.example"))
    written(folder, "stranger", strange.issue_cert("client.example"))
    return folder


def test_with_an_authority_only_its_clients_are_answered(certificates: Path) -> None:
    tls = Tls(certificates / "server.pem", certificates / "server.key", certificates / "ca.pem")
    app = app_for(access_for(ANYWHERE, tls=tls))

    def asked(*client: str) -> int:
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        if client:
            context.load_cert_chain(*(certificates / each for each in client))
        with urllib.request.urlopen(f"{server.url}waits", context=context, timeout=10) as reply:
            return int(reply.status)

    with serve(app, "127.0.0.1", 0, tls) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert asked("client.pem", "client.key") == 200
        for nobody in ((), ("stranger.pem", "stranger.key")):
            with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
                asked(*nobody)
