"""Parts of a page in, one self-contained HTML page out: no script, nothing loaded from elsewhere, light and dark.

Text only ever gets in through ``escape``: ``element`` takes markup made here (``Markup``), and escapes all else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from reconciler.report.lines import safe

VOID = frozenset({"meta", "br"})
STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #57606a; --paper: #fff; --card: #f6f8fa; --line:
  #d8dee4;
  --unknown: #8250df; --bad: #cf222e; --support: #0969da; --wait: #8a5a00; --good: #1a7f37; --switch:
  #0b6e75; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa5b1; --paper: #0d1117; --card:
  #161b22;
  --line: #30363d; --unknown: #c297ff; --bad: #ff7b72; --support: #79c0ff; --wait: #e3b341; --good: #56d364;
  --switch: #56d4dd; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background:
  var(--paper);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; } h4 { font-size: 1rem; font-weight: 600; margin: 0; }
p { margin: .4rem 0; } code { font: .875em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.quiet { color: var(--quiet); font-size: .9rem; } .totals { font-weight: 600; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
.note { border-left: 4px solid var(--wait); background: var(--card); padding: .5rem .8rem; margin: .5rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .6rem; padding: 0;
  margin: 1rem 0;
  list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem
  .8rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card { border: 1px solid var(--line); border-left: 4px solid var(--tone, var(--line)); border-radius: .5rem;
  padding: .8rem 1rem; margin: .8rem 0; }
.head { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; }
.word { color: var(--tone, var(--quiet)); font-weight: 600; font-size: .85rem; border: 1px solid currentColor;
  border-radius: 1rem; padding: 0 .55rem; white-space: nowrap; }
.step { border-top: 1px solid var(--line); margin-top: .7rem; padding-top: .7rem; }
.sign { color: var(--tone); font-weight: 700; margin-right: .4rem; }
.finding { margin: .5rem 0 .5rem 1.1rem; } .finding b { font-weight: 600; }
.unknown { --tone: var(--unknown); } .blocked, .broken, .drift { --tone: var(--bad); } .support { --tone:
  var(--support); }
.wait, .suspended { --tone: var(--wait); } .apply { --tone: var(--good); } .fine, .in-sync { --tone:
  var(--quiet); }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--quiet); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; width: 100%; margin:
  .5rem 0; }
th, td { border: 1px solid var(--line); padding: .35rem .55rem; text-align: left; vertical-align: top; }
th { background: var(--card); font-weight: 600; } td.used { outline: 3px solid var(--switch);
  outline-offset: -3px; font-weight: 700; }
.matrix td { text-align: center; } a { color: var(--support); } :focus-visible { outline: 2px solid
  var(--support); }
ul.plain { list-style: none; padding: 0; margin: .3rem 0; } footer { margin-top: 3rem; border-top: 1px
  solid var(--line); }
@media print { details { display: block; } .card { break-inside: avoid; } }
"""


class Markup(str):
    """Markup that was made here, and is safe to stand in a page as it is."""

    __slots__ = ()


def element(tag: str, *children: str | Markup | None, **attributes: str) -> Markup:
    """Return an element; children that are no ``Markup`` are text. ``class_`` stands for ``class``."""
    names = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_text(value)}"' for name, value in attributes.items()
    )
    if tag in VOID:
        return Markup(f"<{tag}{names}>")
    inside = "".join(c if isinstance(c, Markup) else _text(c) for c in children if c is not None)
    return Markup(f"<{tag}{names}>{inside}</{tag}>")


def joined(parts: Iterable[Markup], between: str = "\n") -> Markup:
    """Return parts one after the other."""
    return Markup(between.join(parts))


def page(title: str, *body: Markup | None) -> str:
    """Return the whole page; a policy in it forbids any script, and anything from elsewhere."""
    mark = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{mark}'; base-uri 'none'; form-action 'none'"
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(STYLE)),
    ]
    parts = joined(part for part in body if part)
    whole = [element("head", Markup("\n"), joined(head)), element("body", Markup("\n"), parts)]
    return f"<!DOCTYPE html>\n{element('html', joined(whole), lang='en')}\n"


def _text(text: str) -> str:
    return escape(safe(text), quote=True)
