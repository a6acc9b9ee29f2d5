"""A change plan and its catalogue in, the part of the from/to matrix out that its switches stand on, as HTML."""

from __future__ import annotations

from reconciler.catalogue import Catalogue
from reconciler.change_plan import ChangePlan, Step
from reconciler.messages import say
from reconciler.model import Action
from reconciler.report.catalogue import MARKS, mark
from reconciler.report.page import Markup, element, joined

Pair = tuple[str, str]


def cell_told(step: Step, catalogue: Catalogue) -> str:
    """Return the matrix cell of a switch in words: is the pair listed, how surely, after which source."""
    before, after = pair_of(step)
    source, target = (_short(catalogue, key) for key in (before, after))
    forbidden = catalogue.forbidden.get((before, after))
    if forbidden:
        said = say("html.pair-forbidden", ids=", ".join(forbidden.source))
        return say(
            "html.matrix-note",
            cell=f"{source} \N{RIGHTWARDS ARROW} {target}",
            said=said,
            note=forbidden.reason,
        )
    if catalogue.asks_service:
        said = say("html.pair-asked")
        return say(
            "html.matrix-note", cell=f"{source} \N{RIGHTWARDS ARROW} {target}", said=said, note=""
        ).rstrip()
    cell = say("html.matrix-cell", source=source, target=target)
    listed = catalogue.pair(before, after)
    if listed is None:
        return say("html.matrix-note", cell=cell, said=say("html.matrix-not-listed"), note="").rstrip()
    said = say("html.matrix-listed", confidence=listed.confidence, ids=", ".join(listed.source))
    if catalogue.crosses_family(before, after):
        said += ", " + say("html.matrix-crossing")
    return say("html.matrix-note", cell=cell, said=said, note=listed.note or "").rstrip()


def pair_of(step: Step) -> Pair:
    """Return the plans a switch leads from and to."""
    return (step.before.plan if step.before else "", step.after.plan)


def matrix(plan: ChangePlan, catalogue: Catalogue) -> Markup | None:
    """Return the rows and columns of the plans that are switched, the cells in use marked.

    None without a switch, and where the service is asked in place of a list.
    """
    if catalogue.asks_service:
        return None
    used = {pair_of(s) for t in plan.tenants for s in t.steps if s.action is Action.SWITCH}
    if not used:
        return None
    order = {key: index for index, key in enumerate(catalogue.plans)}
    sources = sorted({a for a, _ in used}, key=lambda key: (order.get(key, len(order)), key))
    targets = sorted({b for _, b in used}, key=lambda key: (order.get(key, len(order)), key))
    heads = [
        element("th", _short(catalogue, key), scope="col", title=_name(catalogue, key)) for key in targets
    ]
    rows = [
        element(
            "tr",
            element("th", _name(catalogue, a), scope="row"),
            joined((_cell(catalogue, (a, b), (a, b) in used) for b in targets), ""),
        )
        for a in sources
    ]
    top = element("tr", element("th", say("html.from"), scope="col"), joined(heads, ""))
    table = element("table", element("thead", top), element("tbody", joined(rows)), class_="matrix")
    marks = "; ".join(f"{sign} {word}" for word, sign in MARKS.items())
    other = catalogue.digest != plan.catalogue
    return element(
        "section",
        element("h2", say("html.matrix")),
        element("p", say("html.matrix-other"), class_="note") if other else None,
        element("p", say("html.matrix-about")),
        element("div", table, class_="scroll"),
        element("p", say("catalogue.legend", marks=marks), class_="quiet"),
        element("p", say("catalogue.legend-crossing"), class_="quiet"),
    )


def _cell(catalogue: Catalogue, pair: Pair, used: bool) -> Markup:
    before, after = (catalogue.plans.get(key) for key in pair)
    text = mark(catalogue, before, after) if before and after else "?"
    return element("td", text, class_="used") if used else element("td", text)


def _short(catalogue: Catalogue, key: str) -> str:
    plan = catalogue.plans.get(key)
    return (plan.short or plan.name) if plan else key


def _name(catalogue: Catalogue, key: str) -> str:
    plan = catalogue.plans.get(key)
    return plan.name if plan else key
