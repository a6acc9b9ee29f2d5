"""A request to support on the command line: listed, shown, filed, followed, closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cli import ROOT, Desk
from scenes import SB
from service_desk import CHANGED_AT, SupportDesk
from test_cli_commands import TENANTS, assert_valid
from worlds import live

from reconciler.errors import AnswerLost, Refused
from reconciler.handoff.tickets import Note, Ticket
from reconciler.observe import Unknown


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant that wants two licences fewer than it has."""
    desk.configure()
    desk.declare("fabrikam", SB, 18)
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    return desk


def test_a_handoff_is_filed_followed_and_closes_by_itself(fleet: Desk) -> None:
    fleet.apply()
    (one,) = handoffs(fleet)
    assert (one["kind"], one["state"], one["free"]) == ("remove-licenses", "prepared", 2)
    assert "filed as SR 118-7 for fabrikam" in fleet.ok("handoff", "filed", one["id"][:4], "SR 118-7").out
    fleet.apply()
    assert [(h["id"], h["state"], h["ticket"]) for h in handoffs(fleet)] == [(one["id"], "filed", "SR 118-7")]
    assert "filed SR 118-7" in fleet.ok("handoff", "list").out
    fleet.ok("simulator", "set", "fabrikam.sub-1.licenses=18")
    fleet.apply()
    assert handoffs(fleet) == []
    (done,) = handoffs(fleet, "--all")
    assert (done["id"], done["state"], done["ticket"]) == (one["id"], "done", "SR 118-7")
    again = fleet.run("handoff", "filed", one["id"], "SR 9")
    assert (again.code, again.out) == (1, "")
    assert f"error: Hand-off {one['id']} is done since" in again.err


def test_raising_the_file_withdraws_the_request_to_go_down(fleet: Desk) -> None:
    fleet.apply()
    fleet.declare("fabrikam", SB, 20)
    fleet.apply()
    assert handoffs(fleet) == []
    assert [h["state"] for h in handoffs(fleet, "--all")] == ["withdrawn"]


def test_a_tenant_whose_file_is_gone_asks_for_nothing_any_more(fleet: Desk) -> None:
    for name in ("northwind", "contoso"):
        fleet.declare(name, SB, 20)
        fleet.live(live(name))
    fleet.ok("simulator", "load", "live")
    fleet.apply()
    assert [h["state"] for h in handoffs(fleet)] == ["prepared"]
    (fleet.folder / "tenants/fabrikam.yaml").unlink()
    fleet.apply("tenants", "--tenant", "contoso")
    assert [h["state"] for h in handoffs(fleet)] == ["prepared"]
    assert "no longer managed" in fleet.apply().out
    assert [h["state"] for h in handoffs(fleet, "--all")] == ["withdrawn"]


def test_a_handoff_closed_by_hand_stays_closed_and_says_why(fleet: Desk) -> None:
    fleet.apply()
    (one,) = handoffs(fleet)
    assert fleet.run("handoff", "close", one["id"]).code == 64
    assert (
        "withdrawn for fabrikam" in fleet.ok("handoff", "close", one["id"], "--reason", "asked by phone").out
    )
    fleet.apply()
    assert handoffs(fleet) == []
    (closed,) = handoffs(fleet, "--all")
    assert (closed["state"], closed["reason"]) == ("withdrawn", "asked by phone")
    assert "Closed by hand: asked by phone" in fleet.ok("handoff", "show", one["id"]).out


def test_a_beginning_that_fits_several_handoffs_names_them(examples: Desk) -> None:
    examples.apply(TENANTS)
    missing = examples.run("handoff", "show", "zzzz", "--config", "examples/reconciler.yaml")
    assert missing.code == 1
    assert "There is no hand-off zzzz" in missing.err


def handoffs(fleet: Desk, *words: str) -> list[dict[str, Any]]:
    document = fleet.ok("handoff", "list", *words, "--format", "json").json()
    assert_valid("handoffs", document)
    found: list[dict[str, Any]] = document["handoffs"]
    return found


# Followed


@pytest.fixture
def support(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> SupportDesk:
    """A service desk behind the backend, and one request that waits for it."""
    fleet.apply()
    return SupportDesk().stand_behind(monkeypatch)


def follow(fleet: Desk, *words: str, code: int = 0) -> dict[str, Any]:
    answer = fleet.run("handoff", "follow", *words, "--format", "json")
    assert answer.code == code, answer.both
    document: dict[str, Any] = answer.json()
    assert_valid("handoff-follow", document)
    return document


def test_only_the_command_for_hand_offs_reaches_a_service_desk() -> None:
    modules = {
        path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.glob("reconciler/**/*.py")
    }
    builders = ("build_desk", "build_notepad")
    users = {name for name, text in modules.items() if any(word in text for word in builders)}
    assert users == {"reconciler/cli/desk.py", "reconciler/cli/handoff.py"}


def test_without_a_service_desk_nothing_is_followed_and_nothing_filed(fleet: Desk) -> None:
    fleet.apply()
    (one,) = handoffs(fleet)
    for command in (("follow",), ("filed", one["id"], "616", "--note")):
        answer = fleet.run("handoff", *command)
        assert (answer.code, answer.out) == (1, "")
        assert "no service desk behind the backend `simulator`" in answer.err
    assert handoffs(fleet)[0]["state"] == "prepared"


def test_nothing_filed_is_nothing_to_follow_and_makes_no_store(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    SupportDesk().stand_behind(monkeypatch)
    told = desk.ok("handoff", "follow", "--state", "elsewhere").out
    assert told.startswith("No request is filed with a ticket. Looked in elsewhere.")
    assert not (desk.folder / "elsewhere").exists()


def test_a_filed_ticket_is_followed_until_support_closes_it_too_soon(
    fleet: Desk, support: SupportDesk
) -> None:
    support.open("616")
    (one,) = handoffs(fleet)
    assert one["followed"] is None
    fleet.ok("handoff", "filed", one["id"], "616")
    told = fleet.ok("handoff", "follow").out
    assert "ticket 616 is open, last changed 2026-11-22 08:30 UTC: Fewer licences" in told
    assert "Tickets: 1 looked at, 0 for a person to see to, 0 not read." in told
    seen = handoffs(fleet)[0]["followed"]
    assert (seen["status"], seen["notes"], seen["noted"]) == ("open", 0, [])
    line = "ticket 616 open, last changed 2026-11-22 08:30 UTC"
    for shown in (
        ("handoff", "list"),
        ("handoff", "show", one["id"]),
        ("status", "fabrikam", "--path", "tenants"),
    ):
        assert line in " ".join(fleet.ok(*shown).out.split())
    support.open("616", "attention-needed")
    assert "Support waits for an answer" in fleet.ok("handoff", "follow", one["id"][:5]).out
    support.open("616", "closed")
    told = " ".join(fleet.ok("handoff", "follow").out.split())
    assert "It was attention-needed at 2026-11-23 10:00 UTC." in told
    assert "Support has closed it, and the wish still stood" in told
    assert f"`reconciler handoff filed {one['id']} TICKET`" in told
    assert [h["state"] for h in handoffs(fleet)] == ["filed"]
    assert support.written == []


def test_a_note_goes_into_the_ticket_once_for_each_state(fleet: Desk, support: SupportDesk) -> None:
    support.open("616")
    (one,) = handoffs(fleet)
    assert "A note was put into it" in fleet.ok("handoff", "filed", one["id"], "616", "--note").out
    (note,) = support.written
    assert note.text.startswith(f"[{one['id']} filed] Please go down from 20 to 18 licences")
    assert "Subscription id: sub-1" in note.text
    for _ in range(2):
        (look,) = follow(fleet, "--note")["tickets"]
        assert look["note"] is None
    assert handoffs(fleet)[0]["followed"]["noted"][0]["certain"] is True
    fleet.ok("simulator", "set", "fabrikam.sub-1.licenses=18")
    fleet.apply()
    (look,) = follow(fleet)["tickets"]
    assert (look["state"], look["news"], look["note"]) == ("done", "left-open", None)
    (look,) = follow(fleet, "--note", "--language", "nb")["tickets"]
    assert (look["note"]["state"], look["note"]["end"]) == ("done", "appended")
    assert "saken kan lukkes" in support.written[1].text
    assert follow(fleet, "--note") == {"tickets": [], "suggestions": []}
    assert len({note.request_id for note in support.written}) == len(support.written) == 2
    told = fleet.ok("history", "fabrikam.onmicrosoft.com").out
    assert "ticket 616 (open), with our note of: filed" in told
    assert fleet.run("history", "--verify").code == 0


def test_a_note_that_may_have_been_taken_is_not_sent_again(fleet: Desk, support: SupportDesk) -> None:
    support.open("616")
    (one,) = handoffs(fleet)
    fleet.ok("handoff", "filed", one["id"], "616")

    def lose(note: Note) -> None:
        raise AnswerLost("the connection was cut.")

    support.mood = lose
    (look,) = follow(fleet, "--note", code=1)["tickets"]
    assert (look["note"]["end"], look["note"]["why"]) == ("uncertain", "the connection was cut.")
    support.mood = lambda note: None
    told = fleet.ok("handoff", "follow", "--note").out
    assert "is not known, and no look has shown it since" in told
    assert support.written == []
    there = support.tickets["616"]
    support.tickets["616"] = replace(there, notes=(f"[{one['id']} filed] ...",))
    assert "is not known" not in fleet.ok("handoff", "follow").out
    assert handoffs(fleet)[0]["followed"]["noted"] == [
        {"state": "filed", "at": "2026-11-23T10:00:00Z", "certain": True}
    ]


def test_a_note_that_was_refused_is_sent_again_when_asked_again(fleet: Desk, support: SupportDesk) -> None:
    support.open("616")
    (one,) = handoffs(fleet)
    fleet.ok("handoff", "filed", one["id"], "616")

    def refuse(note: Note) -> None:
        raise Refused("403", "needs a signed-in user")

    support.mood = refuse
    (look,) = follow(fleet, "--note", code=1)["tickets"]
    assert (look["note"]["end"], look["note"]["why"]) == ("refused", "needs a signed-in user")
    assert handoffs(fleet)[0]["followed"]["noted"] == []
    support.mood = lambda note: None
    (look,) = follow(fleet, "--note")["tickets"]
    assert look["note"]["end"] == "appended"


def test_what_is_noted_meanwhile_by_another_run_is_not_noted_twice(fleet: Desk, support: SupportDesk) -> None:
    support.open("616")
    (one,) = handoffs(fleet)
    fleet.ok("handoff", "filed", one["id"], "616")
    nested: list[int] = []

    def meanwhile(note: Note) -> None:
        nested.append(fleet.run("handoff", "follow", "--note").code)

    support.mood = meanwhile
    follow(fleet, "--note")
    assert nested == [0]
    assert len(support.written) == 1


def test_a_ticket_that_can_not_be_read_is_an_error_and_tells_nothing(
    fleet: Desk, support: SupportDesk
) -> None:
    (one,) = handoffs(fleet)
    answer = fleet.run("handoff", "filed", one["id"], "999", "--note")
    assert answer.code == 1
    assert "ticket 999 could not be read: not there (404)" in answer.out
    (look,) = follow(fleet, "--note", code=1)["tickets"]
    assert (look["news"], look["problem"], look["seen"]) == ("unreadable", "not there (404)", None)
    assert handoffs(fleet)[0]["followed"] is None


def test_a_ticket_filed_without_its_number_is_suggested_by_its_title(
    fleet: Desk, support: SupportDesk
) -> None:
    (one,) = handoffs(fleet)
    customer = live("fabrikam")["spec"]["tenantId"]
    assert follow(fleet) == {"tickets": [], "suggestions": []}
    told = " ".join(fleet.ok("handoff", "follow", one["id"]).out.split())
    assert "No ticket of this organisation names it." in told
    mine = Ticket("616", "open", f"[{one['id']}] Please go down", CHANGED_AT, Unknown("a list"))
    support.lists[customer] = (replace(mine, number="1", title="TrialSR"), mine)
    told = " ".join(fleet.ok("handoff", "follow").out.split())
    assert f"`reconciler handoff filed {one['id']} 616`" in told
    (suggestion,) = follow(fleet)["suggestions"]
    assert [ticket["ticket"] for ticket in suggestion["tickets"]] == ["616"]
    assert handoffs(fleet)[0]["ticket"] is None
    support.lists[customer] = Unknown("throttled")
    (suggestion,) = follow(fleet, code=1)["suggestions"]
    assert suggestion["problem"] == "throttled"
    assert set(support.listed) == {customer}


def test_a_request_that_is_over_and_has_no_ticket_can_not_be_followed(
    fleet: Desk, support: SupportDesk
) -> None:
    (one,) = handoffs(fleet)
    fleet.ok("handoff", "close", one["id"], "--reason", "asked by phone")
    answer = fleet.run("handoff", "follow", one["id"])
    assert answer.code == 1
    assert f"Hand-off {one['id']} is withdrawn and has no ticket" in answer.err
