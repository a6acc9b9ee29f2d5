"""Where a secret is kept, as a value: the secret itself is none of ours until somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model import Place


class Kept(StrEnum):
    """Where a secret is kept. The schema offers a keyring to none of those that notifications need."""

    ENVIRONMENT = "environment"
    FILE = "file"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is kept: the name of a variable, the path of a file, or the name in a keyring.

    ``place``: where that is written.
    """

    kept: Kept
    name: str
    place: Place = field(compare=False)
