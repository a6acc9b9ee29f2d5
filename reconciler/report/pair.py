"""Two plans in, whether the one may be switched to the other out: what it takes, what is lost, else the way by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reconciler.catalogue import Catalogue, Confidence, Plan
from reconciler.messages import say

FORMAT_VERSION = "1.1"
WIDTH = 100
NARROWEST = 40  # prose in a narrower column could not be read
# A day nobody named: pasted as it is, `validate` asks for the real one. That a back-up was made is for a person to say.
NO_DAY = "YYYY-MM-DD"


def pair_text(catalogue: Catalogue, source: str, target: str, width: int = WIDTH) -> str:
    """Return whether one plan may be switched to another, what it takes, and else the way by hand.

    ``source`` and ``target`` are keys or names that mean one plan; raises ReconcilerError for other words.
    """
    before, after = catalogue.named(source), catalogue.named(target)
    lines = [f"{before.name} -> {after.name}"]
    for sentence in _sentences(catalogue, before, after):
        numbered = sentence[:1].isdigit()
        first, other = ("  ", "     ") if numbered else ("", "  ")
        lines += in_lines(sentence, width, first, other)
    paste = acknowledgement(catalogue, before, after)
    if paste:
        lines += ["", *(f"  {line}" for line in paste.splitlines())]
    return "\n".join(lines) + "\n"


def pair_document(catalogue: Catalogue, source: str, target: str) -> dict[str, object]:
    """Return what ``pair_text`` says, ready for JSON; raises ReconcilerError for a word that is no plan."""
    before, after = catalogue.named(source), catalogue.named(target)
    pair = catalogue.pair(before.key, after.key)
    rejected = catalogue.rejected.get((before.key, after.key))
    forbidden = catalogue.forbidden.get((before.key, after.key))
    same = before.key == after.key
    by_hand = not same and not _may_be_ordered(catalogue, before, after)
    return {
        "format_version": FORMAT_VERSION,
        "catalogue": catalogue.name,
        "from": _end_document(before),
        "to": _end_document(after),
        "same": same,
        "eligibility": str(catalogue.eligibility),
        "listed": pair is not None,
        "confidence": str(pair.confidence) if pair else None,
        "source": list(_sources(catalogue, before, after)),
        "note": pair.note if pair else "",
        "rejected": {"reason": rejected.reason, "source": list(rejected.source)} if rejected else None,
        "forbidden": {"reason": forbidden.reason, "source": list(forbidden.source)} if forbidden else None,
        "crosses_family": catalogue.crosses_family(before.key, after.key),
        "way_back": _leads_back(catalogue, before, after),
        "acknowledgements": _acknowledgements(catalogue, before, after),
        "acknowledge": acknowledgement(catalogue, before, after) or None,
        "user_settings_lost": not same,
        "services": {"gained": _gained(before, after), "lost": _gained(after, before)},
        "manual_route": list(_by_hand(catalogue, before, after)) if by_hand else [],
    }


def _sources(catalogue: Catalogue, before: Plan, after: Plan) -> tuple[str, ...]:
    """Where it comes from that the pair is on the list, forbidden, or asked of the service."""
    row = catalogue.pair(before.key, after.key) or catalogue.forbidden.get((before.key, after.key))
    if row:
        return row.source
    return ("M-29",) if catalogue.asks_service and before.key != after.key else ()


def acknowledgement(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    """Return the part of a tenant file that the switch asks for, as YAML; "" where it asks for none, or is by hand.

    The day and the place of the back-up are left for the person who made it.
    """
    asked = _acknowledgements(catalogue, before, after)
    if not asked or not _may_be_ordered(catalogue, before, after):
        return ""
    backup = (
        f'  backup:\n    taken: {NO_DAY}\n    where: "{say("pair.where")}"\n' if "backup" in asked else ""
    )
    return f"acknowledge:\n  noWayBack: {after.key}\n{backup}"


def _may_be_ordered(catalogue: Catalogue, before: Plan, after: Plan) -> bool:
    """Say whether the catalogue leaves the pair to be ordered: on the list, or not forbidden where there is none."""
    if catalogue.asks_service:
        return (before.key, after.key) not in catalogue.forbidden
    return catalogue.pair(before.key, after.key) is not None


def _acknowledgements(catalogue: Catalogue, before: Plan, after: Plan) -> list[str]:
    """What a switch is asked for in the tenant file, whether or not it can be ordered."""
    if not catalogue.is_one_way(before.key, after.key):
        return []
    needs_backup = catalogue.services_lost(before.key, after.key) if catalogue.asks_service else True
    return ["noWayBack", "backup"] if needs_backup else ["noWayBack"]


def _sentences(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    if before.key == after.key:
        yield say("pair.same")
        return
    yield from _standing(catalogue, before, after)
    yield _families(catalogue, before, after)
    yield _way_back(catalogue, before, after)
    yield _caps(before, after) + _together(catalogue, after)
    yield say(
        "pair.services", gained=_titles(catalogue, before, after), lost=_titles(catalogue, after, before)
    )
    if not _may_be_ordered(catalogue, before, after):
        yield say("pair.settings-by-hand")
        yield say("manual.head-today" if catalogue.asks_service else "manual.head")
        yield from (f"{n}. {step}" for n, step in enumerate(_by_hand(catalogue, before, after), 1))
        yield say("manual.no-chain")
        return
    yield say("pair.settings")
    yield say("pair.ready", target=after.key)
    asked = _acknowledgements(catalogue, before, after)
    if asked:
        yield say("pair.acknowledge" if "backup" in asked else "pair.acknowledge-only")


def _standing(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    """Say whether the pair is listed and how sure that is, or that it is not, and why where that is known."""
    forbidden = catalogue.forbidden.get((before.key, after.key))
    if forbidden:
        yield say("pair.forbidden", source=", ".join(forbidden.source), reason=forbidden.reason)
        return
    if catalogue.asks_service:
        yield say("pair.asked", target=after.name)
        return
    pair = catalogue.pair(before.key, after.key)
    if pair is None:
        yield say("pair.not-listed")
        rejected = catalogue.rejected.get((before.key, after.key))
        if rejected:
            yield say("pair.rejected", source=", ".join(rejected.source), reason=rejected.reason)
        return
    sources = ", ".join(pair.source)
    if pair.confidence is Confidence.CERTAIN:
        yield say("pair.certain", source=sources)
    else:
        yield say("pair.unconfirmed", source=sources, confidence=str(pair.confidence), target=after.name)
    if pair.note:
        yield say("pair.note", note=pair.note)


def _families(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    names = {"before": family_title(catalogue, before.family), "after": family_title(catalogue, after.family)}
    if catalogue.asks_service:
        lost = _titles(catalogue, after, before) if _gained(after, before) else ""
        backup = say("pair.backup-of", lost=lost) if lost else say("pair.no-backup")
        family = "pair.family-kept" if before.family == after.family else "pair.family-today"
        return f"{say(family, **names)} {backup}"
    if catalogue.crosses_family(before.key, after.key):
        return say("pair.crossing", **names)
    if before.family == after.family:
        return say("pair.own-family", family=names["before"])
    return say("pair.standalone", **names)


def _way_back(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    """Say whether there is a way back: none to another family, whatever the list has (R-MAN-NO-RETURN, A-9)."""
    if catalogue.asks_service:
        return say("pair.no-way-back-today")
    if catalogue.crosses_family(before.key, after.key):
        return say("pair.no-way-back")
    back = _leads_back(catalogue, before, after)
    return say("pair.way-back" if back else "pair.way-back-by-hand", source=before.name)


def _leads_back(catalogue: Catalogue, before: Plan, after: Plan) -> bool:
    crossing = catalogue.crosses_family(before.key, after.key)
    # Without a list nothing leads back: upgrades go up only.
    return not crossing and catalogue.pair(after.key, before.key) is not None


def _caps(before: Plan, after: Plan) -> str:
    sources = tuple(dict.fromkeys((*before.cap_source, *after.cap_source)))
    return say(
        "pair.cap",
        before=before.cap or say("pair.no-cap"),
        after=after.cap or say("pair.no-cap"),
        source=f" ({', '.join(sources)})" if sources else "",
    )


def _together(catalogue: Catalogue, after: Plan) -> str:
    cap = catalogue.pooled.get(after.family)
    if cap is None:
        return ""
    family, source = family_title(catalogue, after.family), ", ".join(cap.source)
    return " " + say("pair.together", family=family, cap=cap.licenses, source=source)


def _by_hand(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    """The manual switch in the article's order (R-MAN-DEF); never a chain of listed pairs (A-28)."""
    today = catalogue.asks_service
    if not today:
        yield say("manual.contact", source=before.name, target=after.name)
    if "backup" in _acknowledgements(catalogue, before, after):
        yield say("manual.backup-today" if today else "manual.backup")
    yield say("manual.buy", target=after.name, cap=say("manual.cap", cap=after.cap) if after.cap else "")
    yield say("manual.assign")
    yield say("manual.end-today" if today else "manual.end", source=before.name)


def _gained(before: Plan, after: Plan) -> list[str]:
    return [word for word in after.services if word not in before.services]


def _titles(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    gained = _gained(before, after)
    return ", ".join(catalogue.services.get(word, word) for word in gained) or say("pair.no-services")


def _end_document(plan: Plan) -> dict[str, object]:
    return {"key": plan.key, "name": plan.name, "family": plan.family, "cap": plan.cap}


def in_lines(sentence: str, width: int, first: str = "", other: str = "  ") -> list[str]:
    """Return a sentence in lines, none narrower than can be read."""
    return textwrap.wrap(sentence, max(width, NARROWEST), initial_indent=first, subsequent_indent=other)


def family_title(catalogue: Catalogue, family: str) -> str:
    """Return what a service family is called."""
    return catalogue.families.get(family, family)
