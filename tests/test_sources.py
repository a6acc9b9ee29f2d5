"""Folders and repositories as the loop looks at them: each look is a fleet or a reason, and what held goes on."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cli import ROOT, Desk
from repositories import Origin, allowed, git, git_that, key_of, signed, spoil
from tenant_texts import BROKEN, FOUR, doc, one_each

from reconciler.adapters import files
from reconciler.adapters.files import SourceConfig
from reconciler.adapters.git.mirror import MOST_FETCHED, Mirror
from reconciler.adapters.git.signatures import Signers
from reconciler.adapters.git.tree import MOST_LISTED
from reconciler.cli.commit_files import MOST_READ
from reconciler.cli.sources import FolderSource, GitSource, Source, build_source
from reconciler.cli.world import build_setting
from reconciler.desired import MAX_TEXT
from reconciler.errors import ReconcilerError, RefUnreadable
from reconciler.limits import Limits
from reconciler.repository import repository
from reconciler.source import Held, Snapshot, Trouble, changed, not_taken, taken

READER = files.reader_of(files.load_catalogue("office365-2014"))
LIMITS = Limits()


def seen(source: Source) -> Snapshot:
    found = source.look()
    assert isinstance(found, Snapshot), found
    return found


def trouble(source: Source) -> Trouble:
    found = source.look()
    assert isinstance(found, Trouble), found
    assert found.message
    return found


def names(snapshot: Snapshot) -> list[str]:
    return sorted(d.name for d in snapshot.fleet.declarations)


class Watcher:
    """What the loop does with a source, and nothing else of the loop."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.held: Held | None = None

    def look(self) -> tuple[Held, frozenset[str]]:
        found = self.source.look()
        before = self.held
        self.held = (
            not_taken(before, found)
            if isinstance(found, Trouble)
            else taken(before, found, LIMITS, before.size if before else None)
        )
        return self.held, changed(before, self.held)


def put(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


# Folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "tenants", FOUR)
    return tmp_path / "tenants"


def test_a_folder_is_the_same_snapshot_until_something_in_it_changes(folder: Path) -> None:
    source = FolderSource([folder], READER)
    first = seen(source)
    assert (names(first), first.commit) == (["adatum", "contoso", "fabrikam", "litware"], None)
    assert source.look() is first
    put(folder, one_each("adatum", licenses=9))
    second = seen(source)
    assert second.fingerprint != first.fingerprint
    assert second.fleet == files.load_tenants([folder], READER.catalogue)
    assert (source.where, source.branch, source.name) == (str(folder), None, str(folder.resolve()))


def test_a_file_that_is_broken_holds_its_tenant_and_mending_it_makes_its_turn_now(folder: Path) -> None:
    watcher = Watcher(FolderSource([folder], READER))
    _, news = watcher.look()
    assert news == {"adatum", "contoso", "fabrikam", "litware"}
    put(folder, {"fabrikam.yaml": BROKEN})
    held, news = watcher.look()
    assert (set(held.held), news) == ({"fabrikam"}, {"fabrikam"})
    assert watcher.look() == (held, frozenset())
    put(folder, FOUR)
    held, news = watcher.look()
    assert (held.held, news) == ({}, {"fabrikam"})


def test_a_folder_that_vanished_stops_everything_and_one_that_came_back_releases_it(folder: Path) -> None:
    watcher = Watcher(FolderSource([folder], READER))
    watcher.look()
    folder.rename(folder.with_name("away"))
    held, _ = watcher.look()
    assert held.stopped
    assert len(held.declarations) == 4
    folder.with_name("away").rename(folder)
    held, news = watcher.look()
    assert (held.stopped, len(news)) == (None, 4)


def test_a_folder_that_can_not_be_gone_through_is_a_trouble_that_stops(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FolderSource([Path("tenants")], READER)
    monkeypatch.chdir(folder.parent)
    assert names(seen(source))
    gone = folder.parent / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    found = trouble(source)
    assert (found.reason_code, found.stops) == ("FolderUnreadable", True)


def test_folders_in_folders_without_end_are_a_trouble_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deep(*_: object) -> object:
        raise RecursionError

    monkeypatch.setattr("reconciler.adapters.files.rereading.find_files", deep)
    assert trouble(FolderSource([folder], READER)).reason_code == "FolderUnreadable"


@pytest.mark.git
def test_a_folder_somebody_works_in_knows_its_commit(tmp_path: Path) -> None:
    origin = Origin(tmp_path / "work")
    put(origin.folder, FOUR)
    commit = origin.commit("Begin")
    source = FolderSource([origin.folder], READER)
    first = seen(source)
    assert first.commit == commit
    put(origin.folder, one_each("adatum", licenses=9))
    second = seen(source)
    assert second.commit == f"{commit}+"
    commit = origin.commit("More")
    third = seen(source)
    assert (third.commit, third.fingerprint) == (commit, second.fingerprint)
    assert source.look() is third


@pytest.mark.git
def test_files_that_were_read_while_the_commit_moved_are_of_neither_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = Origin(tmp_path / "work")
    put(origin.folder, FOUR)
    origin.commit("Begin")
    source = FolderSource([origin.folder], READER)
    real = source._files.read

    def meanwhile() -> object:
        reading = real()
        origin.commit("Meanwhile", a="")
        return reading

    monkeypatch.setattr(source._files, "read", meanwhile)
    commit = seen(source).commit
    assert commit == git(origin.folder, "rev-parse", "HEAD") + "+"


# Repositories


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Origin:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Origin(tmp_path / "origin")
    put(made.folder / "tenants", FOUR)
    made.commit("Begin")
    return made


def source_of(origin: Origin, **options: object) -> GitSource:
    mirror = Mirror(repository(str(origin.folder)), origin.folder.parent / "state/sources", limit=20)
    return GitSource(mirror, READER, **{"folder": "tenants", **options})  # type: ignore[arg-type]


def change(origin: Origin, texts: dict[str, str], subject: str = "Change") -> str:
    put(origin.folder / "tenants", texts)
    return origin.commit(subject)


@pytest.mark.git
def test_a_branch_is_the_same_snapshot_until_its_commit_is_another(origin: Origin) -> None:
    source = source_of(origin)
    first = seen(source)
    assert first.commit == git(origin.folder, "rev-parse", "HEAD")
    assert names(first) == ["adatum", "contoso", "fabrikam", "litware"]
    assert {d.place.file for d in first.fleet.declarations} >= {"tenants/fabrikam.yaml"}
    assert source.look() is first
    commit = origin.commit("Nothing of ours", README="x")
    second = seen(source)
    assert (second.commit, second.fingerprint) == (commit, first.fingerprint)
    assert (source.branch, source.where) == ("main", str(origin.folder))
    assert source.name == f"{origin.folder} main tenants"


@pytest.mark.git
def test_only_files_whose_bytes_changed_are_parsed_again(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    real = type(READER).read

    def watched(self: object, file: str, text: str) -> object:
        parsed.append(file)
        return real(READER, file, text)

    monkeypatch.setattr(type(READER), "read", watched)
    source = source_of(origin)
    first = seen(source)
    assert len(parsed) == 4
    parsed.clear()
    change(origin, one_each("contoso", licenses=9))
    second = seen(source)
    assert parsed == ["tenants/contoso.yaml"]
    kept = [d for d in second.fleet.declarations if d.name != "contoso"]
    assert all(any(d is other for other in first.fleet.declarations) for d in kept)


@pytest.mark.git
def test_a_commit_reads_as_a_folder_with_the_same_files_does(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(
        origin.folder / "tenants",
        {
            "deeper/a.yml": doc("a"),
            "copy.yaml": doc("copy", tenant="fabrikam"),
            "broken.yaml": BROKEN,
            ".hidden.yaml": doc("hidden"),
            ".folder/x.yaml": doc("x"),
            "reconciler.yaml": "kind: Configuration\n",
            "notes.md": "x",
            "huge.yaml": "#" * 2_000_000,
            "a b\nc.yaml": doc("odd"),
            "bytes.yaml": "",
        },
    )
    (origin.folder / "tenants/bytes.yaml").write_bytes(b"\xff\xfe")
    (origin.folder / "tenants/z-again.yaml").symlink_to("deeper/a.yml")
    (origin.folder / "tenants/out.yaml").symlink_to("/etc/passwd")
    (origin.folder / "tenants/folder").symlink_to("deeper")
    origin.commit("Everything")
    monkeypatch.chdir(origin.folder)
    by_git = seen(source_of(origin)).fleet
    by_walk = files.load_tenants(["tenants"], READER.catalogue)
    root = str(origin.folder / "tenants")
    assert by_git.declarations == by_walk.declarations
    assert by_git.files == by_walk.files
    told = [(str(p.place), p.code, p.message.replace(root, "tenants"), p.line_text) for p in by_walk.problems]
    assert [(str(p.place), p.code, p.message, p.line_text) for p in by_git.problems] == told


@pytest.mark.git
def test_what_a_commit_can_not_look_into_is_a_problem_and_not_passed_over(origin: Origin) -> None:
    (origin.folder / "tenants/to-hidden.yaml").symlink_to(".data/a.yaml")
    (origin.folder / "tenants/abroad").symlink_to("../elsewhere")
    (origin.folder / "tenants/long.yaml").symlink_to("x/" * 2040)
    (origin.folder / "tenants/.abroad").symlink_to("/etc")
    git(origin.folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},tenants/module")
    git(
        origin.folder,
        "add",
        "-A",
        "--",
        "tenants/to-hidden.yaml",
        "tenants/abroad",
        "tenants/long.yaml",
        "tenants/.abroad",
    )
    git(origin.folder, "commit", "-q", "-m", "Odd")
    fleet = seen(source_of(origin)).fleet
    assert [(p.place.file, p.code) for p in fleet.problems] == [
        ("tenants/abroad", "link-outside"),
        ("tenants/long.yaml", "link-not-followed"),
        ("tenants/module", "submodule"),
        ("tenants/to-hidden.yaml", "link-not-followed"),
    ]
    assert len(fleet.declarations) == 4


@pytest.mark.git
def test_the_whole_repository_or_one_file_of_it_can_be_the_source(origin: Origin) -> None:
    put(origin.folder, {"more.yaml": doc("more"), "fleet.txt": doc("text")})
    origin.commit("More")
    assert "more" in names(seen(source_of(origin, folder="")))
    assert names(seen(source_of(origin, folder="tenants/adatum.yaml"))) == ["adatum"]
    assert names(seen(source_of(origin, folder="fleet.txt"))) == ["text"]


@pytest.mark.git
def test_a_folder_that_a_commit_does_not_have_stops_everything(origin: Origin) -> None:
    watcher = Watcher(source_of(origin))
    watcher.look()
    git(origin.folder, "mv", "tenants", "moved")
    origin.commit("Move")
    held, _ = watcher.look()
    assert held.stopped
    assert [p.code for p in held.problems] == ["no-such-path"]
    assert len(held.declarations) == 4
    fleet = seen(source_of(origin, folder="moved")).fleet
    assert fleet.problems == ()


@pytest.mark.git
def test_two_files_of_a_commit_that_clash_show_their_lines(origin: Origin) -> None:
    change(origin, {"copy.yaml": doc("copy", tenant="fabrikam")})
    source = source_of(origin)
    first = seen(source)
    assert len(first.fleet.problems) == 2
    assert all("tenant:" in p.line_text for p in first.fleet.problems)


# What is not taken


@pytest.mark.git
def test_a_host_that_is_gone_leaves_what_held_and_comes_back_by_itself(origin: Origin) -> None:
    watcher = Watcher(source_of(origin))
    before, _ = watcher.look()
    origin.folder.rename(origin.folder.with_name("away"))
    held, news = watcher.look()
    assert (held.declarations, held.stopped, news) == (before.declarations, None, frozenset())
    assert held.trouble is not None
    assert held.trouble.reason_code == "RepositoryMissing"
    origin.folder.with_name("away").rename(origin.folder)
    commit = change(origin, one_each("adatum", licenses=9))
    held, news = watcher.look()
    assert (held.commit, held.refused, news) == (commit, None, {"adatum"})


@pytest.mark.git
def test_after_a_start_with_the_host_gone_what_was_taken_last_still_holds_and_it_is_said(
    origin: Origin,
) -> None:
    first = seen(source_of(origin))
    origin.folder.rename(origin.folder.with_name("away"))
    source = source_of(origin)
    found = seen(source)
    assert (found.fleet, found.commit) == (first.fleet, first.commit)
    assert found.notice
    assert "no repository" in found.notice
    assert trouble(source).reason_code == "RepositoryMissing"
    origin.folder.with_name("away").rename(origin.folder)
    assert seen(source) == first


@pytest.mark.git
def test_before_anything_was_ever_taken_there_is_nothing_to_go_on_with(origin: Origin) -> None:
    watcher = Watcher(source_of(origin, branch="wish"))
    held, _ = watcher.look()
    assert held.stopped
    assert held.trouble is not None
    assert held.trouble.reason_code == "BranchMissing"
    git(origin.folder, "branch", "wish")
    held, news = watcher.look()
    assert (held.stopped, len(news)) == (None, 4)


@pytest.mark.git
def test_a_branch_that_was_deleted_leaves_what_held(origin: Origin) -> None:
    git(origin.folder, "branch", "wish")
    watcher = Watcher(source_of(origin, branch="wish"))
    before, _ = watcher.look()
    git(origin.folder, "branch", "-D", "wish")
    held, _ = watcher.look()
    assert held.declarations == before.declarations
    assert held.stopped is None
    assert "no branch wish" in str(held.refused)


@pytest.mark.git
def test_a_branch_that_was_rewritten_is_taken_and_told(origin: Origin) -> None:
    source = source_of(origin)
    first = seen(source)
    assert first.notice is None
    put(origin.folder / "tenants", one_each("adatum", licenses=9))
    git(origin.folder, "commit", "-q", "-a", "--amend", "-m", "Rewritten")
    second = seen(source)
    assert second.commit == git(origin.folder, "rev-parse", "HEAD")
    assert second.notice is not None
    assert "the branch was rewritten" in second.notice
    assert str(first.commit)[:12] in second.notice
    change(origin, one_each("adatum", licenses=10))
    assert seen(source).notice is None


@pytest.mark.git
def test_a_branch_that_may_only_go_forward_is_not_taken_back(origin: Origin) -> None:
    begin = git(origin.folder, "rev-parse", "HEAD")
    change(origin, one_each("adatum", licenses=9))
    source = source_of(origin, only_forward=True)
    first = seen(source)
    git(origin.folder, "reset", "-q", "--hard", begin)
    found = trouble(source)
    assert (found.reason_code, found.commit) == ("NotForward", begin)
    again = source_of(origin, only_forward=True)
    held = seen(again)
    assert (held.commit, held.fleet) == (first.commit, first.fleet)
    assert held.notice == found.message
    assert trouble(again).reason_code == "NotForward"
    git(origin.folder, "reset", "-q", "--hard", str(first.commit))
    commit = change(origin, one_each("adatum", licenses=10))
    assert seen(source).commit == seen(again).commit == commit


@pytest.mark.git
def test_the_store_s_word_for_the_last_commit_counts_where_the_mirror_was_lost(origin: Origin) -> None:
    begin = git(origin.folder, "rev-parse", "HEAD")
    last = change(origin, one_each("adatum", licenses=9))
    seen(source_of(origin))
    shutil.rmtree(origin.folder.parent / "state")
    git(origin.folder, "reset", "-q", "--hard", begin)
    assert trouble(source_of(origin, only_forward=True, last=last)).reason_code == "NotForward"
    shutil.rmtree(origin.folder.parent / "state")
    assert seen(source_of(origin, only_forward=True, last=begin)).commit == begin


@pytest.mark.git
def test_a_commit_nobody_signed_is_not_taken_and_the_next_signed_one_is(
    origin: Origin, tmp_path: Path
) -> None:
    key = key_of(tmp_path, "ours")
    signers = Signers(allowed=allowed(tmp_path, key))
    watcher = Watcher(source_of(origin, signers=signers))
    held, _ = watcher.look()
    assert (held.stopped is not None, held.declarations) == (True, ())
    put(origin.folder / "tenants", one_each("adatum", licenses=9))
    good = signed(origin, key)
    held, _ = watcher.look()
    assert (held.commit, held.stopped) == (good, None)
    bad = change(origin, one_each("adatum", licenses=99))
    held, news = watcher.look()
    assert (held.commit, news) == (good, frozenset())
    assert held.trouble is not None
    assert (held.trouble.reason_code, held.trouble.commit) == ("SignatureInvalid", bad)
    again = seen(source_of(origin, signers=signers))
    assert (again.commit, "is not signed" in str(again.notice)) == (good, True)
    none = source_of(origin, signers=Signers(allowed=allowed(tmp_path, key_of(tmp_path, "other"))))
    assert trouble(none).reason_code == "SignatureInvalid"


@pytest.mark.git
@pytest.mark.parametrize("what", ["pack", "HEAD", "all"])
def test_a_mirror_that_broke_is_made_anew_at_the_next_look(origin: Origin, what: str) -> None:
    source = source_of(origin)
    first = seen(source)
    (mirror,) = (origin.folder.parent / "state/sources").glob("*.git")
    for path in mirror.iterdir() if what == "all" else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if what != "all":
        spoil(mirror, what)
    assert seen(source_of(origin)).fleet == first.fleet
    commit = change(origin, one_each("adatum", licenses=9))
    assert seen(source).commit == commit


@pytest.mark.git
def test_a_commit_that_can_not_be_read_is_not_taken_and_its_mirror_is_made_anew_only_once(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(source_of(origin))
    before, _ = watcher.look()
    monkeypatch.setattr("reconciler.adapters.git.tree.MOST_LISTED", 10)
    bad = change(origin, one_each("adatum", licenses=9))
    made: list[str] = []
    real = Mirror.renew
    monkeypatch.setattr(Mirror, "renew", lambda self, branch: (made.append(branch), real(self, branch))[1])
    for _ in range(2):
        held, _ = watcher.look()
        assert held.declarations == before.declarations
        assert held.trouble is not None
        assert (held.trouble.reason_code, held.trouble.commit) == ("CommitUnreadable", bad)
    assert made == ["main"]
    monkeypatch.setattr("reconciler.adapters.git.tree.MOST_LISTED", 1_000_000)
    held, news = watcher.look()
    assert (held.commit, news) == (bad, {"adatum"})


@pytest.mark.git
def test_tenant_files_that_are_far_too_much_together_are_not_read(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.cli.commit_files.MOST_READ", 100)
    found = trouble(source_of(origin))
    assert found.reason_code == "TooLarge"
    assert found.commit


@pytest.mark.git
def test_a_git_that_hangs_is_a_trouble_and_not_waited_for(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(source_of(origin))
    git_that(tmp_path, monkeypatch, "exec tail -f /dev/null")
    mirror = Mirror(repository(str(origin.folder)), tmp_path / "state/sources", limit=0.3)
    source = GitSource(mirror, READER, folder="tenants")
    assert seen(source).notice
    assert trouble(source).reason_code == "GitTimeout"


@pytest.mark.git
def test_one_commit_is_resolved_for_a_whole_look(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The branch moves on while its files are read: what is read is of the commit that was told."""
    source = source_of(origin)
    real = source._files.read
    before = git(origin.folder, "rev-parse", "HEAD")

    def meanwhile(tree: object) -> object:
        change(origin, one_each("adatum", licenses=9))
        return real(tree)  # type: ignore[arg-type]

    monkeypatch.setattr(source._files, "read", meanwhile)
    found = seen(source)
    assert found.commit == before
    assert next(d for d in found.fleet.declarations if d.name == "adatum").subscriptions[0].licenses == 5


def test_whatever_is_wrong_a_look_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = GitSource(Mirror(repository("/nowhere"), tmp_path), READER)
    for wrong in (RefUnreadable("no"), OSError(5, "no"), PermissionError(13, "no")):

        def failing(*_: object, wrong: Exception = wrong) -> object:
            raise wrong

        monkeypatch.setattr(Mirror, "fetch", failing)
        assert trouble(source).reason_code == "GitFailed"
    monkeypatch.setattr("reconciler.cli.sources.git.commit_of", failing)
    assert trouble(FolderSource([tmp_path], READER)).stops


# What a command names


def built(desk: Desk, *words: str, **source: object) -> Source:
    desk.configure(**({"source": source} if source else {}))
    return build_source(build_setting([desk.folder], None, None), words)


def test_a_path_is_a_folder_and_a_url_a_repository(desk: Desk) -> None:
    desk.declare("fabrikam", "office-365-enterprise-e3", 5)
    assert isinstance(built(desk, "tenants"), FolderSource)
    assert isinstance(built(desk), FolderSource)
    found = built(desk, "https://git.example/fleet.git", branch="wish", folder="a")
    assert isinstance(found, GitSource)
    assert (found.where, found.branch) == ("https://git.example/fleet.git", "wish")
    assert isinstance(built(desk, "git@git.example:fleet.git"), GitSource)
    configured = built(desk, git="https://git.example/fleet.git")
    assert configured.where == "https://git.example/fleet.git"
    assert isinstance(built(desk, "tenants", git="https://git.example/fleet.git"), FolderSource)


def test_a_folder_that_is_here_is_meant_before_another_machine_is(desk: Desk) -> None:
    assert isinstance(built(desk, "fleet:2026"), GitSource)
    (desk.folder / "fleet:2026").mkdir()
    assert isinstance(built(desk, "fleet:2026"), FolderSource)


@pytest.mark.git
def test_a_bare_repository_is_no_folder_of_files(desk: Desk) -> None:
    git(desk.folder, "init", "-q", "--bare", "fleet.git")
    found = built(desk, "fleet.git")
    assert isinstance(found, GitSource)
    assert found.where == str(desk.folder / "fleet.git")


@pytest.mark.parametrize(
    "words",
    [
        ("https://git.example/a", "https://git.example/b"),
        ("https://git.example/a", "tenants"),
        ("ext::sh -c x",),
        ("http://git.example/a",),
        ("https://ola:hunter2@git.example/a",),
    ],
)
def test_what_no_source_can_be_made_of_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    with pytest.raises(ReconcilerError) as caught:
        built(desk, *words)
    assert "hunter2" not in str(caught.value)


def test_without_a_word_and_a_configuration_there_is_nothing_to_look_at(desk: Desk) -> None:
    with pytest.raises(ReconcilerError, match="Name the tenant files"):
        built(desk)


def test_a_token_is_for_the_host_it_was_configured_for(desk: Desk) -> None:
    def token(*words: str, **source: object) -> object:
        found = built(desk, *words, token={"file": "token"}, **source)
        assert isinstance(found, GitSource)
        return found._mirror.access.token

    assert token(git="https://git.example/fleet.git")
    assert token("https://git.example/other.git", git="https://git.example/fleet.git")
    assert token("https://git.example/other.git")
    assert token("https://evil.example/fleet.git", git="https://git.example/fleet.git") is None
    assert token("https://git.example:8443/fleet.git", git="https://git.example/fleet.git") is None


def test_what_is_configured_reaches_the_mirror(desk: Desk) -> None:
    found = built(
        desk,
        git="git@git.example:fleet.git",
        timeout="5m",
        sshKey={"file": "key"},
        knownHosts={"file": "known"},
        requireSignature={"gpgHome": "ring"},
        onlyForward=True,
    )
    assert isinstance(found, GitSource)
    assert found._mirror._limit == 300
    assert found._mirror.access.ssh_key == desk.folder / "key"
    assert found._signers == Signers(gpg_home=desk.folder / "ring")
    assert found._only_forward
    assert found._mirror.path.parent == desk.folder / ".reconciler/sources"
    assert SourceConfig().interval == timedelta(minutes=1)


def test_the_guide_tells_the_limits_there_are() -> None:
    mib = 1024 * 1024
    text = " ".join((ROOT / "docs/sources.md").read_text(encoding="utf-8").split())
    assert f"may bring {MOST_FETCHED // mib // 1024} GiB" in text
    assert f"may hold {MAX_TEXT // mib} MiB each and {MOST_READ // mib} MiB together" in text
    assert f"{MOST_LISTED // mib} MiB of names" in text
