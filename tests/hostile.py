"""Text that tries to break out of what it is shown in, and change plans and drift that carry it everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st
from plans import E3, NOW, SMALL, add, change_plan, finding, handoff, switch, tenant, unmanaged

from reconciler.change_plan import ChangePlan, TenantPlan
from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import DriftReport, Finding, Unread
from reconciler.errors import Problem
from reconciler.model import Place, Waiver
from reconciler.report.drift import FleetDrift
from reconciler.roster import Renamed
from reconciler.rules import Effect, Status

TRICKS = (
    "::set-output name=x::y",
    "\n::error::broken out",
    "%0A::add-mask::secret%0D",
    "a,file=other,line=1::b",
    "##[set-output name=x]y",
    "##vso[task.setvariable variable=x]y",
    "</details></summary><h1>out",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!-- reconciler:plan -->",
    "-->",
    "]]>",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "**bold** _it_ ~~no~~ `code` ``two``",
    "```\n```diff\n- main: 20 -> 0",
    "[link](javascript:alert(1)) ![p](http://e.example/p.png)",
    "<http://evil.example> https://evil.example www.evil.example",
    "@everyone @org/team #1 !2 a@b.example :tada:",
    "# heading",
    "- a list",
    "1. a list",
    "> quoted",
    "| a | b |\n|---|---|\n| c | d |",
    "/close\n/merge",
    "a\u202etxt.exe\u2066\u200b",
    "\x1b[31mred\x1b[0m\x07\x00\x9b",
    "\ufffe\uffff\ud800",
    "$x^2$ $`y`$ {{ secrets.X }} ${{ github.token }}",
    "\\",
    "    code by blanks",
    "x" * 5_000,
    "\r\n\r\n<br>\t",
)
texts = st.one_of(
    st.sampled_from(TRICKS),
    st.tuples(st.sampled_from(TRICKS), st.sampled_from(TRICKS)).map("".join),
    st.text(min_size=1, max_size=60),
    st.text("`<>&*_[]()!#@:%|~\\\n-+/=\"' a1", min_size=1, max_size=60),
)


def plan_with(text: str, *, also: str = "") -> ChangePlan:
    """A change plan with ``text`` wherever text of somebody else can stand."""
    place = Place(text, 9, 7)
    # What is no text at all can stand in the path of a file only: nothing else is read from bytes that are none.
    text = text.encode("utf-8", "replace").decode()
    checks = (finding("no-way-back", message=f"{text} and {text}", remedy=text),)
    steps = [
        switch("main" + text, (SMALL, 20), (E3, 42)),
        switch("to" + text, (SMALL, 20), (text, 42)),
        add(text, 1, 2, plan=text),
        add("wait" + text, 1, 2, finding("credit-review", effect=Effect.WAIT, message=text)),
        handoff("less" + text, (text, 9), (text, 4), finding("fewer", effect=Effect.SUPPORT, message=text)),
        switch("held" + text, (text, 20), (E3, 42), *checks),
        add("lost" + text, 3, 4, finding("not-read", Status.UNKNOWN, message=text)),
        add("told" + text, 3, 4, finding("service-settings-lost", effect=Effect.WARN, message=text)),
    ]
    told = Waiver("rule", text, text, date(2027, 1, 1))
    judged: TenantPlan = replace(
        tenant(text, *(replace(s, place=place) for s in steps), unmanaged=(unmanaged(text),), word=text),
        file=place.file,
        place=place,
        waivers=(told,),
    )
    more = (tenant("other" + also, switch()), tenant("held" + also, checks=(finding(message=text),)))
    broken = Problem(place, "unknown-plan", text, text, text)
    made = change_plan(judged, *more, problems=(broken,))
    source = replace(made.source, what_if=(text,), partial=True)
    return replace(made, renamed=(Renamed(text, text),), no_longer_managed=(text,), source=source)


def drift_with(text: str) -> FleetDrift:
    """Drift with ``text`` wherever text of somebody else can stand."""
    place = Place(text, 3, 5)

    def found(cause: Cause, kind: Kind, scope: str) -> Finding:
        return Finding(
            cause, kind, scope, "licenses", text, plan=text, declared=4, live=6, before=4, place=place,
            first_seen=NOW, last_seen=NOW,
        )  # fmt: skip

    website = Finding(
        Cause.OUTSIDE, Kind.WEBSITE_CHANGED, "w", "website", declared=text, live=text, before="b"
    )
    report = DriftReport(
        text,
        text,
        text,
        NOW,
        outside=(found(Cause.OUTSIDE, Kind.LICENSES_ABOVE, "a"), website),
        service=(found(Cause.SERVICE, Kind.EXPIRED, "b"),),
        wanted=(found(Cause.WANTED, Kind.LICENSES_BELOW, "c"),),
        unconfirmed=(found(Cause.OUTSIDE, Kind.LICENSES_BELOW, "d"),),
        under_way=(found(Cause.OUTSIDE, Kind.PLAN_CHANGED, "e"),),
        gone=(found(Cause.OUTSIDE, Kind.LICENSES_BELOW, "f"),),
        unread=(Unread(text, "licenses", text),),
    )
    return FleetDrift((report,), (Problem(place, "unknown-plan", text, text, text),))
