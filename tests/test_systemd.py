"""The units: hardened alike, asked to end before they are made to, and sound to the service manager."""

from __future__ import annotations

import os
import runpy
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from deployed import (
    DEPLOY,
    ENVIRONMENT,
    FLEET_UNITS,
    LOOP_UNITS,
    TIMER,
    TOOL,
    UNITS,
    WATCH,
    WATCH_TIMER,
    WATCHING,
    settings_of,
    words_of_unit,
)

PROGRAMS = [*LOOP_UNITS, *FLEET_UNITS]


@pytest.mark.parametrize("unit", LOOP_UNITS, ids=lambda path: path.name)
def test_a_unit_is_given_its_state(unit: Path) -> None:
    service = settings_of(unit)["Service"]
    assert service["StateDirectory"] == "reconciler"
    assert service["StateDirectoryMode"] == "0700"
    assert service["Environment"] == "RECONCILER_STATE=%S/reconciler"


@pytest.mark.parametrize("unit", FLEET_UNITS, ids=lambda path: path.name)
def test_each_process_of_a_fleet_has_a_folder_of_its_own_and_its_state_in_the_database(unit: Path) -> None:
    service = settings_of(unit)["Service"]
    assert "StateDirectory" not in service
    assert service["CacheDirectory"] == "reconciler/%p-%i"
    assert service["CacheDirectoryMode"] == "0700"
    assert service["Environment"] == '"RECONCILER_STATE=" "RECONCILER_FOLDER=%C/reconciler/%p-%i"'
    assert "127.0.0.1:%i" in words_of_unit(unit), "the instance is the port"


@pytest.mark.parametrize("unit", PROGRAMS, ids=lambda path: path.name)
def test_a_unit_is_given_nothing_it_does_not_need(unit: Path) -> None:
    service = settings_of(unit)["Service"]
    assert service["User"] == "reconciler"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == service["MemoryDenyWriteExecute"] == service["ProtectHome"] == "yes"
    assert service["SystemCallFilter"] == "@system-service ~@privileged @resources"
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert "ReadWritePaths" not in service


@pytest.mark.parametrize("unit", PROGRAMS, ids=lambda path: path.name)
def test_a_unit_is_asked_to_end_and_a_signal_is_no_failure(unit: Path) -> None:
    service = settings_of(unit)["Service"]
    assert service["KillSignal"] == "SIGTERM"
    assert service["KillMode"] == "mixed"
    assert service["SuccessExitStatus"] == str(128 + 15)


def test_the_loop_is_started_anew_for_as_long_as_it_takes_but_not_for_a_wrong_command_line() -> None:
    unit = settings_of(DEPLOY / "systemd" / "reconciler.service")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["Restart"] == "on-failure"
    assert int(unit["Service"]["RestartSec"]) >= 10
    assert unit["Service"]["RestartPreventExitStatus"] == "64"
    assert "WatchdogSec" not in unit["Service"], "the loop does not talk to the service manager"


def test_a_fleet_is_started_anew_however_it_ended_and_as_hardened_as_the_loop() -> None:
    loop = settings_of(DEPLOY / "systemd" / "reconciler.service")["Service"]
    own = {"ExecStart", "Environment", "WorkingDirectory", "Restart", "RestartSec"}
    own |= {f"{kind}Directory{mode}" for kind in ("State", "Cache") for mode in ("", "Mode")}
    assert len(FLEET_UNITS) == 2
    for path in FLEET_UNITS:
        unit = settings_of(path)
        assert unit["Service"]["Restart"] == "always", (
            "a worker ends by itself when the database is away for long"
        )
        assert unit["Unit"]["StartLimitIntervalSec"] == "0"
        assert "reconciler.service" in unit["Unit"]["Conflicts"].split()
        assert "WatchdogSec" not in unit["Service"], "it does not talk to the service manager"
        assert {k: v for k, v in unit["Service"].items() if k not in own} == {
            k: v for k, v in loop.items() if k not in own
        }


# The watch


def watch() -> dict[str, Any]:
    return runpy.run_path(str(WATCHING))


@contextmanager
def answering(code: int | None) -> Iterator[str]:
    """A process that answers with this code (0 is none of HTTP's), or takes the call and says nothing; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/healthz"
            self.send_response(code or 0)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:
            pass

    if code is None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            yield str(silent.getsockname()[1])
        return
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield str(server.server_address[1])
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("code", "expected"), [(200, False), (503, True), (None, True), (404, False), (0, False)]
)
def test_what_answers_that_it_does_not_come_round_or_not_at_all_hangs(
    code: int | None, expected: bool
) -> None:
    with answering(code) as port:
        assert watch()["hangs"](port, tries=2, seconds=0.05 if code is None else 5) is expected


def test_what_refuses_the_call_is_left_to_the_service_manager() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        assert not watch()["hangs"](str(one.getsockname()[1]))


def test_only_the_unit_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    with answering(200) as well, answering(503) as ill:
        listed = [
            f"reconciler-dispatcher@{well}.service loaded active",
            f"reconciler-worker@{ill}.service loaded",
        ]
        (tmp_path / "listed").write_text("\n".join(listed) + "\n", encoding="utf-8")
        manager = tmp_path / "systemctl"
        manager.write_text(
            f'#!/bin/sh\n[ "$1" = list-units ] && exec cat {tmp_path}/listed\necho "$@" >> {told}\n', "utf-8"
        )
        manager.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert watch()["main"]() == 0
    assert told.read_text(encoding="utf-8") == f"kill --signal=SIGKILL reconciler-worker@{ill}.service\n"


def test_the_watch_reads_nothing_of_ours_and_speaks_to_this_machine_alone() -> None:
    service = settings_of(WATCH)["Service"]
    assert service["CapabilityBoundingSet"] == ""
    assert service["InaccessiblePaths"] == "-/etc/reconciler -/var/lib/reconciler"
    assert (service["IPAddressAllow"], service["IPAddressDeny"]) == ("localhost", "any")
    installed = service["ExecStart"].split()[1]
    assert f"reconciler-watch.py {installed}" in (WATCH.parent / "README.md").read_text(encoding="utf-8")
    assert float(settings_of(WATCH_TIMER)["Timer"]["OnUnitInactiveSec"].removesuffix("s")) <= 60


def test_a_round_is_as_hardened_as_the_loop_and_never_beside_it() -> None:
    loop, once = (settings_of(DEPLOY / "systemd" / f"reconciler{name}.service") for name in ("", "-once"))
    own = {"Type", "ExecStart", "Restart", "RestartSec", "RestartPreventExitStatus", "TimeoutStartSec"}
    assert {k: v for k, v in loop["Service"].items() if k not in own} == {
        k: v for k, v in once["Service"].items() if k not in own
    }
    assert once["Unit"]["Conflicts"] == "reconciler.service"
    assert "--once" in words_of_unit(DEPLOY / "systemd" / "reconciler-once.service")
    assert settings_of(TIMER)["Timer"]["Persistent"] == "false"


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with a program and an environment that are there."""
    environment = str(shutil.copy(ENVIRONMENT, tmp_path / "reconciler.env"))
    found = []
    for path in (*UNITS, TIMER, WATCH_TIMER):
        text = path.read_text(encoding="utf-8").replace(TOOL, shutil.which("true") or "")
        text = text.replace("/opt/reconciler/bin/python", shutil.which("true") or "")
        # Of a template the service manager looks at an instance.
        found.append(tmp_path / path.name.replace("@.", "@8481."))
        found[-1].write_text(text.replace("/etc/reconciler/reconciler.env", environment), encoding="utf-8")
    return found


def analysed(*words: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze not installed: apt-get install systemd"
    command = [program, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def complaints(units: list[Path]) -> list[str]:
    """What the service manager finds wrong with the units; what it says of the machine does not count."""
    done = analysed("verify", "--man=no", "--recursive-errors=no", *units)
    return [line for line in (done.stdout + done.stderr).splitlines() if "reconciler" in line]


@pytest.mark.systemd
def test_the_service_manager_finds_nothing_wrong_with_the_units(units: list[Path]) -> None:
    assert complaints(units) == []
    units[0].write_text(
        units[0].read_text(encoding="utf-8").replace("ProtectHome=", "ProtectHomes="), "utf-8"
    )
    assert len(complaints(units)) == 1, "it would not have said so"


@pytest.mark.systemd
@pytest.mark.parametrize("name", [path.name.replace("@.", "@8481.") for path in UNITS])
def test_the_service_manager_finds_little_left_to_take_from_a_unit(units: list[Path], name: str) -> None:
    (unit,) = [path for path in units if path.name == name]
    # Out of 100. What is left is the network, which it lives by; the watch has to be root as well.
    threshold = 20 if name == WATCH.name else 15
    done = analysed("security", "--offline=true", f"--threshold={threshold}", "--no-pager", unit)
    assert done.returncode == 0, done.stdout + done.stderr
