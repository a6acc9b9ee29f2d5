"""What was checked of an installation in, one value out: what is as it should be, and what stands in the way.

A thing that could not be checked is a finding too, with its reason, and never counts as sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Area(StrEnum):
    """What part of an installation a finding is about, in the order they are checked."""

    CONFIGURATION = "configuration"
    CATALOGUE = "catalogue"
    STATE = "state"
    CLOCK = "clock"
    NETWORK = "network"
    SIGN_IN = "sign-in"
    RIGHTS = "rights"


class Mark(StrEnum):
    """What came of a check. ``SKIPPED``: there was nothing to check it with, or no need to."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check.

    ``subject``: what it is about, in a few words. ``way_out``: what to do, "" where nothing is to be done.
    ``commands``: which commands are in need of it, for a right.
    """

    area: Area
    subject: str
    mark: Mark
    message: str
    way_out: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkup:
    """All findings, in the order they were made."""

    backend: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing failed and nothing is unknown."""
        return not any(one.mark in (Mark.FAILED, Mark.UNKNOWN) for one in self.findings)

    @property
    def counts(self) -> Mapping[Mark, int]:
        """How many findings there are of each mark."""
        found = Counter(one.mark for one in self.findings)
        return {mark: found[mark] for mark in Mark}
