"""A pull request from the edit to the last word: a bare remote, a branch, an approval, a merge, and exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import Answer, Desk
from repositories import branch, commit, git, names, push, remote, since
from worlds import live, sub

SB, SBP, E3 = "office-365-small-business", "office-365-small-business-premium", "office-365-enterprise-e3"
PROTECTED = ("--policy-from", "origin/main")
pytestmark = pytest.mark.git


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    desk.configure(tenants=["tenants"])
    for name in ("adatum", "contoso", "fabrikam"):
        desk.declare(name, SB, 20)
        desk.live(live(name, sub(id=f"sub-{name}")))
    desk.ok("simulator", "load", "live")
    remote(desk)
    return desk


def approved(desk: Desk) -> str:
    """The digest of what the branch would do, as a reviewer reads it."""
    digest: str = since(desk, *PROTECTED)["digest"]
    return digest


def merge(desk: Desk) -> None:
    git(desk.folder, "checkout", "-q", "main")
    git(desk.folder, "merge", "-q", "--no-ff", "-m", "Merge the wish", "wish")
    push(desk)


def apply_merged(desk: Desk, digest: str) -> Answer:
    """What CI does on main: what changed since before the merge, and only as it was approved."""
    words = ("apply", "tenants", "--changed-since", "HEAD^1", *PROTECTED, "--approved-digest", digest)
    return desk.run(*words)


def test_from_the_branch_to_the_service_and_never_twice(fleet: Desk) -> None:
    branch(fleet)
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want Premium for Fabrikam")
    push(fleet, "wish")
    plan = since(fleet, *PROTECTED)
    assert names(plan) == ["fabrikam"]
    assert plan["summary"]["switch"] == 1
    first = plan["digest"]
    comment = ("--changed-since", "origin/main", *PROTECTED, "--output", "markdown=comment.md")
    fleet.ok("plan", "tenants", *comment)
    told = Path("comment.md").read_text(encoding="utf-8")
    assert told.startswith("<!-- reconciler:plan -->\n")
    for words in (first, "fabrikam", "Only what changed since origin/main", "1 to switch"):
        assert words in told, told

    # Somebody changes the live state between the approval and the merge.
    fleet.ok("simulator", "set", "fabrikam.sub-fabrikam.assigned=17")
    merge(fleet)
    refused = apply_merged(fleet, first)
    assert refused.code == 1
    assert first in refused.err
    assert fleet.asked() == []

    # Planned, read and approved again: exactly that happens.
    second = since(fleet, *PROTECTED, ref="HEAD^1")["digest"]
    assert second != first
    done = apply_merged(fleet, second)
    assert done.code == 0, done.both
    (order,) = fleet.taken()
    assert order["tenant"] == "fabrikam"
    assert (order["before"], order["after"]) == ({"plan": SB, "licenses": 20}, {"plan": SBP, "licenses": 22})
    commit_told = fleet.ok("history", "fabrikam", "--format", "json").json()["events"][0]["commit"]
    assert commit_told == git(fleet.folder, "rev-parse", "HEAD")

    again = apply_merged(fleet, second)
    assert again.code == 1
    assert f"The digest {second} was used on" in again.err
    assert len(fleet.asked()) == 1


def test_a_rebase_a_squash_and_a_merge_that_change_nothing_keep_the_approval(fleet: Desk) -> None:
    branch(fleet)
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want Premium")
    fleet.put("README.md", "About the fleet.\n")
    commit(fleet, "Tell about it")
    digest = approved(fleet)
    git(fleet.folder, "checkout", "-q", "main")
    fleet.declare("contoso", SB, 21)
    commit(fleet, "Want something for somebody else")
    push(fleet)
    git(fleet.folder, "checkout", "-q", "wish")
    git(fleet.folder, "rebase", "-q", "origin/main")
    assert approved(fleet) == digest
    git(fleet.folder, "reset", "-q", "--soft", "origin/main")
    commit(fleet, "Want Premium, in one commit")
    assert approved(fleet) == digest
    text = (fleet.folder / "tenants/fabrikam.yaml").read_text(encoding="utf-8")
    fleet.put("tenants/joinery.yaml", f"# The joinery.\n{text}")
    (fleet.folder / "tenants/fabrikam.yaml").unlink()
    commit(fleet, "Name the file otherwise")
    assert approved(fleet) == digest
    merge(fleet)
    assert apply_merged(fleet, digest).code == 0
    assert [call["tenant"] for call in fleet.taken()] == ["fabrikam"]


def test_one_more_commit_after_the_approval_is_not_approved(fleet: Desk) -> None:
    branch(fleet)
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want Premium")
    digest = approved(fleet)
    fleet.declare("contoso", SB, 25)
    commit(fleet, "And something nobody read")
    merge(fleet)
    assert apply_merged(fleet, digest).code == 1
    assert fleet.asked() == []


def test_a_plan_from_snapshots_of_a_fork_has_the_digest_that_is_approved(fleet: Desk) -> None:
    branch(fleet)
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want Premium")
    digest = since(fleet, *PROTECTED, "--live", "live")["digest"]
    assert digest == approved(fleet)
    merge(fleet)
    assert apply_merged(fleet, digest).code == 0


def test_an_approval_does_not_outlive_a_stop(fleet: Desk) -> None:
    branch(fleet)
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want Premium")
    digest = approved(fleet)
    merge(fleet)
    fleet.ok("stop", "--reason", "audit", "--owner", "kari")
    assert apply_merged(fleet, digest).code == 0
    assert fleet.asked() == []
    fleet.ok("stop", "--lift")
    assert apply_merged(fleet, digest).code == 0
    assert len(fleet.taken()) == 1
