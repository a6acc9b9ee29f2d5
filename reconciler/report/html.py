"""A change plan and its catalogue in, one HTML page out: the plan, every check, and the matrix cell of each switch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from reconciler.catalogue import Catalogue
from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.messages import say
from reconciler.model import Action, Place
from reconciler.report.html_matrix import cell_told, matrix
from reconciler.report.page import Markup, element, joined, page
from reconciler.report.preface import plan_preface
from reconciler.report.wording import UNMANAGED_SIGN, change, left_alone, sign, waiver_told
from reconciler.rules import Finding, Status

ORDER = tuple(Verdict)
TILES = ("switch", "add", "waiting", "blocked", "support", "unknown", "in-sync")


@dataclass(frozen=True, slots=True)
class _View:
    names: Mapping[str, str]
    catalogue: Catalogue


def plan_html(plan: ChangePlan, catalogue: Catalogue) -> str:
    """Return the change plan as a page; ``catalogue`` is the one at hand, which may be newer than the plan's."""
    view = _View(catalogue.names, catalogue)
    in_order = sorted(plan.tenants, key=lambda t: (ORDER.index(t.verdict), t.name, t.file))
    shown = [t for t in in_order if t.verdict is not Verdict.IN_SYNC]
    cards = [_tenant(t, view) for t in shown]
    nobody = None if plan.tenants else element("p", say("html.nobody"))
    return page(
        say("review.title"),
        _header(plan),
        element(
            "main",
            _problems(plan),
            element("h2", say("html.tenants"), id="tenants") if plan.tenants else nobody,
            joined(cards),
            _told(plan, view),
            _in_sync([t for t in in_order if t.verdict is Verdict.IN_SYNC], view),
            matrix(plan, catalogue),
        ),
        element(
            "footer",
            element(
                "p", say("html.made-by", version=plan.tool_version, plan_id=plan.plan_id), class_="quiet"
            ),
        ),
    )


def _header(plan: ChangePlan) -> Markup:
    """The head of the page: totals, what limits this change plan, what an approval covers, what it costs in time."""
    made = say("review.identity", backend=plan.backend, made=plan.created_at, until=plan.valid_until)
    summary = plan.summary
    numbers = (
        summary.switch, summary.add_licenses, summary.waiting, summary.blocked,
        summary.support, summary.unknown, summary.in_sync,
    )  # fmt: skip
    tiles = [
        element("li", element("b", str(n)), say(f"html.tile-{name}"))
        for name, n in zip(TILES, numbers, strict=True)
    ]
    costs = [say("review.time-switch"), say("review.time-credit")] if summary.switch else []
    return element(
        "header",
        element("a", say("html.skip"), href="#tenants", class_="skip") if plan.tenants else None,
        element("h1", say("review.title")),
        element("p", say("report.totals", **asdict(summary)), class_="totals"),
        joined(element("p", line, class_="note") for line in plan_preface(plan)),
        element("ul", joined(tiles), class_="tiles"),
        joined(element("p", line) for line in costs),
        element("p", f"{made} ", element("code", plan.digest), class_="quiet"),
    )


def _problems(plan: ChangePlan) -> Markup | None:
    if not plan.diagnostics:
        return None
    cards = [
        element(
            "section",
            element("div", element("h3", p.code), _code_of(p.place), class_="head"),
            element("p", p.message),
            element("p", p.hint) if p.hint else None,
            class_="card broken",
        )
        for p in plan.diagnostics
    ]
    return joined([element("h2", say("review.problems")), *cards])


def _tenant(tenant: TenantPlan, view: _View) -> Markup:
    ground = [f for f in tenant.checks if verdict_of_finding(f) is not Verdict.APPLY]
    return element(
        "section",
        element(
            "div",
            element("h3", tenant.name),
            element("span", tenant.tenant, class_="quiet"),
            element("span", tenant.verdict.value, class_="word"),
            class_="head",
        ),
        None if tenant.steps else _place(tenant.place),
        joined(_finding(f) for f in (*ground, *tenant.warnings)),
        joined(_step(tenant, step, view) for step in tenant.steps),
        _left(tenant, view),
        class_=f"card {tenant.verdict}",
    )


def _step(tenant: TenantPlan, step: Step, view: _View) -> Markup:
    # What holds the whole tenant is told above its steps, and the verdict there too.
    said = {(f.id, f.message) for f in tenant.checks}
    own = [f for f in dict.fromkeys((*step.holding, *step.warnings)) if (f.id, f.message) not in said]
    word = (
        None
        if step.verdict.value == tenant.verdict.value
        else element("span", step.verdict.value, class_="word")
    )
    return element(
        "div",
        element(
            "h4",
            element("span", sign(step), class_="sign", aria_hidden="true"),
            element("span", step.address),
            f": {change(step, view.names)}".replace("  ", ", "),
        ),
        element("p", word, " " if word else None, _code_of(step.place)),
        element("p", cell_told(step, view.catalogue), class_="quiet")
        if step.action is Action.SWITCH
        else None,
        joined(_finding(f) for f in own),
        _checks(step.checks),
        class_=f"step {step.verdict}",
    )


def _finding(finding: Finding) -> Markup:
    said = element("p", element("b", finding.id), f": {finding.message}")
    remedy = (
        element("p", say("review.next", remedy=finding.remedy), class_="quiet") if finding.remedy else None
    )
    return element("div", said, remedy, class_="finding")


def _checks(checks: Sequence[Finding]) -> Markup | None:
    """Every check with its answer, those that passed too, folded."""
    if not checks:
        return None
    counts = Counter(f.status for f in checks)
    told = ", ".join(say("html.counted", count=counts[s], status=s.value) for s in Status if counts[s])
    heads = [element("th", say(key), scope="col") for key in ("html.check", "html.answer", "html.what")]
    rows = [
        element(
            "tr", element("th", f.id, scope="row"), element("td", f.status.value), element("td", f.message)
        )
        for f in checks
    ]
    table = element(
        "table", element("thead", element("tr", joined(heads, ""))), element("tbody", joined(rows))
    )
    summary = element("summary", say("html.checks", count=len(checks), told=told))
    return element("details", summary, element("div", table, class_="scroll"))


def _left(tenant: TenantPlan, view: _View) -> Markup | None:
    told = [left_alone(live, view.names) for live in tenant.unmanaged]
    told += [waiver_told(waiver, tenant) for waiver in tenant.waivers]
    return _list(f"{UNMANAGED_SIGN} {line}" for line in told) if told else None


def _told(plan: ChangePlan, view: _View) -> Markup | None:
    told = [say("report.moved", before=r.before, now=r.now) for r in plan.renamed]
    told += [say("report.no-longer-managed", name=name) for name in plan.no_longer_managed]
    return joined([element("h2", say("review.told")), _list(told)]) if told else None


def _in_sync(tenants: Sequence[TenantPlan], view: _View) -> Markup | None:
    if not tenants:
        return None
    # What comes by itself in a tenant in sync stands open; the others are folded.
    told = [_tenant(t, view) for t in tenants if t.warnings]
    items = [element("li", element("b", t.name), f" {t.tenant}", _left(t, view)) for t in tenants]
    summary = element("summary", say("html.in-sync", count=len(tenants)))
    return joined([*told, element("details", summary, element("ul", joined(items), class_="plain"))])


def _list(lines: Iterable[str]) -> Markup:
    return element("ul", joined(element("li", line) for line in lines), class_="plain quiet")


def _place(place: Place) -> Markup:
    return element("p", _code_of(place))


def _code_of(place: Place) -> Markup:
    return element("code", say("html.place", file=place.file, line=place.line), class_="quiet")
