"""What a loop did from its start to its end in, text or plain data out, and whether anything went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.messages import say
from reconciler.overview import State
from reconciler.report.lines import safe

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Sums:
    """``counts``: tenants by state at the end. ``failed``: writes that failed or whose outcome is not known.

    ``problem``: why the source can not be read, or a file of it, or why nothing is written to anybody; "" if all is
    well. ``unread``: nothing could be read at all.
    """

    loop: str
    writes: bool
    passes: int
    broke_off: int
    switches: int
    licenses: int
    failed: int
    tenants: int
    counts: Mapping[State, int]
    problem: str = ""
    unread: bool = False

    @property
    def went_wrong(self) -> bool:
        """Whether a single round ends with 1: a write failed, a pass broke off, or files could not be read."""
        return bool(self.failed or self.broke_off or self.problem or self.unread)


def sums_text(sums: Sums) -> str:
    """Return it as the last lines of a loop."""
    lines = []
    if sums.unread and sums.problem:
        lines.append(say("loop.nothing-read", why=sums.problem))
    elif sums.problem:
        lines.append(sums.problem)
    if sums.broke_off:
        lines.append(say("loop.sums-broke-off", count=sums.broke_off))
    standing = ", ".join(f"{count} {state}" for state, count in sums.counts.items() if count)
    if standing:
        lines.append(say("loop.standing", counts=standing))
    passes = say("loop.one-pass" if sums.passes == 1 else "loop.passes", count=sums.passes)
    tenants = say("loop.one-tenant" if sums.tenants == 1 else "loop.tenants", count=sums.tenants)
    facts = {"switches": sums.switches, "licenses": sums.licenses, "failed": sums.failed}
    key = "loop.sums" if sums.writes else "loop.sums-reported"
    lines.append(say(key, passes=passes, tenants=tenants, **facts))
    return "\n".join(safe(line) for line in lines) + "\n"


def sums_document(sums: Sums) -> dict[str, object]:
    """Return it as plain data (``run.schema.json``)."""
    return {
        "format_version": FORMAT_VERSION,
        "loop": sums.loop,
        "writes": sums.writes,
        "passes": sums.passes,
        "broke_off": sums.broke_off,
        "switched": sums.switches,
        "licenses_added": sums.licenses,
        "licenses_removed": 0,
        "failed": sums.failed,
        "tenants": sums.tenants,
        "states": {str(state): count for state, count in sums.counts.items()},
        "problem": sums.problem or None,
    }
