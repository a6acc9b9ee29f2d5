"""The status page in a real browser: what a person sees and does, with and without script, and an audit of each page.

Pictures are kept in ``build/screenshots``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import Tab, axe, browser, violations
from scenes import catalogue
from showing import HOSTILE, NOW, Fleet, Stop, fleet

from reconciler.overview import Query
from reconciler.web.access import access_for
from reconciler.web.app import build_app
from reconciler.web.asking import address_of
from reconciler.web.serving import Served, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    # Playwright leaves its own loop to the end of the process.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PAGES = {
    "overview": "/",
    "stalled": "/?state=stalled&sort=name",
    "waits": "/waits",
    "tenant": "/tenants/fabrikam",
    "support": "/tenants/kolonne-regnskap",
    "handoffs": "/handoffs?all=1",
    "matrix": "/matrix?from=office-365-small-business&to=office-365-enterprise-e3",
    "by-hand": "/matrix?from=office-365-enterprise-e3&to=office-365-enterprise-e1",
    "missing": "/tenants/fabrikan",
    "hostile": address_of(HOSTILE[0]),
}
TOKEN = "0123456789abcdef0123456789abcdef"


class Moving(Fleet):
    """A fleet that another one can take the place of, as time does it."""

    now: Fleet

    def overview(self, query: Query) -> Any:
        return self.now.overview(query)


def troubled() -> Fleet:
    usual = fleet(hostile=False)
    (source,), (loop,) = usual.from_where, usual.beating
    return replace(
        usual,
        stopped=Stop(),
        overdue=3,
        from_where=(replace(source, refused="9b8a7c6d5e4f", reason="broken", problem="tenants/a.yaml:12."),),
        beating=(replace(loop, breaker="open"),),
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    app = build_app(fleet(), catalogue(), access=access_for("127.0.0.1"), now=lambda: NOW)
    with serve(app, "127.0.0.1", 0) as server:
        yield server


@pytest.fixture
def tab(chromium: Browser, served: Served) -> Iterator[Tab]:
    yield from opened(chromium, served.url)


def opened(chromium: Browser, url: str, **options: Any) -> Iterator[Tab]:
    """A fresh page; whatever its console said in the end fails the test, but for answers that are meant to be no."""
    context = chromium.new_context(**{"viewport": WIDE, "locale": "en-GB", **options})
    made = Tab(context.new_page(), url)
    made.page.on("console", made.listen)
    made.page.on("pageerror", lambda error: made.said.append(f"error: {error}"))
    try:
        yield made
    finally:
        context.close()
    assert [line for line in made.said if "status of 404" not in line and "status of 401" not in line] == []


def names(tab: Tab) -> list[str]:
    return tab.page.locator("table.tenants tbody th a").all_inner_texts()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("nb", "dark")])
def test_every_page_passes_an_accessibility_audit(
    chromium: Browser, served: Served, auditor: str, name: str, language: str, scheme: str
) -> None:
    for width, size in (("wide", WIDE), ("phone", PHONE)):
        options = {"color_scheme": scheme, "locale": language, "viewport": size}
        for tab in opened(chromium, served.url, **options):
            tab.go(PAGES[name])
            assert tab.page.get_attribute("html", "lang") == language
            # Folded parts are pages too.
            tab.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert violations(tab.page, auditor) == []
            tab.keep(f"{name}-{language}-{scheme}-{width}")


def test_the_audit_finds_what_is_wrong(tab: Tab, auditor: str) -> None:
    """Else a policy that keeps the auditor out would look like a page without a flaw."""
    tab.go("/waits")
    tab.page.evaluate(
        "document.querySelector('h1').innerHTML += '<img src=\"data:,\"><input class=\"quiet\">'"
    )
    found = violations(tab.page, auditor)
    assert {line.partition(":")[0] for line in found} >= {"image-alt", "label"}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_phone(chromium: Browser, served: Served, name: str) -> None:
    for tab in opened(chromium, served.url, viewport={"width": 320, "height": 640}):
        tab.go(PAGES[name])
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_notices_stand_at_the_head_and_pass_the_audit(chromium: Browser, auditor: str) -> None:
    app = build_app(troubled(), catalogue(), access=access_for("127.0.0.1"), now=lambda: NOW)
    with serve(app, "127.0.0.1", 0) as server:
        for tab in opened(chromium, server.url):
            tab.go("/")
            told = tab.page.locator("#notices li").all_inner_texts()
            assert len(told) == 4
            assert "The global stop is on" in told[0]
            assert violations(tab.page, auditor) == []
            tab.keep("notices")


def test_the_overview_is_filtered_while_one_types_and_the_address_keeps_up(tab: Tab) -> None:
    tab.go("/")
    search = tab.page.get_by_label("Search")
    search.press_sequentially("havbris", delay=20)
    tab.page.get_by_text("1 tenant matches.").wait_for()
    assert names(tab) == ["havbris-laks"]
    assert tab.page.url.endswith("/?q=havbris&sort=state")
    assert search.evaluate("field => field === document.activeElement")
    search.fill("")
    tab.page.get_by_label("Held by").select_option("credit-review")
    tab.page.get_by_text("2 tenants match.").wait_for()
    assert names(tab) == ["kystarven-museum", "lofthavn-elektro"]
    tab.page.get_by_role("link", name="Norsk").click()
    tab.page.get_by_role("link", name="English").wait_for()
    assert names(tab) == ["kystarven-museum", "lofthavn-elektro"]


def test_states_are_links_and_columns_are_sorted_by_links(tab: Tab) -> None:
    tab.go("/")
    tab.page.get_by_role("navigation", name="Tenants by state").get_by_role("link", name="suspended").click()
    assert {"fourth-coffee", "margies-travel"} <= set(names(tab))
    tab.page.get_by_role("link", name="sort by name").click()
    assert {"fourth-coffee", "margies-travel"} <= set(names(tab))
    assert names(tab) == sorted(names(tab))
    head = tab.page.get_by_role("columnheader", name="sort by name")
    assert head.get_attribute("aria-sort") == "ascending"


def test_everything_works_without_script(chromium: Browser, served: Served) -> None:
    for tab in opened(chromium, served.url, java_script_enabled=False):
        tab.go("/")
        assert not tab.page.locator("#refresh").is_visible()
        tab.page.get_by_label("Search").fill("regnskap")
        tab.page.get_by_role("button", name="Show").click()
        # Without a script the page itself is another one, and a busy machine takes its time over it.
        tab.page.wait_for_url("**q=regnskap*")
        assert names(tab) == ["kolonne-regnskap"]
        tab.page.get_by_role("link", name="kolonne-regnskap", exact=True).click()
        assert not tab.page.get_by_role("button", name="Copy the text").is_visible()
        assert tab.page.get_by_label("Text").input_value().startswith("Hello,")
        tab.page.get_by_role("link", name="Norsk").click()
        assert tab.page.get_by_label("Tekst").input_value().startswith("Hei,")
        tab.keep("without-script")


def test_a_letter_is_copied_whole(chromium: Browser, served: Served) -> None:
    for tab in opened(chromium, served.url, permissions=["clipboard-read", "clipboard-write"]):
        tab.go("/tenants/kolonne-regnskap")
        tab.page.get_by_role("button", name="Copy the text").click()
        tab.page.get_by_role("button", name="Copied").wait_for()
        copied = tab.page.evaluate("navigator.clipboard.readText()")
        assert copied == tab.page.get_by_label("Text").input_value()
        assert "48 to 40 licences" in copied
        assert copied.count("\n") > 10


def test_without_a_clipboard_the_letter_is_marked_and_copied_as_it_always_was(tab: Tab) -> None:
    tab.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.go("/tenants/kolonne-regnskap")
    tab.page.get_by_role("button", name="Copy the subject").click()
    tab.page.get_by_role("button", name="Copied").wait_for()
    assert "48 to 40" in tab.page.evaluate("getSelection().toString() || document.activeElement.value")


def test_a_hand_off_is_found_read_and_read_in_norwegian(tab: Tab) -> None:
    tab.go("/handoffs")
    tab.page.get_by_role("link", name="a switch that hangs").click()
    assert "shown its status page for more than an hour" in tab.page.get_by_label("Text").input_value()
    tab.page.get_by_role("link", name="Norwegian").click()
    assert "Vi har ikke bestilt det på nytt" in tab.page.get_by_label("Text").input_value()
    tab.keep("handoff")


def test_norwegian_is_kept_from_page_to_page(tab: Tab) -> None:
    tab.go("/")
    tab.page.get_by_role("link", name="Norsk").click()
    assert tab.page.get_by_role("heading", level=1).inner_text() == "Organisasjoner"
    tab.page.get_by_role("link", name="Hva som venter").click()
    assert tab.page.get_by_role("heading", level=1).inner_text() == "Hva venter på hva"
    tab.page.get_by_role("link", name="Matrise").click()
    assert tab.page.title() == "Fra/til-matrise · reconciler"


def test_a_phone_shows_cards_with_their_labels(chromium: Browser, served: Served) -> None:
    for tab in opened(chromium, served.url, viewport=PHONE, has_touch=True, is_mobile=True):
        tab.go("/?q=lofthavn")
        row = tab.page.locator("table.tenants tbody tr").first
        cell = row.locator("td").first
        assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"State"'
        left, below = row.bounding_box(), cell.bounding_box()
        assert left
        assert below
        assert left["width"] <= 360
        assert below["y"] > left["y"]
        # Cards are still a table to whoever listens to the page.
        assert row.get_by_role("rowheader").inner_text().startswith("lofthavn-elektro")
        assert tab.page.locator("svg.chart.narrow").is_visible()
        assert not tab.page.locator("svg.chart.wide").is_visible()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(tab: Tab) -> None:
    tab.go("/?q=fabrikam")
    tab.page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert tab.page.evaluate(f"{focused}.textContent") == "Skip to the content"
    assert tab.page.evaluate(f"{focused}.getBoundingClientRect().left") >= 0
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate(f"document.querySelector('main').contains({focused})")
    for _ in range(60):
        if tab.page.evaluate(f"{focused}.textContent") == "fabrikam":
            break
        outline = tab.page.evaluate(f"getComputedStyle({focused}).outlineStyle")
        assert outline != "none", tab.page.evaluate(f"{focused}.outerHTML")
        tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="fabrikam", level=1).wait_for()


def test_the_overview_renews_itself_and_leaves_focus_scroll_and_folds_where_they_are(
    chromium: Browser,
) -> None:
    calm, moving = fleet(hostile=False), Moving({})
    moving = Moving(
        **{name: getattr(calm, name) for name in ("points", "from_where", "beating")}, all_kept={}
    )
    object.__setattr__(moving, "now", calm)
    app = build_app(moving, catalogue(), access=access_for("127.0.0.1"), now=lambda: NOW)
    with serve(app, "127.0.0.1", 0) as server:
        for tab in opened(chromium, server.url):
            tab.page.clock.install()
            tab.go("/?sort=name")
            tab.page.get_by_text("The numbers as a table").click()
            tab.page.get_by_role("link", name="tindefrakt", exact=True).focus()
            before = tab.page.evaluate("scrollY")
            assert before > 0
            fewer = {name: kept for name, kept in calm.all_kept.items() if name != "woodgrove-bank"}
            object.__setattr__(moving, "now", replace(calm, all_kept=fewer))
            tab.page.clock.fast_forward(31_000)
            tab.page.get_by_text("32 tenants match.").wait_for()
            assert tab.page.evaluate("document.activeElement.textContent") == "tindefrakt"
            assert tab.page.evaluate("scrollY") == before
            assert tab.page.locator("#chart-table").get_attribute("open") is not None
            tab.page.get_by_role("button", name="Pause").click()
            object.__setattr__(moving, "now", calm)
            tab.page.clock.fast_forward(120_000)
            assert "32 tenants match." in tab.page.inner_text("#matched")
            tab.page.get_by_role("button", name="Go on").click()
            tab.page.clock.fast_forward(31_000)
            tab.page.get_by_text("33 tenants match.").wait_for()


@pytest.mark.parametrize("name", HOSTILE, ids=lambda n: ascii(n)[:24])
def test_a_hostile_name_runs_nothing_and_leads_to_its_page(tab: Tab, name: str) -> None:
    tab.page.on("dialog", lambda dialog: tab.said.append(f"dialog: {dialog.message}"))
    tab.go("/?sort=name")
    (link,) = tab.page.locator(f"table.tenants th a[href={_quoted(address_of(name))}]").all()
    link.click()
    heading = tab.page.get_by_role("heading", level=1).inner_text()
    assert heading == name.strip() or "\\" in heading
    assert tab.page.locator("img, script:not([src]), iframe").count() == 0


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_a_person_signs_in_with_the_token_and_out_again(chromium: Browser, auditor: str) -> None:
    access = access_for("0.0.0.0", token=TOKEN)
    app = build_app(fleet(), catalogue(), access=access, now=lambda: NOW)
    with serve(app, "127.0.0.1", 0) as server:
        for tab in opened(chromium, server.url):
            tab.go("/tenants/fabrikam")
            tab.page.get_by_label("Token").fill("wrong")
            tab.page.get_by_role("button", name="Sign in").click()
            assert "That is not the token." in tab.page.inner_text("main")
            assert violations(tab.page, auditor) == []
            tab.keep("sign-in")
            tab.page.get_by_label("Token").fill(TOKEN)
            tab.page.keyboard.press("Enter")
            tab.page.get_by_role("heading", name="fabrikam", level=1).wait_for()
            tab.page.get_by_role("button", name="Sign out").click()
            tab.page.get_by_label("Token").wait_for()
            tab.go("/tenants/fabrikam")
            assert "/login" in tab.page.url


def test_a_page_prints_without_its_controls(tab: Tab, tmp_path: Path) -> None:
    tab.go("/tenants/kolonne-regnskap")
    tab.page.emulate_media(media="print")
    assert not tab.page.get_by_role("button", name="Copy the text").is_visible()
    assert not tab.page.get_by_role("navigation", name="Pages").is_visible()
    assert tab.page.get_by_role("heading", name="kolonne-regnskap", level=1).is_visible()
    assert tab.page.pdf(path=tmp_path / "page.pdf")
