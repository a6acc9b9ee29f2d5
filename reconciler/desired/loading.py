"""The text of a YAML file in, its documents out, with every problem of the text beside them.

One strict loader serves every YAML file. It leaves out what makes YAML dangerous to review: aliases, anchors, tags,
merge keys, directives, duplicate keys, keys that are not text, and characters that are not shown. What is written so
plainly that none of that can be in it is read line by line (``plain``), and everything else by libyaml (``strict``),
which is loaded when the first text needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reconciler.desired.documents import Document, place_at, problem
from reconciler.desired.plain import plain_document
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Place

MAX_TEXT = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_PROBLEMS = 50
# A text this short can hold no more values than are allowed.
_PLAIN_TEXT = MAX_NODES

# Control characters, the line ends only YAML knows, what turns the reading direction, and half characters.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_DIRECTIVE = re.compile(r"^%(?!YAML[ \t]+1\.2[ \t]*$).*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a text holds. With problems, the documents serve only to see what the file speaks of."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def decode(data: bytes, file: str) -> str | Problem:
    """Return the bytes of a file as text, or the problem that they are not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        sound = data[: error.start].decode("utf-8")
        key = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        place = place_at(file, sound, len(sound))
        facts = {"byte": f"0x{data[error.start]:02x}"}
        return problem(place, sound, "not-utf-8", say(f"files.not-utf-8.{key}.hint"), **facts)


def load(text: str, file: str, *, marked: bool = True) -> Loaded:
    """Read every document of ``text``; never raises for what the text says.

    Not ``marked``: where things stand is asked of a document only where it is wrong, and may then take its time.
    """
    if len(text) > MAX_TEXT:
        return Loaded((), (problem(Place(file, 1, 1), "", "too-large", size=len(text), most=MAX_TEXT),))
    text = text.removeprefix("\ufeff")
    plain = plain_document(text, marked=marked) if len(text) <= _PLAIN_TEXT else None
    if plain is not None:
        return Loaded((Document(file, text, plain.value, marks=plain.marks),), ())
    unfit = tuple(islice(_unfit(text, file), MAX_PROBLEMS + 1))
    if unfit:
        return Loaded((), cut(unfit, text))
    from reconciler.desired.strict import read_strictly

    return read_strictly(text, file)


def cut(problems: Sequence[Problem], text: str) -> tuple[Problem, ...]:
    """Return the problems of one text; of too many the first, and that there are more."""
    if len(problems) <= MAX_PROBLEMS:
        return tuple(problems)
    more = problem(problems[MAX_PROBLEMS].place, text, "more-problems", most=MAX_PROBLEMS)
    return (*problems[:MAX_PROBLEMS], more)


def _unfit(text: str, file: str) -> Iterator[Problem]:
    """Find what the parser must not even see."""
    if not text.replace("\n", "").isprintable():
        for found in UNSEEN.finditer(text):
            code = f"U+{ord(found[0]):04X}"
            yield problem(place_at(file, text, found.start()), text, "control-character", character=code)
    if "%" in text:
        for found in _DIRECTIVE.finditer(text.replace("\r", "\n")):
            yield problem(place_at(file, text, found.start()), text, "directive", word=found[0][:40])
