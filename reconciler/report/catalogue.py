"""A catalogue in, its plans and its matrix out, as text and as JSON-ready documents."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.catalogue import Catalogue, Confidence, ForbiddenPair, Plan, RejectedPair, SwitchPair
from reconciler.messages import say
from reconciler.report.pair import family_title, in_lines

FORMAT_VERSION = "1.1"
WIDTH = 100

MARKS = {Confidence.CERTAIN: "x", Confidence.HIGH: "h", Confidence.MEDIUM_HIGH: "mh", Confidence.MEDIUM: "m"}
NOT_LISTED = "."
CROSSING = "!"


def plans_text(catalogue: Catalogue) -> str:
    """Return every plan under its family: key, name, Norwegian name where it differs, cap, services, SKUs."""
    head = f"{catalogue.title or catalogue.name} ({catalogue.name}): {len(catalogue.plans)} plans"
    pairs = f", {len(catalogue.pairs)} switch pairs."
    asked = say("catalogue.asked-head") if catalogue.asks_service else pairs
    lines = [head + asked]
    keys = max((len(key) for key in catalogue.plans), default=0)
    for family in dict.fromkeys(plan.family for plan in catalogue.plans.values()):
        lines += ["", family_title(catalogue, family) + _together(catalogue, family)]
        for plan in catalogue.plans.values():
            if plan.family == family:
                cap = say("catalogue.cap", cap=plan.cap) if plan.cap else say("pair.no-cap")
                lines += _named(f"  {plan.key:<{keys}}  {cap:<11}", plan)
                lines += (f"      {line}" for line in _details(catalogue, plan))
    return "\n".join(lines) + "\n"


def matrix_text(catalogue: Catalogue, width: int = WIDTH) -> str:
    """Return the from/to matrix; what does not fit in ``width`` columns continues below it.

    Where the service is asked there is none: an empty one would look as if nothing were allowed.
    """
    if catalogue.asks_service:
        return "\n".join([*in_lines(say("catalogue.asked"), width), *_forbidden(catalogue, width)]) + "\n"
    sources = [plan for plan in catalogue.plans.values() if catalogue.targets_of(plan.key)]
    wanted = {target for _, target in catalogue.pairs}
    targets = [plan for plan in catalogue.plans.values() if plan.key in wanted]
    shorts = max((len(_short(plan)) for plan in catalogue.plans.values()), default=0)
    labels = {plan.key: f"{_short(plan):<{shorts}}  {plan.name}" for plan in sources}
    label = max((len(text) for text in labels.values()), default=0)
    cell = 1 + max([shorts, *(len(mark) + len(CROSSING) for mark in MARKS.values())])
    room = max(1, (width - label - 1) // cell)
    lines = in_lines(say("catalogue.matrix-head", pairs=len(catalogue.pairs)), width)
    for start in range(0, len(targets), room):
        block = targets[start : start + room]
        heads = "".join(f" {_short(plan):<{cell - 1}}" for plan in block)
        lines += ["", f"{'':<{label}} {heads}".rstrip()]
        for plan in sources:
            marks = "".join(f" {mark(catalogue, plan, target):<{cell - 1}}" for target in block)
            lines.append(f"{labels[plan.key]:<{label}} {marks}".rstrip())
    return "\n".join([*lines, "", *_below(catalogue, width)]) + "\n"


def catalogue_document(catalogue: Catalogue) -> dict[str, object]:
    """Return everything the catalogue says, ready for JSON, in the catalogue's order."""
    return {
        "format_version": FORMAT_VERSION,
        "name": catalogue.name,
        "title": catalogue.title,
        "digest": catalogue.digest,
        "eligibility": str(catalogue.eligibility),
        "most_users": catalogue.most_users,
        "families": dict(catalogue.families),
        "pooled": {
            family: {"licenses": cap.licenses, "source": list(cap.source)}
            for family, cap in catalogue.pooled.items()
        },
        "roles": {family: list(roles) for family, roles in catalogue.roles.items()},
        "services": dict(catalogue.services),
        "plans": [_plan_document(plan) for plan in catalogue.plans.values()],
        "pairs": [_listed_document(catalogue, pair) for pair in catalogue.pairs.values()],
        "rejected": [_told_of(row) for row in catalogue.rejected.values()],
        "forbidden": [_told_of(row) for row in catalogue.forbidden.values()],
    }


def _told_of(row: RejectedPair | ForbiddenPair) -> dict[str, object]:
    return {"from": row.source_plan, "to": row.target_plan, "reason": row.reason, "source": list(row.source)}


def _together(catalogue: Catalogue, family: str) -> str:
    """What a family's plans may have together in a tenant, "" where that is not limited."""
    cap = catalogue.pooled.get(family)
    if cap is None:
        return ""
    told = say("catalogue.together", cap=cap.licenses, source=", ".join(cap.source))
    return f" ({told})"


def _named(head: str, plan: Plan) -> list[str]:
    """A plan's first line; a name that has no room beside its key begins the next one."""
    line = f"{head}  {plan.name}"
    return [line] if len(line) <= WIDTH else [head.rstrip(), f"      {plan.name}"]


def _forbidden(catalogue: Catalogue, width: int) -> Iterator[str]:
    if catalogue.forbidden:
        yield ""
        yield say("catalogue.forbidden-head")
    for row in catalogue.forbidden.values():
        yield from in_lines(_row_told(catalogue, row), width, "  ", "    ")


def _row_told(catalogue: Catalogue, row: RejectedPair | ForbiddenPair) -> str:
    return say(
        "catalogue.rejected-row",
        source=catalogue.plans[row.source_plan].name,
        target=catalogue.plans[row.target_plan].name,
        ids=", ".join(row.source),
        reason=row.reason,
    )


def _below(catalogue: Catalogue, width: int) -> Iterator[str]:
    """What stands under the matrix: what the marks mean, who has no row, what was left out and why."""
    marks = "; ".join(f"{mark} {word}" for word, mark in MARKS.items())
    yield from in_lines(say("catalogue.legend", marks=marks), width)
    yield from in_lines(say("catalogue.legend-crossing"), width)
    without = [f"{p.name} ({_short(p)})" for p in catalogue.plans.values() if not catalogue.targets_of(p.key)]
    if without:
        yield from in_lines(say("catalogue.no-targets", plans=", ".join(without)), width)
    if catalogue.rejected:
        yield say("catalogue.rejected-head")
    for row in catalogue.rejected.values():
        yield from in_lines(_row_told(catalogue, row), width, "  ", "    ")
    yield from _forbidden(catalogue, width)


def mark(catalogue: Catalogue, source: Plan, target: Plan) -> str:
    """Return the mark of a cell of the matrix; "" where it is one and the same plan."""
    pair = catalogue.pair(source.key, target.key)
    if pair is None:
        return "" if source.key == target.key else NOT_LISTED
    return MARKS[pair.confidence] + (CROSSING if catalogue.crosses_family(source.key, target.key) else "")


def _details(catalogue: Catalogue, plan: Plan) -> list[str]:
    """A plan's services, SKUs and Norwegian name; what does not fit in a line begins the next one."""
    parts = [", ".join(catalogue.services.get(word, word) for word in plan.services)]
    if plan.skus:
        parts.append(f"SKU {', '.join(plan.skus)}")
    if plan.name_nb != plan.name:
        parts.append(say("catalogue.norwegian", name=plan.name_nb))
    lines = in_lines(parts[0], WIDTH - 6)
    for part in parts[1:]:
        if len(lines[-1]) + len(part) > WIDTH - 8:
            lines += in_lines(part, WIDTH - 6)
        else:
            lines[-1] += f"; {part}"
    return lines


def _short(plan: Plan) -> str:
    return plan.short or plan.key


def _plan_document(plan: Plan) -> dict[str, object]:
    return {
        "key": plan.key,
        "short": plan.short,
        "family": plan.family,
        "cap": plan.cap,
        "cap_source": list(plan.cap_source),
        "services": list(plan.services),
        "name": {"en": plan.name, "nb": plan.name_nb},
        "skus": list(plan.skus),
        "aliases": list(plan.aliases),
        "sku_ids": list(plan.sku_ids),
        "products": list(plan.products),
        "offers": list(plan.offers),
    }


def _listed_document(catalogue: Catalogue, pair: SwitchPair) -> dict[str, object]:
    return {
        "from": pair.source_plan,
        "to": pair.target_plan,
        "confidence": str(pair.confidence),
        "crosses_family": catalogue.crosses_family(pair.source_plan, pair.target_plan),
        "source": list(pair.source),
        "note": pair.note,
    }
