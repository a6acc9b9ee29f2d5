"""Requests to Microsoft over real sockets: tried again where that is safe, sent once where not, ended in any case."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import pytest
from certificates import authority, authority_file, loopback
from loopback import Say, answer, cut, nowhere, serving

from reconciler.adapters.microsoft.addresses import CLOUDS, checked
from reconciler.adapters.microsoft.calling import Answer, Calls, Exchange, NoAnswer, Patience
from reconciler.adapters.microsoft.pace import Pace, Pressing
from reconciler.errors import ReconcilerError

CANARY = "canary-token-5d1e"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Token:
    """A bearer whose tokens are numbered."""

    number: int = 1
    refuses: NoAnswer | None = None

    def token(self) -> str:
        if self.refuses:
            raise self.refuses
        return f"{CANARY}-{self.number}"

    def forget(self) -> None:
        self.number += 1


@dataclass
class Client:
    """What a test calls with, and what it sees of it."""

    base: str
    patience: Patience = Patience(connect=2, read=5)  # noqa: RUF009 - frozen
    per_minute: int | None = None
    time: Time = field(default_factory=Time)
    bearer: Token = field(default_factory=Token)
    told: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        timed = replace(self.patience, sleep=self.time.sleep, clock=self.time.clock)
        self.pace = Pace(self.per_minute, self.time.clock, self.time.sleep)
        self.calls = Calls(self.base, self.pace, timed, told=self.told.append)

    def read(self, path: str = "/v1/customers?size=5", headers: Mapping[str, str] | None = None) -> Answer:
        return self.calls.read(self.bearer, path, headers=headers or {})

    def write(self) -> Answer:
        return self.calls.write(self.bearer, "PATCH", "/v1/it", {"quantity": 5}, request_id="r-1")

    def refused(self, write: bool = False) -> NoAnswer:
        with pytest.raises(NoAnswer) as lost:
            self.write() if write else self.read()
        assert CANARY not in f"{lost.value!r}{lost.value.__cause__!r}{lost.value.reason}"
        assert "?" not in lost.value.reason
        return lost.value


def real(base: str, **limits: float) -> Calls:
    """A client that goes by the machine's clock."""
    patience = replace(Patience(connect=2, read=5, whole=5, tries=1), **limits)  # type: ignore[arg-type]
    return Calls(base, Pace(None), patience)


# what is sent


def test_a_request_carries_what_both_services_document_and_its_token_and_is_told_without_it() -> None:
    with serving(answer({"a": 1}, headers={"MS-RequestId": "theirs,theirs"})) as server:
        client = Client(server.base)
        assert client.read(headers={"ConsistencyLevel": "eventual"}).json() == {"a": 1}
        client.write()
    read, write = server.asked
    assert (read.method, read.target, read.body) == ("GET", "/v1/customers?size=5", b"")
    assert read.headers["authorization"] == f"Bearer {CANARY}-1"
    assert read.headers["consistencylevel"] == "eventual"
    assert read.headers["ms-contract-version"] == "v1"
    assert read.headers["x-locale"] == "en-US"
    assert read.headers["accept"] == "application/json"
    assert read.headers["user-agent"].startswith("reconciler/")
    assert read.headers["client-request-id"] == read.headers["ms-correlationid"]
    assert "content-type" not in read.headers
    assert (write.json(), write.headers["content-type"]) == ({"quantity": 5}, "application/json")
    assert write.headers["ms-requestid"] == "r-1"
    assert write.headers["ms-correlationid"] != read.headers["ms-correlationid"]
    assert [(e.method, e.path, e.status, e.request_id) for e in client.told] == [
        ("GET", "/v1/customers", 200, "theirs"),
        ("PATCH", "/v1/it", 200, "theirs"),
    ]
    assert [e.correlation_id for e in client.told] == [a.headers["ms-correlationid"] for a in server.asked]
    assert CANARY not in repr(client.told)


def test_reads_share_a_connection_and_a_write_has_a_fresh_one() -> None:
    with serving(answer()) as server:
        client = Client(server.base)
        for _ in range(3):
            client.read()
        assert server.connections == 1
        client.write()
        client.read()
        assert server.connections == 2
        assert server.asked[3].headers["connection"] == "close"
        client.calls.close()


def test_a_next_page_is_asked_for_below_the_base_and_nowhere_else() -> None:
    with serving(answer()) as server:
        client = Client(server.base + "/graph")
        client.read(server.base + "/graph/v1.0/users?$skiptoken=a%2Fb")
        assert server.asked[0].target == "/graph/v1.0/users?$skiptoken=a%2Fb"
        for elsewhere in (
            "https://evil.example/v1.0/users",
            server.base + "/other",
            server.base.replace("http://", "http://127.0.0.1@"),
            server.base.replace("127.0.0.1", "localhost") + "/graph/v1.0",
            "https://[::1/graph",
            "v1.0/users",
            "",
        ):
            with pytest.raises(NoAnswer, match="the token goes nowhere else") as lost:
                client.read(elsewhere)
            assert not lost.value.sent
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://api.partnercenter.microsoft.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pw@host.example",
        "https://host.example/?a=b",
        "https://host.example/#a",
        "https://host.example:no",
        "https://host .example",
        "//host.example",
        "",
    ],
)
def test_a_token_is_sent_to_https_or_to_this_very_machine_only(address: str) -> None:
    with pytest.raises(ReconcilerError, match="is no address to send a token to") as odd:
        Calls(address, Pace(None))
    assert "pw" not in str(odd.value)


def test_the_addresses_of_every_cloud_are_safe_and_a_rehearsal_replaces_some_of_them() -> None:
    for cloud in CLOUDS.values():
        assert [checked(a) for a in (cloud.partner_center, cloud.graph, cloud.login)]
    swapped = CLOUDS["china"].replaced(graph="http://[::1]:8080/")
    assert swapped == replace(CLOUDS["china"], graph="http://[::1]:8080")
    with pytest.raises(ReconcilerError):
        swapped.replaced(login="http://login.example")


# reads come again


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_read_comes_again_after_a_passing_failure(status: int) -> None:
    with serving(answer(status=status), answer(status=status), answer({"ok": 1})) as server:
        client = Client(server.base)
        assert client.read().json() == {"ok": 1}
        assert client.time.slept == [1, 2]
        assert len({a.headers["ms-requestid"] for a in server.asked}) == 1
        assert len({a.headers["ms-correlationid"] for a in server.asked}) == 3


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 410, 501])
def test_any_other_status_is_handed_back_at_once(status: int) -> None:
    with serving(answer(status=status)) as server:
        assert Client(server.base).read().status == status
        assert len(server.asked) == 1


def test_a_service_that_stays_busy_is_left_alone_after_the_last_try() -> None:
    with serving(answer(status=503)) as server:
        lost = Client(server.base).refused()
        assert len(server.asked) == 4
    assert lost.answered
    assert lost.later is None
    assert "GET 127.0.0.1:" in lost.reason
    assert lost.reason.endswith("/v1/customers answered with status 503 at each of 4 tries")


def test_retry_after_is_obeyed_to_the_decimal() -> None:
    with serving(answer(status=503, headers={"Retry-After": "2.128"}), answer()) as server:
        client = Client(server.base)
        client.read()
        assert client.time.slept == [2.128]


@pytest.mark.parametrize(
    ("said", "later"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("2.5, 2.5", 2.5),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT, Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2020 07:28:30 GMT", 0.0),
        ("-1", None),
        ("1e9", None),
        ("999999999", 86_400.0),
        ("Wed, 21 Oct 9999 07:28:30 GMT", 86_400.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Oct 2026 07:28:30 GMT", None),
    ],
)
def test_retry_after_may_be_seconds_or_a_date_and_anything_else_is_nothing(said: str, later: float) -> None:
    head = {"Retry-After": said, "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    with serving(answer(status=404, headers=head)) as server:
        assert Client(server.base).read().later == later


def test_a_date_to_come_again_goes_by_our_clock_where_the_service_does_not_tell_its_own() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    later = Answer(503, {"retry-after": soon}, b"").later
    assert later is not None
    assert 90 < later <= 100


def test_a_wait_beyond_patience_is_not_waited_for_but_told() -> None:
    with serving(answer(status=503, headers={"Retry-After": "61"})) as server:
        client = Client(server.base)
        lost = client.refused()
        assert (lost.later, client.time.slept, len(server.asked)) == (61, [], 1)
        assert lost.reason.endswith("asks to be left alone for 61 s")


def test_tries_end_with_the_time_for_the_whole_call() -> None:
    with serving(answer(status=503, headers={"Retry-After": "40"})) as server:
        client = Client(server.base, replace(Patience(), whole=60))
        client.refused()
        assert (client.time.slept, len(server.asked)) == ([40], 2)


def test_after_429_nothing_goes_out_to_that_service_until_it_may() -> None:
    slow_down = answer({"statusCode": 429, "message": "wait"}, 429, {"Retry-After": "10"})
    with serving(slow_down, answer()) as server:
        client = Client(server.base)
        assert client.read().status == 200
        assert client.time.slept == [10]
        client.pace.hold(300)
        for write in (False, True):
            lost = client.refused(write)
            assert (lost.sent, lost.answered, lost.later) == (False, False, 300)
            assert lost.reason.endswith("wants to be left alone for another 300 s")
        assert len(server.asked) == 2


def test_a_storm_of_429_ends_and_each_try_waits_longer() -> None:
    with serving(answer(status=429, headers={"Retry-After": "1"})) as server:
        client = Client(server.base)
        lost = client.refused()
        assert (lost.answered, lost.later) == (True, 1)
        assert client.time.slept == [1, 2, 4]
        assert len(server.asked) == 4


def test_429_without_a_wait_holds_the_others_too() -> None:
    with serving(answer(status=429)) as server:
        client = Client(server.base)
        assert client.write().status == 429
        assert client.pace.waiting() == 1


@pytest.mark.parametrize(
    "broken",
    [
        cut(),
        cut(b"HTTP/1.1 200 So\r\nContent-Length: 10\r\n\r\n{}"),
        cut(b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
        cut(b"220 mail.example ESMTP\r\n"),
    ],
    ids=["before", "in the body", "in a chunk", "no HTTP"],
)
def test_a_read_whose_connection_broke_comes_again(broken: Say) -> None:
    with serving(broken, answer({"ok": 1})) as server:
        client = Client(server.base)
        assert client.read().json() == {"ok": 1}
        assert [e.status for e in client.told] == [None, 200]
    with serving(broken) as server:
        lost = Client(server.base).refused()
        assert (lost.sent, lost.answered, len(server.asked)) == (True, False, 4)


# a token that is taken no more


def test_a_token_that_is_refused_is_renewed_once() -> None:
    with serving(answer(status=401), answer({"ok": 1})) as server:
        client = Client(server.base)
        assert client.read().json() == {"ok": 1}
        assert [a.headers["authorization"][-2:] for a in server.asked] == ["-1", "-2"]
        assert client.time.slept == []
    with serving(answer(status=401)) as server:
        assert Client(server.base).read().status == 401
        assert len(server.asked) == 2


def test_where_there_is_no_token_nothing_is_sent() -> None:
    with serving(answer()) as server:
        client = Client(server.base, bearer=Token(refuses=NoAnswer("no token", sent=False)))
        assert [client.refused(write).sent for write in (False, True)] == [False, False]
        assert (server.connections, client.told) == (0, [])


# a write is sent once


@pytest.mark.parametrize("status", [200, 202, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
def test_a_write_is_sent_once_whatever_is_answered(status: int) -> None:
    with serving(answer(status=status, headers={"Retry-After": "1"})) as server:
        client = Client(server.base)
        assert client.write().status == status
        assert len(server.asked) == 1
        assert client.time.slept == []
        assert client.bearer.number == (2 if status == 401 else 1)


def test_a_write_is_sent_once_whatever_becomes_of_the_connection() -> None:
    broken: list[Say] = [
        cut(),
        cut(b"HTTP/1.1 200 So\r\nContent-Length: 10\r\n\r\n{}"),
        cut(b"nonsense\r\n\r\n"),
        cut(answer(status=307, headers={"Location": "/v1/other"})),
    ]
    for breaks in broken:
        with serving(breaks) as server:
            assert Client(server.base).refused(write=True).sent
            assert (len(server.asked), server.connections) == (1, 1)


def test_a_write_without_an_answer_in_time_may_have_been_taken() -> None:
    with serving() as server:
        server.answers = [server.silence]
        with pytest.raises(NoAnswer, match=r"no complete answer within 0\.1 s") as lost:
            real(server.base, read=0.1).write(Token(), "POST", "/v1/it", {}, request_id="r")
        assert (lost.value.sent, lost.value.answered, len(server.asked)) == (True, False, 1)


def test_a_write_that_certainly_did_not_go_out_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(nowhere())
    lost = client.refused(write=True)
    assert not lost.sent
    assert "Connection refused" in lost.reason
    assert client.told == []

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    lost = Client("https://api.example").refused(write=True)
    assert (lost.sent, "its name is not known" in lost.reason) == (False, True)


def test_a_write_whose_look_would_be_too_old_by_its_turn_does_not_go_out() -> None:
    def write(client: Client, until: float) -> Answer:
        return client.calls.write(client.bearer, "PATCH", "/v1/it", {}, request_id="r", until=until)

    with serving(answer()) as server:
        client = Client(server.base)
        write(client, client.time.now + 1)
        client.pace.hold(2)
        with pytest.raises(NoAnswer, match="left alone") as held:
            write(client, client.time.now + 1)
        client.time.now += 5
        with pytest.raises(NoAnswer, match="too old") as old:
            write(client, client.time.now - 0.1)
        assert (held.value.sent, old.value.sent) == (False, False)
        # A token that has to be fetched takes its time as well.
        slow, token = Client(server.base), Client(server.base).bearer.token
        slow.bearer.token = lambda: (slow.time.sleep(1.5), token())[1]  # type: ignore[method-assign]
        with pytest.raises(NoAnswer, match="too old"):
            write(slow, slow.time.now + 1)
        assert len(server.asked) == 1


def test_a_body_that_is_no_json_is_not_sent() -> None:
    with serving(answer()) as server:
        client = Client(server.base)
        for odd in (float("inf"), float("nan")):
            with pytest.raises(NoAnswer, match="can not be written") as lost:
                client.calls.write(client.bearer, "PATCH", "/v1/it", {"price": odd}, request_id="r")
            assert lost.value.sent is False
        assert server.asked == []


def test_a_budget_that_leaves_no_turn_sends_nothing() -> None:
    with serving(answer()) as server:
        client = Client(server.base, replace(Patience(), longest_turn=5), per_minute=2)
        client.write()
        lost = client.refused(write=True)
        assert (lost.sent, len(server.asked)) == (False, 1)
        assert lost.reason.endswith("2 calls a minute leave it no turn within 5 s")


def test_a_header_that_could_hold_two_is_not_sent() -> None:
    with serving(answer()) as server:
        client = Client(server.base)
        with pytest.raises(NoAnswer, match="what can stand in none") as lost:
            client.read(headers={"If-Match": '"a"\r\nX-Evil: 1'})
        assert (lost.value.sent, server.asked) == (False, [])


# an answer has an end


def test_an_answer_that_comes_byte_by_byte_ends_in_time() -> None:
    with serving() as server:
        for drip in (server.drip, server.drip_body):
            server.answers = [drip]
            began = monotonic()
            with pytest.raises(NoAnswer, match="no complete answer"):
                real(server.base, whole=0.15).read(Token(), "/v1/slow")
            assert monotonic() - began < 2


def test_an_answer_that_is_too_big_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.adapters.microsoft.sending.MEGABYTE", 100)
    with serving(answer(raw=b"x" * 200_000)) as server:
        lost = Client(server.base).refused()
        assert (lost.answered, len(server.asked)) == (True, 1)
        assert "more than 20 MB" in lost.reason


def test_a_redirect_is_refused_and_the_token_goes_nowhere() -> None:
    with serving(answer()) as other, serving(answer(status=302, headers={"Location": other.base})) as server:
        lost = Client(server.base).refused()
        assert (lost.answered, "redirect" in lost.reason, len(server.asked)) == (True, True, 1)
        assert other.connections == 0


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b'{"a":', b"\xff\xfe\xff", b"[" * 100_000, b'{"n": NaN}', b"1" * 5000]
)
def test_malformed_json_is_no_answer(raw: bytes) -> None:
    with serving(answer(raw=raw)) as server:
        found = Client(server.base).read()
        with pytest.raises(NoAnswer, match="malformed JSON") as lost:
            found.json()
        assert (lost.value.sent, lost.value.answered) == (True, True)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    loopback().configure_cert(context)
    with serving(answer({"ok": 1}), tls=context) as server:
        base = server.base.replace("127.0.0.1", "localhost")
        lost = Client(base).refused(write=True)
        assert (lost.sent, server.asked) == (False, [])
        assert "certificate" in lost.reason
        monkeypatch.setenv("SSL_CERT_FILE", str(authority_file()))
        assert Client(base).read().json() == {"ok": 1}


@pytest.mark.parametrize("lets", [True, False])
def test_a_proxy_is_asked_for_a_way_through_and_sees_no_token(
    monkeypatch: pytest.MonkeyPatch, lets: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("graph.example").configure_cert(context)
    with serving(answer({"ok": 1}), tls=context) as server, serving() as proxy:
        port = int(server.base.rsplit(":", 1)[1])
        proxy.answers = [tunnel(port) if lets else cut(b"HTTP/1.1 407 No\r\n\r\n")]
        monkeypatch.setenv("HTTPS_PROXY", proxy.base)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority_file()))
        client = Client("https://graph.example")
        if lets:
            assert client.read().json() == {"ok": 1}
            assert client.write().status == 200
        else:
            lost = client.refused(write=True)
            assert (lost.sent, "the proxy does not let it through" in lost.reason) == (False, True)
        assert {(asked.method, asked.target) for asked in proxy.asked} == {("CONNECT", "graph.example:443")}
        assert not any("authorization" in asked.headers for asked in proxy.asked)


def tunnel(port: int) -> Say:
    """Lead what comes to a port of this machine, and back."""

    def say(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as there:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pipe, args=(there, connection), daemon=True)
            back.start()
            pipe(connection, there)
            back.join()

    return say


def pipe(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


# many at once


def test_no_more_connections_are_open_than_threads_are_allowed() -> None:
    most = Most()
    with serving() as server:
        server.answers = [most.answer]
        calls = Calls(server.base, Pace(None), Patience(), threads=2)
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: calls.read(Token(), "/v1/x").status, range(12)))
        assert found == [200] * 12
        assert most.seen == 2


class Most:
    """Counts who is answered at the same time."""

    def __init__(self) -> None:
        self.now = self.seen = 0
        self.lock = threading.Lock()

    def answer(self, connection: socket.socket) -> None:
        with self.lock:
            self.now += 1
            self.seen = max(self.seen, self.now)
        threading.Event().wait(0.01)
        with self.lock:
            self.now -= 1
        connection.sendall(answer(headers={"Connection": "close"}))


@pytest.mark.parametrize("budget", [1, 2, 7, 60, 500])
def test_no_minute_holds_more_calls_than_the_budget_and_a_steady_one_is_used(budget: int) -> None:
    time = Time()
    pace = Pace(budget, time.clock, time.sleep)
    at = []
    for _ in range(3 * budget + 5):
        assert pace.take(61)
        at.append(time.now)
    held = [sum(start <= t < start + 59.999 for t in at) for start in at]
    assert max(held) <= budget
    assert max(held) >= 0.9 * budget


def test_threads_share_the_budget_and_who_would_wait_too_long_is_told_so_at_once() -> None:
    time = Time()
    pace = Pace(20, time.clock, lambda _: None)
    taken = [pace.take(0) for _ in range(5)]
    assert taken == [True, True, False, False, False]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: pace._turn(time.now + 31.6), range(40)))
    turns = sorted(wait for wait in found if wait is not None)
    assert len(turns) == 10
    assert turns == pytest.approx([60 / 19 * n for n in range(1, 11)])


def test_who_presses_waits_for_the_service_alone_and_the_others_come_later_for_it() -> None:
    time = Time()
    pace = Pace(10, time.clock, time.sleep)
    hurried = Pressing(pace)
    assert pace.take(0)
    assert [hurried.take(0) for _ in range(3)] == [True, True, True]
    assert time.slept == []
    # Each counted: six seconds for the first, and six for every one that went ahead.
    assert not pace.take(23.9)
    assert pace.take(24)
    assert time.slept == [24.0]
    hurried.hold(30)
    assert (hurried.take(29), hurried.waiting(), hurried.calls_per_minute) == (False, 30.0, 10)
    assert hurried.take(30)
    assert time.slept == [24.0, 30.0]


def test_a_turn_may_be_waited_for_longer_than_what_the_service_asks() -> None:
    time = Time()
    pace = Pace(1, time.clock, time.sleep)
    assert pace.take(60, held=1)
    assert pace.take(60, held=1)
    assert time.slept == [60]
    pace.hold(2)
    assert not pace.take(120, held=1)
    assert not Pressing(pace).take(120, held=1)
    assert time.slept == [60]

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        pace.hold(2)

    pace._sleep = sleep
    time.now += 2
    # Told while it slept, it waits for that no longer either.
    assert not pace.take(120, held=1)


def test_the_longest_wait_wins_and_afterwards_there_is_no_burst() -> None:
    time = Time()
    pace = Pace(500, time.clock, time.sleep)
    pace.hold(30)
    pace.hold(5)
    assert not pace.take(29)
    assert [pace.take(60) for _ in range(3)] == [True] * 3
    assert time.slept == pytest.approx([30, 60 / 451, 60 / 451])
    pace.hold(10**9)
    assert pace.waiting() == pytest.approx(3600)


def test_who_sleeps_till_its_turn_heeds_a_wait_that_was_asked_for_meanwhile() -> None:
    time = Time()
    pace = Pace(1, time.clock, time.sleep)
    pace.take(0)

    def sleep(seconds: float) -> None:
        if not time.slept:
            pace.hold(70)
        time.sleep(seconds)

    pace._sleep = sleep
    assert pace.take(100)
    assert time.slept == [60, 10]
    with pytest.raises(ValueError, match="at least one"):
        Pace(0)
