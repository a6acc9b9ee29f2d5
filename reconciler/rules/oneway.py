"""What a switch takes with it in, answers out: the acknowledgement, the back-up, and what users lose."""

from __future__ import annotations

from reconciler.memory import fingerprint
from reconciler.messages import say
from reconciler.rules.reading import live, member, plan, source, target, titles, today, who
from reconciler.rules.scene import Answer, Scene, know


def no_way_back(scene: Scene) -> Answer:
    """Another family is for good, so a person must have said yes to it (R-MAN-NO-RETURN, A-9, A-10)."""
    if not _leaves_family(scene):
        return Answer.skipped(say("skipped.same-family"))
    facts = {**titles(scene), "plan_key": target(scene).plan}
    said = scene.declaration.acknowledge.no_way_back
    if said is None or said is False:
        return Answer.failed(**facts)
    if said is not True and said != target(scene).plan:
        return Answer.failed("other", said=said, **facts)
    return Answer.failed("spent", **facts) if _spent(scene) else Answer.passed(**facts)


def backup_missing(scene: Scene) -> Answer:
    """Before the family is left, a recent back-up is on record (R-MAN-BACKUP, A-9)."""
    if not _leaves_family(scene):
        return Answer.skipped(say("skipped.same-family"))
    backup, most = scene.declaration.acknowledge.backup, scene.declaration.backup_max_age_days
    if backup is None:
        return Answer.failed(most=most, **titles(scene))
    days = (today(scene) - backup.taken).days
    facts = {
        **titles(scene),
        "taken": backup.taken,
        "where": backup.where,
        "most": most,
        "days": days,
        "today": today(scene),
    }
    if days < 0:
        return Answer.failed("future", **facts)
    if days > most:
        return Answer.failed("old", **facts)
    return Answer.failed("spent", **facts) if _spent(scene) else Answer.passed(**facts)


def service_settings_lost(scene: Scene) -> Answer:
    """Services switched on or off for single users come back as the plan's defaults (N4, M-08, A-26)."""
    assigned = know(live(scene).assigned, member(scene, "assigned"))
    if assigned == 0:
        return Answer.passed(**who(scene))
    return Answer.failed(assigned=assigned, **who(scene))


def _leaves_family(scene: Scene) -> bool:
    """Say whether the switch leaves its service family; a plan not in the catalogue makes it unknown."""
    before, after = plan(scene, source(scene).plan), plan(scene, target(scene).plan)
    return scene.catalogue.crosses_family(before.key, after.key)


def _spent(scene: Scene) -> bool:
    """Say whether a switch rests on it already: one that is done, or one of another subscription that began."""
    word, own = fingerprint(scene.declaration.acknowledge), scene.live.id if scene.live else None
    return word in scene.memory.spent or any(w == word and s != own for w, s in scene.memory.begun)
