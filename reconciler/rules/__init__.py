"""One step in its scene in, findings out: the table of rules and the one loop that asks them all.

The law of this folder: a rule is a row (id, actions, facts, effect, source) and a pure function of a few
lines; all rows that concern the action are asked, none stops the others, and a rule decides nothing but its
own answer. Nothing here opens, prints, sleeps, or asks the time: the judging time is the observation's.

The answers are four. *pass* and *fail* rest on known facts. *unknown* means a needed fact could not be
read; unknown never passes. *skipped* means that known facts alone show the rule does not concern this step.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from reconciler.catalogue import Eligibility
from reconciler.messages import say
from reconciler.model import Action, Waiver
from reconciler.rules.reading import today
from reconciler.rules.scene import Answer, Effect, Finding, NotKnown, Rule, Scene, Status
from reconciler.rules.table import GROUND, TABLE

__all__ = [
    "TABLE",
    "Answer",
    "Effect",
    "Finding",
    "Rule",
    "Scene",
    "Status",
    "check",
    "check_ground",
    "rule_named",
]


def check(scene: Scene) -> tuple[Finding, ...]:
    """Ask every rule that concerns the scene's action, in the table's order."""
    return _ask_all(_rules_on(scene.action, scene.catalogue.eligibility), scene)


def check_ground(scene: Scene) -> tuple[Finding, ...]:
    """Ask the rules that judge the tenant itself, whether or not there is a step."""
    return _ask_all(tuple(r for r in GROUND if r.is_asked(scene.catalogue.eligibility)), scene)


def rule_named(rule_id: str) -> Rule | None:
    """Return the row with this id, or None."""
    return next((rule for rule in (*TABLE, *GROUND) if rule.id == rule_id), None)


@cache
def _rules_on(action: Action | None, eligibility: Eligibility) -> tuple[Rule, ...]:
    return tuple(rule for rule in TABLE if action in rule.on and rule.is_asked(eligibility))


def _ask_all(rules: tuple[Rule, ...], scene: Scene) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    for rule in rules:
        findings.append(_ask(rule, scene, findings))
    return tuple(findings)


def _ask(rule: Rule, scene: Scene, earlier: list[Finding]) -> Finding:
    if rule.ours and scene.memory.absent:
        return rule.finding(Answer.skipped(scene.memory.absent))
    if rule.explained_by:
        cause = next((f.id for f in earlier if f.id in rule.explained_by and _holds(f)), None)
        if cause:
            return rule.finding(Answer.skipped(f"explained by {cause}"))
    try:
        return _waived(rule, rule.finding(rule.check(scene)), scene)
    except NotKnown as missing:
        return rule.finding(Answer.unknown(missing.fact, missing.reason))


def _waived(rule: Rule, finding: Finding, scene: Scene) -> Finding:
    """Let a waiver in the file turn a failure into a warning that names it. What is unknown is never waived."""
    if finding.status is not Status.FAIL or not (rule.waivable or rule.effect is Effect.WARN):
        return finding
    latest = max(
        (w for w in scene.declaration.waivers if w.rule == rule.id), key=lambda w: w.until, default=None
    )
    if latest is None:
        return finding
    if today(scene) >= latest.until:
        return _with(finding, _told("waiver.expired", latest))
    return replace(_with(finding, _told("waiver.holds", latest)), effect=Effect.WARN)


def _with(finding: Finding, said: str) -> Finding:
    return replace(finding, message=f"{finding.message} {said}")


def _told(key: str, waiver: Waiver) -> str:
    return say(key, reason=waiver.reason, owner=waiver.owner, until=waiver.until)


def _holds(finding: Finding) -> bool:
    """A warning never holds a step, so it never explains why the service would."""
    return finding.status is Status.FAIL and finding.effect is not Effect.WARN
