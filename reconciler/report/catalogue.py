"""A catalogue in, text and JSON-ready documents out: its plans, its matrix, and what is known of one pair."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reconciler.catalogue import Catalogue, Confidence, Plan, SwitchPair
from reconciler.messages import say

FORMAT_VERSION = "1.0"
WIDTH = 100
NARROWEST = 40  # prose in a narrower column could not be read

MARKS = {Confidence.CERTAIN: "x", Confidence.HIGH: "h", Confidence.MEDIUM_HIGH: "mh", Confidence.MEDIUM: "m"}
NOT_LISTED = "."
CROSSING = "!"


def plans_text(catalogue: Catalogue) -> str:
    """Return every plan under its family: key, name, Norwegian name where it differs, cap, services, SKUs."""
    lines = [
        f"{catalogue.title or catalogue.name} ({catalogue.name}): "
        f"{len(catalogue.plans)} plans, {len(catalogue.pairs)} switch pairs."
    ]
    keys = max((len(key) for key in catalogue.plans), default=0)
    for family in dict.fromkeys(plan.family for plan in catalogue.plans.values()):
        lines += ["", _family(catalogue, family)]
        for plan in catalogue.plans.values():
            if plan.family == family:
                cap = say("catalogue.cap", cap=plan.cap) if plan.cap else say("pair.no-cap")
                lines.append(f"  {plan.key:<{keys}}  {cap:<11}  {plan.name}")
                lines += (f"      {line}" for line in _details(catalogue, plan))
    return "\n".join(lines) + "\n"


def matrix_text(catalogue: Catalogue, width: int = WIDTH) -> str:
    """Return the from/to matrix; what does not fit in ``width`` columns continues below it."""
    sources = [plan for plan in catalogue.plans.values() if catalogue.targets_of(plan.key)]
    wanted = {target for _, target in catalogue.pairs}
    targets = [plan for plan in catalogue.plans.values() if plan.key in wanted]
    shorts = max((len(_short(plan)) for plan in catalogue.plans.values()), default=0)
    labels = {plan.key: f"{_short(plan):<{shorts}}  {plan.name}" for plan in sources}
    label = max((len(text) for text in labels.values()), default=0)
    cell = 1 + max([shorts, *(len(mark) + len(CROSSING) for mark in MARKS.values())])
    room = max(1, (width - label - 1) // cell)
    lines = _wrap(say("catalogue.matrix-head", pairs=len(catalogue.pairs)), width)
    for start in range(0, len(targets), room):
        block = targets[start : start + room]
        heads = "".join(f" {_short(plan):<{cell - 1}}" for plan in block)
        lines += ["", f"{'':<{label}} {heads}".rstrip()]
        for plan in sources:
            marks = "".join(f" {_mark(catalogue, plan, target):<{cell - 1}}" for target in block)
            lines.append(f"{labels[plan.key]:<{label}} {marks}".rstrip())
    return "\n".join([*lines, "", *_below(catalogue, width)]) + "\n"


def catalogue_document(catalogue: Catalogue) -> dict[str, object]:
    """Return everything the catalogue says, ready for JSON, in the catalogue's order."""
    return {
        "format_version": FORMAT_VERSION,
        "name": catalogue.name,
        "title": catalogue.title,
        "digest": catalogue.digest,
        "families": dict(catalogue.families),
        "services": dict(catalogue.services),
        "plans": [_plan_document(plan) for plan in catalogue.plans.values()],
        "pairs": [_listed_document(catalogue, pair) for pair in catalogue.pairs.values()],
        "rejected": [
            {"from": row.source_plan, "to": row.target_plan, "reason": row.reason, "source": list(row.source)}
            for row in catalogue.rejected.values()
        ],
    }


def pair_text(catalogue: Catalogue, source: str, target: str, width: int = WIDTH) -> str:
    """Return whether one plan may be switched to another, what it takes, and else the way by hand.

    ``source`` and ``target`` are keys or names that mean one plan; raises ReconcilerError for other words.
    """
    before, after = catalogue.named(source), catalogue.named(target)
    lines = [f"{before.name} -> {after.name}"]
    for sentence in _sentences(catalogue, before, after):
        numbered = sentence[:1].isdigit()
        first, other = ("  ", "     ") if numbered else ("", "  ")
        lines += _wrap(sentence, width, first, other)
    return "\n".join(lines) + "\n"


def pair_document(catalogue: Catalogue, source: str, target: str) -> dict[str, object]:
    """Return what ``pair_text`` says, ready for JSON; raises ReconcilerError for a word that is no plan."""
    before, after = catalogue.named(source), catalogue.named(target)
    pair = catalogue.pair(before.key, after.key)
    rejected = catalogue.rejected.get((before.key, after.key))
    crossing = catalogue.crosses_family(before.key, after.key)
    same = before.key == after.key
    return {
        "format_version": FORMAT_VERSION,
        "catalogue": catalogue.name,
        "from": _end_document(before),
        "to": _end_document(after),
        "same": same,
        "listed": pair is not None,
        "confidence": str(pair.confidence) if pair else None,
        "source": list(pair.source) if pair else [],
        "note": pair.note if pair else "",
        "rejected": {"reason": rejected.reason, "source": list(rejected.source)} if rejected else None,
        "crosses_family": crossing,
        "acknowledgements": ["noWayBack", "backup"] if crossing else [],
        "services": {"gained": _gained(before, after), "lost": _gained(after, before)},
        "manual_route": [] if pair or same else list(_by_hand(catalogue, before, after)),
    }


def _sentences(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    if before.key == after.key:
        yield say("pair.same")
        return
    yield from _standing(catalogue, before, after)
    yield _families(catalogue, before, after)
    yield _caps(before, after)
    yield say(
        "pair.services", gained=_titles(catalogue, before, after), lost=_titles(catalogue, after, before)
    )
    if catalogue.pair(before.key, after.key) is None:
        yield say("manual.head")
        yield from (f"{n}. {step}" for n, step in enumerate(_by_hand(catalogue, before, after), 1))
        yield say("manual.no-chain")
        return
    if catalogue.crosses_family(before.key, after.key):
        yield say("pair.acknowledge", target=after.key)
    yield say("pair.ready", target=after.key)


def _standing(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    """Say whether the pair is listed and how sure that is, or that it is not, and why where that is known."""
    pair = catalogue.pair(before.key, after.key)
    if pair is None:
        yield say("pair.not-listed")
        rejected = catalogue.rejected.get((before.key, after.key))
        if rejected:
            yield say("pair.rejected", source=", ".join(rejected.source), reason=rejected.reason)
        return
    sources = ", ".join(pair.source)
    if pair.confidence is Confidence.CERTAIN:
        yield say("pair.certain", source=sources)
    else:
        yield say("pair.unconfirmed", source=sources, confidence=str(pair.confidence), target=after.name)
    if pair.note:
        yield say("pair.note", note=pair.note)


def _families(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    names = {"before": _family(catalogue, before.family), "after": _family(catalogue, after.family)}
    if catalogue.crosses_family(before.key, after.key):
        return say("pair.crossing", **names)
    if before.family == after.family:
        return say("pair.own-family", family=names["before"])
    return say("pair.standalone", **names)


def _caps(before: Plan, after: Plan) -> str:
    sources = tuple(dict.fromkeys((*before.cap_source, *after.cap_source)))
    return say(
        "pair.cap",
        before=before.cap or say("pair.no-cap"),
        after=after.cap or say("pair.no-cap"),
        source=f" ({', '.join(sources)})" if sources else "",
    )


def _by_hand(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    """The manual switch in the article's order (R-MAN-DEF); never a chain of listed pairs (A-28)."""
    yield say("manual.contact", source=before.name, target=after.name)
    if catalogue.crosses_family(before.key, after.key):
        yield say("manual.backup")
    yield say("manual.buy", target=after.name, cap=say("manual.cap", cap=after.cap) if after.cap else "")
    yield say("manual.assign")
    yield say("manual.end", source=before.name)


def _below(catalogue: Catalogue, width: int) -> Iterator[str]:
    """What stands under the matrix: what the marks mean, who has no row, what was left out and why."""
    marks = "; ".join(f"{mark} {word}" for word, mark in MARKS.items())
    yield from _wrap(say("catalogue.legend", marks=marks), width)
    yield from _wrap(say("catalogue.legend-crossing"), width)
    without = [f"{p.name} ({_short(p)})" for p in catalogue.plans.values() if not catalogue.targets_of(p.key)]
    if without:
        yield from _wrap(say("catalogue.no-targets", plans=", ".join(without)), width)
    if catalogue.rejected:
        yield say("catalogue.rejected-head")
    for row in catalogue.rejected.values():
        source, target = catalogue.plans[row.source_plan], catalogue.plans[row.target_plan]
        sentence = say(
            "catalogue.rejected-row",
            source=source.name,
            target=target.name,
            ids=", ".join(row.source),
            reason=row.reason,
        )
        yield from _wrap(sentence, width, "  ", "    ")


def _wrap(sentence: str, width: int, first: str = "", other: str = "  ") -> list[str]:
    return textwrap.wrap(sentence, max(width, NARROWEST), initial_indent=first, subsequent_indent=other)


def _mark(catalogue: Catalogue, source: Plan, target: Plan) -> str:
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
    lines = parts[:1]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) > WIDTH - 8:
            lines.append(part)
        else:
            lines[-1] += f"; {part}"
    return lines


def _short(plan: Plan) -> str:
    return plan.short or plan.key


def _family(catalogue: Catalogue, family: str) -> str:
    return catalogue.families.get(family, family)


def _gained(before: Plan, after: Plan) -> list[str]:
    return [word for word in after.services if word not in before.services]


def _titles(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    gained = _gained(before, after)
    return ", ".join(catalogue.services.get(word, word) for word in gained) or say("pair.no-services")


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
    }


def _end_document(plan: Plan) -> dict[str, object]:
    return {"key": plan.key, "name": plan.name, "family": plan.family, "cap": plan.cap}


def _listed_document(catalogue: Catalogue, pair: SwitchPair) -> dict[str, object]:
    return {
        "from": pair.source_plan,
        "to": pair.target_plan,
        "confidence": str(pair.confidence),
        "crosses_family": catalogue.crosses_family(pair.source_plan, pair.target_plan),
        "source": list(pair.source),
        "note": pair.note,
    }
