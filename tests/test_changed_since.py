"""``plan --changed-since``: only what this branch changed, in real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml
from cli import ROOT, Desk
from repositories import branch, commit, git, names, push, remote, since
from worlds import live, sub

from reconciler.adapters import files
from reconciler.adapters.git import tree_at, tree_before, wrong_ref
from reconciler.errors import RefUnreadable

SB, SBP, E3 = "office-365-small-business", "office-365-small-business-premium", "office-365-enterprise-e3"
SCHEMA = json.loads((ROOT / "schemas/change-plan.schema.json").read_text(encoding="utf-8"))
FLEET = ("adatum", "contoso", "fabrikam")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Three tenants in sync, on main and on a branch of it."""
    desk.configure(tenants=["tenants"])
    for name in FLEET:
        desk.declare(name, SB, 20)
        desk.live(live(name, sub(id=f"sub-{name}")))
    desk.ok("simulator", "load", "live")
    remote(desk)
    branch(desk)
    return desk


pytestmark = pytest.mark.git


def test_only_the_tenant_whose_file_changed_is_planned_and_the_plan_says_so(fleet: Desk) -> None:
    began = git(fleet.folder, "rev-parse", "HEAD")
    fleet.declare("fabrikam", SBP, 22)
    plan = since(fleet)
    assert names(plan) == ["fabrikam"]
    assert plan["source"]["partial"] is True
    told = plan["source"]["changed_since"]
    assert (told["ref"], told["commit"], told["changed"], told["unchanged"]) == ("origin/main", began, 1, 2)
    text = fleet.ok("plan", "tenants", "--changed-since", "origin/main").out
    assert text.startswith(f"Only what changed since origin/main (commit {began[:12]}): 1 of 3 tenants.")
    jsonschema.Draft202012Validator(SCHEMA).validate(plan)


def test_what_is_committed_and_what_is_not_yet_both_count(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want more")
    fleet.declare("contoso", SBP, 22)
    fleet.declare("litware", SBP, 5)
    assert names(since(fleet)) == ["contoso", "fabrikam", "litware"]


def test_what_others_changed_on_main_meanwhile_is_not_ours(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want more")
    git(fleet.folder, "checkout", "-q", "main")
    fleet.declare("adatum", SBP, 30)
    commit(fleet, "Want other things")
    push(fleet)
    git(fleet.folder, "checkout", "-q", "wish")
    assert names(since(fleet)) == ["fabrikam"]


def test_comments_order_and_another_file_reach_no_tenant(fleet: Desk) -> None:
    file = fleet.folder / "tenants/fabrikam.yaml"
    document = json.loads(file.read_text(encoding="utf-8"))
    text = yaml.safe_dump(dict(reversed(document.items())), sort_keys=False)
    fleet.put("tenants/norway/fabrikam.yaml", f"# Said the other way round.\n{text}")
    file.unlink()
    plan = since(fleet)
    assert names(plan) == []
    moved = {"tenant": "fabrikam", "from": "tenants/fabrikam.yaml", "to": "tenants/norway/fabrikam.yaml"}
    assert plan["source"]["changed_since"]["moved_files"] == [moved]
    told = fleet.ok("plan", "tenants", "--changed-since", "origin/main").out
    assert "0 of 3 tenants" in told
    assert "since origin/main fabrikam is declared in tenants/norway/fabrikam.yaml" in " ".join(told.split())


def test_a_deleted_file_and_a_renamed_tenant_are_said(fleet: Desk) -> None:
    (fleet.folder / "tenants/adatum.yaml").unlink()
    document = fleet.declare("fabrikam", SB, 20)
    document["metadata"] = {"name": "joinery", "moved": {"from": "fabrikam"}}
    fleet.put("tenants/fabrikam.yaml", json.dumps(document))
    plan = since(fleet)
    told = plan["source"]["changed_since"]
    assert told["no_longer_declared"] == ["adatum"]
    assert told["renamed"] == [{"from": "fabrikam", "to": "joinery"}]
    assert names(plan) == []
    text = fleet.ok("plan", "tenants", "--changed-since", "origin/main").out
    assert "  . no longer declared since origin/main: adatum (nothing changes live)" in text
    assert text.count("is now called joinery") + text.count("is called joinery") == 1


def test_while_a_file_is_broken_nobody_is_said_to_be_gone(fleet: Desk) -> None:
    fleet.put("tenants/adatum.yaml", "kind: [\n")
    answer = fleet.run("plan", "tenants", "--changed-since", "origin/main", "--format", "json")
    assert answer.code == 1
    assert answer.json()["source"]["changed_since"]["no_longer_declared"] == []


@pytest.mark.parametrize(
    ("members", "reached"),
    [
        ({"limits": {"maxLicensesAdded": 100}}, list(FLEET)),
        ({"limits": {"maxFleetShrinkPercent": 10}}, []),
        ({"backup": {"maxAgeDays": 7}}, list(FLEET)),
        ({"simulator": {"addsInOrder": False}}, list(FLEET)),
        ({"plan": {"validFor": "2h"}}, []),
    ],
    ids=str,
)
def test_a_change_of_the_configuration_reaches_whom_it_touches(
    fleet: Desk, members: dict[str, object], reached: list[str]
) -> None:
    fleet.configure(tenants=["tenants"], **members)
    assert names(since(fleet)) == reached


def test_a_change_of_the_catalogue_reaches_those_who_want_the_plan(fleet: Desk) -> None:
    text = (ROOT / "reconciler/catalogues/office365-2014.yaml").read_text(encoding="utf-8")
    git(fleet.folder, "checkout", "-q", "main")
    fleet.put("plans/catalogue.yaml", text)
    fleet.configure(tenants=["tenants"], catalogue="plans/catalogue.yaml")
    fleet.declare("contoso", E3, 20)
    commit(fleet, "Keep a catalogue of our own")
    push(fleet)
    branch(fleet, "other")
    assert names(since(fleet)) == []
    document = yaml.safe_load(text)
    (row,) = [p for p in document["spec"]["plans"] if p["key"] == SB]
    row["cap"] = 24
    fleet.put("plans/catalogue.yaml", yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    files._catalogue.cache_clear()
    assert {"adatum", "fabrikam"} <= set(names(since(fleet)))
    fleet.put("plans/catalogue.yaml", "# Only said otherwise.\n" + text)
    files._catalogue.cache_clear()
    assert names(since(fleet)) == []


def test_a_catalogue_that_contradicted_itself_makes_everybody_count(fleet: Desk) -> None:
    text = (ROOT / "reconciler/catalogues/office365-2014.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    document["spec"]["plans"].append(document["spec"]["plans"][0])
    fleet.put("plans.yaml", yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    fleet.configure(tenants=["tenants"], catalogue="plans.yaml")
    commit(fleet, "Say it twice")
    fleet.put("plans.yaml", text)
    files._catalogue.cache_clear()
    plan = since(fleet, ref="HEAD")
    assert names(plan) == list(FLEET)
    assert len(plan["source"]["changed_since"]["unread"]) == 1


def test_a_new_configuration_is_held_against_what_held_before_it(fleet: Desk) -> None:
    git(fleet.folder, "rm", "-q", "reconciler.yaml")
    commit(fleet, "Do without")
    fleet.configure(limits={"maxLicensesAdded": 3})
    plan = since(fleet, "--config", "reconciler.yaml", ref="HEAD")
    assert names(plan) == list(FLEET)


def test_a_file_that_is_broken_there_is_said_and_all_its_tenants_count(fleet: Desk) -> None:
    two = [json.dumps(fleet.declare(name, SB, 20)) for name in ("adatum", "contoso")]
    for name in ("adatum", "contoso"):
        (fleet.folder / f"tenants/{name}.yaml").unlink()
    fleet.put(
        "tenants/two.yaml", "\n---\n".join([two[0], two[1].replace('"licenses": 20', '"licenses": "x"')])
    )
    commit(fleet, "Break it")
    fleet.put("tenants/two.yaml", "\n---\n".join(two))
    plan = since(fleet, ref="HEAD")
    assert names(plan) == ["adatum", "contoso"], "adatum was sound there, but stood beside what was not"
    (unread,) = plan["source"]["changed_since"]["unread"]
    assert unread["file"] == "tenants/two.yaml"
    text = fleet.ok("plan", "tenants", "--changed-since", "HEAD").out
    assert "tenants/two.yaml could not be read at HEAD" in text


def test_a_broken_configuration_there_makes_everybody_count(fleet: Desk) -> None:
    fleet.put("reconciler.yaml", "kind: [\n")
    commit(fleet, "Break it")
    fleet.configure(tenants=["tenants"])
    plan = since(fleet, ref="HEAD")
    assert names(plan) == list(FLEET)
    assert plan["source"]["changed_since"]["unread"][0]["file"].endswith("reconciler.yaml")


def test_it_goes_with_a_selection_and_both_are_said(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 22)
    fleet.declare("contoso", SBP, 22)
    assert names(since(fleet, "--tenant", "contoso")) == ["contoso"]
    assert names(since(fleet, "--tenant", "adatum")) == []
    told = fleet.ok("plan", "tenants", "--changed-since", "origin/main", "--tenant", "contoso").out
    assert "and of that only what was selected" in " ".join(told.split())


def test_a_saved_plan_of_a_part_says_so_when_it_is_shown_and_is_applied(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 22)
    fleet.declare("contoso", SB, 21)
    commit(fleet, "Want more")
    fleet.declare("contoso", SB, 22)
    fleet.ok("plan", "tenants", "--changed-since", "HEAD", "--out", "a.plan.json")
    assert "Only what changed since HEAD" in fleet.ok("show", "a.plan.json").out
    again = fleet.ok("show", "a.plan.json", "--format", "json").json()
    assert again == json.loads((fleet.folder / "a.plan.json").read_text(encoding="utf-8"))
    answer = fleet.run("apply", "--plan", "a.plan.json")
    assert answer.code == 0, answer.both
    assert [call["tenant"] for call in fleet.taken()] == ["contoso"]


def test_a_part_of_a_fleet_that_shrank_too_much_is_refused_too(fleet: Desk) -> None:
    for name in ("litware", "proseware"):
        fleet.declare(name, SB, 20)
        fleet.live(live(name, sub(id=f"sub-{name}")))
    assert fleet.apply().code == 0
    for name in ("adatum", "contoso", "litware"):
        (fleet.folder / f"tenants/{name}.yaml").unlink()
    fleet.declare("fabrikam", SBP, 22)
    answer = fleet.apply("tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "--fleet-size 2" in answer.err
    assert fleet.taken() == []


# Clones, refs and paths that do not tell


def test_a_shallow_clone_says_how_to_bring_the_base(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for subject in ("One", "Two"):
        commit(fleet, subject)
    push(fleet, "wish")
    bare = git(fleet.folder, "remote", "get-url", "origin")
    git(fleet.folder.parent, "clone", "-q", "--depth=1", "-b", "wish", f"file://{bare}", "shallow")
    shallow = Desk(fleet.folder.parent / "shallow")
    monkeypatch.chdir(shallow.folder)
    missing = shallow.run("plan", "tenants", "--changed-since", "origin/main")
    assert missing.code == 1
    assert "no commit origin/main in this clone, which is shallow" in missing.err
    assert "git fetch --depth=100 origin main" in missing.err
    assert "--unshallow" in missing.err
    git(shallow.folder, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    apart = shallow.run("plan", "tenants", "--changed-since", "origin/main")
    assert apart.code == 1
    assert "does not reach back to where origin/main and HEAD part" in apart.err
    git(shallow.folder, "fetch", "-q", "--unshallow", "origin")
    assert names(since(shallow)) == []


def test_histories_with_nothing_in_common_are_an_error(fleet: Desk) -> None:
    git(fleet.folder, "checkout", "-q", "--orphan", "new")
    commit(fleet, "Begin anew")
    answer = fleet.run("plan", "tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "no commit in common" in answer.err


@pytest.mark.parametrize("ref", ["nowhere", "origin/nowhere", "HEAD:tenants", "HEAD~99", "0" * 40])
def test_a_ref_that_names_no_commit_is_an_error_that_names_it(fleet: Desk, ref: str) -> None:
    answer = fleet.run("plan", "tenants", "--changed-since", ref)
    assert answer.code == 1
    assert f"no commit {ref} in this clone. Bring it with `git fetch origin" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=touch ran", "", " ", "a\nb", "a\x1b[2J", "x" * 300])
@pytest.mark.parametrize("option", ["--changed-since", "--policy-from"])
def test_a_word_that_is_no_ref_is_a_usage_error(fleet: Desk, option: str, ref: str) -> None:
    answer = fleet.run("plan", "tenants", f"{option}={ref}")
    assert answer.code == 64
    assert "is not the name of a commit" in answer.err
    assert wrong_ref(ref)
    for ask in (tree_at, tree_before):
        with pytest.raises(RefUnreadable, match="is not the name of a commit"):
            ask(ref, (Path("tenants"),))
    assert not (fleet.folder / "ran").exists()


def test_outside_a_repository_it_is_an_error(desk: Desk) -> None:
    desk.declare("fabrikam", SB, 20)
    answer = desk.run("plan", "tenants", "--changed-since", "main")
    assert answer.code == 1
    assert "is in no git repository" in answer.err


def test_without_the_git_program_it_is_an_error(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fleet.folder))
    answer = fleet.run("plan", "tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "there is no git program here" in answer.err


def test_a_git_that_does_not_answer_is_not_waited_for(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.adapters.git.tree.TIME_LIMIT", 0.2)
    script = fleet.put("bin/git", "#!/bin/sh\nexec tail -f /dev/null\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    answer = fleet.run("plan", "tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "git did not answer within" in answer.err


def test_a_clone_that_lacks_the_files_is_an_error_and_nothing_is_fetched(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.declare("fabrikam", SBP, 22)
    commit(fleet, "Want more")
    push(fleet, "wish")
    bare = git(fleet.folder, "remote", "get-url", "origin")
    git(Path(bare), "config", "uploadpack.allowFilter", "true")
    words = ("clone", "-q", "--filter=blob:none", "-b", "wish", f"file://{bare}", "thin")
    git(fleet.folder.parent, *words)
    thin = Desk(fleet.folder.parent / "thin")
    monkeypatch.chdir(thin.folder)
    answer = thin.run("plan", "tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert "origin/main" in answer.err
    missing = git(thin.folder, "rev-list", "--objects", "--missing=print", "origin/main")
    assert "?" in missing, "what was not here still is not"


def test_the_caller_s_git_settings_lead_nowhere_else(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook runs with GIT_DIR and GIT_INDEX_FILE set; they mean its repository and not ours."""
    monkeypatch.setenv("GIT_DIR", str(fleet.folder / "nowhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "touch ran")
    fleet.declare("fabrikam", SBP, 22)
    assert names(since(fleet)) == ["fabrikam"]


def test_a_repository_s_settings_run_nothing(fleet: Desk) -> None:
    trace = fleet.folder.parent / "ran"
    for key in ("core.sshCommand", "core.pager", "diff.external", "filter.x.smudge", "diff.x.textconv"):
        git(fleet.folder, "config", key, f"touch {trace}; cat")
    git(fleet.folder, "config", "core.fsmonitor", f"touch {trace}; false")
    fleet.put(".gitattributes", "*.yaml filter=x diff=x\n")
    trace.unlink(missing_ok=True)
    fleet.declare("fabrikam", SBP, 22)
    assert names(since(fleet, "--policy-from", "origin/main")) == ["fabrikam"]
    assert not trace.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to somebody else")
def test_a_repository_of_somebody_else_is_read_only_if_the_caller_trusts_it(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fleet.folder.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for path in (fleet.folder, fleet.folder / ".git"):
        os.chown(path, 12345, 12345)
    answer = fleet.run("plan", "tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "dubious ownership" in answer.err
    (home / ".gitconfig").write_text(f"[safe]\n  directory = {fleet.folder}\n", encoding="utf-8")
    assert names(since(fleet)) == []


# Hostile trees


def test_odd_names_are_read_and_shown_harmlessly(fleet: Desk) -> None:
    odd = ("-x", "--help", "a\nb", ":(top)c", "*", "\x1b[2J", 'q"uo\\te', "bl ank")
    for number, file in enumerate(f"{word}.yaml" for word in odd):
        document = fleet.declare(f"odd-{number}", SB, 20)
        (fleet.folder / f"tenants/odd-{number}.yaml").unlink()
        fleet.put(f"tenants/{file}", json.dumps(document))
    commit(fleet, "Odd names")
    assert names(since(fleet, ref="HEAD")) == []
    (fleet.folder / "tenants/a\nb.yaml").unlink()
    (fleet.folder / "tenants/-x.yaml").rename(fleet.folder / "tenants/\nerror: all is well.yaml")
    answer = fleet.ok("plan", "tenants", "--changed-since", "HEAD")
    assert "no longer declared since HEAD: odd-2" in answer.out
    assert "\nerror: all is well" not in answer.out
    assert "\x1b" not in answer.out
    named = fleet.ok("plan", "tenants/--help.yaml", "--changed-since", "HEAD", "--format", "json").json()
    assert named["source"]["changed_since"]["unchanged"] == 1


def test_links_and_submodules_are_not_followed(fleet: Desk, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-secret.yaml"
    outside.write_text(json.dumps(fleet.declare("secret", SB, 20)), encoding="utf-8")
    (fleet.folder / "tenants/secret.yaml").unlink()
    (fleet.folder / "tenants/leads-out.yaml").symlink_to(outside)
    (fleet.folder / "tenants/abroad").symlink_to(outside.parent)
    git(fleet.folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},tenants/module")
    git(fleet.folder, "add", "-A", "tenants/leads-out.yaml", "tenants/abroad")
    git(fleet.folder, "commit", "-q", "-m", "Lead out")
    tree = tree_at("HEAD", (Path("tenants"),))
    assert [blob.path.name for blob in tree.blobs(Path("tenants"))] == [f"{name}.yaml" for name in FLEET]
    assert not tree.has(Path("tenants/leads-out.yaml"))
    assert tree.read(Path("tenants/leads-out.yaml"), 100) is None
    (fleet.folder / "tenants/leads-out.yaml").unlink()
    (fleet.folder / "tenants/abroad").unlink()
    answer = fleet.ok("plan", "tenants", "--changed-since", "HEAD")
    assert "secret" not in answer.both


def test_a_folder_that_became_a_link_out_of_the_repository_is_refused(fleet: Desk, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    (fleet.folder / "tenants").rename(elsewhere)
    (fleet.folder / "tenants").symlink_to(elsewhere)
    answer = fleet.run("plan", "tenants", "--changed-since", "origin/main")
    assert answer.code == 1
    assert "leads out of the git repository" in answer.err
    absolute = fleet.run("plan", elsewhere, "--changed-since", "origin/main")
    assert absolute.code == 1


def test_a_path_outside_of_the_repository_is_refused(fleet: Desk, tmp_path: Path) -> None:
    other = tmp_path.parent / f"{tmp_path.name}-other"
    other.mkdir()
    (other / "a.yaml").write_text("kind: Tenant\n", encoding="utf-8")
    answer = fleet.run("plan", "tenants", other, "--changed-since", "origin/main")
    assert answer.code == 1
    assert "is not in the git repository" in answer.err


def test_a_huge_file_there_is_not_read(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(fleet.declare("contoso", SB, 20))
    fleet.put("tenants/contoso.yaml", text + "\n" * (2 * 1024 * 1024))
    fleet.put("tenants/not-text.yaml", "x")
    (fleet.folder / "tenants/not-text.yaml").write_bytes(b"\xff\xfe\x00")
    commit(fleet, "Huge")
    fleet.put("tenants/contoso.yaml", text)
    (fleet.folder / "tenants/not-text.yaml").unlink()
    asked: list[int] = []
    import reconciler.adapters.git as adapter

    real = adapter.Tree.contents

    def watched(tree: adapter.Tree, blobs: object) -> object:
        some = list(blobs)  # type: ignore[call-overload]
        asked.extend(blob.size for blob in some)
        return real(tree, some)

    monkeypatch.setattr(adapter.Tree, "contents", watched)
    plan = since(fleet, ref="HEAD")
    assert names(plan) == ["contoso"]
    assert max(asked) <= 1024 * 1024
    assert [one["file"] for one in plan["source"]["changed_since"]["unread"]] == [
        "tenants/contoso.yaml",
        "tenants/not-text.yaml",
    ]


def test_many_files_are_read_some_megabytes_at_a_time(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.adapters.git.tree.MOST_AT_ONCE", 300)
    assert names(since(fleet)) == []
    tree = tree_at("HEAD", (Path("tenants"),))
    blobs = tree.blobs(Path("tenants"))
    assert [data for _, data in tree.contents(blobs)] == [blob.path.read_bytes() for blob in blobs]


def test_the_whole_repository_and_a_folder_in_it_can_be_named(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.declare("fabrikam", SBP, 22)
    monkeypatch.chdir(fleet.folder / "tenants")
    assert names(fleet.plan(".", "--changed-since", "origin/main")) == ["fabrikam"]
    assert names(fleet.plan("fabrikam.yaml", "../tenants", "--changed-since", "origin/main")) == ["fabrikam"]
    assert names(fleet.plan(fleet.folder / "tenants", "--changed-since", "origin/main")) == ["fabrikam"]
