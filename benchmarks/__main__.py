"""``python -m benchmarks``: options in, a JSON document on stdout (or in a file) and a table on stderr out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import measures, results
from benchmarks.children import Children
from benchmarks.fleets import make_fleet
from benchmarks.measures import Measure

SIZES, FULL_SIZES = (1_000,), (1_000, 10_000)
DRIFTS = (0.02, 0.0, 1.0)


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for and print it."""
    wish = _parser().parse_args(words)
    sizes = tuple(wish.size or (FULL_SIZES if wish.full else SIZES))
    drifts = tuple(wish.drift or DRIFTS)
    with TemporaryDirectory(prefix="benchmarks-", dir=wish.folder) as folder:
        found = []
        for measure in _all(Path(folder), wish, sizes, drifts):
            found.append(measure)
            print(
                f"{measure.name}, {measure.size} tenants: {measure.ratio:.2f} x {measure.floor.name}",
                file=sys.stderr,
            )
    print("\n" + results.table(found), file=sys.stderr, end="")
    options = {
        "sizes": sizes,
        "drifts": drifts,
        "applied": wish.applied,
        "looked_at": wish.looked_at,
        "repeat": wish.repeat,
        "seed": wish.seed,
    }
    text = json.dumps(results.document(found, options), indent=2) + "\n"
    if wish.out:
        wish.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _all(
    folder: Path, wish: argparse.Namespace, sizes: Sequence[int], drifts: Sequence[float]
) -> Iterator[Measure]:
    children = Children(folder, wish.repeat)
    # The first run of every command compiles the byte code; it is not one of those measured.
    Children(folder, 1).once((*measures.TOOL, "version"), folder)
    yield from measures.starting(children, folder)
    for size in sizes:
        # The smallest size shows what drift costs; the others show how the usual share of it grows.
        for drift in drifts if size == min(sizes) else drifts[:1]:
            fleet = make_fleet(folder / f"{size}-{drift}", size, drift, wish.seed)
            yield from measures.files_alone(children, fleet, drift)
            yield from measures.embedded(children, fleet, drift)
            if drift == drifts[0]:
                # What a file says makes no difference to a pass that does not open it.
                yield from measures.warm(children, fleet, drift)
    if wish.applied:
        yield from measures.looping(children, folder, wish.applied)
        yield from measures.doing(children, folder, wish.applied)
    if wish.looked_at:
        for drift in wish.drift or (0.0, 1.0):
            yield from measures.looking(children, folder, wish.looked_at, drift)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the tool against floors."
    )
    parser.add_argument("--full", action="store_true", help="also 10,000 tenants, and how the cost grows")
    parser.add_argument("--size", type=int, action="append", help="tenants in a fleet (may be repeated)")
    parser.add_argument(
        "--drift", type=float, action="append", help="share of drifting tenants, 0 to 1 (may be repeated)"
    )
    parser.add_argument("--applied", type=int, default=100, help="tenants to apply, 0 for none (default 100)")
    parser.add_argument(
        "--looked-at", type=int, default=200, help="tenants to look at over HTTP, 0 for none (default 200)"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="processes of which the best counts (default 3)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the generated fleets (default 1)")
    parser.add_argument("--folder", type=Path, help="where to put the fleets for the time of the run")
    parser.add_argument("--out", type=Path, help="write the JSON here instead of to stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
