"""A mirror of a repository: what it brings, what it survives, what it never does. Real git, on this machine only."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli import ROOT
from git_host import GitHost, serving
from repositories import Origin, allowed, git, git_that, key_of, signed, spoil

from reconciler.adapters.git import Tree
from reconciler.adapters.git.access import Access, Token
from reconciler.adapters.git.mirror import Mirror
from reconciler.adapters.git.signatures import Signers
from reconciler.errors import RefUnreadable, SourceUnreadable
from reconciler.repository import repository

pytestmark = pytest.mark.git
SECRET = "ghp_hunter2hunter2"


@pytest.fixture(autouse=True)
def nobody_s_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "origin")
    made.commit("Begin", tenants__fabrikam="a: 1\n", README="x")
    return made


@pytest.fixture
def host(origin: Origin, tmp_path: Path) -> Iterator[GitHost]:
    with serving(GitHost(tmp_path)) as served:
        yield served


def mirror_of(origin: Origin, folder: str = "sources", **options: float) -> Mirror:
    return Mirror(repository(str(origin.folder)), origin.folder.parent / folder, **options)  # type: ignore[arg-type]


def over(host: GitHost, tmp_path: Path, token: Token | None = None, path: str = "/origin/.git") -> Mirror:
    return Mirror(repository(host.url + path), tmp_path / "sources", Access(token))


def texts(tree: Tree, folder: str = "") -> dict[str, str]:
    return {str(blob.path): data.decode() for blob, data in tree.contents(tree.blobs(Path(folder)))}


def refused(fetch: Callable[[], object]) -> SourceUnreadable:
    with pytest.raises(SourceUnreadable) as caught:
        fetch()
    assert str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


# What it brings


def test_a_branch_is_one_commit_and_its_files_are_named_as_in_the_repository(origin: Origin) -> None:
    mirror = mirror_of(origin)
    commit = mirror.fetch("main")
    assert commit == git(origin.folder, "rev-parse", "HEAD")
    tree = mirror.tree(commit)
    assert texts(tree) == {"README.yaml": "x", "tenants/fabrikam.yaml": "a: 1\n"}
    assert texts(tree, "tenants") == {"tenants/fabrikam.yaml": "a: 1\n"}
    assert tree.read(Path("tenants/fabrikam.yaml"), 100) == b"a: 1\n"
    assert tree.has(Path("tenants/fabrikam.yaml"))
    assert not tree.has(Path("tenants"))
    assert tree.blobs(Path("nowhere")) == ()
    for outside in ("..", "/etc", "tenants/../../x"):
        assert not tree.keeps(Path(outside))
        with pytest.raises(RefUnreadable):
            tree.blobs(Path(outside))


def test_what_was_read_stays_one_commit_while_the_branch_moves_on(origin: Origin) -> None:
    mirror = mirror_of(origin)
    first = mirror.fetch("main")
    tree = mirror.tree(first)
    origin.commit(tenants__fabrikam="a: 2\n")
    second = mirror.fetch("main")
    assert second != first
    assert texts(tree, "tenants") == {"tenants/fabrikam.yaml": "a: 1\n"}
    assert texts(mirror.tree(second), "tenants") == {"tenants/fabrikam.yaml": "a: 2\n"}


def test_nothing_is_checked_out_and_only_the_one_branch_is_fetched(origin: Origin) -> None:
    git(origin.folder, "branch", "wish")
    git(origin.folder, "tag", "v1")
    mirror = mirror_of(origin)
    commit = mirror.fetch("main")
    there = subprocess.run(
        ["git", f"--git-dir={mirror.path}", "for-each-ref", "--format=%(objectname)"],
        capture_output=True,
        text=True,
    )
    assert there.stdout.split() == [commit]
    assert not list(mirror.path.rglob("*.yaml"))
    assert git(mirror.path, "rev-parse", "--is-bare-repository") == "true"
    assert not (mirror.path / "hooks").exists()
    assert mirror.path.stat().st_mode & 0o777 == 0o700


def test_one_commit_is_fetched_first_and_then_all_since(origin: Origin) -> None:
    for number in range(3):
        origin.commit(tenants__fabrikam=f"a: {number}\n")
    mirror = mirror_of(origin)
    mirror.fetch("main")
    assert git(mirror.path, "rev-list", "--count", "--all") == "1"
    for number in range(3, 5):
        origin.commit(tenants__fabrikam=f"a: {number}\n")
    mirror.fetch("main")
    assert git(mirror.path, "rev-list", "--count", "--all") == "3"


@pytest.mark.parametrize("way", ["folder", "file", "http"])
def test_it_comes_from_a_folder_and_over_the_net(
    origin: Origin, tmp_path: Path, host: GitHost, way: str
) -> None:
    url = {"folder": "", "file": "file://"}.get(way)
    mirror = (
        over(host, tmp_path) if url is None else Mirror(repository(f"{url}{origin.folder}"), tmp_path / "m")
    )
    for number in range(2):
        commit = origin.commit(tenants__fabrikam=f"a: {number}\n")
        assert mirror.fetch("main") == commit
        assert texts(mirror.tree(commit), "tenants") == {"tenants/fabrikam.yaml": f"a: {number}\n"}


def test_a_server_that_only_hands_out_files_is_taken_too(
    origin: Origin, tmp_path: Path, host: GitHost
) -> None:
    host.smart = False
    git(origin.folder, "update-server-info")
    assert over(host, tmp_path).fetch("main") == git(origin.folder, "rev-parse", "HEAD")


def test_a_repository_with_longer_ids_is_taken_too(tmp_path: Path) -> None:
    origin = Origin(tmp_path / "long", "--object-format=sha256")
    commit = origin.commit(tenants__fabrikam="a: 1\n")
    assert len(commit) == 64
    assert mirror_of(origin).fetch("main") == commit
    again = mirror_of(origin)
    assert texts(again.tree(again.fetch("main"))) == {"tenants/fabrikam.yaml": "a: 1\n"}


@pytest.mark.parametrize("branch", ["release/2026", "a", "a/b"[:1] + "b/c"])
def test_branches_whose_names_hold_each_other_are_kept_apart(origin: Origin, branch: str) -> None:
    git(origin.folder, "branch", branch)
    mirror = mirror_of(origin)
    mirror.fetch("main")
    assert mirror.fetch(branch) == git(origin.folder, "rev-parse", "main")


# What it refuses


@pytest.mark.parametrize(
    "branch", ["--upload-pack=touch ran", "-x", "", "a b", "main:refs/heads/x", "ma*", "a\nb"]
)
def test_a_branch_that_git_would_take_for_something_else_is_refused(origin: Origin, branch: str) -> None:
    assert refused(lambda: mirror_of(origin).fetch(branch)).code == "BranchMissing"


def test_a_branch_whose_ref_begins_with_a_dash_is_no_option(origin: Origin) -> None:
    git(origin.folder, "update-ref", "refs/heads/--upload-pack=x", "HEAD")
    assert refused(lambda: mirror_of(origin).fetch("--upload-pack=x")).code == "BranchMissing"


def test_a_branch_that_is_not_there_is_told(origin: Origin) -> None:
    told = refused(lambda: mirror_of(origin).fetch("wish"))
    assert told.code == "BranchMissing"
    assert "no branch wish" in str(told)


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    mirror = Mirror(repository(str(tmp_path / "nowhere")), tmp_path / "sources")
    assert refused(lambda: mirror.fetch("main")).code == "RepositoryMissing"


def test_a_host_that_does_not_answer_is_told(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:1/x.git", "https://127.0.0.1:1/x.git"):
        mirror = Mirror(repository(url), tmp_path / "sources")
        told = refused(lambda mirror=mirror: mirror.fetch("main"))  # type: ignore[misc]
        assert told.code == "GitUnreachable"
        assert url in str(told)


def test_without_the_git_program_it_is_told(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(origin.folder))
    assert refused(lambda: mirror_of(origin).fetch("main")).code == "GitMissing"


def test_a_tree_that_git_would_not_make_is_not_taken(origin: Origin) -> None:
    blob = origin.blob(b"a: 1\n")
    for name in (b"..", b".git", b"."):
        origin.rows(f"100644 blob {blob}\t".encode() + name, branch="odd")
        told = refused(lambda: mirror_of(origin).fetch("odd"))
        assert told.code == "CommitUnreadable"
        assert "has" in str(told)


def test_a_fetch_that_brings_too_much_is_left(origin: Origin) -> None:
    (origin.folder / "huge").write_bytes(os.urandom(3_000_000))
    origin.commit("Huge")
    told = refused(lambda: mirror_of(origin, most=1_000_000).fetch("main"))
    assert told.code == "TooLarge"
    assert mirror_of(origin).fetch("main")


def test_many_small_files_are_together_too_much_as_well(origin: Origin) -> None:
    for number in range(60):
        (origin.folder / f"{number}").write_bytes(os.urandom(50_000))
    origin.commit("Many")
    assert refused(lambda: mirror_of(origin, most=1_000_000).fetch("main")).code == "TooLarge"


# Odd and hostile trees


def test_links_and_submodules_are_told_apart_and_not_followed(origin: Origin) -> None:
    (origin.folder / "tenants/out.yaml").symlink_to("/etc/passwd")
    (origin.folder / "tenants/abroad").symlink_to("/etc")
    git(origin.folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},tenants/module")
    git(origin.folder, "add", "tenants/out.yaml", "tenants/abroad")
    git(origin.folder, "commit", "-q", "-m", "Lead out")
    mirror = mirror_of(origin)
    listed = mirror.tree(mirror.fetch("main")).listing(Path("tenants"))
    assert [str(blob.path) for blob in listed.files] == ["tenants/fabrikam.yaml"]
    assert [str(blob.path) for blob in listed.links] == ["tenants/abroad", "tenants/out.yaml"]
    assert [str(path) for path in listed.submodules] == ["tenants/module"]


def test_odd_names_are_names(origin: Origin) -> None:
    blob = origin.blob(b"a: 1\n")
    odd = [b"-x.yaml", b"a\nb.yaml", b":(top)c.yaml", b"*.yaml", b"\x1b[2J.yaml", b"\xff\xfe.yaml"]
    commit = origin.rows(*sorted(f"100644 blob {blob}\t".encode() + name for name in odd))
    mirror = mirror_of(origin)
    tree = mirror.tree(mirror.fetch("main"))
    assert tree.commit == commit
    assert {os.fsencode(blob.path) for blob in tree.blobs(Path())} == set(odd)


def test_twenty_thousand_files_are_read(origin: Origin) -> None:
    blobs = [origin.blob(f"a: {n}\n".encode()) for n in range(3)]
    folder = [f"100644 blob {blobs[n % 3]}\t{n:05}.yaml".encode() for n in range(20_000)]
    origin.rows(*folder)
    mirror = mirror_of(origin)
    found = texts(mirror.tree(mirror.fetch("main")))
    assert len(found) == 20_000
    assert found["00004.yaml"] == "a: 1\n"


def test_trees_that_hold_each_other_without_end_are_left(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.adapters.git.tree.MOST_LISTED", 1_000_000)
    row, kind = origin.blob(b"a: 1\n"), "100644 blob"
    for _ in range(9):
        rows = [f"{kind} {row}\t{n}.yaml".encode() for n in range(10)]
        commit = origin.rows(*rows)
        row, kind = git(origin.folder, "rev-parse", f"{commit}^{{tree}}"), "040000 tree"
    mirror = mirror_of(origin)
    tree = mirror.tree(mirror.fetch("main"))
    with pytest.raises(RefUnreadable, match="lists more than"):
        tree.blobs(Path())


def test_of_a_huge_file_only_the_size_is_read(origin: Origin) -> None:
    (origin.folder / "tenants/huge.yaml").write_bytes(b"#" * 3_000_000)
    origin.commit("Huge")
    mirror = mirror_of(origin)
    assert mirror.tree(mirror.fetch("main")).read(Path("tenants/huge.yaml"), 1_000) == 3_000_000


# What it survives


def test_a_git_that_does_not_end_is_ended_with_all_it_started(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    git_that(tmp_path, monkeypatch, f"tail -f /dev/null & echo $! >{pid}; wait")
    told = refused(lambda: mirror_of(origin, limit=0.5).fetch("main"))
    assert told.code == "GitTimeout"
    assert ended(int(pid.read_text()))
    monkeypatch.setenv("PATH", os.environ["PATH"].partition(":")[2])
    assert mirror_of(origin).fetch("main")


def ended(pid: int) -> bool:
    """Whether a process ends soon; nobody may have asked it how."""
    for _ in range(1_000_000):
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        os.sched_yield()
    return False


def test_what_a_killed_fetch_left_behind_is_cleared_away(origin: Origin) -> None:
    mirror = mirror_of(origin)
    first = mirror.fetch("main")
    (ref,) = (mirror.path / "refs/fetched").iterdir()
    left = [
        ref.with_name(ref.name + ".lock"),
        *(mirror.path / name for name in ("shallow.lock", "packed-refs.lock", "config.lock", "gc.pid")),
        mirror.path / "objects/pack/tmp_pack_x",
    ]
    for file in left:
        file.write_text("half", encoding="utf-8")
    (mirror.path / "objects/incoming-x").mkdir()
    second = origin.commit(tenants__fabrikam="a: 2\n")
    again = mirror_of(origin)
    assert again.fetch("main") == second != first
    assert not [file for file in left if file.exists()]
    assert not (mirror.path / "objects/incoming-x").exists()


def test_half_a_mirror_is_made_whole(origin: Origin) -> None:
    for wrong in ("nothing", "half", "file"):
        mirror = mirror_of(origin, wrong)
        mirror.path.parent.mkdir()
        if wrong == "file":
            mirror.path.write_text("x", encoding="utf-8")
        elif wrong == "half":
            (mirror.path / "objects").mkdir(parents=True)
            (mirror.path / "HEAD").write_text("", encoding="utf-8")
        assert mirror.fetch("main") == git(origin.folder, "rev-parse", "HEAD")


@pytest.mark.parametrize("what", ["pack", "idx", "HEAD", "config", "shallow"])
@pytest.mark.parametrize("moved", [True, False])
def test_a_mirror_that_is_broken_is_made_anew(origin: Origin, what: str, moved: bool) -> None:
    mirror = mirror_of(origin)
    mirror.fetch("main")
    origin.commit(tenants__fabrikam="a: 2\n")
    mirror.fetch("main")
    spoil(mirror.path, what)
    if moved:
        origin.commit(tenants__fabrikam="a: 3\n")
    again = mirror_of(origin)
    wanted = {"tenants/fabrikam.yaml": f"a: {3 if moved else 2}\n"}
    commit = again.fetch("main")
    try:
        found = texts(again.tree(commit), "tenants")
    except RefUnreadable:
        # Nothing new came, so nobody looked; whoever reads asks for it to be made anew.
        found = texts(again.tree(again.renew("main")), "tenants")
    assert found == wanted
    assert sorted(p.suffix for p in again.path.parent.iterdir()) == [".git", ".lock"]


def test_a_broken_mirror_stays_until_another_one_is_whole(origin: Origin) -> None:
    mirror = mirror_of(origin)
    mirror.fetch("main")
    origin.folder.rename(origin.folder.with_name("away"))
    spoil(mirror.path, "HEAD")
    assert refused(lambda: mirror.renew("main")).code == "RepositoryMissing"
    assert mirror.path.is_dir()
    assert not mirror.path.with_suffix(".new").exists()
    origin.folder.with_name("away").rename(origin.folder)
    assert mirror.fetch("main")


def test_a_full_disk_is_told(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says = "error: unable to write file: No space left on device"
    git_that(tmp_path, monkeypatch, f"echo '{says}' >&2; echo 'fatal: index-pack failed' >&2; exit 128")
    assert refused(lambda: mirror_of(origin).fetch("main")).code == "DiskFull"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    assert refused(lambda: mirror_of(origin, "other").fetch("main")).code == "DiskFull"


def test_two_processes_do_not_work_on_one_mirror(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while git fetches: git goes on, and holds the mirror until it ends."""
    mirror_of(origin).fetch("main")
    monkeypatch.setattr("reconciler.adapters.git.mirror.PATIENCE", 0.0)
    pipe, never = tmp_path / "pipe", tmp_path / "never"
    os.mkfifo(pipe)
    os.mkfifo(never)
    script = git_that(tmp_path, monkeypatch, f"echo $$ >{pipe}; exec cat <>{never}")
    code = (
        "import sys; from pathlib import Path\n"
        "from reconciler.adapters.git.mirror import Mirror\nfrom reconciler.repository import repository\n"
        "Mirror(repository(sys.argv[1]), Path(sys.argv[2])).fetch('main')\n"
    )
    words = [sys.executable, "-c", code, str(origin.folder), str(origin.folder.parent / "sources")]
    child = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)})
    group = int(pipe.read_text(encoding="utf-8"))
    try:
        assert refused(lambda: mirror_of(origin).fetch("main")).code == "MirrorBusy"
        child.kill()
        child.wait()
        assert refused(lambda: mirror_of(origin).fetch("main")).code == "MirrorBusy"
    finally:
        child.kill()
        child.wait()
        os.killpg(group, signal.SIGKILL)
    script.unlink()
    assert ended(group)
    monkeypatch.undo()
    assert mirror_of(origin).fetch("main") == git(origin.folder, "rev-parse", "HEAD")


# What it knows of the past


def test_it_can_tell_whether_a_commit_descends_from_the_last(origin: Origin) -> None:
    mirror = mirror_of(origin)
    first = mirror.fetch("main")
    second = origin.commit(tenants__fabrikam="a: 2\n")
    third = origin.commit(tenants__fabrikam="a: 3\n")
    assert mirror.fetch("main") == third
    assert mirror.descends("main", third, first)
    assert mirror.descends("main", third, second)
    git(origin.folder, "commit", "-q", "--amend", "-m", "Rewritten")
    fourth = mirror.fetch("main")
    assert not mirror.descends("main", fourth, third)
    assert mirror.descends("main", fourth, second)
    git(origin.folder, "reset", "-q", "--hard", first)
    assert mirror.fetch("main") == first
    assert not mirror.descends("main", first, third)
    assert not mirror.descends("main", first, "0" * 40)


def test_older_history_is_fetched_only_where_nothing_else_tells(origin: Origin) -> None:
    first = mirror_of(origin).fetch("main")
    for number in range(3):
        origin.commit(tenants__fabrikam=f"a: {number}\n")
    fresh = mirror_of(origin, "fresh")
    last = fresh.fetch("main")
    assert git(fresh.path, "rev-list", "--count", "--all") == "1"
    assert fresh.descends("main", last, first)
    assert git(fresh.path, "rev-list", "--count", "--all") == "4"


def test_the_last_commit_taken_is_kept_whatever_comes(origin: Origin) -> None:
    mirror = mirror_of(origin)
    assert mirror.kept("main") is None
    first = mirror.fetch("main")
    assert mirror.kept("main") is None
    mirror.keep("main", first)
    git(origin.folder, "commit", "-q", "--amend", "-m", "Rewritten")
    mirror.fetch("main")
    git(mirror.path, "gc", "-q", "--prune=now")
    again = mirror_of(origin)
    assert again.kept("main") == first
    assert texts(again.tree(first), "tenants") == {"tenants/fabrikam.yaml": "a: 1\n"}
    assert again.kept("wish") is None


# What it never does


def test_nothing_that_the_repository_or_the_caller_has_configured_is_run(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "ran"
    run = f"touch {trace}; false"
    home = tmp_path / "home"
    (home / ".gitconfig").write_text(
        f'[core]\n\tsshCommand = "{run}"\n\tfsmonitor = "{run}"\n\thooksPath = {tmp_path}\n'
        f"\taskPass = {tmp_path}/hook\n"
        f'[credential]\n\thelper = "!{run}"\n[url "ext::{run} "]\n\tinsteadOf = {origin.folder}\n'
        f'[uploadpack]\n\tpackObjectsHook = "{run}"\n',
        encoding="utf-8",
    )
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {trace}\n", encoding="utf-8")
    hook.chmod(0o755)
    for name in ("reference-transaction", "post-checkout", "pre-auto-gc"):
        shutil.copy(hook, tmp_path / name)
        shutil.copy(hook, origin.folder / ".git/hooks" / name)
    for name in (
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "GIT_PROXY_COMMAND",
    ):
        monkeypatch.setenv(name, str(hook))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", run)
    mirror = mirror_of(origin)
    commit = mirror.fetch("main")
    mirror.keep("main", commit)
    assert texts(mirror.tree(commit), "tenants")
    assert not trace.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to somebody else")
def test_a_folder_of_somebody_else_s_is_read_only_if_the_caller_trusts_it(
    origin: Origin, tmp_path: Path
) -> None:
    for path in (origin.folder, origin.folder / ".git"):
        os.chown(path, 12345, 12345)
    told = refused(lambda: mirror_of(origin).fetch("main"))
    assert told.code == "AccessDenied"
    assert "safe.directory" in str(told)
    (tmp_path / "home/.gitconfig").write_text(
        f"[safe]\n\tdirectory = {origin.folder}/.git\n[core]\n\tsshCommand = nothing\n", encoding="utf-8"
    )
    assert mirror_of(origin).fetch("main")


# Secrets


def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Notes the arguments and the environment of every git, those that git starts too."""
    seen = tmp_path / "seen"
    git_that(tmp_path, monkeypatch, "true")
    script = tmp_path / "bin/git"
    text = script.read_text(encoding="utf-8").replace(
        "#!/bin/sh\n", f'#!/bin/sh\necho "$@" >>{seen}; env >>{seen}\n'
    )
    script.write_text(text, encoding="utf-8")
    return seen


def test_a_token_reaches_the_host_and_nothing_else(
    origin: Origin, tmp_path: Path, host: GitHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.token = SECRET
    seen = watched(tmp_path, monkeypatch)
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    for number, token in enumerate((Token(file=file), Token(variable="FLEET_TOKEN"))):
        mirror = over(host, tmp_path, token)
        commit = origin.commit(tenants__fabrikam=f"a: {number}\n")
        assert mirror.fetch("main") == commit
        assert texts(mirror.tree(commit), "tenants") == {"tenants/fabrikam.yaml": f"a: {number}\n"}
    assert host.shown[0] is None
    assert host.shown[-1]
    monkeypatch.delenv("FLEET_TOKEN")
    assert SECRET not in seen.read_text(encoding="utf-8").replace(f"FLEET_TOKEN={SECRET}", "")
    kept = (p for p in (tmp_path / "sources").rglob("*") if p.is_file())
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]


def test_git_that_fetches_is_given_none_of_the_caller_s_secrets(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watched(tmp_path, monkeypatch)
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    mirror_of(origin).fetch("main")
    assert SECRET not in seen.read_text(encoding="utf-8")


def test_a_token_that_is_not_right_is_told_and_not_shown(
    tmp_path: Path, host: GitHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.token = "another"
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    told = refused(lambda: over(host, tmp_path, Token(variable="FLEET_TOKEN")).fetch("main"))
    assert told.code == "AccessDenied"
    assert "source.token" in str(told)
    assert refused(lambda: over(host, tmp_path).fetch("main")).code == "AccessDenied"


@pytest.mark.parametrize("text", ["", "\n", "two\nlines", "x" * 20_000, "\x1b[2J"])
def test_a_token_that_can_be_none_is_told(tmp_path: Path, host: GitHost, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    told = refused(lambda: over(host, tmp_path, Token(file=file)).fetch("main"))
    assert (told.code, host.shown) == ("CredentialUnreadable", [])


def test_a_token_that_is_not_there_is_told(tmp_path: Path, host: GitHost) -> None:
    for token in (Token(file=tmp_path / "nowhere"), Token(variable="NO_SUCH_VARIABLE")):
        told = refused(lambda token=token: over(host, tmp_path, token).fetch("main"))  # type: ignore[misc]
        assert told.code == "CredentialUnreadable"
        assert "nowhere" in str(told) or "NO_SUCH_VARIABLE" in str(told)


def test_a_token_is_not_shown_to_the_host_a_request_is_sent_on_to(
    origin: Origin, tmp_path: Path, host: GitHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    host.token = SECRET
    with serving(GitHost(tmp_path, leads_to=host.url)) as first:
        told = refused(lambda: over(first, tmp_path, Token(variable="FLEET_TOKEN")).fetch("main"))
        assert told.code == "Redirected"
        assert host.shown == []
        host.token = None
        assert over(first, tmp_path).fetch("main") == git(origin.folder, "rev-parse", "HEAD")


def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> Path:
    """An ssh that notes its words, and then does something."""
    seen = tmp_path / "ssh-words"
    script = tmp_path / "bin" / "ssh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nfor word; do echo "$word" >>{seen}; done\n{then}\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return seen


def test_a_key_is_named_to_ssh_and_nothing_else_is_trusted(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = f'for last; do :; done; eval "git upload-pack {origin.folder}"'
    seen = ssh(tmp_path, monkeypatch, run)
    key, known = tmp_path / "key 100%", tmp_path / "known hosts"
    for file in (key, known):
        file.write_text(SECRET, encoding="utf-8")
    mirror = Mirror(
        repository("git@git.example:fleet.git"), tmp_path / "sources", Access(None, "", key, known)
    )
    assert mirror.fetch("main") == git(origin.folder, "rev-parse", "HEAD")
    words = seen.read_text(encoding="utf-8").splitlines()
    assert words[:4] == ["-F", "/dev/null", "-i", f"{tmp_path}/key 100%%"]
    options = {words[n + 1] for n, word in enumerate(words) if word == "-o"}
    assert options >= {"IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes"}
    assert options >= {f'UserKnownHostsFile="{tmp_path}/known hosts"', "GlobalKnownHostsFile=/dev/null"}
    assert "git@git.example" in words
    assert SECRET not in seen.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("git@git.example: Permission denied (publickey).", "AccessDenied"),
        ("Host key verification failed.", "HostKeyUnknown"),
        (
            "No ED25519 host key is known for git.example and you have requested strict checking.",
            "HostKeyUnknown",
        ),
        ("ssh: connect to host git.example port 22: Connection refused", "GitUnreachable"),
        ("ssh: Could not resolve hostname git.example: Name or service not known", "GitUnreachable"),
        ("ERROR: Repository not found.", "RepositoryMissing"),
    ],
)
def test_what_ssh_complains_of_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, code: str
) -> None:
    ssh(tmp_path, monkeypatch, f"echo '{says}' >&2; exit 255")
    told = refused(
        lambda: Mirror(repository("git@git.example:fleet.git"), tmp_path / "sources").fetch("main")
    )
    assert told.code == code
    assert "git@git.example:fleet.git" in str(told)


def test_a_key_that_is_not_there_is_told_before_anybody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = ssh(tmp_path, monkeypatch, "exit 255")
    for access in (Access(ssh_key=tmp_path / "nowhere"), Access(known_hosts=tmp_path / "nowhere")):
        mirror = Mirror(repository("git@git.example:fleet.git"), tmp_path / "sources", access)
        assert refused(lambda mirror=mirror: mirror.fetch("main")).code == "CredentialUnreadable"  # type: ignore[misc]
    assert not seen.exists()


def test_a_password_that_git_repeats_is_covered(
    tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = f"fatal: unable to access https://ola:{SECRET}@git.example/x: no"
    git_that(tmp_path, monkeypatch, f"echo '{says}' >&2; exit 128")
    assert "***@git.example" in str(refused(lambda: mirror_of(origin).fetch("main")))


# Signatures


needs_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="there is no gpg")


@needs_keygen
def test_a_commit_of_an_allowed_signer_is_taken_and_no_other(origin: Origin, tmp_path: Path) -> None:
    ours, other = key_of(tmp_path, "ours"), key_of(tmp_path, "other")
    signers = Signers(allowed=allowed(tmp_path, ours))
    mirror = mirror_of(origin)
    unsigned = mirror.fetch("main")
    told = refused(lambda: mirror.verify(unsigned, signers))
    assert (told.code, told.commit) == ("SignatureInvalid", unsigned)
    assert f"Commit {unsigned[:12]} is not signed" in str(told)
    good = signed(origin, ours)
    assert mirror.fetch("main") == good
    mirror.verify(good, signers)
    foreign = signed(origin, other)
    told = refused(lambda: mirror.verify(mirror.fetch("main"), signers))
    assert (told.code, told.commit) == ("SignatureInvalid", foreign)
    assert "does not count" in str(told)


@needs_keygen
def test_a_commit_that_was_changed_after_it_was_signed_is_not_taken(origin: Origin, tmp_path: Path) -> None:
    ours = key_of(tmp_path, "ours")
    good = signed(origin, ours)
    raw = subprocess.run(
        ["git", "cat-file", "commit", good], cwd=origin.folder, capture_output=True, check=True
    ).stdout
    forged = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=origin.folder,
        input=raw.replace(b"\n\nSigned", b"\n\nForged"),
        capture_output=True,
        check=True,
    ).stdout.decode()
    git(origin.folder, "update-ref", "refs/heads/main", forged.strip())
    mirror = mirror_of(origin)
    told = refused(lambda: mirror.verify(mirror.fetch("main"), Signers(allowed=allowed(tmp_path, ours))))
    assert told.code == "SignatureInvalid"


def keyring(folder: Path, name: str) -> Path:
    """A folder with a key of its own and its owner's; short, since gpg puts a socket into it."""
    home = folder / name
    home.mkdir(mode=0o700)
    words = [
        "--batch",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
        "--quick-gen-key",
        f"{name} <ola@fabrikam.example>",
    ]
    subprocess.run(
        ["gpg", "--homedir", str(home), *words, "ed25519", "sign"], check=True, capture_output=True
    )
    return home


@pytest.fixture
def short_folder() -> Iterator[Path]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)
        for home in Path(name).iterdir():
            subprocess.run(
                ["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True
            )


@needs_gpg
@needs_keygen
def test_a_key_of_the_keyring_counts_and_nothing_that_others_trust(
    origin: Origin, tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = keyring(short_folder, "ours"), keyring(short_folder, "other")
    monkeypatch.setenv("GNUPGHOME", str(ours))
    git(origin.folder, "config", "user.signingKey", "ola@fabrikam.example")
    good = origin.commit("Signed", "-S")
    mirror = mirror_of(origin)
    assert mirror.fetch("main") == good
    mirror.verify(good, Signers(gpg_home=ours))
    told = refused(lambda: mirror.verify(good, Signers(gpg_home=other)))
    assert told.code == "SignatureInvalid"
    # The account's own keyring trusts it; what was asked for are ssh signatures.
    key = key_of(tmp_path, "key")
    told = refused(lambda: mirror.verify(good, Signers(allowed=allowed(tmp_path, key))))
    assert told.code == "SignatureInvalid"
    by_ssh = signed(origin, key)
    assert refused(lambda: mirror.verify(mirror.fetch("main"), Signers(gpg_home=ours))).commit == by_ssh


def test_where_nobody_can_tell_who_may_sign_nothing_is_taken(origin: Origin, tmp_path: Path) -> None:
    mirror = mirror_of(origin)
    commit = mirror.fetch("main")
    for signers in (Signers(allowed=tmp_path / "nowhere"), Signers(gpg_home=tmp_path / "nowhere")):
        assert refused(lambda signers=signers: mirror.verify(commit, signers)).code == "SignersUnreadable"  # type: ignore[misc]


def test_nothing_in_these_tests_was_told_as_it_is_in_code(origin: Origin) -> None:
    """Sentences are for people: none of them is a representation of something."""
    told = str(refused(lambda: mirror_of(origin).fetch("wish")))
    assert json.dumps(told).count("\\n") == 0
