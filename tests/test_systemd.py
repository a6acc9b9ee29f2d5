"""The units: hardened alike, asked to end before they are made to, and sound to the service manager."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from deployed import DEPLOY, ENVIRONMENT, TIMER, TOOL, UNITS, settings_of, words_of_unit


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_given_its_state_and_nothing_it_does_not_need(unit: Path) -> None:
    service = settings_of(unit)["Service"]
    assert service["StateDirectory"] == "reconciler"
    assert service["StateDirectoryMode"] == "0700"
    assert service["Environment"] == "RECONCILER_STATE=%S/reconciler"
    assert service["User"] == "reconciler"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == service["MemoryDenyWriteExecute"] == service["ProtectHome"] == "yes"
    assert service["SystemCallFilter"] == "@system-service ~@privileged @resources"
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert "ReadWritePaths" not in service


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
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
    for path in (*UNITS, TIMER):
        text = path.read_text(encoding="utf-8").replace(TOOL, shutil.which("true") or "")
        found.append(tmp_path / path.name)
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
@pytest.mark.parametrize("name", ["reconciler.service", "reconciler-once.service"])
def test_the_service_manager_finds_little_left_to_take_from_a_unit(units: list[Path], name: str) -> None:
    (unit,) = [path for path in units if path.name == name]
    # Out of 100. What is left is the network, which it lives by.
    done = analysed("security", "--offline=true", "--threshold=15", "--no-pager", unit)
    assert done.returncode == 0, done.stdout + done.stderr
