"""pyinfra: as many files that it is to put on this machine, and a dry run that puts none."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.objects import settings
from benchmarks.peers.peer import Order, Peer

HEAD = "from io import StringIO\n\nfrom pyinfra.operations import files\n\n"


def lay(order: Order) -> Sequence[str]:
    """Write as many files, and a deploy that says what each of them holds."""
    live = order.folder.resolve() / "live"
    live.mkdir()
    operations = []
    for number in range(order.size):
        file = live / f"customer-{number:06}"
        file.write_text(_text(number, number in order.changed), encoding="utf-8")
        operations.append(f"files.put(src=StringIO({_text(number, changed=False)!r}), dest={str(file)!r})\n")
    (order.folder / "deploy.py").write_text(HEAD + "".join(operations), encoding="utf-8")
    return ("pyinfra", "@local", "deploy.py", "--dry")


def _text(number: int, changed: bool) -> str:
    return "".join(f"{name}: {value}\n" for name, value in settings(number, changed))


PEER = Peer("pyinfra", "pyinfra", "a dry run of files on this machine: compare, plan", lay)
