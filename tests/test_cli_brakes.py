"""What holds writes back: the global stop, a pause, a missing yes, a state store that can not be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import Desk, tenant_of
from worlds import live, sub

SBP = "office-365-small-business-premium"
DOMAIN = "fabrikam.onmicrosoft.com"
PAUSE = ("--reason", "merger", "--owner", "ola@fabrikam.no", "--until", "2099-12-24")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Two tenants that would both be switched."""
    desk.configure()
    for number, name in enumerate(("contoso", "fabrikam")):
        desk.declare(name, SBP, 22)
        guid = f"00000000-0000-4000-8000-{number:012d}"
        desk.live(live(name, sub(id=f"sub-{name}"), tenantId=guid))
    desk.ok("simulator", "load", "live")
    return desk


def test_the_global_stop_blocks_every_plan_and_nothing_is_written(fleet: Desk) -> None:
    fleet.ok("stop", "--reason", "audit", "--owner", "kari")
    document = fleet.plan("tenants")
    assert {t["verdict"] for t in document["tenants"]} == {"blocked"}
    assert document["applyable"] is False
    text = fleet.ok("plan", "tenants").out
    assert "stopped: " in text
    assert "audit" in text
    assert "`reconciler stop --lift`" in " ".join(text.split())
    assert fleet.apply().code == 0
    assert fleet.run("apply", "tenants", "--auto-approve", "--exit-codes", "full").code == 3
    assert fleet.asked() == []
    fleet.ok("stop", "--lift")
    assert fleet.apply().code == 0
    assert len(fleet.taken()) == 2


def test_the_global_stop_holds_between_the_plan_and_the_write(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody pulls the stop while the change plan is being read; the first write finds it."""
    fleet.ok("stop", "--reason", "before")
    fleet.ok("stop", "--lift")

    def approve(wish: object) -> bool:
        fleet.ok("stop", "--reason", "wait for me", "--owner", "kari")
        return True

    monkeypatch.setattr("reconciler.cli.apply._approved", approve)
    answer = fleet.run("apply", "tenants")
    assert answer.code == 0
    assert "wait for me" in answer.out
    assert fleet.asked() == []


def test_a_tenant_suspended_in_the_store_is_left_alone_until_it_is_resumed(fleet: Desk) -> None:
    fleet.ok("suspend", DOMAIN.upper(), *PAUSE)
    document = fleet.plan("tenants")
    assert tenant_of(document, "fabrikam")["verdict"] == "suspended"
    assert tenant_of(document, "contoso")["verdict"] == "apply"
    text = fleet.ok("plan", "tenants").out
    assert "merger" in text
    assert "ola@fabrikam.no" in text
    assert fleet.apply().code == 0
    assert [c["tenant"] for c in fleet.asked()] == ["contoso"]
    fleet.ok("resume", DOMAIN)
    assert fleet.apply().code == 0
    assert [c["tenant"] for c in fleet.taken()] == ["contoso", "fabrikam"]


@pytest.mark.parametrize("mode", [("--detailed-exitcode",), ("--exit-codes", "full")], ids=" ".join)
def test_a_suspended_tenant_with_nothing_to_do_counts_as_nothing(fleet: Desk, mode: tuple[str, ...]) -> None:
    fleet.declare("fabrikam", "office-365-small-business", 20)
    fleet.ok("suspend", DOMAIN, *PAUSE)
    answer = fleet.apply("tenants", "--tenant", "fabrikam", *mode)
    assert answer.code == 0
    assert answer.out.splitlines()[-1].startswith("Apply: 0 done, 0 started, 0 waiting")
    assert "merger" in answer.out


def test_a_pause_by_the_tenants_id_holds_it_too(fleet: Desk) -> None:
    fleet.ok("suspend", "00000000-0000-4000-8000-000000000001", *PAUSE)
    assert tenant_of(fleet.plan("tenants"), "fabrikam")["verdict"] == "suspended"


def test_a_pause_by_its_name_in_the_fleet_holds_the_tenant_of_that_file(fleet: Desk) -> None:
    assert DOMAIN in fleet.ok("suspend", "fabrikam", *PAUSE).out
    assert tenant_of(fleet.plan("tenants"), "fabrikam")["verdict"] == "suspended"
    fleet.ok("resume", "fabrikam")
    assert tenant_of(fleet.plan("tenants"), "fabrikam")["verdict"] == "apply"


@pytest.mark.parametrize("words", [("suspend", "fabricam", *PAUSE), ("resume", "fabricam")])
def test_a_pause_of_a_tenant_nobody_has_is_an_error_and_not_a_brake_that_holds_nothing(
    fleet: Desk, words: tuple[str, ...]
) -> None:
    answer = fleet.run(*words)
    assert answer.code == 1
    assert "fabricam.onmicrosoft.com" in answer.err
    assert answer.out == ""


def test_a_brake_says_where_it_is_kept(fleet: Desk) -> None:
    """One that is kept in another folder than the runs use would hold nothing."""
    state = str(fleet.folder / ".reconciler")
    for words in (("stop", "--reason", "audit"), ("stop",), ("suspend", DOMAIN, *PAUSE)):
        assert state in fleet.ok(*words).out


def test_a_pause_that_would_hold_nothing_is_refused(fleet: Desk) -> None:
    """The service's clock stands at 23 November 2026."""
    answer = fleet.run("suspend", DOMAIN, *PAUSE[:-1], "2026-11-23")
    assert answer.code == 64
    assert "it is 2026-11-23 here" in answer.err
    assert tenant_of(fleet.plan("tenants"), "fabrikam")["verdict"] == "apply"


@pytest.mark.parametrize(("later", "rule"), [("14h", "report-only"), ("13h", "suspended")])
def test_a_pause_that_has_ended_holds_until_somebody_resumes(fleet: Desk, later: str, rule: str) -> None:
    """The service's clock stands at 10:00 on 23 November; no pause ends in a write that nobody asked for."""
    fleet.ok("suspend", DOMAIN, *PAUSE[:-1], "2026-11-24")
    fleet.ok("simulator", "advance", later)
    tenant = tenant_of(fleet.plan("tenants"), "fabrikam")
    assert tenant["verdict"] == "suspended"
    assert next(c["id"] for c in tenant["steps"][0]["checks"] if c["status"] == "fail") == rule
    fleet.apply()
    assert [c["tenant"] for c in fleet.asked()] == ["contoso"]
    fleet.ok("resume", DOMAIN)
    assert tenant_of(fleet.plan("tenants"), "fabrikam")["verdict"] == "apply"


def test_resume_never_lifts_what_the_file_says(fleet: Desk) -> None:
    pause = {"reason": "merger", "owner": "ola@fabrikam.no", "until": "2099-12-24"}
    fleet.declare("fabrikam", SBP, 22, suspend=pause)
    assert "stays in force" in fleet.ok("resume", DOMAIN).out
    assert tenant_of(fleet.plan("tenants"), "fabrikam")["verdict"] == "suspended"
    assert fleet.apply().code == 0
    assert [c["tenant"] for c in fleet.asked()] == ["contoso"]


def test_a_tenant_that_is_only_watched_is_never_written(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 22, mode="report")
    assert fleet.apply("tenants", "--wait").code == 0
    assert [c["tenant"] for c in fleet.asked()] == ["contoso"]


@pytest.mark.parametrize("words", [(), ("--format", "json"), ("--wait",)])
def test_without_a_terminal_the_word_yes_can_not_be_given(fleet: Desk, words: tuple[str, ...]) -> None:
    answer = fleet.run("apply", "tenants", *words)
    assert answer.code == 1
    assert "--auto-approve" in answer.err
    assert fleet.asked() == []


def test_an_apply_that_does_nothing_tells_it_once(fleet: Desk) -> None:
    fleet.declare("contoso", "office-365-small-business", 10)
    fleet.declare("fabrikam", "office-365-small-business", 20)
    planned = fleet.ok("plan", "tenants").out
    told = fleet.apply("tenants", "--wait").out
    assert told.startswith(planned)
    totals = "Apply: 0 done, 0 started, 0 waiting, 0 blocked, 1 for support, 0 failed, 0 unknown."
    assert told.removeprefix(planned).splitlines()[-1] == totals
    assert told.count("contoso.onmicrosoft.com") == 1


def test_without_anything_to_write_nobody_is_asked(fleet: Desk) -> None:
    for name in ("contoso", "fabrikam"):
        fleet.declare(name, "office-365-small-business", 20)
    assert fleet.run("apply", "tenants").code == 0


def garbage(folder: Path) -> None:
    (folder / "state.db").write_bytes(b"this was a database once" * 100)


def cut_off(folder: Path) -> None:
    (folder / "state.db").write_bytes(b"")


def a_folder(folder: Path) -> None:
    (folder / "state.db").unlink()
    (folder / "state.db").mkdir()


@pytest.mark.parametrize("spoil", [garbage, cut_off, a_folder])
def test_while_the_state_can_not_be_read_plans_are_unknown_and_nothing_is_written(
    fleet: Desk, spoil: object
) -> None:
    fleet.ok("stop", "--reason", "to have a state store")
    fleet.ok("stop", "--lift")
    assert callable(spoil)
    for log in (fleet.folder / ".reconciler").glob("state.db-*"):
        log.unlink()
    spoil(fleet.folder / ".reconciler")
    document = fleet.plan("tenants")
    assert {t["verdict"] for t in document["tenants"]} == {"unknown"}
    assert document["complete"] is False
    assert fleet.run("plan", "tenants", "--exit-codes", "full").code == 5
    stopping = (("apply", "tenants", "--auto-approve"), ("stop",), ("stop", "--reason", "audit"))
    for words in stopping:
        answer = fleet.run(*words)
        assert answer.code == 1, words
        assert "state.db" in answer.err
        assert "Traceback" not in answer.both
    others = (("resume", DOMAIN), ("suspend", DOMAIN, *PAUSE), ("handoff", "list"), ("resolve", DOMAIN))
    for other in others:
        answer = fleet.run(*other)
        assert answer.code == 1, other
        assert "Traceback" not in answer.both
    assert fleet.asked() == []


def test_a_service_file_that_can_not_be_read_is_unknown_and_nothing_is_written(fleet: Desk) -> None:
    file = fleet.folder / ".reconciler/simulator.db"
    for log in file.parent.glob("simulator.db-*"):
        log.unlink()
    file.write_bytes(b"this was a database once" * 100)
    for words in (("plan", "tenants"), ("apply", "tenants", "--auto-approve")):
        answer = fleet.run(*words)
        assert "Traceback" not in answer.both
        assert "licences ->" not in answer.out
        assert answer.code == 1 or "unknown" in answer.out
    assert file.read_bytes().startswith(b"this was")


def test_a_state_folder_named_by_flag_or_environment_is_used(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.ok("stop", "--reason", "audit", "--state", "elsewhere")
    assert (fleet.folder / "elsewhere/state.db").exists()
    monkeypatch.setenv("RECONCILER_STATE", "elsewhere")
    assert "audit" in fleet.ok("stop").out
    monkeypatch.delenv("RECONCILER_STATE")
    assert fleet.ok("stop").out == "The global stop is off.\n"


@pytest.mark.parametrize("by", ["flag", "environment"])
def test_a_server_that_does_not_answer_is_named_without_its_password(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    url = "postgresql://reconciler:hunter2@127.0.0.1:1/state"
    if by == "environment":
        monkeypatch.setenv("RECONCILER_STATE", url)
    answer = fleet.run("apply", "tenants", "--auto-approve", *(["--state", url] if by == "flag" else []))
    assert answer.code == 1
    assert "postgresql://reconciler@127.0.0.1:1/state can not be used" in answer.err
    assert "Nothing is written to any tenant" in answer.err
    assert "hunter2" not in answer.both
