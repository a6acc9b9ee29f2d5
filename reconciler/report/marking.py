"""Text of any origin in, Markdown out that shows exactly that text: no markup, no HTML, no link, nobody mentioned.

Hosts look for mentions, issue numbers and addresses in what Markdown has become, so a backslash does not stop them.
In code they do not look; in prose a space of no width stands behind the sign that would begin one.
"""

from __future__ import annotations

import re

from reconciler.report.lines import safe

LONGEST_NAME, LONGEST_PROSE = 120, 900
_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_NO_WIDTH = "&#8203;"
_MARKUP = re.compile(r"[\\`*_{}\[\]|~$]")
# A mention, an issue, an address, and the short name of a picture (`:tada:`).
_BEGINS_A_LINK = re.compile(r"[@#!](?=\w)|:(?=//|(?:[+-]1|[a-z_][\w+-]*):)|(?<=www)\.", re.IGNORECASE)
_BEGINS_A_BLOCK = re.compile(r"^(\d*)([#+=.)-])")


def clipped(text: str, most: int) -> str:
    """Return the text with at most ``most`` characters; that something is missing is seen."""
    return text if len(text) <= most else text[: max(1, most - 3)] + "..."


def code(text: str, most: int = LONGEST_NAME) -> str:
    """Return the text as a span of code."""
    plain = clipped(safe(text), most) or " "
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * (longest + 1)
    # Blanks at both ends are taken away by the reader of the Markdown, and so are those put here.
    pad = " " if plain[0] in "` " or plain[-1] in "` " else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def prose(text: str, most: int = LONGEST_PROSE) -> str:
    """Return the text as prose that is nothing but text, in a line or an entry of a list of our own."""
    plain = clipped(safe(text).strip(), most)
    marked = re.sub("[&<>]", lambda found: _ENTITY[found[0]], _MARKUP.sub(r"\\\g<0>", plain))
    marked = _BEGINS_A_BLOCK.sub(r"\1\\\2", marked)
    return _BEGINS_A_LINK.sub(
        lambda found: _NO_WIDTH + "." if found[0] == "." else found[0] + _NO_WIDTH, marked
    )


def sentence(text: str, most: int = LONGEST_PROSE) -> str:
    """Return a sentence as prose, what stands between backticks in it as code; both are nothing but text."""
    parts = clipped(safe(text).strip(), most).split("`")
    if len(parts) % 2 == 0 or not all(part.strip() for part in parts[1::2]):
        return prose(text, most)
    return "".join(code(part, most) if odd % 2 else _kept_apart(part, most) for odd, part in enumerate(parts))


def _kept_apart(part: str, most: int) -> str:
    """Prose with the blanks at its ends, which part it from what stands beside it."""
    if not part.strip():
        return part
    before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{before}{prose(part, most)}{after}"


def fenced(text: str, most: int = LONGEST_PROSE) -> str:
    """Return the text for a line of a fenced block, which never ends it: the line begins with a sign of ours."""
    return clipped(safe(text), most)


def folded(summary: str, lines: list[str]) -> str:
    """Return lines of Markdown folded away under a summary, which must be words of our own."""
    return "\n".join([f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"])
