"""The text of a YAML file in, its documents and its problems out: the strict loader itself, on libyaml's composer.

libyaml's composer is recursive in C and would take the interpreter down with it, so depth and number of nodes are
bounded while it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.error import YAMLError
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode

from reconciler.desired.composing import Composer
from reconciler.desired.documents import Document, problem
from reconciler.desired.explaining import clipped
from reconciler.desired.loading import MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, UNSEEN, Loaded, cut
from reconciler.desired.references import references
from reconciler.desired.scalars import is_plain_key, scalar
from reconciler.errors import Problem
from reconciler.messages import SENTENCES, say
from reconciler.model import Place

_MAX_KEY = 200
# A text this short can not nest deep enough to exhaust the C stack, and need not pay for being counted.
_SHORT = 4096
_INDICATORS = re.compile(r"[&*!]").search


def read_strictly(text: str, file: str) -> Loaded:
    """Read every document of a text in which the parser may see everything."""
    return _Reading(text, file).loaded()


class _TooMuch(Exception):
    """The text nests too deep or holds too many nodes; raised through the C composer."""


class _CountingParser(Composer):
    """The same for texts long enough to do harm: counts depth and nodes on the way."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.nodes = 0

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        self.depth += 1
        self.nodes += 1
        # A word in the deepest collection allowed is one deeper than it.
        if self.depth > MAX_DEPTH + 1 or self.nodes > MAX_NODES:
            raise _TooMuch

    def ascend_resolver(self) -> None:
        self.depth -= 1


class _Reading:
    """One text being read, and the problems met on the way."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        # What is parsed: the text, or what is left of it without anchors and aliases.
        self.read, self.blanked_whole = text, False
        self.problems: list[Problem] = []
        self.floats = False
        self.escapes = "\\" in text

    def loaded(self) -> Loaded:
        if _INDICATORS(self.text) and not self._refuse_references():
            return self._result(())
        documents = tuple(self._documents())
        if not documents and not self.problems:
            self._report(Place(self.file, 1, 1), "empty-file")
        return self._result(documents)

    def _result(self, documents: tuple[Document, ...]) -> Loaded:
        return Loaded(documents, cut(self.problems, self.text))

    def _documents(self) -> Iterator[Document]:
        """Read document by document; one that holds nothing at all is no document."""
        parser = Composer(self.read) if len(self.read) <= _SHORT else _CountingParser(self.read)
        try:
            while parser.check_node():
                root = parser.get_node()
                self.floats = False
                value = self._value(root, 1)
                if value is not None or getattr(root, "style", None):
                    yield Document(self.file, self.text, value, root, self.floats)
        except YAMLError as error:
            if self.blanked_whole:
                return
            # libyaml from 0.2.6 on has a bound of its own, which a text may meet before ours.
            if "nesting depth" in str(error):
                self._report(self._marked(error), "too-deep", most=MAX_DEPTH)
            else:
                self._report_syntax(error)
        except _TooMuch:
            self._report_too_much(parser)

    def _value(self, node: Any, depth: int) -> Any:
        kind = node.__class__
        if kind is ScalarNode:
            return self._scalar(node)
        if depth > MAX_DEPTH:
            raise _TooMuch
        if kind is MappingNode:
            return self._mapping(node, depth)
        return [self._value(entry, depth + 1) for entry in node.value]

    def _scalar(self, node: Any) -> Any:
        word = node.value
        if node.style:
            if self.escapes and UNSEEN.search(word):
                self._report(self._at(node), "control-character", character=_named(word))
            return word
        value = scalar(word)
        if value.__class__ is float:
            self.floats = True
        return value

    def _mapping(self, node: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            is_scalar = value_node.__class__ is ScalarNode
            value = self._scalar(value_node) if is_scalar else self._value(value_node, depth + 1)
            if key_node.__class__ is not ScalarNode:
                self._report(
                    self._at(key_node), "key-not-text", key=say("files.a-collection"), name="collection"
                )
                continue
            if not is_plain_key(key) and not self._is_fit_as_key(key_node):
                if key == "<<" and isinstance(value, dict):
                    # Refused, but what it brings is not told to be missing.
                    merged = value
                continue
            if key in found:
                self._report_duplicate(node, key_node)
                continue
            found[key] = value
        return {**merged, **found} if merged else found

    def _report_duplicate(self, node: Any, key_node: Any) -> None:
        if len(self.problems) <= MAX_PROBLEMS:
            first = next(self._at(other) for other, _ in node.value if other.value == key_node.value)
            self._report(self._at(key_node), "duplicate-key", key=key_node.value, first=first)

    def _is_fit_as_key(self, node: Any) -> bool:
        key, plain = node.value, not node.style
        if plain and key == "<<":
            return self._refuse_key(node, "merge-key")
        if plain and not isinstance(scalar(key), str):
            return self._refuse_key(node, "key-not-text")
        if not key or len(key) > _MAX_KEY or UNSEEN.search(key) or "\n" in key or "\t" in key:
            return self._refuse_key(node, "odd-key")
        return True

    def _refuse_key(self, node: Any, code: str) -> bool:
        place = self._at(node)
        if self.read is not self.text and any(p.place == place and p.code == "alias" for p in self.problems):
            # What stands here is our blank for an alias, which was told.
            return False
        self._report(place, code, key=clipped(node.value), most=_MAX_KEY)
        return False

    def _refuse_references(self) -> bool:
        """Report anchors, aliases and tags; say whether the rest of the text can be read."""
        there = references(self.text)
        for one in there.found:
            place = Place(self.file, one.line, one.column)
            self._report(place, one.code, **{"tag" if one.code == "tag" else "word": one.word})
        self.read, self.blanked_whole = there.rest or "", there.whole
        return there.rest is not None

    def _report_syntax(self, error: YAMLError) -> None:
        place = self._marked(error)
        context: str = getattr(error, "context", None) or ""
        what: str = getattr(error, "problem", None) or context or str(error)
        key = next((k for k in SENTENCES if k.startswith("files.syntax:") and k[13:] in what), None)
        around = say("files.syntax.around", context=context) if context else ""
        hint = say(key) if key else ""
        self.problems.append(problem(place, self.text, "syntax", hint, what=what, around=around))

    def _report_too_much(self, parser: Composer) -> None:
        if isinstance(parser, _CountingParser) and parser.nodes > MAX_NODES:
            self._report(Place(self.file, 1, 1), "too-many-nodes", most=MAX_NODES)
        else:
            self._report(self._deepest(), "too-deep", most=MAX_DEPTH)

    def _deepest(self) -> Place:
        """Return where the text first nests too deep."""
        parser, depth = CParser(self.text), 0
        while depth <= MAX_DEPTH:
            event = parser.get_event()
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)
        return self._at(event)

    def _marked(self, error: YAMLError) -> Place:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        return Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file, 1, 1)

    def _at(self, node: Any) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _report(self, place: Place, code: str, **facts: object) -> None:
        # Past the limit nothing more is shown; building the sentences would only cost time.
        if len(self.problems) <= MAX_PROBLEMS:
            self.problems.append(problem(place, self.text, code, "", **facts))


def _named(word: str) -> str:
    found = UNSEEN.search(word)
    return f"U+{ord(found[0]):04X}" if found else ""
