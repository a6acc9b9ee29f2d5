"""``python -m benchmarks``: options in, a JSON document on stdout (or in a file) and a table on stderr out."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import fleet, measures, options, results, service
from benchmarks.children import Children
from benchmarks.fleets import make_fleet
from benchmarks.measures import Measure
from benchmarks.peers.measuring import Course
from benchmarks.results import Found


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for and print it."""
    wish = options.asked(words)
    run = results.Run()
    if wish.folder:
        wish.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="benchmarks-", dir=wish.folder) as folder:
        for found in _all(Path(folder), wish):
            run.add(found)
            print(found.line, file=sys.stderr)
    print("\n" + results.table(run), file=sys.stderr, end="")
    document = results.document(run, options.told(wish))
    if wish.chart:
        from benchmarks.chart.page import drawn

        wish.chart.write_text(drawn([document]), encoding="utf-8")
    text = json.dumps(document, indent=2) + "\n"
    if wish.out:
        wish.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _all(folder: Path, wish: argparse.Namespace) -> Iterator[Found]:
    children = Children(folder, wish.repeat)
    # The first run of every command compiles the byte code; it is not one of those measured.
    Children(folder, 1).once((*measures.TOOL, "version"), folder)
    if not wish.only:
        yield from map(measures.unless_too_short, _usual(children, folder, wish))
    for size in wish.over_http:
        yield from service.over_http(children, folder, size, wish.drifts[0], wish.seed)
    if wish.peers:
        venvs = (wish.venvs or folder / "venvs").resolve()
        course = Course(children, folder / "peers", venvs, wish.drifts[0], wish.seed)
        yield from course.standings(wish.peer_sizes)
    if wish.fleet:
        contenders = [*(fleet.loops() if wish.loop else ()), *fleet.fleets(wish.workers)]
        yield from fleet.passing(children, folder, wish.fleet, contenders, wish.window)


def _usual(children: Children, folder: Path, wish: argparse.Namespace) -> Iterator[Measure]:
    yield from measures.starting(children, folder)
    for size in wish.sizes:
        # The smallest size shows what drift costs; the others show how the usual share of it grows.
        for drift in wish.drifts if size == min(wish.sizes) else wish.drifts[:1]:
            made = make_fleet(folder / f"{size}-{drift}", size, drift, wish.seed)
            yield from measures.files_alone(children, made, drift)
            yield from measures.embedded(children, made, drift)
            if drift == wish.drifts[0]:
                # What a file says makes no difference to a pass that does not open it.
                yield from measures.warm(children, made, drift)
                yield from measures.with_a_cache(children, made, drift)
    if wish.applied:
        yield from measures.looping(children, folder, wish.applied)
        yield from measures.doing(children, folder, wish.applied)
    if wish.looked_at:
        for drift in wish.drift or (0.0, 1.0):
            yield from measures.looking(children, folder, wish.looked_at, drift)


if __name__ == "__main__":
    # What was started is ended on the way out, however that is asked for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
