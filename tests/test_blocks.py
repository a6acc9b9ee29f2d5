"""Runs of files that are kept as one: nothing is left out, and a file more or less moves only its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.files.blocks import NEAR, Block, blocks_of

NAMES = [f"t{number}" for number in range(400)]
HERE = [f"tenants/{name}.yaml" for name in NAMES]
THERE = [f"live/{name}.yaml" for name in NAMES]
Some = st.sets(st.integers(0, len(NAMES) - 1))


def without(files: list[str], gone: set[int]) -> list[str]:
    return [file for number, file in enumerate(files) if number not in gone]


@given(Some, Some)
def test_each_file_is_in_one_block_and_in_its_order(gone_here: set[int], gone_there: set[int]) -> None:
    here, there = without(HERE, gone_here), without(THERE, gone_there)
    blocks = list(blocks_of(here, there))
    assert [file for block in blocks for file in block.tenants] == here
    assert [file for block in blocks for file in block.live] == there
    assert all(block.files for block in blocks)


def test_blocks_are_neither_very_short_nor_very_long() -> None:
    sizes = [len(block.tenants) for block in blocks_of(HERE, THERE)]
    assert len(sizes) > 5
    assert all(NEAR < size < 6 * NEAR for size in sizes[1:-1])


@given(st.integers(0, len(NAMES) - 1), st.booleans(), st.booleans())
def test_a_file_less_on_either_side_changes_no_block_that_is_further_away(
    number: int, here: bool, there: bool
) -> None:
    gone = {number}
    after = set(blocks_with(without(HERE, gone) if here else HERE, without(THERE, gone) if there else THERE))
    moved = [block for block in blocks_with(HERE, THERE) if block not in after]
    # The one it is in, and those whose bounds are near.
    assert len(moved) <= 3


def test_one_folder_a_tenant_is_cut_into_blocks_too() -> None:
    here, there = ([f"{side}/{name}/{side}.yaml" for name in NAMES] for side in ("tenant", "live"))
    blocks = list(blocks_of(here, there))
    assert len(blocks) > 5
    assert all(len(block.tenants) == len(block.live) for block in blocks)


def test_states_that_are_called_otherwise_go_by_their_place() -> None:
    there = [f"live/{number:03}.yaml" for number in range(len(NAMES))]
    assert all(len(block.tenants) == len(block.live) for block in blocks_of(HERE, there))


def test_without_states_there_are_blocks_of_tenant_files() -> None:
    assert {block.live for block in map(whole, blocks_of(HERE))} == {()}
    assert not list(blocks_of([]))
    assert list(map(whole, blocks_of([], THERE))) == [((), tuple(THERE))]


def blocks_with(here: list[str], there: list[str]) -> list[Block]:
    return list(map(whole, blocks_of(here, there)))


def whole(block: Block) -> Block:
    return Block(tuple(block.tenants), tuple(block.live))
