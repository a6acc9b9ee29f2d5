"""Peers get as many objects as we do, of the same size, of which as many differ; none is left out silently."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from benchmarks.children import Children, Took
from benchmarks.measures import Missing
from benchmarks.peers import installing, intunecd, measuring, octodns, pyinfra, salt
from benchmarks.peers.installing import Installed, NotInstalled
from benchmarks.peers.measuring import Course
from benchmarks.peers.peer import Order, Pair, Peer, Standing
from benchmarks.peers.table import PEERS

CHANGED = frozenset({3, 11})
# What has two sides that are files: the tool's, and the folders of both.
TWO_SIDED = [
    (octodns.PEER, "desired", "live"),
    (intunecd.JSON, "source/Settings Catalog", "target/Settings Catalog"),
    (intunecd.YAML, "source/Settings Catalog", "target/Settings Catalog"),
]


on_two_sides = pytest.mark.parametrize(
    ("peer", "declared", "live"), TWO_SIDED, ids=lambda value: getattr(value, "name", "")
)


def order(folder: Path, size: int = 20) -> Order:
    folder.mkdir(exist_ok=True)
    return Order(folder, size, CHANGED, 1)


def course(folder: Path, repeat: int = 1) -> Course:
    return Course(Children(folder, repeat), folder / "peers", folder / "venvs", 0.1, 1)


@on_two_sides
def test_just_the_objects_that_are_to_change_differ(
    tmp_path: Path, peer: Peer, declared: str, live: str
) -> None:
    peer.lay(order(tmp_path))
    one, other = (sorted((tmp_path / side).iterdir()) for side in (declared, live))
    assert [file.name for file in one] == [file.name for file in other]
    pairs = zip(one, other, strict=True)
    assert {n for n, (a, b) in enumerate(pairs) if a.read_bytes() != b.read_bytes()} == CHANGED


@on_two_sides
def test_a_peers_object_is_as_large_as_one_of_ours(
    tmp_path: Path, peer: Peer, declared: str, live: str
) -> None:
    peer.lay(order(tmp_path))
    sizes = [file.stat().st_size for side in (declared, live) for file in (tmp_path / side).iterdir()]
    assert len(sizes) == 40
    assert min(sizes) >= 500
    assert max(sizes) <= 1200


@pytest.mark.parametrize("peer", [salt.PEER, pyinfra.PEER], ids=lambda peer: peer.name)
def test_what_stands_as_files_differs_from_what_is_declared_just_where_it_is_to(
    tmp_path: Path, peer: Peer
) -> None:
    peer.lay(order(tmp_path))
    files = sorted((tmp_path / "live").iterdir())
    assert {n for n, file in enumerate(files) if "another" in file.read_text()} == CHANGED
    assert all(500 <= file.stat().st_size <= 1200 for file in files)
    (declared,) = tmp_path.glob("states/fleet.sls") if peer is salt.PEER else tmp_path.glob("deploy.py")
    assert "another" not in declared.read_text()
    assert all(str(file) in declared.read_text() for file in files)


def test_octodns_is_told_of_every_zone(tmp_path: Path) -> None:
    octodns.PEER.lay(order(tmp_path))
    told = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert {f"{name}yaml" for name in told["zones"]} == {file.name for file in (tmp_path / "live").iterdir()}
    # As many at once as its people set, and no more.
    assert "max_workers" not in told["manager"]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_the_same_order_gives_the_same_bytes(tmp_path: Path, peer: Peer) -> None:
    place, told = tmp_path / "here", []
    for name in ("one", "two"):
        # Some name their files by where they are.
        words = peer.lay(order(place))
        told.append(
            (words, {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()})
        )
        place.rename(tmp_path / name)
    assert told[0] == told[1]


def test_the_difference_of_two_sizes_is_without_any_start_up() -> None:
    def took(seconds: float) -> Took:
        return Took(seconds, seconds, 30.0)

    standing = Standing(
        octodns.PEER, "9.9", Pair(200, took(2.0), took(0.5)), Pair(1000, took(6.0), took(0.9))
    )
    assert standing.ratio == pytest.approx(6.67, abs=0.01)
    assert standing.marginal_ratio == pytest.approx(10.0)
    told = standing.document()
    assert told["objects_per_second"] == 166.7
    assert told["marginal_microseconds"] == 5000.0
    assert told["ours"]["marginal_microseconds"] == 500.0
    assert "10.0 x for one more" in standing.line


def test_where_ours_took_no_longer_for_more_nothing_is_said_of_one_more() -> None:
    same = Took(0.5, 0.5, 30.0)
    standing = Standing(octodns.PEER, "9.9", Pair(2, same, same), Pair(10, Took(0.6, 0.6, 30.0), same))
    assert standing.marginal_ratio is None
    assert standing.document()["marginal_ratio"] is None


def test_a_peer_that_can_not_be_installed_is_told_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(package: str, below: Path) -> Installed:
        raise NotInstalled("No matching distribution found")

    monkeypatch.setattr(measuring, "installed", refused)
    found = list(course(tmp_path).standings([10]))
    assert [missing.name for missing in found if isinstance(missing, Missing)] == [
        peer.name for peer in PEERS
    ]
    assert all("No matching distribution" in missing.why for missing in found if isinstance(missing, Missing))


def a_tool(folder: Path, says: str) -> Installed:
    """A virtual environment, so to speak, with one tool in it."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "bin" / "tool").write_text(says, encoding="utf-8")
    return Installed(folder, "1.0")


def lay_nothing(order: Order) -> Sequence[str]:
    return ("tool", str(order.size))


TOOL = Peer("tool", "tool", "nothing", lay_nothing, ours=("version",), most=100)


def test_a_peer_stands_beside_the_same_command_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = a_tool(tmp_path / "venv", "pass")
    monkeypatch.setattr(measuring, "installed", lambda package, below: tool)
    (standing,) = course(tmp_path).standings([10], [TOOL])
    assert isinstance(standing, Standing)
    assert (standing.few.objects, standing.many.objects, standing.version) == (2, 10, "1.0")
    assert standing.many.theirs.seconds > 0
    assert standing.many.ours.seconds > 0


@pytest.mark.parametrize(
    ("says", "size", "why"),
    [("raise SystemExit('no such flag')", 10, "no such flag"), ("pass", 101, "More than it takes")],
)
def test_a_peer_that_fails_or_would_is_told_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, size: int, why: str
) -> None:
    tool = a_tool(tmp_path / "venv", says)
    monkeypatch.setattr(measuring, "installed", lambda package, below: tool)
    (missing,) = course(tmp_path).standings([size], [TOOL])
    assert isinstance(missing, Missing)
    assert why in missing.why


def test_of_what_pip_says_the_last_line_is_the_reason() -> None:
    assert installing.last_words("WARNING: slow\nERROR: no such package\n\n") == "ERROR: no such package"
    assert installing.last_words("\n") == ""


@pytest.mark.wheel
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_each_peer_can_be_installed_and_measured(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, peer: Peer
) -> None:
    venvs = tmp_path_factory.getbasetemp() / "venvs"
    (standing,) = Course(Children(tmp_path, 1), tmp_path / "peers", venvs, 0.1, 1).standings([10], [peer])
    assert isinstance(standing, Standing), standing
    assert standing.version
