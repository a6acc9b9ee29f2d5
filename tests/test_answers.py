"""What ``--cache`` keeps: an answer that was kept is the answer that would be given, or there is none."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import pytest
from cli import Answer, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from two_sides import FLEETS, IDS, LIVE, TENANT, planned, some

from benchmarks.fleets import make_fleet
from reconciler.adapters.files import abreast, answers, blocks

LONG_AGO = 1_700_000_000
RESTS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def let_age(desk: Desk) -> None:
    """Let no file be so young that it might have changed twice within one tick; its stamp counts for nothing else."""
    for file in desk.folder.rglob("*.yaml"):
        os.utime(file, (LONG_AGO, LONG_AGO))


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file count as old enough: no test sleeps."""
    monkeypatch.setattr(answers, "MARGIN", -(10**18))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each tenant be a block of its own."""
    monkeypatch.setattr(blocks, "_bounds", lambda files: range(1, len(files)))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tenant files and states that are opened."""
    files: list[str] = []
    really = answers.contents_of

    def contents_of(file: str) -> object:
        files.append(file)
        return really(file)

    monkeypatch.setattr(answers, "contents_of", contents_of)
    return files


def validated(desk: Desk, *words: str) -> Answer:
    return desk.run("validate", "tenants", "--format=json", *words)


def kept_in(desk: Desk) -> Path:
    (file,) = (desk.folder / "cache").glob("*.answers")
    return file


@pytest.mark.usefixtures("settled")
def test_what_did_not_change_is_not_opened_again(desk: Desk, opened: list[str]) -> None:
    some(desk)
    first = planned(desk, "--cache", "cache")
    assert len(opened) == 6
    opened.clear()
    assert planned(desk, "--cache", "cache") == first
    assert opened == []


@pytest.mark.usefixtures("settled", "small")
def test_what_changed_is_judged_anew_and_nothing_else(desk: Desk, opened: list[str]) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    opened.clear()
    some(desk, "b", licenses=12)
    assert "1 unknown" in planned(desk, "--cache", "cache").out
    assert {Path(file).stem for file in opened} == {"b"}


def test_files_with_new_stamps_are_told_by_their_bytes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    some(desk)
    first = planned(desk, "--cache", "cache")
    let_age(desk)
    monkeypatch.setattr(abreast.Abreast, "_read", lambda *_: pytest.fail("it was read"))
    assert planned(desk, "--cache", "cache") == first


@pytest.mark.usefixtures("settled")
def test_no_stamp_is_believed_for_ever(
    desk: Desk, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    opened.clear()
    later = time.time_ns() + answers.BELIEVED
    monkeypatch.setattr(answers, "_now", lambda: later)
    planned(desk, "--cache", "cache")
    assert len(opened) == 6


def test_a_young_file_is_told_by_its_bytes(desk: Desk, opened: list[str]) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    opened.clear()
    planned(desk, "--cache", "cache")
    assert len(opened) == 6


def test_without_the_option_nothing_is_made(desk: Desk) -> None:
    some(desk)
    before = sorted(desk.folder.rglob("*"))
    planned(desk)
    assert sorted(desk.folder.rglob("*")) == before


def test_the_cache_is_its_owners_alone(desk: Desk) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    assert stat.S_IMODE((desk.folder / "cache").stat().st_mode) == 0o700
    assert stat.S_IMODE(kept_in(desk).stat().st_mode) == 0o600


@pytest.mark.usefixtures("settled")
def test_a_cache_that_others_could_read_or_write_is_not_there(desk: Desk, opened: list[str]) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    kept_in(desk).chmod(0o644)
    opened.clear()
    planned(desk, "--cache", "cache")
    assert len(opened) == 6


@pytest.mark.usefixtures("settled")
def test_a_link_in_the_place_of_the_cache_is_not_followed(desk: Desk, opened: list[str]) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    kept = kept_in(desk)
    kept.rename(desk.folder / "elsewhere")
    kept.symlink_to(desk.folder / "elsewhere")
    opened.clear()
    planned(desk, "--cache", "cache")
    assert len(opened) == 6


def test_a_cache_that_can_not_be_written_is_told_and_changes_nothing(desk: Desk) -> None:
    some(desk)
    desk.put("cache", "a file")
    answer = planned(desk, "--cache", "cache")
    assert (answer.code, answer.out) == (0, planned(desk).out)
    assert "Nothing was kept in the cache" in answer.err


@pytest.mark.usefixtures("small")
def test_what_is_not_asked_for_any_more_is_dropped(desk: Desk) -> None:
    some(desk, "abc")
    planned(desk, "--cache", "cache")
    for side in ("tenants", "live"):
        (desk.folder / side / "b.yaml").unlink()
    planned(desk, "--cache", "cache")
    assert b"b.example" not in kept_in(desk).read_bytes()
    assert len(kept_in(desk).read_bytes().splitlines()) == 2


def test_only_so_many_fleets_are_kept(desk: Desk) -> None:
    some(desk, "a")
    for number in range(answers.MOST_FILES + 3):
        shutil.copytree(desk.folder / "tenants", desk.folder / f"t{number}")
        desk.run("plan", f"t{number}", "--live", "live", "--cache", "cache")
    assert len(list((desk.folder / "cache").iterdir())) == answers.MOST_FILES


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "change",
    [
        {"limits": {"maxLicensesAdded": 1}},
        {"catalogue": "microsoft365"},
        {"backupMaxAgeDays": 3},
        {"simulator": {"addsInOrder": False}},
    ],
)
def test_an_answer_of_other_terms_is_none(change: dict[str, object], desk: Desk, opened: list[str]) -> None:
    some(desk, licenses=12)
    desk.configure()
    planned(desk, "--cache", "cache")
    desk.configure(**change)
    fresh = planned(desk)
    opened.clear()
    assert planned(desk, "--cache", "cache") == fresh
    assert fresh.code == 1 or len(opened) == 6


@pytest.mark.usefixtures("settled")
def test_the_limits_of_a_run_are_judged_over_all_tenants_whatever_was_kept(desk: Desk) -> None:
    fleet = make_fleet(desk.folder / "f", 40, 0.5)
    with (fleet.folder / "reconciler.yaml").open("a") as config:
        config.write("limits: {maxLicensesAddedPerRun: 9, maxSwitchesPerRun: 1}\n")
    for number in range(3):
        fresh = planned(desk)
        assert re.search("[1-9][0-9]* licenses to add.* [1-9][0-9]* blocked", fresh.out)
        assert [planned(desk, "--cache", "cache") for _ in range(2)] == [fresh, fresh]
        # Whoever took most of what there is room for wants nothing any more.
        for side in ("tenants", "live"):
            sorted((fleet.folder / side / "000").iterdir())[number].unlink()


@pytest.mark.usefixtures("settled")
def test_an_answer_of_another_version_is_none(
    desk: Desk, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    some(desk)
    planned(desk, "--cache", "cache")
    opened.clear()
    monkeypatch.setattr("reconciler.cli.kept_answers.__version__", "99")
    planned(desk, "--cache", "cache")
    assert len(opened) == 6


def told_of_another_fleet(data: bytes) -> bytes:
    """Let each line stand in for one of another key: as it was written, but sealed with no word of this one."""
    return b"".join(
        b"%b\t%b\n" % (blake2b(body, digest_size=16).hexdigest().encode(), body)
        for body in (line.partition(b"\t")[2] for line in data.splitlines())
    )


def with_answers_swapped(data: bytes) -> bytes:
    lines = [line.rsplit(b"\t", 1) for line in data.splitlines() if b"\t" in line]
    answers_there = [answer for _, answer in lines]
    return b"".join(
        b"%b\t%b\n" % (line[0], answer) for line, answer in zip(lines, reversed(answers_there), strict=True)
    )


def moved(desk: Desk, file: str, to: str) -> None:
    here, there = desk.folder / file, desk.folder / to
    if here.exists():
        there.parent.mkdir(exist_ok=True)
        here.rename(there)


def longer(desk: Desk, file: str) -> None:
    """Let one byte more be in a file that says the same."""
    if (desk.folder / file).exists():
        desk.put(file, (desk.folder / file).read_text(encoding="utf-8") + "\n")


def swapped(desk: Desk, name: str) -> None:
    one, other = (desk.folder / f"tenants/{each}.yaml" for each in (name, "a"))
    if one != other and one.exists() and other.exists():
        between = one.with_suffix(".between")
        one.rename(between), other.rename(one), between.rename(other)


@pytest.mark.usefixtures("settled")
def test_sound_files_that_did_not_change_are_not_validated_again(desk: Desk, opened: list[str]) -> None:
    some(desk)
    sound = validated(desk, "--cache", "cache")
    assert (sound.code, len(opened)) == (0, 3)
    opened.clear()
    assert validated(desk, "--cache", "cache") == sound
    assert opened == []
    put(desk, "b", licenses=-1)
    broken = validated(desk, "--cache", "cache")
    assert broken.code == 1
    assert broken == validated(desk)


@pytest.mark.usefixtures("settled")
def test_a_waiver_that_was_sound_yesterday_has_ended_today(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(desk)
    CHANGES["waived"](desk, "b")
    for day, code in ((31, 0), (32, 1)):
        moment = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=day - 1)
        monkeypatch.setattr("reconciler.cli.validate.now", lambda: moment)  # noqa: B023
        assert validated(desk, "--cache", "cache").code == code


@pytest.mark.parametrize("name", FLEETS)
@pytest.mark.parametrize("form", ["json", "text"])
def test_validating_file_by_file_tells_what_validating_the_fleet_does(
    name: str, form: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    FLEETS[name](desk)
    folder = "f/tenants" if (desk.folder / "f").exists() else "tenants"
    shortly = desk.run("validate", folder, f"--format={form}")
    monkeypatch.setattr("reconciler.cli.validate.checked", lambda *_: None)
    assert desk.run("validate", folder, f"--format={form}") == shortly


CHANGES: dict[str, Callable[[Desk, str], object]] = {
    "more": lambda desk, name: put(desk, name, licenses=12),
    "as it was": lambda desk, name: put(desk, name),
    "gone": lambda desk, name: (desk.folder / f"tenants/{name}.yaml").unlink(missing_ok=True),
    "no state": lambda desk, name: (desk.folder / f"live/{name}.yaml").unlink(missing_ok=True),
    "another state": lambda desk, name: desk.put(
        f"live/{name}.yaml", state(name).replace("licenses: 10", "licenses: 9")
    ),
    "unmanaged": lambda desk, name: desk.put(
        f"live/{name}.yaml", state(name) + "    - {id: sub-2, plan: lync-online-plan-1, licenses: 3}\n"
    ),
    "broken": lambda desk, name: desk.put(f"tenants/{name}.yaml", "a: ["),
    "a clash": lambda desk, name: desk.put(
        f"tenants/{name}.yaml", TENANT.format(name="a", tenant=f"{name}.example", licenses=10)
    ),
    "one tenant": lambda desk, name: desk.put(
        f"tenants/{name}.yaml", TENANT.format(name=name, tenant=IDS["a"], licenses=10)
    ),
    "one byte here": lambda desk, name: longer(desk, f"tenants/{name}.yaml"),
    "one byte there": lambda desk, name: longer(desk, f"live/{name}.yaml"),
    "one digit there": lambda desk, name: desk.put(
        f"live/{name}.yaml", state(name).replace("assigned: 5", "assigned: 6")
    ),
    "called otherwise": lambda desk, name: moved(desk, f"tenants/{name}.yaml", f"tenants/z{name}.yaml"),
    "called otherwise there": lambda desk, name: moved(desk, f"live/{name}.yaml", f"live/z{name}.yaml"),
    "in a folder": lambda desk, name: moved(desk, f"tenants/{name}.yaml", f"tenants/m/{name}.yaml"),
    "swapped": swapped,
    "waived": lambda desk, name: desk.put(
        f"tenants/{name}.yaml",
        TENANT.format(name=name, tenant=f"{name}.example", licenses=10)
        + "  waivers: [{rule: website-domain, reason: r, owner: o, until: 2027-01-01}]\n",
    ),
}
TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "left": lambda data: data,
    "a byte": lambda data: data.replace(b'"a"', b'"b"', 1),
    "in sync": lambda data: data.replace(b'"plan":', b'"plan ":'),
    "cut": lambda data: data[: len(data) // 2],
    "emptied": lambda data: b"",
    "turned round": lambda data: b"".join(reversed(data.splitlines(keepends=True))),
    "no text": lambda data: b"\xff\x00\n" + data,
    "swapped": with_answers_swapped,
    "of another fleet": told_of_another_fleet,
}


def put(desk: Desk, name: str, licenses: int = 10) -> None:
    some(desk, name, licenses)


def state(name: str) -> str:
    return LIVE.format(name=name, tenant=f"{name}.example", id=IDS[name])


@RESTS
@given(
    passes=st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(list(CHANGES)), st.sampled_from("abcd")), max_size=3),
            st.sampled_from(list(TAMPERED)),
        ),
        min_size=2,
        max_size=5,
    ),
    in_small_blocks=st.booleans(),
)
@pytest.mark.usefixtures("settled")
def test_a_cached_answer_is_the_one_a_fresh_look_gives(
    passes: list[tuple[list[tuple[str, str]], str]],
    in_small_blocks: bool,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "NEAR", 1 if in_small_blocks else 14)
    for folder in ("tenants", "live", "cache"):
        shutil.rmtree(desk.folder / folder, ignore_errors=True)
    some(desk, "abcd")
    for changes, tampered in passes:
        for change, name in changes:
            CHANGES[change](desk, name)
        assert planned(desk, "--cache", "cache", "--exit-codes=full") == planned(desk, "--exit-codes=full")
        assert validated(desk, "--cache", "cache") == validated(desk)
        for file in (desk.folder / "cache").glob("*.answers"):
            file.write_bytes(TAMPERED[tampered](file.read_bytes()))


@pytest.mark.usefixtures("settled", "small")
def test_a_state_that_is_missing_lets_only_its_own_block_be_read(desk: Desk, opened: list[str]) -> None:
    some(desk, "abcde")
    (desk.folder / "live/b.yaml").unlink()
    fresh = planned(desk, "--cache", "cache")
    assert "1 unknown" in fresh.out
    opened.clear()
    assert planned(desk, "--cache", "cache") == fresh
    assert opened == ["tenants/b.yaml"]


@pytest.mark.usefixtures("settled")
def test_a_generated_fleet_is_told_from_the_cache_as_it_is(desk: Desk, opened: list[str]) -> None:
    make_fleet(desk.folder / "f", 60, 0.5)
    fresh = planned(desk)
    assert planned(desk, "--cache", "cache") == fresh
    opened.clear()
    assert planned(desk, "--cache", "cache") == fresh
    assert opened == []
