"""The text of a saved change plan in, the ``ChangePlan`` out, or ``PlanRefused`` naming what is wrong.

A reader ignores members it does not know and refuses a major format it does not know. Nothing is guessed: a
missing member, a wrong type or a part that contradicts another refuses the whole file. That a file was not
altered is told by its digest, which ``apply`` computes anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any, NoReturn

from reconciler.change_plan import (
    ChangePlan,
    Policy,
    Since,
    Source,
    Step,
    TenantPlan,
    Unread,
    Verdict,
)
from reconciler.changed import MovedFile
from reconciler.errors import PlanRefused, Problem
from reconciler.messages import say
from reconciler.model import Action, Place, Subscription, Waiver
from reconciler.observe import LiveSubscription, Unknown
from reconciler.policy import Loosening, NotCounted
from reconciler.report.members import At, if_there, words_of
from reconciler.roster import Renamed
from reconciler.rules import Effect, Finding, Status

FORMAT = "1.0"
MAJOR = 1
LEFT_OUT = Unknown(say("document.left-out"))


def parsed(text: str) -> Any:
    """Return what the JSON text says; raises PlanRefused for malformed text, a repeated member, or NaN."""
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except RecursionError:
        raise PlanRefused(say("document.not-json", why="it is nested too deep")) from None
    except ValueError as broken:
        raise PlanRefused(say("document.not-json", why=broken)) from broken


def saved_digest(document: Any) -> str:
    """Return the digest the file was saved with, to hold against one computed anew."""
    return At(document, "").of("digest").text()


def plan_from_document(document: Any) -> ChangePlan:
    """Read a saved change plan back: the same digest, steps, verdicts and summary; else PlanRefused."""
    root = At(document, "")
    _refuse_other_format(root.of("format_version"))
    source = root.of("source")
    plan = ChangePlan(
        plan_id=root.of("plan_id").text(),
        created_at=root.of("created_at").moment(),
        valid_until=root.of("valid_until").moment(),
        tool_version=root.of("tool_version").text(),
        backend=root.of("backend").text(),
        catalogue=root.of("catalogue").text(),
        rules=root.of("rules").text(),
        source=Source(
            paths=tuple(path.text() for path in source.of("paths").each()),
            commit=source.of("commit").text_or_null(),
            partial=source.of("partial").flag(),
            what_if=tuple(text.text() for text in source.each_if_there("what_if")),
            since=if_there(source, "changed_since", _since),
            policy=if_there(source, "policy", _policy),
        ),
        tenants=tuple(_tenant(at) for at in root.of("tenants").each()),
        diagnostics=tuple(_problem(at) for at in root.of("diagnostics").each()),
        snapshot=root.of("snapshot").flag(),
        renamed=tuple(
            Renamed(at.of("from").text(), at.of("to").text()) for at in root.each_if_there("moved")
        ),
        no_longer_managed=tuple(name.text() for name in root.each_if_there("no_longer_managed")),
    )
    _refuse_other_totals(plan, root.of("summary"))
    return plan


def tenant_from_document(document: Any) -> TenantPlan:
    """Read back one judged tenant as ``document.tenant_document`` writes it; else PlanRefused."""
    return _tenant(At(document, ""))


def _since(at: At) -> Since:
    return Since(
        ref=at.of("ref").text(),
        commit=at.of("commit").text(),
        changed=at.of("changed").count(),
        unchanged=at.of("unchanged").count(),
        gone=tuple(name.text() for name in at.of("no_longer_declared").each()),
        renamed=tuple(Renamed(r.of("from").text(), r.of("to").text()) for r in at.of("renamed").each()),
        moved=tuple(
            MovedFile(m.of("tenant").text(), m.of("from").text(), m.of("to").text())
            for m in at.of("moved_files").each()
        ),
        unread=tuple(Unread(one.of("file").text(), one.of("why").text()) for one in at.of("unread").each()),
    )


def _policy(at: At) -> Policy:
    not_counted = tuple(
        NotCounted(
            one.of("tenant").text(),
            one.of("kind").word(Loosening),
            one.of("message").text(),
            _place(one.of("range")),
        )
        for one in at.of("not_counted").each()
    )
    return Policy(at.of("ref").text(), at.of("commit").text(), not_counted)


def _refuse_other_format(at: At) -> None:
    found = re.fullmatch(r"([0-9]{1,9})\.[0-9]{1,9}", at.text())
    if found is None:
        at.refuse(say("document.not-like", like="a version such as 1.0"))
    if int(found[1]) > MAJOR:
        raise PlanRefused(say("document.newer", found=at.value, major=MAJOR))
    if int(found[1]) < MAJOR:
        at.refuse(say("document.not-like", like=FORMAT))


def _refuse_other_totals(plan: ChangePlan, at: At) -> None:
    for name, number in asdict(plan.summary).items():
        if at.of(name).count() != number:
            raise PlanRefused(say("document.contradicts", path=f"summary.{name}"))


def _tenant(at: At) -> TenantPlan:
    steps = tuple(_step(step) for step in at.of("steps").each())
    basis = at.of("basis").covered()
    _refuse_other_steps(at, basis, steps)
    return TenantPlan(
        name=at.of("name").text(),
        tenant=at.of("tenant").text(),
        file=at.of("file").text(),
        verdict=at.of("verdict").word(Verdict),
        observed_at=at.of("observed_at").moment(),
        steps=steps,
        checks=tuple(_finding(check) for check in at.of("checks").each()),
        unmanaged=tuple(_unmanaged(live) for live in at.of("unmanaged").each()),
        basis=basis,
        place=_place(at.of("range")),
        waivers=tuple(_waiver(waiver) for waiver in at.each_if_there("waivers")),
        drift=tuple(found.covered() for found in at.of("drift").each()),
    )


def _refuse_other_steps(at: At, basis: dict[str, Any], steps: tuple[Step, ...]) -> None:
    """The steps a person sees must be those the digest covers."""
    shown = {
        f"{step.address}/{step.action}": {
            "before": None if step.before is None else asdict(step.before),
            "after": asdict(step.after),
            "subscription_id": step.subscription_id,
        }
        for step in steps
    }
    if shown != basis.get("steps", {}) or len(shown) != len(steps):
        raise PlanRefused(say("document.contradicts", path=f"{at.path}.steps"))


def _step(at: At) -> Step:
    if "outcome" in at.covered():
        raise PlanRefused(say("document.a-result"))
    before = at.of("before")
    try:
        return Step(
            address=at.of("address").text(),
            action=at.of("action").word(Action),
            before=None if before.value is None else _subscription(before),
            after=_subscription(at.of("after")),
            verdict=_step_verdict(at.of("verdict")),
            checks=tuple(_finding(check) for check in at.of("checks").each()),
            place=_place(at.of("range")),
            subscription_id=at.of("subscription_id").text_or_null(),
            behind_switch=at.of("behind_switch").flag(),
            buys_back=at.count_if_there("buys_back"),
        )
    except ValueError as wrong:
        raise PlanRefused(say("document.not-a-plan", path=at.path, problem=f"can not be: {wrong}")) from wrong


def _step_verdict(at: At) -> Verdict:
    verdict = at.word(Verdict)
    if verdict in (Verdict.SUSPENDED, Verdict.IN_SYNC):
        at.refuse(say("document.not-like", like="the verdict of a step"))
    return verdict


def _subscription(at: At) -> Subscription:
    return Subscription(at.of("plan").text(), at.of("licenses").count_or_null())


def _finding(at: At) -> Finding:
    """Read a finding: there are very many of them, so one that is as it should be is read at once."""
    said = at.value
    if isinstance(said, dict) and said.keys() >= _WORDS_OF_FINDING and isinstance(said.get("source"), list):
        id_, message, remedy, status, effect = (said[name] for name in _IN_ORDER)
        whole = _all_text([id_, message, remedy, status, effect, *said["source"]])
        if whole and status in words_of(Status) and effect in words_of(Effect):
            return Finding(id_, Status(status), Effect(effect), message, remedy, tuple(said["source"]))
    return Finding(
        id=at.of("id").text(),
        status=at.of("status").word(Status),
        effect=at.of("effect").word(Effect),
        message=at.of("message").text(),
        remedy=at.of("remedy").text(),
        source=tuple(source.text() for source in at.of("source").each()),
    )


_IN_ORDER = ("id", "message", "remedy", "status", "effect")
_WORDS_OF_FINDING = frozenset(_IN_ORDER)


def _all_text(words: list[Any]) -> bool:
    return all(word.__class__ is str for word in words)


def _unmanaged(at: At) -> LiveSubscription:
    """Only what is shown of it was saved; the other facts are not known any more."""
    plan, licenses = at.of("plan").text_or_null(), at.of("licenses").count_or_null()
    return LiveSubscription(
        id=at.of("id").text(),
        plan=LEFT_OUT if plan is None else plan,
        licenses=LEFT_OUT if licenses is None else licenses,
        assigned=LEFT_OUT,
        users_without_license=LEFT_OUT,
        status=LEFT_OUT,
        trial=LEFT_OUT,
        payment=LEFT_OUT,
        billing=LEFT_OUT,
        provisioned=LEFT_OUT,
        pre_upgrade=LEFT_OUT,
        offers=LEFT_OUT,
        switch=LEFT_OUT,
    )


def _waiver(at: At) -> Waiver:
    return Waiver(at.of("rule").text(), at.of("reason").text(), at.of("owner").text(), at.of("until").day())


def _problem(at: At) -> Problem:
    return Problem(_place(at), at.of("code").text(), at.of("message").text(), hint=at.of("hint").text())


def _place(at: At) -> Place:
    return Place(at.of("file").text(), at.of("line").count(), at.of("column").count())


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a repeated member: two readers would see two different change plans."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the member {next(n for n in names if names.count(n) > 1)!r} stands there twice")
    return members


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
