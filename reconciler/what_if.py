"""Declarations and suppositions in, the declarations as if the tenant files said so out. No file is touched.

A supposition names one value of one declared subscription: ``fabrikam.main.licenses+10`` (ten more than the file
says), ``fabrikam.main.licenses=50`` (so many) or ``fabrikam.main.plan=office-365-enterprise-e3``. Several are taken
one after the other. A number below the declared one is allowed: the change plan then shows the hand-off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.catalogue import Catalogue
from reconciler.desired import nearest
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.model import MOST_LICENSES, Declaration, DeclaredSubscription

MOST_NAMED = 8
# Names of tenants and of subscriptions may hold dots, so which is which is only told by what is declared.
_LICENSES = re.compile(r"(?P<where>.+)\.licenses(?P<sign>[+=])(?P<number>[0-9]{1,9})", re.ASCII)
_PLAN = re.compile(r"(?P<where>.+?)\.plan=(?P<word>.+)", re.DOTALL)


class NotASupposition(ReconcilerError):
    """A text that has none of the three forms; a slip in how the command is written."""


@dataclass(frozen=True, slots=True)
class Supposition:
    """One value of one subscription. ``where`` is tenant and subscription as typed; ``change`` makes the new one."""

    text: str
    where: str
    change: Callable[[DeclaredSubscription], DeclaredSubscription]


def supposition(text: str, catalogue: Catalogue) -> Supposition:
    """Read one supposition. Raises NotASupposition for another form, ReconcilerError for a word that is no plan."""
    if found := _LICENSES.fullmatch(text):
        return Supposition(text, found["where"], _count(text, found["sign"] == "+", int(found["number"])))
    if found := _PLAN.fullmatch(text):
        plan = catalogue.named(found["word"]).key
        return Supposition(text, found["where"], lambda wanted: replace(wanted, plan=plan))
    raise NotASupposition(say("what-if.form", text=text))


def suppose(
    declarations: Sequence[Declaration], suppositions: Sequence[Supposition]
) -> tuple[Declaration, ...]:
    """Return the declarations as if their files said so; raises ReconcilerError with all that can not be supposed."""
    by_name, troubles = {d.name: d for d in declarations}, []
    for each in suppositions:
        try:
            name, address = _place(each, by_name)
            by_name[name] = _with(by_name[name], address, each)
        except ReconcilerError as trouble:
            troubles.append(str(trouble))
    if troubles:
        raise ReconcilerError(" ".join(troubles))
    return tuple(by_name[d.name] for d in declarations)


def _place(each: Supposition, by_name: dict[str, Declaration]) -> tuple[str, str]:
    """Return the declared tenant and subscription that are meant."""
    splits = list(_splits(each.where))
    for name, address in splits:
        if name in by_name and address in {s.name for s in by_name[name].subscriptions}:
            return name, address
    tenant = next((name for name, _ in splits if name in by_name), None)
    if tenant is not None:
        address = next(rest for name, rest in splits if name == tenant)
        there = sorted(s.name for s in by_name[tenant].subscriptions)
        raise ReconcilerError(
            say(
                "what-if.subscription",
                text=each.text,
                tenant=tenant,
                word=address,
                hint=_hint(address, there),
            )
        )
    if each.where in by_name:
        names = sorted(s.name for s in by_name[each.where].subscriptions)
        raise ReconcilerError(
            say(
                "what-if.which",
                text=each.text,
                tenant=each.where,
                known=", ".join(names) or say("files.none"),
            )
        )
    word = splits[-1][0] if splits else each.where
    raise ReconcilerError(say("what-if.tenant", text=each.text, word=word, hint=_hint(word, sorted(by_name))))


def _splits(where: str) -> Iterator[tuple[str, str]]:
    """Every way to read ``where`` as a tenant and a subscription, the longest name of a tenant last."""
    for dot in re.finditer(r"\.", where):
        yield where[: dot.start()], where[dot.end() :]


def _with(declaration: Declaration, address: str, each: Supposition) -> Declaration:
    changed = (each.change(s) if s.name == address else s for s in declaration.subscriptions)
    return replace(declaration, subscriptions=tuple(changed))


def _count(text: str, more: bool, number: int) -> Callable[[DeclaredSubscription], DeclaredSubscription]:
    def counted(wanted: DeclaredSubscription) -> DeclaredSubscription:
        if more and wanted.licenses is None:
            raise ReconcilerError(say("what-if.open-count", text=text, subscription=wanted.name))
        total = number + (wanted.licenses or 0 if more else 0)
        if not 1 <= total <= MOST_LICENSES:
            raise ReconcilerError(say("what-if.count", text=text, total=total, most=MOST_LICENSES))
        return replace(wanted, licenses=total)

    return counted


def _hint(word: str, known: Sequence[str]) -> str:
    """Say which was most likely meant, or which there are."""
    near = nearest(word, known)
    if near:
        return say("cli.meant", near=near)
    few = ", ".join(known[:MOST_NAMED]) or say("files.none")
    many = len(known) > MOST_NAMED
    return say("cli.declared-many" if many else "cli.declared", known=few, count=len(known))
