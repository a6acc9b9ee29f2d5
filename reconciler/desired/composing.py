"""The text of a YAML file in, libyaml's nodes of its documents out, which know where each thing stands."""

from __future__ import annotations

from functools import lru_cache

from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.nodes import Node


class Composer(CParser):
    """libyaml's composer without tags: the resolver's hooks are what C calls for every node."""

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        """Do nothing: there are no paths to resolve by."""

    def ascend_resolver(self) -> None:
        """Do nothing."""

    def resolve(self, kind: type[Node], value: str | None, implicit: object) -> str:
        """Give no tag: what a word means is read from the word."""
        return ""


# The places in one text are asked for one after the other, so one text is enough to remember.
@lru_cache(maxsize=1)
def composed(text: str) -> Node | None:
    """Return the first document of a text that is known to be sound."""
    return Composer(text).get_single_node()
