"""The pages for partners against the tool: the configuration, the rights, the commands, and the rehearsal, played.

``python tests/test_partner_docs.py --write`` puts the present output of the rehearsal into its page; what is left out
there (a line of three dots) stays left out.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import yaml
from cli import ROOT, Desk

from reconciler.adapters import files
from reconciler.adapters.files import Backend
from reconciler.adapters.microsoft.rights import RIGHTS, Right
from reconciler.cli import COMMANDS
from reconciler.cli.backends import live
from reconciler.cli.rehearsing import Rehearsal, rehearse
from reconciler.cli.world import build_setting, open_service

PARTNER = ROOT / "examples/partner"
GUIDE, REHEARSAL = ROOT / "docs/partner-center.md", ROOT / "docs/rehearse.md"
PAGES = (GUIDE, REHEARSAL, ROOT / "docs/sign-in.md")
# What Graph's reference knows (section 4).
PERMISSIONS = frozenset(
    {
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Domain.Read.All",
        "LicenseAssignment.Read.All",
        "LicenseAssignment.ReadWrite.All",
        "Organization.Read.All",
        "RoleManagement.Read.Directory",
        "ServiceHealth.Read.All",
        "User.Read",
        "User.Read.All",
        "User.ReadWrite.All",
    }
)
PERMISSION = re.compile(r"`([A-Z]\w+\.Read(?:Write)?(?:\.\w+)?)`")
COMMAND = re.compile(r"(?:^\$ |^|`)reconciler ([a-z][a-z-]*)", re.MULTILINE)


def test_the_configuration_of_the_guide_is_the_example_and_loads() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block == (PARTNER / "reconciler.yaml").read_text(encoding="utf-8")
    config = files.load_config(PARTNER, None)
    assert (config.backend, config.catalogue, config.state_named) == (Backend.MICROSOFT, "microsoft365", True)
    told = config.microsoft
    assert told.reader
    assert told.writer
    assert told.reader.client_id != told.writer.client_id
    assert (told.raise_without_etag, told.license_transfer, told.calls_per_minute) == (False, True, 500)
    assert told.rehearses == ()


def test_every_member_of_the_configuration_is_in_the_example() -> None:
    schema = files.schema("config")["properties"]["microsoft"]["properties"]
    given = yaml.safe_load((PARTNER / "reconciler.yaml").read_text(encoding="utf-8"))["microsoft"]
    assert set(given) == set(schema) - {"addresses"}


def test_the_tenant_file_of_the_example_is_one_of_today_s_catalogue() -> None:
    setting = build_setting((PARTNER,), PARTNER / "reconciler.yaml", None)
    fleet = files.load_tenants((PARTNER / "tenants",), setting.catalogue)
    assert fleet.problems == ()
    assert [d.name for d in fleet.declarations] == ["solberg-maskin"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_command_a_partner_is_told_of_exists(page: Path) -> None:
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_permission_a_partner_is_told_of_is_documented(page: Path) -> None:
    assert set(PERMISSION.findall(page.read_text(encoding="utf-8"))) <= PERMISSIONS


def rights() -> list[list[str]]:
    """The rows of the table of rights: what, who, call, what is held without it."""
    section = GUIDE.read_text(encoding="utf-8").split("\n## Rights\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert all(len(row) == 4 for row in rows)
    return rows


@pytest.mark.parametrize("right", RIGHTS, ids=lambda r: r.name)
def test_the_table_of_rights_is_what_the_doctor_tries(right: Right) -> None:
    path = right.path.partition("?")[0]
    call = path.removeprefix("/v1.0") if path.startswith("/v1.0/") else path.rsplit("/", 1)[1]
    user = ", with a user" if right.user else ""
    who = [who for who in ("reader", "writer") if right.commands(who)]
    found = [row for row in rights() if re.search(rf"{re.escape(call)}[`/]", row[2])]
    told = [(row[0].replace("`", ""), row[1].split(", ")) for row in found]
    assert (f"{right.permission}{user}", who) in told


def test_every_permission_the_doctor_names_is_documented() -> None:
    named = {right.permission for right in RIGHTS if right.path.startswith("/v1.0/")}
    assert named <= PERMISSIONS


# The rehearsal

BLOCK = re.compile(
    r"(<!-- (?P<what>rehearsed|served) -->\n```console\n)(?P<text>.*?)(?P<end>```\n<!-- end -->)", re.DOTALL
)
LEFT_OUT = "..."
ADDRESS = "http://127.0.0.1:8365"
CONFIG = Path("rehearsal.yaml")


class Stage:
    """A folder with the example in it, and a service that may be spoken to; what is typed is played there."""

    def __init__(self, desk: Desk, patch: pytest.MonkeyPatch) -> None:
        self.desk, self._patch = desk, patch
        self._end: Callable[[], None] = lambda: None
        shutil.copytree(
            PARTNER, desk.folder, ignore=shutil.ignore_patterns(".reconciler"), dirs_exist_ok=True
        )
        # So that the examples above are no configuration on the way up from here.
        (desk.folder / "reconciler.yaml").unlink()

    def play(self, what: str, commands: list[str]) -> list[tuple[str, str]]:
        """Return each command with what it says on stdout."""
        return [(command, self._said(what, command)) for command in commands]

    def close(self) -> None:
        """End the service."""
        self._end()
        self._end = lambda: None

    def _said(self, what: str, command: str) -> str:
        tool, *words = shlex.split(command)
        assert tool == "reconciler"
        if what == "served":
            return self._serve("--etags" in words)
        answer = self.desk.run(*words)
        assert answer.code in (0, 1), answer.both
        assert "Traceback" not in answer.both
        return answer.out

    def _serve(self, etags: bool) -> str:
        self.close()
        told: list[str] = []
        spoken, end = Event(), Event()
        opened = open_service(build_setting((), CONFIG, None), quiet=True)
        service = opened.__enter__()
        # Its clock stands, and tenants are judged by it, so that each run of this shows the same.
        self._patch.setattr(live, "judging_time", service.now)

        def tell(text: str) -> None:
            told.append(text)
            spoken.set()

        wish = Rehearsal("127.0.0.1:0", etags, False, 0, "microsoft365")
        thread = Thread(target=rehearse, args=(service, wish, tell, end))
        thread.start()

        def close() -> None:
            end.set()
            thread.join(20)
            opened.__exit__(None, None, None)

        self._end = close
        assert spoken.wait(20)
        return self._moved(told[0])

    def _moved(self, told: str) -> str:
        """Point the configuration to where it really is, and say the address of the page."""
        (address,) = set(re.findall(r"http://127\.0\.0\.1:[0-9]+", told))
        text = (PARTNER / CONFIG).read_text(encoding="utf-8")
        (self.desk.folder / CONFIG).write_text(text.replace(ADDRESS, address), encoding="utf-8")
        return told.replace(address, ADDRESS)


@contextmanager
def staged(desk: Desk, patch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stage, with what the printed lines for the shell set."""
    stage = Stage(desk, patch)
    for who in ("reader", "writer"):
        patch.setenv(f"REHEARSAL_{who.upper()}_SECRET", f"rehearsal-{who}-secret")
        desk.put(f"rehearsal-{who}.token", "rehearsal-refresh-token\n").chmod(0o600)
    try:
        yield stage
    finally:
        stage.close()


def shortened(shown: list[str], whole: list[str]) -> list[str]:
    """The whole output with those lines left out that the page leaves out; all of it where it does not fit."""
    kept: list[str] = []
    rest = list(whole)
    for place, line in enumerate(shown):
        if line != LEFT_OUT:
            if not rest or rest.pop(0) != line:
                return whole
        else:
            following = next(iter(shown[place + 1 :]), None)
            rest = rest[rest.index(following) :] if following in rest else [] if following is None else rest
        kept.append(line)
    return whole if rest else kept


def replayed(text: str, stage: Stage) -> str:
    """The page with every block as the tool would have it."""

    def play(block: re.Match[str]) -> str:
        parts = re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]
        shown = [part.rstrip("\n").split("\n") for part in parts]
        said = stage.play(block["what"], [lines[0] for lines in shown])
        told = [
            "\n".join([f"$ {command}", *shortened(lines[1:], out.rstrip("\n").split("\n"))])
            for lines, (command, out) in zip(shown, said, strict=True)
        ]
        return block[1] + "\n\n".join(told) + "\n" + block["end"]

    return BLOCK.sub(play, text)


def test_the_rehearsal_goes_as_its_page_tells(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = REHEARSAL.read_text(encoding="utf-8")
    with staged(desk, monkeypatch) as stage:
        assert replayed(text, stage) == text, "run `python tests/test_partner_docs.py --write` and read it"


def test_what_the_service_prints_is_the_configuration_and_the_lines_of_the_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(desk, monkeypatch) as stage:
        desk.ok("simulator", "load", "live", "--config", CONFIG)
        ((_, told),) = stage.play("served", ["reconciler simulator serve"])
    printed = yaml.safe_load(told[told.index("apiVersion:") : told.index("\n\nand run this")])
    ours = yaml.safe_load((PARTNER / CONFIG).read_text(encoding="utf-8"))
    assert {name: ours[name] for name in printed} == printed
    assert set(ours) - set(printed) == {"tenants", "state"}
    (shell,) = re.findall(r"```sh\n(export .*?)```", REHEARSAL.read_text(encoding="utf-8"), re.DOTALL)
    assert shell.strip() in told


def write() -> None:
    """Bring the page of the rehearsal up to date."""
    import os
    import tempfile

    text = REHEARSAL.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        os.chdir(folder)
        with staged(Desk(Path(folder)), patch) as stage:
            REHEARSAL.write_text(replayed(text, stage), encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()
