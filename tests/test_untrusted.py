"""Files nobody has reviewed: with ``RECONCILER_UNTRUSTED`` set, nothing in a repository leads out of it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cli import Desk
from test_hostile_files import HEAD, SEEN, SOUND

from reconciler.adapters import files
from reconciler.adapters.files.bounds import Bounds, bounds_of
from reconciler.desired import MAX_TEXT
from reconciler.errors import FilesBroken, ReconcilerError

SECRET = "token-of-the-runner"


@pytest.fixture
def checkout(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A checkout of a pull request, which is where the tool runs, beside things of others; nothing is trusted."""
    (desk.folder / "repository" / ".git").mkdir(parents=True)
    desk.put("outside/secret.yaml", f"password: {SECRET}\n")
    desk.put("outside/tenants/other.yaml", SOUND.replace("fabrikam", SECRET))
    desk.put("outside/live/seen.yaml", SEEN)
    inside = Desk(desk.folder / "repository")
    inside.put("tenants/fabrikam.yaml", SOUND)
    inside.put("live/fabrikam.yaml", SEEN)
    monkeypatch.chdir(inside.folder)
    monkeypatch.setenv("RECONCILER_UNTRUSTED", "1")
    monkeypatch.setenv("SECRET", SECRET)
    return inside


PLAN = ("plan", "tenants", "--live", "live")


def refused(desk: Desk, *words: object) -> str:
    """What a refused command says; it tells nothing of what lies outside."""
    answer = desk.run(*words)
    assert answer.code == 1, answer.both
    assert "outside-repository" in answer.both
    assert SECRET not in answer.both
    assert answer.out == "" or "Plan:" not in answer.out
    return answer.both


def test_a_repository_that_keeps_to_itself_is_planned_as_ever(checkout: Desk) -> None:
    checkout.put(
        "reconciler.yaml",
        HEAD["Configuration"] + "state: var/state\ntenants: [tenants]\nsimulator: {live: [./live]}\n",
    )
    trusted = checkout.ok(*PLAN).out
    assert "40 -> 42 licences (+2)" in trusted
    assert checkout.ok("plan", "tenants").out.endswith(trusted.splitlines()[-1] + "\n")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("state: ../outside", "3:8"),
        ("state: /dev/shm", "3:8"),
        ("catalogue: ../outside/secret.yaml", "3:12"),
        ("catalogue: /dev/zero", "3:12"),
        ("catalogue: /proc/self/environ", "3:12"),
        ("tenants: [tenants, ../outside/tenants]", "3:20"),
        ("tenants: [/proc/self/environ]", "3:11"),
        ("simulator: {live: [/dev/stdin, live]}", "3:20"),
        ("tenants: [link/tenants]", "3:11"),
        ("catalogue: tenants/../../outside/secret.yaml", "3:12"),
        ("catalogue: link/../outside/secret.yaml", "3:12"),
    ],
)
def test_a_configuration_of_the_pull_request_names_nothing_outside(
    checkout: Desk, line: str, place: str
) -> None:
    (checkout.folder / "link").symlink_to("../outside")
    checkout.put("reconciler.yaml", HEAD["Configuration"] + line + "\n")
    told = refused(checkout, *PLAN)
    assert f"reconciler.yaml:{place}: outside-repository" in told
    assert "RECONCILER_UNTRUSTED" in told


def test_all_that_leads_out_is_told_at_once(checkout: Desk) -> None:
    checkout.put("reconciler.yaml", HEAD["Configuration"] + "state: /a\ncatalogue: /b\ntenants: [/c, /d]\n")
    assert refused(checkout, *PLAN).count(": outside-repository: ") == 4


@pytest.mark.parametrize("name", ["reconciler.yaml", "reconciler.yml"])
@pytest.mark.parametrize("target", ["../outside/secret.yaml", "/proc/self/environ", "/dev/zero"])
def test_a_configuration_that_is_a_link_out_is_not_read(checkout: Desk, name: str, target: str) -> None:
    (checkout.folder / name).symlink_to(target)
    # A device is no file, so it is no configuration either, and nothing is read of it.
    if stat.S_ISREG(os.stat(target).st_mode):
        refused(checkout, *PLAN)
    else:
        checkout.ok(*PLAN)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("tenants", PLAN),
        ("live", PLAN),
        ("tenants", ("validate", "tenants")),
        ("tenants", ("validate", "tenants/secret.yaml")),
        (".reconciler", ("plan", "tenants")),
        ("office365-2014", ("validate", "tenants")),
        ("out", (*PLAN, "--out", "out/a.plan.json")),
        ("own", (*PLAN, "--config", "own/secret.yaml")),
        ("state", ("plan", "tenants", "--state", "state")),
    ],
)
def test_a_folder_that_was_made_a_link_is_not_followed(
    checkout: Desk, link: str, words: tuple[str, ...]
) -> None:
    if (checkout.folder / link).exists():
        (checkout.folder / link).rename(checkout.folder / "was")
    (checkout.folder / link).symlink_to("../outside")
    before = sorted((checkout.folder.parent / "outside").rglob("*"))
    refused(checkout, *words)
    assert sorted((checkout.folder.parent / "outside").rglob("*")) == before


def test_a_link_between_folders_of_the_repository_is_followed(checkout: Desk) -> None:
    (checkout.folder / "fleet").symlink_to("tenants")
    assert checkout.ok("validate", "fleet").out == "1 tenant, no problems.\n"


def test_what_whoever_runs_the_tool_names_outside_is_theirs(
    checkout: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = checkout.folder.parent / "outside"
    (outside / "secret.yaml").write_text(HEAD["Configuration"] + "state: ./state\n", encoding="utf-8")
    checkout.ok("plan", "tenants", "--live", "../outside/live", "--out", "../outside/a.plan.json")
    checkout.ok("plan", "tenants", "--live", outside / "live", "--config", outside / "secret.yaml")
    monkeypatch.setenv("RECONCILER_STATE", str(outside / "state"))
    checkout.ok(*PLAN)
    assert (outside / "a.plan.json").exists()


def test_an_absolute_path_through_a_link_above_the_repository_is_looked_at_too(checkout: Desk) -> None:
    top = checkout.folder.parent
    (top / "way").symlink_to(checkout.folder)
    checkout.ok("validate", top / "way" / "tenants")
    (checkout.folder / "more").symlink_to("../outside/tenants")
    refused(checkout, "validate", top / "way" / "more")


def test_from_a_folder_inside_the_whole_repository_counts(
    checkout: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.folder / "live")
    checkout.put("live/reconciler.yaml", HEAD["Configuration"] + "tenants: [../tenants]\nstate: ../var\n")
    checkout.ok("validate", "../tenants", "--config", "reconciler.yaml")
    checkout.put("live/reconciler.yaml", HEAD["Configuration"] + "tenants: [../../outside/tenants]\n")
    refused(checkout, "validate", "../tenants", "--config", "reconciler.yaml")


def test_outside_a_repository_the_working_folder_counts(desk: Desk) -> None:
    assert bounds_of({"RECONCILER_UNTRUSTED": "yes"}, desk.folder) == Bounds(os.path.realpath(desk.folder))


@pytest.mark.parametrize("word", ["", "0", "false", "No"])
def test_trusted_files_may_name_any_path(checkout: Desk, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("RECONCILER_UNTRUSTED", word)
    checkout.put("reconciler.yaml", HEAD["Configuration"] + "state: ../outside/state\n")
    checkout.ok(*PLAN)


@pytest.mark.parametrize("word", ["maybe", "on", "2"])
def test_a_word_that_is_neither_yes_nor_no_leaves_no_fence_open(
    checkout: Desk, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("RECONCILER_UNTRUSTED", word)
    answer = checkout.run(*PLAN)
    assert (answer.code, answer.out) == (1, "")
    assert "RECONCILER_UNTRUSTED" in answer.err


def test_a_password_in_a_path_that_leads_out_is_repeated_nowhere(checkout: Desk) -> None:
    checkout.put("reconciler.yaml", HEAD["Configuration"] + f"tenants: ['/x/https://u:{SECRET}@db/x']\n")
    refused(checkout, *PLAN)


# what git can bring into a folder, trusted or not


def test_a_link_out_of_a_named_folder_is_refused_and_nothing_of_it_is_shown(checkout: Desk) -> None:
    for name, target in {
        "a": "../../outside/secret.yaml",
        "b": "/proc/self/environ",
        "c": "/dev/zero",
    }.items():
        (checkout.folder / "tenants" / f"{name}.yaml").symlink_to(target)
    (checkout.folder / "tenants" / "d").symlink_to("/")
    for kind in ("tenants", "live"):
        (checkout.folder / kind / "loop.yaml").symlink_to("loop.yaml")
        (checkout.folder / kind / "round").symlink_to("..")
    answer = checkout.run(*PLAN)
    assert answer.code == 1
    assert SECRET not in answer.both
    told = checkout.run("validate", "tenants").out
    assert told.count("link-outside") == 5
    assert "tenants/loop.yaml:1:1: unreadable" in told


def test_pipes_and_devices_in_a_folder_are_told_and_not_waited_for(checkout: Desk) -> None:
    os.mkfifo(checkout.folder / "tenants" / "pipe.yaml")
    os.mkfifo(checkout.folder / "tenants" / "reconciler.yaml")
    os.mkfifo(checkout.folder / "reconciler.yaml")
    told = checkout.run("validate", "tenants").out
    assert told.count("not-a-file") == 1
    os.mkfifo(checkout.folder / "own.yaml")
    answer = checkout.run("validate", "tenants", "--config", "own.yaml")
    assert answer.code == 1
    assert "a pipe" in answer.both


NAMES = [
    "a\n::error::b.yaml",
    "a\r\x1b[31m\x1b]0;b\x07.yaml",
    "\u202elmay.b.yaml",
    "a\u2028b.yaml",
    "<img src=x onerror=alert(1)>.yaml",
    "`$(touch ran)`;|&.yaml",
    "--auto-approve.yaml",
    "%0a::b.yaml",
    "a\udcff\udcfe.yaml",
    "x" * 250 + ".yaml",
    "~root.yaml",
    "*.yaml",
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("words", [("validate", "tenants"), PLAN])
def test_a_name_of_a_file_can_not_break_out_of_what_is_printed(
    checkout: Desk, words: tuple[str, ...], form: str
) -> None:
    for name in NAMES:
        checkout.put(f"tenants/{name}", "a: 1\n")
    checkout.put("tenants/deep\n::error::c/d.yaml", "a: 1\n")
    answer = checkout.run(*words, "--format", form)
    assert answer.code == 1 if words[0] == "validate" else answer.code in (0, 1)
    for text in (answer.out, answer.err):
        assert text.replace("\n", "").isprintable()
        assert not any(line.startswith(("::", "b.yaml")) for line in text.splitlines())
        text.encode("utf-8")
    if form == "json":
        told = json.dumps(answer.json())
        assert told.count('"not-ours"') == len(NAMES) + 1


def test_names_that_differ_in_case_only_are_two_files_and_one_tenant(checkout: Desk) -> None:
    checkout.put("tenants/Fabrikam.yaml", SOUND)
    told = checkout.run("validate", "tenants").out
    assert told.count("duplicate-name") == 2
    assert "tenants/Fabrikam.yaml:3:18" in told
    checkout.put("tenants/Fabrikam.yaml", SOUND.replace("name: fabrikam", "name: b").replace("fab", "FAB"))
    assert checkout.run("validate", "tenants").out.count("duplicate-tenant") == 2


def test_thousands_of_files_are_read_one_by_one(checkout: Desk) -> None:
    for i in range(3000):
        name = f"t{i}"
        checkout.put(f"tenants/{i % 50}/{name}.yaml", SOUND.replace("fabrikam", name))
    assert checkout.ok("validate", "tenants").out == "3001 tenants, no problems.\n"


# files that change while they are read


def changing(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Let something happen to the file between the first read and the last."""
    really = os.read

    def read(descriptor: int, most: int) -> bytes:
        data = really(descriptor, most)
        monkeypatch.setattr(os, "read", really)
        change()
        return data

    monkeypatch.setattr(os, "read", read)


@pytest.mark.parametrize("size", [0, 10, len(SOUND), len(SOUND) + 10, 3 * MAX_TEXT])
def test_a_file_that_is_written_while_it_is_read_is_told_and_never_half_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    file = desk.put("a.yaml", SOUND)
    os.utime(file, (1, 1))
    changing(monkeypatch, lambda: file.write_bytes((SOUND.encode() * (size // len(SOUND) + 1))[:size]))
    with pytest.raises(FilesBroken) as caught:
        files.read_text(file)
    assert [p.code for p in caught.value.problems] == ["changed-meanwhile"]


def test_a_file_that_is_replaced_while_it_is_read_is_the_old_one_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, new = desk.put("a.yaml", SOUND), desk.put("b.yaml", SEEN)
    changing(monkeypatch, lambda: new.replace(file))
    assert files.read_text(file) == SOUND


def test_a_file_is_read_whole_in_however_many_parts_it_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, really = desk.put("a.yaml", SOUND), os.read
    monkeypatch.setattr(os, "read", lambda descriptor, most: really(descriptor, min(most, 7)))
    assert files.read_text(file) == SOUND


def test_what_is_no_file_on_a_disk_is_not_read(desk: Desk) -> None:
    with pytest.raises(FilesBroken):
        files.read_text(Path("/proc/self/environ"))


# what is written


def test_a_draft_is_never_written_through_a_link_that_lay_in_wait(checkout: Desk) -> None:
    victim = checkout.folder.parent / "outside" / "secret.yaml"
    before = victim.read_text(encoding="utf-8")
    draft = checkout.folder / f".a.plan.json.{os.getpid()}.draft"
    draft.symlink_to(victim)
    assert checkout.run(*PLAN, "--out", "a.plan.json").code == 1
    out = checkout.folder / f".b.yaml.{os.getpid()}.draft"
    out.symlink_to(victim)
    with pytest.raises(ReconcilerError):
        files.write_whole(checkout.folder / "b.yaml", SOUND, replace=False)
    assert victim.read_text(encoding="utf-8") == before
