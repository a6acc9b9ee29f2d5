"""Salt without a master: as many files that it is to keep as declared, and a run that changes none (test=True)."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.objects import settings
from benchmarks.peers.peer import Order, Peer

MINION = """file_client: local
id: benchmark
root_dir: {here}
pki_dir: {here}/pki
cachedir: {here}/cache
log_file: {here}/minion.log
file_roots: {{base: ['{here}/states']}}
state_output: changes
state_verbose: false
"""


def lay(order: Order) -> Sequence[str]:
    """Write as many files, and one state that says what each of them holds."""
    here = order.folder.resolve()
    for name in ("states", "live", "etc"):
        (here / name).mkdir()
    states = []
    for number in range(order.size):
        file = here / "live" / f"customer-{number:06}"
        file.write_text("\n".join(_lines(number, number in order.changed)) + "\n", encoding="utf-8")
        states += [f"{file}:", "  file.managed:", "    - contents: |"]
        states += [f"        {line}" for line in _lines(number, changed=False)]
    (here / "states" / "fleet.sls").write_text("\n".join(states) + "\n", encoding="utf-8")
    (here / "etc" / "minion").write_text(MINION.format(here=here), encoding="utf-8")
    return ("salt-call", "--local", "-c", "etc", "state.apply", "fleet", "test=True")


def _lines(number: int, changed: bool) -> list[str]:
    return [f"{name}: {value}" for name, value in settings(number, changed)]


PEER = Peer("Salt", "salt", "state.apply test=True of files: parse, compare, tell", lay)
