"""Text of any origin in, lines fit for a terminal out: escaped, of a given width, with a hanging indent.

Names and reasons come from files and services we do not control. Whatever could move the cursor, turn the
reading direction or break a line is shown as an escape instead, so a name can never pass for a line of ours. Build
hosts take commands from what a job prints: ``::name::`` at the head of a line, ``##[name]`` and ``##vso[name]``
anywhere in it. Neither is ever left whole in text that is not ours.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from textwrap import TextWrapper

WIDTH = 100
# Stands for a blank at which no line is broken; a text that has been made safe holds none of its own.
_GLUE = "\u00a0"


def safe(text: str) -> str:
    """Return ``text`` with every character a terminal would act on shown as an escape (``\\x1b``)."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else _shown(c) for c in text)
    return _no_command(plain.replace("##", r"#\x23")) if "##" in plain or "::" in plain else plain


def wrapped(text: str, first: str, rest: str, width: int = WIDTH) -> list[str]:
    """Return ``text``, made safe, as lines: the first begins with ``first``, the others with ``rest``.

    A single word longer than the line (a path, an id) is left whole, to be copied.
    """
    plain = safe(text)
    if len(first) + len(plain) <= width:
        return [first + plain]
    # An arrow at the head of a line would look like a sign for taking away.
    lines = _wrapper(first, rest, width).wrap(plain.replace(" ->", _GLUE + "->"))
    return [_no_command(line.replace(_GLUE, " ")) for line in lines]


def _no_command(line: str) -> str:
    """Return the line so that no host reads it as a command: they overlook blanks before the two colons."""
    start = len(line) - len(line.lstrip())
    return line[:start] + r"\x3a" + line[start + 1 :] if line.startswith("::", start) else line


@cache
def _wrapper(first: str, rest: str, width: int) -> TextWrapper:
    return TextWrapper(
        width=width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _shown(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")
