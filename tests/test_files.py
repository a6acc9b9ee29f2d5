"""Files on disk: what is found, what is refused, and how schemas, catalogues and the configuration are read."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.adapters import files
from reconciler.adapters.files import Backend
from reconciler.desired import MAX_TEXT
from reconciler.errors import FilesBroken, Problem, ReconcilerError

CATALOGUE = files.load_catalogue("office365-2014")


def tenant(name: str) -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: Tenant\nmetadata: {{name: {name}}}\n"
        f"spec: {{tenant: {name}.example, subscriptions: [{{plan: office-365-enterprise-e3, licenses: 5}}]}}\n"
    )


def live(name: str) -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: LiveState\nmetadata: {{name: {name}, observedAt: 2026-11-23T10:00:00Z}}\n"
        f"spec: {{tenant: {name}.example, users: 18}}\n"
    )


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("RECONCILER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(p.code, str(p.place)) for p in problems]


def test_a_folder_is_searched_to_its_depth_in_a_stable_order(here: Path) -> None:
    for name in ("b.yaml", "a.yml", "sub/c.yaml", "sub/deeper/d.yaml", "notes.md", "e.yaml.bak", "f.YAML"):
        write(here / "t" / name, "x")
    assert files.find_files(["t"]).files == ("t/a.yml", "t/b.yaml", "t/sub/c.yaml", "t/sub/deeper/d.yaml")


def test_hidden_folders_hidden_files_and_the_configuration_are_left_out(here: Path) -> None:
    for name in (
        ".git/a.yaml",
        ".reconciler/b.yaml",
        ".c.yaml",
        "reconciler.yaml",
        "sub/reconciler.yml",
        "d.yaml",
    ):
        write(here / "t" / name, "x")
    found = files.find_files(["t"])
    assert (found.files, found.problems) == (("t/d.yaml",), ())


def test_a_file_named_twice_is_read_once_by_its_first_name(here: Path) -> None:
    write(here / "t" / "a.yaml", "x")
    assert files.find_files(["t", "t/a.yaml", here / "t", "t/../t/a.yaml"]).files == ("t/a.yaml",)
    assert files.find_files(["t", here / "t"]).problems == ()


def test_a_file_that_is_named_needs_no_ending(here: Path) -> None:
    write(here / "tenant.txt", tenant("a"))
    assert [d.name for d in files.load_tenants(["tenant.txt"], CATALOGUE).declarations] == ["a"]


def test_a_path_that_is_not_there_is_a_problem(here: Path) -> None:
    fleet = files.load_tenants(["nowhere", "nul\0byte"], CATALOGUE)
    assert sorted(p.code for p in fleet.problems) == ["no-such-path", "unreadable"]


@pytest.mark.parametrize(
    "names", [(), ("notes.md",), (".hidden.yaml",), ("reconciler.yaml",), ("sub/x.txt",)]
)
def test_a_folder_without_tenant_files_is_an_error_and_never_nothing_to_do(
    here: Path, names: tuple[str, ...]
) -> None:
    (here / "t").mkdir()
    for name in names:
        write(here / "t" / name, "x")
    fleet = files.load_tenants(["t"], CATALOGUE)
    assert (fleet.declarations, told(fleet.problems)) == ((), [("no-files", "t:1:1")])


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_read_once(here: Path) -> None:
    write(here / "t" / "a.yaml", "x")
    write(here / "outside.yaml", "x")
    (here / "t" / "again.yaml").symlink_to("a.yaml")
    (here / "t" / "out.yaml").symlink_to(here / "outside.yaml")
    (here / "t" / "other").symlink_to(here)
    (here / "t" / "loop").symlink_to(here / "t")
    found = files.find_files(["t"])
    assert found.files == ("t/a.yaml",)
    assert told(found.problems) == [("link-outside", "t/other:1:1"), ("link-outside", "t/out.yaml:1:1")]


def test_a_folder_whose_name_begins_like_the_given_one_is_outside(here: Path) -> None:
    write(here / "t-secret" / "a.yaml", "x")
    write(here / "t" / "b.yaml", "x")
    (here / "t" / "a.yaml").symlink_to(here / "t-secret" / "a.yaml")
    assert told(files.find_files(["t"]).problems) == [("link-outside", "t/a.yaml:1:1")]


def test_a_link_into_a_hidden_folder_inside_is_read(here: Path) -> None:
    # This is how Kubernetes mounts files.
    write(here / "t" / "..2026" / "a.yaml", tenant("a"))
    (here / "t" / "a.yaml").symlink_to("..2026/a.yaml")
    assert files.find_files(["t"]).files == ("t/a.yaml",)


def test_a_link_that_leads_nowhere_or_to_itself_is_a_problem(here: Path) -> None:
    (here / "t").mkdir()
    (here / "t" / "gone.yaml").symlink_to("nowhere")
    (here / "t" / "self.yaml").symlink_to("self.yaml")
    (here / "t" / "stray").symlink_to("nowhere")
    found = files.find_files(["t", "t/self.yaml"])
    assert told(found.problems) == [
        ("unreadable", "t/gone.yaml:1:1"),
        ("unreadable", "t/self.yaml:1:1"),
        ("unreadable", "t/self.yaml:1:1"),
    ]


def test_a_link_a_person_names_is_followed(here: Path) -> None:
    write(here / "real" / "a.yaml", tenant("a"))
    (here / "t").symlink_to("real")
    (here / "b.yaml").symlink_to("real/a.yaml")
    assert files.find_files(["t"]).files == ("t/a.yaml",)
    assert files.find_files(["b.yaml"]).files == ("b.yaml",)


def test_a_pipe_is_refused_and_not_waited_for(here: Path) -> None:
    (here / "t").mkdir()
    os.mkfifo(here / "t" / "pipe.yaml")
    for path in ("t", "t/pipe.yaml"):
        (problem,) = files.load_tenants([path], CATALOGUE).problems
        assert (problem.code, problem.place.file) == ("not-a-file", "t/pipe.yaml")
        assert "a pipe" in problem.message


def test_a_device_and_a_socket_are_refused(here: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.yaml")
        found = files.find_files(["/dev/zero", "s.yaml"])
    assert [p.message for p in found.problems] == [
        "This is a device, not a file; it is not read.",
        "This is a socket, not a file; it is not read.",
    ]


def test_a_file_that_is_too_large_is_not_read(here: Path) -> None:
    with (here / "big.yaml").open("wb") as big:
        big.truncate(50 * MAX_TEXT)
    assert told(files.load_tenants(["big.yaml"], CATALOGUE).problems) == [("too-large", "big.yaml:1:1")]


def test_a_file_and_a_folder_nobody_may_read_are_problems(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "t" / "a.yaml", tenant("a"))
    write(here / "t" / "sub" / "b.yaml", tenant("b"))
    really_open, really_scan = os.open, os.scandir

    def refusing(really: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(path: str, *args: Any) -> Any:
            if str(path).endswith(name):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            return really(path, *args)

        return call

    monkeypatch.setattr(os, "open", refusing(really_open, "a.yaml"))
    monkeypatch.setattr(os, "scandir", refusing(really_scan, "sub"))
    fleet = files.load_tenants(["t"], CATALOGUE)
    assert fleet.declarations == ()
    assert told(fleet.problems) == [("unreadable", "t/a.yaml:1:1"), ("unreadable", "t/sub:1:1")]
    assert fleet.problems[0].message == "It can not be read: Permission denied."


def test_a_file_that_goes_away_meanwhile_is_a_problem(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_files", lambda paths: files.Found(("gone.yaml",), ()))
    assert told(files.load_tenants(["."], CATALOGUE).problems) == [("no-such-path", "gone.yaml:1:1")]


def test_bytes_that_are_no_text_are_a_problem(here: Path) -> None:
    (here / "a.yaml").write_bytes(b"a: \xff\n")
    assert told(files.load_tenants(["a.yaml"], CATALOGUE).problems) == [("not-utf-8", "a.yaml:1:4")]


def test_all_problems_of_disk_and_text_come_together_and_sound_tenants_are_kept(here: Path) -> None:
    write(here / "t" / "a.yaml", tenant("a"))
    write(here / "t" / "b.yaml", tenant("b").replace("5}", "010}"))
    (here / "t" / "c.yaml").write_bytes(b"\xff")
    (here / "t" / "d.yaml").symlink_to("/etc/hostname")
    fleet = files.load_tenants(["t", "nowhere"], CATALOGUE)
    assert [d.name for d in fleet.declarations] == ["a"]
    assert [p.code for p in fleet.problems] == ["no-such-path", "wrong-type", "not-utf-8", "link-outside"]


def test_sources_are_the_texts_and_what_could_not_be_read(here: Path) -> None:
    write(here / "a.yaml", "blåbær: 1")
    texts, problems = files.read_sources(["a.yaml", "nowhere"])
    assert texts == (("a.yaml", "blåbær: 1"),)
    assert told(problems) == [("no-such-path", "nowhere:1:1")]


def test_a_clash_of_files_on_disk_shows_the_lines(here: Path) -> None:
    write(here / "t" / "a.yaml", tenant("a"))
    write(here / "t" / "b.yaml", tenant("a").replace("a.example", "b.example"))
    fleet = files.load_tenants(["t"], CATALOGUE)
    assert fleet.declarations == ()
    assert [p.line_text for p in fleet.problems] == ["metadata: {name: a}"] * 2


def test_the_age_of_backups_in_the_configuration_reaches_the_declarations(here: Path) -> None:
    write(here / "a.yaml", tenant("a"))
    (found,) = files.load_tenants(["a.yaml"], CATALOGUE, backup_max_age_days=7).declarations
    assert found.backup_max_age_days == 7


def test_live_states_come_with_their_files(here: Path) -> None:
    write(here / "live" / "b.yaml", live("b"))
    write(here / "live" / "a.yaml", live("a") + "---\n" + live("c"))
    found = files.load_live(["live"])
    assert [(file, document["metadata"]["name"]) for file, document in found] == [
        ("live/a.yaml", "a"),
        ("live/a.yaml", "c"),
        ("live/b.yaml", "b"),
    ]
    assert found[0][1]["metadata"]["observedAt"] == "2026-11-23T10:00:00Z"


def test_a_live_state_that_does_not_fit_is_refused_with_all_problems(here: Path) -> None:
    write(here / "live" / "a.yaml", live("a").replace("18", "18.0"))
    write(here / "live" / "b.yaml", tenant("b"))
    with pytest.raises(FilesBroken) as caught:
        files.load_live(["live", "nowhere"])
    assert [p.code for p in caught.value.problems] == ["wrong-type", "wrong-kind", "no-such-path"]


def test_the_examples_are_sound() -> None:
    root = Path(__file__).parents[1] / "examples"
    fleet = files.load_tenants([root / "tenants"], CATALOGUE)
    assert fleet.problems == ()
    assert len(fleet.declarations) >= 16
    assert {document["metadata"]["name"] for _, document in files.load_live([root / "live"])} >= {
        d.name for d in fleet.declarations
    }


def test_every_schema_is_found_by_its_name() -> None:
    assert {"tenant", "live", "config", "catalogue"} <= set(files.schema_names())
    assert files.schema("tenant")["title"] == "Tenant"


@pytest.mark.parametrize("name", ["nothing", "../pyproject", "", "tenant.schema.json"])
def test_a_schema_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ReconcilerError, match="tenant"):
        files.schema(name)


def test_a_catalogue_is_loaded_by_name_or_by_path(here: Path) -> None:
    assert "office365-2014" in files.catalogue_names()
    shipped = Path(files.__file__).parents[2] / "catalogues" / "office365-2014.yaml"
    copy = write(here / "own.yaml", shipped.read_text(encoding="utf-8"))
    assert files.load_catalogue(copy) == files.load_catalogue("own.yaml") == CATALOGUE


def test_a_catalogue_that_is_not_there_is_refused_with_those_that_are(here: Path) -> None:
    with pytest.raises(ReconcilerError, match="office365-2014"):
        files.load_catalogue("office365-2099")
    with pytest.raises(FilesBroken):
        files.load_catalogue("folder/none.yaml")
    write(here / "wrong.yaml", tenant("a"))
    with pytest.raises(FilesBroken) as caught:
        files.load_catalogue("wrong.yaml")
    assert [p.code for p in caught.value.problems] == ["wrong-kind"]


HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"


def test_without_a_configuration_the_defaults_hold_and_say_that_nobody_chose_them(here: Path) -> None:
    config = files.load_config(here)
    assert config.file is None
    assert (config.backend, config.backend_named) == (Backend.SIMULATOR, False)
    assert (config.state_folder, config.catalogue) == (Path(".reconciler"), "office365-2014")
    assert (config.tenants, config.live, config.adds_in_order) == ((), (), True)
    assert (config.backup_max_age_days, config.plan_valid_for) == (None, timedelta(hours=72))


def test_the_configuration_is_found_upwards_and_its_paths_are_its_own(here: Path) -> None:
    write(
        here / "reconciler.yaml",
        HEAD + "backend: simulator\nstate: var/state\ncatalogue: ./own.yaml\ntenants: [fleet]\n"
        "simulator: {live: [live/, more], addsInOrder: false}\nbackup: {maxAgeDays: 14}\nplan: {validFor: 3d}\n",
    )
    start = write(here / "fleet" / "norway" / "a.yaml", tenant("a"))
    config = files.load_config(start)
    assert config.file == here / "reconciler.yaml"
    assert (config.backend, config.backend_named) == (Backend.SIMULATOR, True)
    assert config.state_folder == here / "var/state"
    assert config.catalogue == str(here / "own.yaml")
    assert config.tenants == (here / "fleet",)
    assert config.live == (here / "live", here / "more")
    assert config.adds_in_order is False
    assert (config.backup_max_age_days, config.plan_valid_for) == (14, timedelta(days=3))


def test_the_nearest_configuration_counts_and_a_named_one_before_it(here: Path) -> None:
    write(here / "reconciler.yaml", HEAD + "plan: {validFor: 1h}\n")
    write(here / "fleet" / "reconciler.yml", HEAD + "plan: {validFor: 2h}\n")
    own = write(here / "own.yaml", HEAD + "plan: {validFor: 3h}\n")
    assert files.load_config(here / "fleet" / "not-there").plan_valid_for == timedelta(hours=2)
    assert files.load_config(Path("fleet"), own).plan_valid_for == timedelta(hours=3)


def test_state_and_tenants_are_beside_the_configuration_unless_it_says_otherwise(here: Path) -> None:
    write(here / "reconciler.yaml", HEAD)
    (here / "tenants").mkdir()
    config = files.load_config(here)
    assert (config.state_folder, config.tenants) == (here / ".reconciler", (here / "tenants",))


def test_the_environment_comes_before_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "reconciler.yaml", HEAD + "state: a\nsimulator: {addsInOrder: true}\nplan: {validFor: 1h}\n")
    for name, value in {
        "BACKEND": "simulator",
        "STATE": "b",
        "CATALOGUE": "own",
        "TENANTS": f"x{os.pathsep}y",
        "SIMULATOR_LIVE": "z",
        "SIMULATOR_ADDS_IN_ORDER": "false",
        "BACKUP_MAX_AGE_DAYS": "9",
        "PLAN_VALID_FOR": "4h",
    }.items():
        monkeypatch.setenv(f"RECONCILER_{name}", value)
    config = files.load_config(here)
    assert (config.backend_named, config.state_folder, config.catalogue) == (True, Path("b"), "own")
    assert (config.tenants, config.live) == ((Path("x"), Path("y")), (Path("z"),))
    assert (config.adds_in_order, config.backup_max_age_days) == (False, 9)
    assert config.plan_valid_for == timedelta(hours=4)


def test_the_environment_can_name_the_configuration(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_CONFIG", str(write(here / "own.yaml", HEAD + "plan: {validFor: 3h}\n")))
    assert files.load_config(here).plan_valid_for == timedelta(hours=3)


def test_a_wrong_variable_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_BACKUP_MAX_AGE_DAYS", "soon")
    monkeypatch.setenv("RECONCILER_BACKEND", "azure")
    with pytest.raises(FilesBroken) as caught:
        files.load_config(here)
    assert [(p.place.file, p.code, p.line_text) for p in caught.value.problems] == [
        ("environment variable RECONCILER_BACKEND", "not-one-of", "azure"),
        ("environment variable RECONCILER_BACKUP_MAX_AGE_DAYS", "wrong-type", "soon"),
    ]


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("backend: microsoft", "no-partner", "3:1"),
        ("backend: azure", "not-one-of", "3:10"),
        ("state: postgresql://u:secret@db/x", "state-password", "3:8"),
        ("state: postgresql://u@db/x?password=secret", "state-password", "3:8"),
        ("state: mysql://u:secret@db/x", "state-url", "3:8"),
        ("state: postgresql://db", "state-url", "3:8"),
        ("state: s\nstateFrom: {environment: STATE_URL}", "two-states", "4:12"),
        ("stateFrom: {}", "which-one", "3:12"),
        ("state: s\nfolder: f", "two-folders", "4:9"),
        ("limits: {maxLicensesAdded: -5}", "too-small", "3:28"),
        ("windows: []", "unknown-member", "3:1"),
        ("notifications: {}", "missing-member", "3:1"),
        ("plan: {validFor: 72}", "wrong-type", "3:18"),
        ("plan: {validFor: forever}", "bad-format", "3:18"),
        ("backup: {maxAgeDays: 0}", "too-small", "3:22"),
        ("simulator: {live: live/}", "wrong-type", "3:19"),
        ("simulator: {life: []}", "unknown-member", "3:13"),
        ("---\n" + HEAD, "several-documents", "4:1"),
    ],
)
def test_what_a_configuration_can_not_say_is_refused_with_its_place(
    here: Path, line: str, code: str, place: str
) -> None:
    write(here / "reconciler.yaml", HEAD + line + "\n")
    with pytest.raises(FilesBroken) as caught:
        files.load_config(here)
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.place)) == (code, f"{here / 'reconciler.yaml'}:{place}")


def test_members_this_version_would_ignore_are_refused_with_the_reason(here: Path) -> None:
    write(here / "reconciler.yaml", HEAD + "windows: {}\n")
    with pytest.raises(FilesBroken) as caught:
        files.load_config(here)
    assert "would ignore them" in caught.value.problems[0].hint


def test_where_the_state_is_in_a_database_the_files_beside_it_have_a_folder_that_can_be_named(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "reconciler.yaml", HEAD + "stateFrom: {file: url}\nfolder: kept\n")
    assert files.load_config(here).state_folder == here / "kept"
    monkeypatch.setenv("RECONCILER_FOLDER", "/elsewhere")
    assert files.load_config(here).state_folder == Path("/elsewhere")
    # As images set a folder of the state: whoever wants a database there sets this one to nothing.
    monkeypatch.setenv("RECONCILER_STATE", "")
    config = files.load_config(here)
    assert (config.state_folder, config.state_place is None) == (Path("/elsewhere"), False)
    monkeypatch.setenv("RECONCILER_STATE", "/folder")
    config = files.load_config(here)
    assert (config.state_folder, config.state_place) == (Path("/folder"), None)


def test_a_password_in_a_url_is_repeated_nowhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_STATE", "postgresql://u:secret@db/x")
    url = "state: postgresql://u:secret@db/x\n"
    write(here / "reconciler.yaml", HEAD + url + "backend: postgresql://u:secret@db/x\n")
    with pytest.raises(FilesBroken) as caught:
        files.load_config(here)
    assert len(caught.value.problems) == 1
    assert "secret" not in repr(caught.value.problems)
    write(here / "reconciler.yaml", HEAD + url)
    with pytest.raises(FilesBroken) as caught:
        files.load_config(here)
    assert len(caught.value.problems) == 1
    assert "secret" not in repr(caught.value.problems)


def test_a_configuration_that_is_named_and_not_there_is_an_error(here: Path) -> None:
    with pytest.raises(FilesBroken) as caught:
        files.load_config(here, here / "nowhere.yaml")
    assert [p.code for p in caught.value.problems] == ["no-such-path"]
