"""``simulator serve`` and ``simulator ticket``: the embedded service spoken to over HTTP, until Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from cli import Desk
from faces import CATALOGUE, FABRIKAM, tenant
from starlette.applications import Starlette

from reconciler.adapters.files import load_config
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.cli.rehearsing import EVERY, READER, SECRETS, Rehearsal, Ticking, rehearse
from reconciler.web.serving import serve

ANYWHERE = "127.0.0.1:0"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    return desk.configure()


@pytest.mark.parametrize("address", ["0.0.0.0:8365", ":8365", "example.com:80", "[::]:80"])
def test_it_listens_on_this_machine_alone(desk: Desk, address: str) -> None:
    answer = desk.run("simulator", "serve", "--listen", address)
    assert (answer.code, "this machine alone" in answer.err) == (64, True)


def test_an_address_that_is_none_or_taken_is_told(desk: Desk) -> None:
    assert "HOST:PORT" in desk.run("simulator", "serve", "--listen", "8365").err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = desk.run("simulator", "serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert (answer.code, "127.0.0.1" in answer.err) == (1, True)


def test_what_it_prints_is_all_that_is_needed_to_sign_in(tmp_path: Path) -> None:
    told: list[str] = []
    spoken, end = Event(), Event()

    def tell(text: str) -> None:
        told.append(text)
        spoken.set()

    with closing(Commerce(tmp_path / "simulator.db", CATALOGUE)) as service:
        service.load([tenant("fabrikam")])
        begun = service.now()
        thread = Thread(
            target=rehearse, args=(service, Rehearsal(ANYWHERE, True, True, 0, "small"), tell, end)
        )
        thread.start()
        assert spoken.wait(20)
        try:
            (address,) = re.findall(r"partnerCenter: (\S+),", told[0])
            (partner,) = re.findall(r"partner: (\S+)", told[0])
            (client,) = re.findall(r"reader:\n +clientId: (\S+)", told[0])
            (secret,) = re.findall(r"READER_SECRET=(\S+)", told[0])
            (token,) = re.findall(r"echo (\S+) > rehearsal-reader.token", told[0])
            form = {"client_id": client, "client_secret": secret, "resource": address}
            grant = urlencode({"grant_type": "refresh_token", "refresh_token": token, **form})
            with urlopen(f"{address}/{partner}/oauth2/token", grant.encode()) as reply:
                bearer = {"Authorization": f"Bearer {json.load(reply)['access_token']}"}
            with urlopen(
                Request(f"{address}/v1/customers/{FABRIKAM}/subscriptions", headers=bearer)
            ) as reply:
                (item,) = json.load(reply)["items"]
        finally:
            end.set()
            thread.join(20)
        (tmp_path / "reconciler.yaml").write_text(told[0].split("\n\n")[1], encoding="utf-8")
        found = load_config(tmp_path, None)
        assert (found.backend, found.catalogue, found.microsoft.partner) == ("microsoft", "small", partner)
        # Asked for etags; a speed of 0 leaves the clock alone.
        assert ("etag" in item["attributes"], service.now()) == (True, begun)
    assert (client, secret) == (READER, SECRETS[READER])


def test_ctrl_c_ends_it_quietly(desk: Desk) -> None:
    running = desk.start("simulator", "serve", "--listen", ANYWHERE)
    assert running.stdout
    first = running.stdout.readline()
    assert first.startswith("The embedded service answers at http://127.0.0.1:")
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (0, "")


def test_the_clock_goes_on_from_the_machine_s_and_is_not_written_for_each_request(tmp_path: Path) -> None:
    with closing(Commerce(tmp_path / "simulator.db", CATALOGUE)) as service:
        service.load([tenant("fabrikam")])
        before = datetime.now(UTC)
        passed = [0.0]
        tick = Ticking(service, 1.0, lambda: passed[0])
        begun = service.now()
        assert begun >= min(before.replace(microsecond=0), datetime(2026, 11, 23, 10, tzinfo=UTC))
        tick()
        assert service.now() == begun
        passed[0] = EVERY
        tick()
        assert service.now() > begun


def test_a_ticket_is_filed_by_hand_and_closed_by_its_number(desk: Desk) -> None:
    desk.live(tenant("fabrikam"))
    desk.ok("simulator", "load", "live")
    filed = desk.ok("simulator", "ticket", "fabrikam", "Fewer licences", "--text", "18, please").out
    (number,) = re.findall(r"\d{15}", filed)
    assert number in desk.ok("simulator", "ticket", "--close", number).out
    assert "no ticket" in desk.run("simulator", "ticket", "--close", "1").err
    assert desk.run("simulator", "ticket", "fabrikam").code == 64
    assert "knows no tenant" in desk.run("simulator", "ticket", "nobody", "x").err


def test_no_answer_waits_for_another_packet() -> None:
    with serve(Starlette(), "127.0.0.1", 0) as served:
        (listening,) = (each for server in served.server.servers for each in server.sockets)
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
