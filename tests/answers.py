"""One scene and the answer one rule must give to it: what the tables of rule cases are made of."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.rules.scene import Effect, Scene, Status


@dataclass(frozen=True)
class Case:
    """One scene and what one rule must say to it; ``says`` is the sentence's key, or the fact not known."""

    rule: str
    because: str
    status: Status
    says: str
    scene: Scene
    effect: Effect | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.because}"


def passes(rule: str, because: str, s: Scene) -> Case:
    return Case(rule, because, Status.PASS, "pass", s)


def fails(rule: str, because: str, s: Scene, says: str = "fail", effect: Effect | None = None) -> Case:
    return Case(rule, because, Status.FAIL, says, s, effect)


def unknown(rule: str, fact: str, s: Scene) -> Case:
    return Case(rule, f"{fact} is not known", Status.UNKNOWN, fact, s)


def skipped(rule: str, because: str, s: Scene) -> Case:
    return Case(rule, because, Status.SKIPPED, "", s)
