"""``reconciler``, and ``python -m reconciler``: where the process begins."""

from __future__ import annotations

import gc


def start() -> None:
    """Load the command line, and run what it is given."""
    # Our records are frozen and hold no cycles: to look for some behind every 700 new ones only costs time, and loading
    # makes the most of them.
    gc.set_threshold(100_000)
    from reconciler.cli import main

    main()


if __name__ == "__main__":
    start()
