"""A folder read again and again says what a first reading would say, and opens only what may have changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.adapters import files
from reconciler.adapters.files import reading, rereading
from reconciler.adapters.files.rereading import BELIEVED, MARGIN, Rereading
from reconciler.desired import FileRead, TenantReader

CATALOGUE = files.load_catalogue("office365-2014")


def tenant(name: str, licenses: int = 5, domain: str | None = None) -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: Tenant\nmetadata: {{name: {name}}}\nspec:\n"
        f"  tenant: {domain or name}.example\n"
        f"  subscriptions: [{{plan: office-365-enterprise-e3, licenses: {licenses}}}]\n"
    )


class Hours:
    """A clock that stands far ahead of every file, so that all stamps count, until a test sets it."""

    def __init__(self) -> None:
        self.now = 2**62

    def __call__(self) -> int:
        return self.now


class Watched(TenantReader):
    """Notes which files are parsed."""

    def __init__(self) -> None:
        of = files.reader_of(CATALOGUE)
        super().__init__(of.catalogue, of.checker, of.terms)
        self.parsed: list[str] = []

    def read(self, file: str, text: str) -> FileRead:
        self.parsed.append(Path(file).name)
        return super().read(file, text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("adatum", "contoso", "fabrikam"):
        (tmp_path / f"{name}.yaml").write_text(tenant(name), encoding="utf-8")
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were opened, by name."""
    seen: list[str] = []
    real = rereading.contents_of

    def watched(path: str) -> object:
        seen.append(Path(path).name)
        return real(path)

    monkeypatch.setattr(rereading, "contents_of", watched)
    return seen


def again(folder: Path, clock: Callable[[], int] | None = None) -> tuple[Rereading, Watched]:
    reader = Watched()
    return Rereading([folder], reader, clock=clock or Hours()), reader


def as_at_first(folder: Path) -> object:
    return files.load_tenants([folder], CATALOGUE)


def test_a_warm_pass_over_unchanged_files_opens_none_of_them(folder: Path, opened: list[str]) -> None:
    reread, reader = again(folder)
    first = reread.read()
    assert sorted(opened) == sorted(reader.parsed) == ["adatum.yaml", "contoso.yaml", "fabrikam.yaml"]
    assert first.fleet == as_at_first(folder)
    opened.clear()
    assert reread.read() is first
    assert opened == []


def test_only_the_file_that_changed_is_opened_and_parsed(folder: Path, opened: list[str]) -> None:
    reread, reader = again(folder)
    first = reread.read()
    opened.clear()
    reader.parsed.clear()
    (folder / "contoso.yaml").write_text(tenant("contoso", 60), encoding="utf-8")
    second = reread.read()
    assert opened == reader.parsed == ["contoso.yaml"]
    assert second.fleet == as_at_first(folder)
    assert second.fingerprint != first.fingerprint
    kept = [d for d in second.fleet.declarations if d.name != "contoso"]
    assert all(any(d is other for other in first.fleet.declarations) for d in kept)


def test_a_file_that_was_only_touched_is_not_parsed(folder: Path, opened: list[str]) -> None:
    reread, reader = again(folder)
    first = reread.read()
    opened.clear()
    reader.parsed.clear()
    os.utime(folder / "contoso.yaml", ns=(1, 1))
    assert reread.read() is first
    assert (opened, reader.parsed) == (["contoso.yaml"], [])


def test_a_change_that_keeps_size_and_time_of_the_file_is_seen(folder: Path) -> None:
    """``cp -p`` and ``rsync -t`` set the time back; the time of the inode they can not set."""
    reread, _ = again(folder)
    file = folder / "contoso.yaml"
    before = file.stat()
    reread.read()
    file.write_text(tenant("contoso", 6), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert reread.read().fleet == as_at_first(folder)


def test_changes_within_one_tick_of_the_clock_are_all_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that counts in steps of two seconds, as FAT does, most of these leave the stamp as it was."""

    def coarse(status: os.stat_result) -> reading.Stamp:
        mtime, ctime, *rest = stamp_of(status)
        step = 2_000_000_000
        return (mtime // step * step, ctime // step * step, rest[0], rest[1], rest[2])

    stamp_of = reading.stamp_of
    monkeypatch.setattr(reading, "stamp_of", coarse)
    monkeypatch.setattr(rereading, "stamp_of", coarse)
    reread, file = Rereading([folder], files.reader_of(CATALOGUE)), folder / "contoso.yaml"
    stamps = set()
    for number in range(100):
        with file.open("r+b") as stream:
            stream.write(tenant("contoso", 1 + number % 9).encode())
        stamps.add(coarse(file.stat()))
        found = {d.name: d.subscriptions[0].licenses for d in reread.read().fleet.declarations}
        assert found["contoso"] == 1 + number % 9
    assert len(stamps) < 50


@pytest.mark.parametrize(
    ("age", "read_again"), [(MARGIN + 1, False), (MARGIN, True), (0, True), (-MARGIN, True)]
)
def test_a_stamp_counts_only_if_it_was_old_when_the_file_was_read(
    folder: Path, opened: list[str], age: int, read_again: bool
) -> None:
    clock = Hours()
    stamps = [max(rereading.stamp_of(file.stat())[:2]) for file in folder.iterdir()]
    clock.now = max(stamps) + age
    for file in folder.iterdir():
        if max(rereading.stamp_of(file.stat())[:2]) < max(stamps):
            file.unlink()
    reread, _ = again(folder, clock)
    reread.read()
    opened.clear()
    # However late it is by now: what counts is how old it was then.
    clock.now += MARGIN * 3
    reread.read()
    assert bool(opened) is read_again
    opened.clear()
    reread.read()
    assert opened == []


def test_no_stamp_counts_for_ever_nor_when_the_clock_was_set_back(folder: Path, opened: list[str]) -> None:
    clock = Hours()
    reread, reader = again(folder, clock)
    first = reread.read()
    for later in (BELIEVED, -1):
        opened.clear()
        reader.parsed.clear()
        clock.now += later
        assert reread.read() is first
        assert len(opened) == 3
        assert reader.parsed == []


def test_two_files_that_claim_the_same_are_found_though_only_one_of_them_is_new(folder: Path) -> None:
    reread, reader = again(folder)
    first = reread.read()
    reader.parsed.clear()
    copy = folder / "copy.yaml"
    copy.write_text(tenant("copy", domain="FABRIKAM"), encoding="utf-8")
    second = reread.read()
    assert reader.parsed == ["copy.yaml"]
    assert second.fleet == as_at_first(folder)
    assert [d.name for d in second.fleet.declarations] == ["adatum", "contoso"]
    assert {(u.name, u.tenant) for u in second.fleet.unsound} == {
        ("copy", "fabrikam.example"),
        ("fabrikam", "fabrikam.example"),
    }
    assert all(p.line_text for p in second.fleet.problems)
    copy.unlink()
    assert reread.read() == first


def test_a_file_that_can_not_be_read_is_tried_each_time(folder: Path) -> None:
    reread, _ = again(folder)
    first = reread.read()
    file = folder / "contoso.yaml"
    file.unlink()
    os.mkfifo(file)
    second = reread.read()
    assert second.fleet == as_at_first(folder)
    assert [p.code for p in second.fleet.problems] == ["not-a-file"]
    assert reread.read() is second
    file.unlink()
    file.write_text(tenant("contoso"), encoding="utf-8")
    assert reread.read() == first


def test_a_fingerprint_knows_names_bytes_and_what_stood_in_the_way(folder: Path) -> None:
    def fingerprint() -> str:
        return again(folder)[0].read().fingerprint

    seen = [fingerprint()]
    assert fingerprint() == seen[0]
    (folder / "contoso.yaml").rename(folder / "renamed.yaml")
    seen.append(fingerprint())
    (folder / "adatum.yaml").write_text(tenant("adatum") + "# a comment\n", encoding="utf-8")
    seen.append(fingerprint())
    (folder / "out.yaml").symlink_to("/nowhere")
    seen.append(fingerprint())
    (folder / "fabrikam.yaml").unlink()
    seen.append(fingerprint())
    assert len(set(seen)) == len(seen)


NAMES = ("a", "b", "sub/c", "d.yml")
TEXTS = (
    tenant("a"),
    tenant("a", 6),
    tenant("b", domain="a"),
    tenant("c") + "---\n" + tenant("d"),
    tenant("d") + "---\n" + tenant("e", 0),
    tenant("f") + ": [",
    "",
    "\udcff",
)
edits = st.lists(
    st.tuples(st.sampled_from(NAMES), st.one_of(st.none(), st.sampled_from(TEXTS))), min_size=1, max_size=5
)


@settings(max_examples=60, deadline=None)
@given(passes=st.lists(edits, min_size=1, max_size=6))
def test_whatever_happens_to_a_folder_each_pass_is_as_a_first_one(
    passes: list[list[tuple[str, str | None]]],
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sub").mkdir()
        reread = Rereading([folder], files.reader_of(CATALOGUE))
        for edited in passes:
            for file, text in edited:
                path = folder / (file if file.endswith(".yml") else f"{file}.yaml")
                if text is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_bytes(text.encode(errors="surrogateescape"))
            assert reread.read().fleet == as_at_first(folder)
        assert reread.read() == again(folder)[0].read()
