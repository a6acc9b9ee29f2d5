"""A saved change plan and a fresh one in; what has moved between them, each thing once, in people's words out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.change_plan import ChangePlan, Verdict
from reconciler.digest import differences
from reconciler.messages import SENTENCES, say

LONGEST = 80
_WHOLE = ("tool", "catalogue", "rules")
_UNKNOWN = {"unknown": True}


def moves(saved: ChangePlan, fresh: ChangePlan) -> tuple[str, ...]:
    """Return a sentence for each thing that moved: the tool and its tables first, then tenant by tenant.

    What follows from another move (a step that is another one, since a number is) is not told beside it.
    """
    was, now = saved.covered, fresh.covered
    whole = [say(f"moved.{part}", was=was[part], now=now[part]) for part in _WHOLE if was[part] != now[part]]
    names = {t.tenant.casefold(): t.name for t in (*saved.tenants, *fresh.tenants)}
    followed = _verdicts(saved, fresh)
    told = list(whole)
    for word in sorted({*was["tenants"], *now["tenants"], *names}, key=lambda word: (names[word], word)):
        own = list(_of_tenant(word, names[word], saved, fresh))
        told += own or ([] if whole else followed.get(names[word], []))
    return tuple(told)


def _of_tenant(word: str, name: str, saved: ChangePlan, fresh: ChangePlan) -> Iterator[str]:
    was, now = saved.covered["tenants"].get(word), fresh.covered["tenants"].get(word)
    if was == now:
        return
    if now is None:
        declared = any(t.tenant.casefold() == word for t in fresh.tenants)
        yield say("moved.nothing-left" if declared else "moved.not-declared", tenant=name)
        return
    if was is None:
        yield say("moved.new", tenant=name)
        return
    addresses = {
        s.subscription_id: s.address
        for t in (*fresh.tenants, *saved.tenants)
        for s in t.steps
        if t.name == name
    }
    found = [
        *_declared(name, was["declared"], now["declared"]),
        *_live(name, addresses, was["live"], now["live"]),
    ]
    yield from found or [say("moved.steps", tenant=name)]


def _declared(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for sub, before, after in _pairs(was["subscriptions"], now["subscriptions"]):
        where = f"{name}.{sub}"
        if before is None or after is None:
            yield say("moved.declared-gone" if after is None else "moved.declared-new", where=where)
        else:
            yield from _facts(say("moved.declared", where=where), before, after)
    yield from _facts(say("moved.declared", where=name), _less(was), _less(now))


def _live(
    name: str, addresses: Mapping[str | None, str], was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[str]:
    before, after = was["subscriptions"], now["subscriptions"]
    if _UNKNOWN in (before, after):
        if before != after:
            yield say("moved.list-unread" if after == _UNKNOWN else "moved.list-read", tenant=name)
    else:
        for sub, old, new in _pairs(before, after):
            where = f"{name}.{addresses.get(sub) or sub}"
            if old is None or new is None:
                yield say("moved.live-gone" if new is None else "moved.live-new", where=where)
            else:
                yield from _facts(where, old, new)
    yield from _facts(name, _less(was), _less(now))


def _facts(where: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each fact that differs, by its first name: what is within it is told as it stands."""
    for fact, before, after in _pairs(was, now):
        if before == after:
            continue
        key = f"moved.fact.{fact}"
        what = say(key) if key in SENTENCES else say("moved.fact", fact=fact.replace("_", " "))
        if _both_mappings(before, after) and _UNKNOWN not in (before, after):
            for path, one, other in differences(before, after):
                yield say(
                    "moved.within", where=where, what=what, path=path, was=_short(one), now=_short(other)
                )
        else:
            yield say("moved.was", where=where, what=what, was=_short(before), now=_short(after))


def _verdicts(saved: ChangePlan, fresh: ChangePlan) -> dict[str, list[str]]:
    """Steps whose verdict is no longer the saved one, by tenant.

    A snapshot could not judge our own state, so there only a step that was shown as held and is not any more counts.
    """
    now = {(t.name, s.address, s.action): s for t in fresh.tenants for s in t.steps}
    told: dict[str, list[str]] = {}
    for t in saved.tenants:
        for step in t.steps:
            found = now.get((t.name, step.address, step.action))
            if found is None or found.verdict is step.verdict:
                continue
            if found.verdict is Verdict.APPLY or not saved.snapshot:
                by = ", ".join(f.id for f in found.holding)
                facts = {"where": f"{t.name}.{step.address}", "action": step.action, "was": step.verdict}
                because = say("moved.because", rules=by) if by else ""
                sentence = say("moved.verdict", now=found.verdict, because=because, **facts)
                told.setdefault(t.name, []).append(sentence)
    return told


def _pairs(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted({*was, *now}):
        yield key, was.get(key), now.get(key)


def _less(side: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in side.items() if key != "subscriptions"}


def _both_mappings(was: object, now: object) -> bool:
    return isinstance(was, Mapping) and isinstance(now, Mapping)


def _short(value: object) -> str:
    """Return a covered value as people write it."""
    if value is None or value == []:
        text = say("moved.none")
    elif value == _UNKNOWN:
        text = say("moved.unknown")
    elif isinstance(value, bool):
        text = say("moved.yes") if value else say("moved.no")
    elif isinstance(value, list):
        text = ", ".join(_short(one) for one in value)
    elif isinstance(value, Mapping):
        text = ", ".join(f"{key} {_short(below)}" for key, below in value.items())
    else:
        text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
