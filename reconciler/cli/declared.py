"""Paths and refs in; the fleet that is declared, which of it changed, and what of it counts, out.

Two refs may be asked. What changed is told against the commit this branch began with; the policy (configuration and
catalogue, and how far a tenant file may loosen what holds for it) is what stands at the protected ref now. Both are
read from git's own objects, never from a checkout.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.adapters import files, git
from reconciler.change_plan import Policy, Since, Source, Unread
from reconciler.changed import Reach, changes
from reconciler.cli.options import Refs
from reconciler.cli.world import Setting, build_setting, load_fleet, select
from reconciler.desired import MAX_TEXT, Fleet, decode
from reconciler.errors import FilesBroken, Problem, ReconcilerError, RefUnreadable
from reconciler.messages import say
from reconciler.model import Declaration, Place
from reconciler.policy import held


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared, as it counts. ``changed`` None: all of it was asked for.

    ``there``: what is declared at the policy's ref, under the names of now; nobody else may be one of those tenants.
    """

    setting: Setting
    fleet: Fleet
    changed: frozenset[str] | None = None
    since: Since | None = None
    policy: Policy | None = None
    there: tuple[Declaration, ...] = ()

    @property
    def everybody(self) -> tuple[Declaration, ...]:
        """All declarations by which two that mean one live tenant are found."""
        return (*self.fleet.declarations, *self.there)

    def chosen(self, tenants: Sequence[str], selector: Sequence[str]) -> tuple[Declaration, ...]:
        """Return those that were selected and, where that was asked, have changed, by name."""
        selected = select(self.fleet.declarations, tenants, selector)
        return tuple(d for d in selected if self.changed is None or d.name in self.changed)

    def told_in(self, source: Source) -> Source:
        """Return the source with what the refs have shown."""
        partial = source.partial or self.since is not None
        return replace(source, partial=partial, since=self.since, policy=self.policy)


def declared(paths: Sequence[Path], config: Path | None, state: str | None, refs: Refs) -> Declared:
    """Read what is declared, under the policy that was asked for, and compare it with what it was.

    Raises RefUnreadable where a ref, or what stands at it, can not be read, and FilesBroken for the files here; files
    with problems at the ref of ``changed_since`` are told in the result.
    """
    if refs.policy_from is None:
        setting = build_setting(paths, config, state)
        plain = Declared(setting, load_fleet(setting, paths))
    else:
        plain = _under_policy(git.tree_at(refs.policy_from, paths), paths, config, state)
    if refs.changed_since is None:
        return plain
    tree = git.tree_before(refs.changed_since, paths)
    return _compared(plain, tree, paths, config, state)


def _under_policy(tree: git.Tree, paths: Sequence[Path], config: Path | None, state: str | None) -> Declared:
    try:
        setting = build_setting(paths, config, state, tree)
        there = _fleet_at(tree, paths, setting)
    except FilesBroken as broken:
        raise FilesBroken(_at(tree, broken.problems)) from broken
    if there.problems:
        raise FilesBroken(_at(tree, there.problems))
    fleet = load_fleet(setting, paths)
    counts = held(fleet.declarations, there.declarations, tree.ref)
    policy = Policy(tree.ref, tree.commit, counts.not_counted)
    named = tuple(replace(d, place=replace(d.place, file=_name(tree, d.place.file))) for d in counts.there)
    return Declared(setting, replace(fleet, declarations=counts.declarations), None, None, policy, named)


def _compared(
    now: Declared, tree: git.Tree, paths: Sequence[Path], config: Path | None, state: str | None
) -> Declared:
    """Find what changed, as it is written: a waiver that the policy does not let count is news too."""
    written = now.fleet if now.policy is None else load_fleet(now.setting, paths)
    try:
        # A policy from elsewhere is the same for both sides.
        was = now.setting if now.policy else build_setting(paths, _explicit_at(tree, config), state, tree)
        there = _fleet_at(tree, paths, was)
    except FilesBroken as broken:
        was, there = now.setting, Fleet((), broken.problems, 0)
    except RefUnreadable:
        raise
    except ReconcilerError as broken:
        # A catalogue that contradicts itself: nothing there can be judged by it.
        place = Place(os.fspath(now.setting.config.file or paths[0]), 1, 1)
        was, there = now.setting, Fleet((), (Problem(place, "unreadable", str(broken)),), 0)
    unread = _unread(there.problems)
    skipped = frozenset(one.file for one in unread)
    found = changes(there.declarations, written.declarations, _reach(was), _reach(now.setting), skipped)
    # While a file here is broken nobody can tell who is declared.
    gone = () if now.fleet.problems else found.gone
    counts = len(found.changed), found.unchanged
    since = Since(tree.ref, tree.commit, *counts, gone, found.renamed, found.moved, unread)
    return replace(now, changed=found.changed, since=since)


def _explicit_at(tree: git.Tree, config: Path | None) -> Path | None:
    """The configuration that was named, unless it is new: then what was found by itself held before."""
    return None if config and tree.keeps(config) and not tree.has(config) else config


def _reach(setting: Setting) -> Reach:
    return Reach(setting.catalogue, setting.config.limits, setting.config.adds_in_order)


def _fleet_at(tree: git.Tree, paths: Sequence[Path], setting: Setting) -> Fleet:
    """Read the tenant files that ``paths`` meant at a commit, named as they are here."""
    shown = _tenant_files(tree, paths)
    problems = [
        files.trouble(name, "too-large", size=blob.size, most=MAX_TEXT)
        for blob, name in shown.items()
        if blob.size > MAX_TEXT
    ]
    sources: list[tuple[str, str]] = []
    for blob, data in tree.contents(blob for blob in shown if blob.size <= MAX_TEXT):
        text = decode(data, shown[blob])
        if isinstance(text, Problem):
            problems.append(text)
        else:
            sources.append((shown[blob], text))
    config = setting.config
    fleet = files.tenants_of(
        sources, setting.catalogue, backup_max_age_days=config.backup_max_age_days, limits=config.limits
    )
    in_order = tuple(sorted((*problems, *fleet.problems), key=lambda p: (p.place, p.code)))
    return Fleet(fleet.declarations, in_order, len(shown))


def _tenant_files(tree: git.Tree, paths: Sequence[Path]) -> dict[git.Blob, str]:
    """The files that ``paths`` meant at a commit, each once, with the names they would have here."""
    shown: dict[git.Blob, str] = {}
    for path in paths:
        base = git.placed(path)
        for blob in tree.blobs(path):
            inside = blob.path.relative_to(base)
            if blob.path == base:
                shown.setdefault(blob, os.fspath(path))
            elif files.is_tenant_file(inside):
                shown.setdefault(blob, os.path.join(path, inside))
    return shown


def _unread(problems: Sequence[Problem]) -> tuple[Unread, ...]:
    """The files with problems, each with the first of them."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.place.file, problem)
    return tuple(Unread(file, problem.message) for file, problem in first.items())


def _at(tree: git.Tree, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems, with files named as git names those of a commit; and, first of all, what that means."""
    told = tuple(replace(p, place=replace(p.place, file=_name(tree, p.place.file))) for p in problems)
    facts = {"ref": tree.ref, "commit": tree.commit[: git.SHORT]}
    return tuple(replace(p, hint=" ".join((p.hint, say("git.broken-policy", **facts))).strip()) for p in told)


def _name(tree: git.Tree, file: str) -> str:
    return f"{tree.commit[: git.SHORT]}:{file}"
