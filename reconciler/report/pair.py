"""Two plans in, whether the one may be switched to the other out: what it takes, what is lost, else the way by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reconciler.catalogue import Catalogue, Confidence, Plan
from reconciler.messages import say

FORMAT_VERSION = "1.0"
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
    crossing = catalogue.crosses_family(before.key, after.key)
    same = before.key == after.key
    return {
        "format_version": FORMAT_VERSION,
        "catalogue": catalogue.name,
        "from": _end_document(before),
        "to": _end_document(after),
        "same": same,
        "listed": pair is not None,
        "confidence": str(pair.confidence) if pair else None,
        "source": list(pair.source) if pair else [],
        "note": pair.note if pair else "",
        "rejected": {"reason": rejected.reason, "source": list(rejected.source)} if rejected else None,
        "crosses_family": crossing,
        "way_back": _leads_back(catalogue, before, after),
        "acknowledgements": ["noWayBack", "backup"] if crossing else [],
        "acknowledge": acknowledgement(catalogue, before, after) or None,
        "user_settings_lost": not same,
        "services": {"gained": _gained(before, after), "lost": _gained(after, before)},
        "manual_route": [] if pair or same else list(_by_hand(catalogue, before, after)),
    }


def acknowledgement(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    """Return the part of a tenant file that the switch asks for, as YAML; "" where it asks for none, or is not listed.

    The day and the place of the back-up are left for the person who made it.
    """
    listed = catalogue.pair(before.key, after.key) is not None
    if not listed or not catalogue.crosses_family(before.key, after.key):
        return ""
    return (
        "acknowledge:\n"
        f"  noWayBack: {after.key}\n"
        "  backup:\n"
        f"    taken: {NO_DAY}\n"
        f'    where: "{say("pair.where")}"\n'
    )


def _sentences(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    if before.key == after.key:
        yield say("pair.same")
        return
    yield from _standing(catalogue, before, after)
    yield _families(catalogue, before, after)
    yield _way_back(catalogue, before, after)
    yield _caps(before, after)
    yield say(
        "pair.services", gained=_titles(catalogue, before, after), lost=_titles(catalogue, after, before)
    )
    if catalogue.pair(before.key, after.key) is None:
        yield say("pair.settings-by-hand")
        yield say("manual.head")
        yield from (f"{n}. {step}" for n, step in enumerate(_by_hand(catalogue, before, after), 1))
        yield say("manual.no-chain")
        return
    yield say("pair.settings")
    yield say("pair.ready", target=after.key)
    if catalogue.crosses_family(before.key, after.key):
        yield say("pair.acknowledge")


def _standing(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    """Say whether the pair is listed and how sure that is, or that it is not, and why where that is known."""
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
    if catalogue.crosses_family(before.key, after.key):
        return say("pair.crossing", **names)
    if before.family == after.family:
        return say("pair.own-family", family=names["before"])
    return say("pair.standalone", **names)


def _way_back(catalogue: Catalogue, before: Plan, after: Plan) -> str:
    """Say whether there is a way back: none to another family, whatever the list has (R-MAN-NO-RETURN, A-9)."""
    if catalogue.crosses_family(before.key, after.key):
        return say("pair.no-way-back")
    back = _leads_back(catalogue, before, after)
    return say("pair.way-back" if back else "pair.way-back-by-hand", source=before.name)


def _leads_back(catalogue: Catalogue, before: Plan, after: Plan) -> bool:
    crossing = catalogue.crosses_family(before.key, after.key)
    return not crossing and catalogue.pair(after.key, before.key) is not None


def _caps(before: Plan, after: Plan) -> str:
    sources = tuple(dict.fromkeys((*before.cap_source, *after.cap_source)))
    return say(
        "pair.cap",
        before=before.cap or say("pair.no-cap"),
        after=after.cap or say("pair.no-cap"),
        source=f" ({', '.join(sources)})" if sources else "",
    )


def _by_hand(catalogue: Catalogue, before: Plan, after: Plan) -> Iterator[str]:
    """The manual switch in the article's order (R-MAN-DEF); never a chain of listed pairs (A-28)."""
    yield say("manual.contact", source=before.name, target=after.name)
    if catalogue.crosses_family(before.key, after.key):
        yield say("manual.backup")
    yield say("manual.buy", target=after.name, cap=say("manual.cap", cap=after.cap) if after.cap else "")
    yield say("manual.assign")
    yield say("manual.end", source=before.name)


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
