"""A real browser for tests: Debian's Chromium, driven by Playwright, and the axe-core auditor from npm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

SCREENSHOTS = ROOT / "build" / "screenshots"
# Pinned: what counts as a violation differs from version to version.
AXE = "axe-core@4.14.1"


@dataclass
class Tab:
    """One page of the browser, and everything its console said."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)

    def go(self, address: str) -> Tab:
        self.page.goto(self.url.rstrip("/") + address)
        return self

    def keep(self, name: str) -> None:
        """Keep a picture of the whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def listen(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium; as root it has no sandbox, and it is sent nowhere but to this machine."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "chromium not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-background-networking"]
        )
        try:
            yield started
        finally:
            started.close()


def axe(folder: Path) -> str:
    """Return the auditor's script, installed into a folder."""
    words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, script: str) -> list[str]:
    """Return what the auditor finds wrong with a page: WCAG 2.2 up to AA, and what it calls best practice."""
    # The page's own policy lets no such script in; the browser's debugger may.
    page.evaluate(f"() => {{ {script} }}")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
