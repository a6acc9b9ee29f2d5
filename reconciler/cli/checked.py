"""Tenant files in, how many tenants they declare and what is wrong with them out, with no fleet held in between.

What only all files together show (a name, a tenant, a subscription claimed twice) is looked for by the hashes of the
words. Where two are equal, the fleet has to be read as a whole: that tells who clashes with whom.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from reconciler.adapters import files
from reconciler.cli.kept_answers import kept_answers
from reconciler.cli.world import Setting
from reconciler.desired import TenantReader
from reconciler.errors import Problem
from reconciler.repeats import Words


@dataclass(slots=True)
class Checked:
    """What files came to. ``waived``: a waiver is among them, so that another day may find otherwise."""

    files: int = 0
    tenants: int = 0
    problems: list[Problem] = field(default_factory=list)
    claims: Words = field(default_factory=Words)
    waived: bool = False

    def join(self, other: Checked) -> None:
        """Take what other files came to."""
        self.files += other.files
        self.tenants += other.tenants
        self.problems += other.problems
        self.claims.join(other.claims)


def checked(setting: Setting, paths: Sequence[Path], today: date, cache: Path | None) -> Checked | None:
    """Check the files that ``paths`` mean, all by themselves; None where some may clash with others.

    In the folder ``cache`` is kept, for the next time, which of them were sound.
    """
    found = files.find_files(paths)
    reader = files.reader_of(
        setting.catalogue,
        backup_max_age_days=setting.config.backup_max_age_days,
        limits=setting.config.limits,
        today=today,
    )
    all_of_them = Checked(problems=list(found.problems))
    form = files.Form(_text, _from_text)
    with kept_answers(cache, setting, form, "validate", list(map(str, paths))) as answers:
        for block in files.blocks_of(found.files):
            all_of_them.join(answers.of(block.files, partial(_block, reader, block.tenants)))
    all_of_them.problems.sort(key=lambda problem: (problem.place, problem.code))
    return None if all_of_them.claims.repeat() else all_of_them


def _block(reader: TenantReader, names: Sequence[str], text_of: files.TextOf) -> Checked:
    """Check the files of one block."""
    block = Checked(len(names))
    for name in names:
        text = text_of(name)
        if not isinstance(text, str):
            block.problems.append(text)
            continue
        read = reader.read(name, text)
        block.problems += read.problems
        for document in read.documents:
            block.claims.add(*document.claimed)
            if document.declaration is not None:
                block.tenants += 1
                block.waived = block.waived or bool(document.declaration.waivers)
    return block


def _text(block: Checked) -> str | None:
    if block.problems or block.waived:
        return None
    return json.dumps([block.files, block.tenants, block.claims.text], separators=(",", ":"))


def _from_text(text: str) -> Checked | None:
    try:
        count, tenants, claims = json.loads(text)
        return Checked(count, tenants, claims=Words.from_text(claims))
    except (ValueError, TypeError):
        return None
