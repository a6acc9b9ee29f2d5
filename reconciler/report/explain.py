"""A rule in, what it asks, does and comes from out, as text or as plain data."""

from __future__ import annotations

from textwrap import fill, wrap

from reconciler.messages import say
from reconciler.messages.about import ABOUT, WAYS_OUT
from reconciler.rules import Rule

WIDTH = 100


def rule_text(rule: Rule, width: int = WIDTH) -> str:
    """What a rule asks, what it does when it fails, and where it comes from."""
    document = rule_document(rule)
    lines = [
        rule.id,
        fill(ABOUT[rule.id], width, initial_indent="  ", subsequent_indent="  "),
        "",
        say("explain.on", actions=", ".join(rule_actions(rule)) or say("explain.ground")),
        say("explain.effect", effect=rule.effect),
        say("explain.needs", needs=", ".join(rule.needs) or "-"),
        say("explain.source", source=", ".join(rule.source)),
        *wrap(say("explain.way-out", remedy=document["remedy"]), width, subsequent_indent="    "),
    ]
    return "\n".join(lines)


def rule_document(rule: Rule) -> dict[str, object]:
    """The same as plain data."""
    return {
        "id": rule.id,
        "about": ABOUT[rule.id],
        "on": rule_actions(rule),
        "effect": str(rule.effect),
        "needs": sorted(rule.needs),
        "source": list(rule.source),
        "remedy": WAYS_OUT[rule.id],
    }


def rule_actions(rule: Rule) -> list[str]:
    """The actions a rule concerns, in the order of the words."""
    return [action for action in ("switch", "add", "handoff") if action in {str(a) for a in rule.on}]
