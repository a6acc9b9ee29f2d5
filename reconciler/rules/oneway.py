"""What a switch takes with it in, answers out: the acknowledgement, the back-up, and what users lose."""

from __future__ import annotations

from reconciler.memory import fingerprint
from reconciler.messages import say
from reconciler.rules.reading import live, member, plan, source, target, titles, today, who
from reconciler.rules.scene import Answer, Scene, know


def no_way_back(scene: Scene) -> Answer:
    """What is for good a person must have said yes to (R-MAN-NO-RETURN, A-9, A-10, M-31).

    By the article that is another family; where the service is asked, every switch is an upgrade for good.
    """
    before, after = plan(scene, source(scene).plan), plan(scene, target(scene).plan)
    if not scene.catalogue.is_one_way(before.key, after.key):
        return Answer.skipped(say("skipped.same-family"))
    facts = {**titles(scene), "plan_key": after.key}
    said = scene.declaration.acknowledge.no_way_back
    asked = scene.catalogue.asks_service
    if said is None or said is False:
        return Answer.failed("upgrade" if asked else "fail", **facts)
    if said is not True and said != after.key:
        return Answer.failed("upgrade-other" if asked else "other", said=said, **facts)
    return Answer.failed("spent", **facts) if _spent(scene) else Answer.passed(**facts)


def backup_missing(scene: Scene) -> Answer:
    """Before the family is left, a recent back-up is on record (R-MAN-BACKUP, A-9).

    Where the service is asked, that is before services are lost: the others keep their data (M-21).
    """
    needless = _no_backup(scene)
    if needless:
        return Answer.skipped(needless)
    asked = "lost-" if scene.catalogue.asks_service else ""
    backup, most = scene.declaration.acknowledge.backup, scene.declaration.backup_max_age_days
    named = {**titles(scene), "lost": _lost(scene)}
    if backup is None:
        return Answer.failed("lost" if asked else "fail", most=most, **named)
    days = (today(scene) - backup.taken).days
    facts = {
        **named,
        "taken": backup.taken,
        "where": backup.where,
        "most": most,
        "days": days,
        "today": today(scene),
    }
    if days < 0:
        return Answer.failed(f"{asked}future", **facts)
    if days > most:
        return Answer.failed(f"{asked}old", **facts)
    return Answer.failed("spent", **facts) if _spent(scene) else Answer.passed(**facts)


def service_settings_lost(scene: Scene) -> Answer:
    """Services switched on or off for single users come back as the plan's defaults (N4, M-08, A-26)."""
    assigned = know(live(scene).assigned, member(scene, "assigned"))
    if assigned == 0:
        return Answer.passed(**who(scene))
    return Answer.failed(assigned=assigned, **who(scene))


def _no_backup(scene: Scene) -> str:
    """Say why the switch needs no back-up, "" where it does; a plan not in the catalogue makes it unknown."""
    before, after = plan(scene, source(scene).plan), plan(scene, target(scene).plan)
    if scene.catalogue.asks_service:
        return "" if _lost(scene) else say("skipped.no-service-lost")
    return "" if scene.catalogue.crosses_family(before.key, after.key) else say("skipped.same-family")


def _lost(scene: Scene) -> str:
    lost = scene.catalogue.services_lost(source(scene).plan, target(scene).plan)
    return ", ".join(scene.catalogue.services.get(service, service) for service in lost)


def _spent(scene: Scene) -> bool:
    """Say whether a switch rests on it already: one that is done, or one of another subscription that began."""
    word, own = fingerprint(scene.declaration.acknowledge), scene.live.id if scene.live else None
    return word in scene.memory.spent or any(w == word and s != own for w, s in scene.memory.begun)
