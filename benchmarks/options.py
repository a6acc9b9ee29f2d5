"""The words of ``python -m benchmarks`` in, what is to be measured out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIZES, FULL_SIZES = (1_000,), (1_000, 10_000)
DRIFTS = (0.02, 0.0, 1.0)
WORKERS = (1, 2, 4)
# What the JSON tells of a run, so that it can be made again.
TOLD = (
    *(
        "sizes",
        "drifts",
        "applied",
        "looked_at",
        "over_http",
        "peers",
        "peer_sizes",
        "fleet",
        "loop",
        "workers",
    ),
    *("window", "repeat", "seed"),
)


def asked(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was asked for, with what was left out."""
    wish = _parser().parse_args(words)
    wish.sizes = tuple(wish.size or (FULL_SIZES if wish.full else SIZES))
    wish.drifts = tuple(wish.drift or DRIFTS)
    wish.over_http = tuple(wish.over_http or ())
    wish.peer_sizes = tuple(wish.peer_size or SIZES)
    wish.workers = tuple(wish.workers or WORKERS)
    return wish


def told(wish: argparse.Namespace) -> dict[str, Any]:
    """Return it as plain values."""
    return {name: getattr(wish, name) for name in TOLD}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the tool against floors and peers."
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
        "--over-http", type=int, action="append", help="tenants to plan over HTTP (may be repeated)"
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="also measure other tools, each installed by pip into its own place",
    )
    parser.add_argument(
        "--peer-size", type=int, action="append", help="objects for them (may be repeated; default 1000)"
    )
    parser.add_argument("--venvs", type=Path, help="keep the peers there for another run")
    parser.add_argument(
        "--fleet",
        type=int,
        default=0,
        help="tenants for the loop and for a fleet of workers (default none)",
    )
    parser.add_argument(
        "--no-loop", dest="loop", action="store_false", help="leave out the loop alone, on each kind of state"
    )
    parser.add_argument(
        "--workers", type=int, action="append", help="worker processes (may be repeated; default 1, 2, 4)"
    )
    parser.add_argument(
        "--window", type=float, default=60.0, help="seconds in which their passes are counted (default 60)"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="processes of which the best counts (default 3)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the generated fleets (default 1)")
    parser.add_argument("--folder", type=Path, help="where to put the fleets for the time of the run")
    parser.add_argument("--out", type=Path, help="write the JSON here instead of to stdout")
    parser.add_argument("--chart", type=Path, help="draw the figures here, as SVG")
    parser.add_argument(
        "--only", action="store_true", help="only what is asked for by --peers, --fleet or --over-http"
    )
    return parser
