"""``resolve`` against a service that can be asked for the very request: its answer outweighs a person's word."""

from __future__ import annotations

import json
import re

import pytest
from cli import Desk
from test_cli_commands import assert_valid
from worlds import live, sub

SB, SBP = "office-365-small-business", "office-365-small-business-premium"
DOMAIN = "fabrikam.onmicrosoft.com"


def lose(desk: Desk, kind: str) -> None:
    """Order a switch whose fate is not known; afterwards the service can be asked again, and shows nothing yet."""
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    desk.live(live("fabrikam", sub(id="sub-f")))
    desk.ok("simulator", "load", "live")
    desk.ok("simulator", "fault", "fabrikam", kind)
    desk.ok("simulator", "fault", "fabrikam", "late-visibility", "--option", "minutes=600")
    desk.ok("simulator", "fault", "fabrikam", "error", "--always", "--option", "on=inquire")
    assert desk.apply().code == 1
    desk.ok("simulator", "fault", "fabrikam", "error", "--clear")


@pytest.mark.parametrize(
    ("kind", "said", "wrong", "right"),
    [
        ("lost-after", "says that it took this request", ("not-taken",), "started"),
        ("lost-before", "says that it never took this request", ("done", "started", "failed"), "not-taken"),
    ],
)
def test_nobody_settles_the_opposite_of_what_the_service_answers(
    desk: Desk, kind: str, said: str, wrong: tuple[str, ...], right: str
) -> None:
    lose(desk, kind)
    assert said in desk.ok("resolve", DOMAIN).out
    looked = desk.ok("resolve", DOMAIN, "--format", "json").json()
    assert_valid("resolve", looked)
    (write,) = looked["writes"]
    assert (write["shown"], write["taken"], write["settled"]) == ("nothing", kind == "lost-after", None)
    for word in wrong:
        answer = desk.run("resolve", DOMAIN, "--as", word, "--evidence", "I believe so")
        assert answer.code == 1
        assert said in answer.err
        assert "is settled" not in answer.both
    words = ("--as", right, "--evidence", "ticket 7", "--format", "json")
    settled = desk.ok("resolve", DOMAIN, *words).json()
    assert_valid("resolve", settled)
    assert [w["settled"] for w in settled["writes"]] == [right]


def test_a_mistyped_tenant_is_not_told_that_nothing_waits(desk: Desk) -> None:
    lose(desk, "lost-after")
    answer = desk.run("resolve", "fabrikan")
    assert (answer.code, answer.out) == (1, "")
    assert "No tenant of the service answers to fabrikan now" in answer.err


def test_the_way_to_settle_works_as_the_outcome_writes_it_wherever_the_files_are(desk: Desk) -> None:
    """No configuration says which files there are, so only the domain leads to the tenant."""
    desk.put("elsewhere/fabrikam.yaml", json.dumps(desk.declare("fabrikam", SBP, 22)))
    (desk.folder / "tenants/fabrikam.yaml").unlink()
    (desk.folder / "tenants").rmdir()
    desk.configure()
    desk.live(live("fabrikam", sub(id="sub-f")))
    desk.ok("simulator", "load", "live")
    desk.ok("simulator", "fault", "fabrikam", "lost-after")
    desk.ok("simulator", "fault", "fabrikam", "error", "--always", "--option", "on=inquire")
    desk.ok("simulator", "fault", "fabrikam", "late-visibility", "--option", "minutes=600")
    told = " ".join(desk.apply("elsewhere").out.split())
    (command,) = set(re.findall(r"`reconciler (resolve [^`]+)`", told))
    assert "main: switch to" in desk.ok(*command.split()).out
    assert ".. " not in told
