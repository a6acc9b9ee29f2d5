"""What each page shows of a fleet, and that it can be asked for anything without breaking."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from typing import Any

import html5lib
import pytest
from asgi import Reply, ask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import catalogue
from showing import COMMIT, HOSTILE, NOW, Fleet, Stop, Unreadable, fleet, many
from starlette.applications import Starlette
from test_cli_commands import assert_valid

from reconciler.handoff.tickets import Followed, with_followed
from reconciler.observe import Unknown
from reconciler.overview import Kept, Query, Sort, State
from reconciler.web.access import access_for
from reconciler.web.app import build_app
from reconciler.web.asking import address_of, asked_of

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def app_of(showing: Fleet, **options: Any) -> Starlette:
    return build_app(showing, catalogue(), access=access_for("127.0.0.1"), now=lambda: NOW, **options)


@cache
def whole() -> Fleet:
    """Made when it is first asked for: to judge a fleet takes a second, also where no test of this file is run."""
    return fleet()


@cache
def usual() -> Starlette:
    return app_of(whole())


def got(address: str, app: Any = None, **headers: str) -> Reply:
    return ask(app or usual(), address, **headers)


def tree(reply: Reply) -> Any:
    """Read strictly: whatever HTML5 calls an error is one."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(reply.text)


def words(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def content(address: str, app: Any = None, **headers: str) -> str:
    reply = got(address, app, **headers)
    assert reply.status == 200, reply.text
    (main,) = tree(reply).iter("main")
    return words(main)


def words_of(reply: Reply) -> str:
    """The words of a page, read quickly."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", reply.text)).split())


def rows(address: str, app: Any = None) -> list[str]:
    """The names of the tenants of an overview, in the order shown."""
    (table,) = [e for e in tree(got(address, app)).iter("table") if "tenants" in (e.get("class") or "")]
    return [words(next(head.iter("a"))) for head in table.iter("th") if head.get("scope") == "row"]


# the overview


def test_the_overview_shows_each_tenant_with_state_reason_plans_licences_and_times() -> None:
    text = content("/?q=lofthavn")
    assert "1 tenant matches." in text
    assert "reconciling a credit review runs" in text
    assert "Office 365 Small Business Premium" in text
    assert "16 declared, 14 live" in text
    assert re.search(r"2 d ago 21 Nov 06:33 UTC (just now|\d min ago) 23 Nov (10:0\d|09:59) UTC", text)
    assert rows("/?q=lofthavn") == ["lofthavn-elektro"]


def test_the_states_are_counted_over_the_whole_fleet_and_lead_to_their_tenants() -> None:
    page = tree(got("/?q=lofthavn"))
    (nav,) = [e for e in page.iter("nav") if e.get("id") == "states"]
    told = {words(a): a.get("href") for a in nav.iter("a")}
    assert told["25 stalled"] == "/?q=lofthavn&state=stalled"
    assert "0 pending" in told
    assert len(rows("/?state=stalled")) == 25


def test_the_graver_stand_first_and_each_column_can_be_sorted_both_ways() -> None:
    app = app_of(fleet(hostile=False))
    assert rows("/", app)[0] == "nordbygd-vannverk"
    assert rows("/", app)[-1] == "falk-myhre"
    assert rows("/?sort=name", app) == sorted(rows("/?sort=name", app))
    assert rows("/?sort=name&order=desc", app) == sorted(rows("/?sort=name", app), reverse=True)
    assert rows("/?sort=licenses&order=desc", app)[0] == "lerkedal-kommune"
    (head,) = [e for e in tree(got("/?sort=name", app)).iter("th") if e.get("aria-sort")]
    assert head.get("aria-sort") == "ascending"
    assert next(head.iter("a")).get("href") == "/?sort=name&order=desc"


def test_filters_hold_together_and_what_is_not_understood_is_said() -> None:
    assert rows("/?held=credit-review&label=region%3Dnorway") == ["kystarven-museum", "lofthavn-elektro"]
    text = content("/?state=angry&sort=colour&label=nonsense")
    assert "Not understood, and left out: state=angry, sort=colour, nonsense" in text


def test_a_long_fleet_comes_in_pages_and_a_page_past_the_end_says_so() -> None:
    app = app_of(many(100_000))
    text = content("/", app)
    assert "100,000 tenants match. Rows 1 to 100 of 100,000." in text
    assert "Page 1 of 1,000" in text
    assert "100\u00a0000 organisasjoner passer." in got("/?lang=nb", app).text
    text = content("/?page=7", app_of(fleet()))
    assert "There is no such page." in text
    assert "Previous" in text


def test_an_overview_of_a_hundred_thousand_is_there_in_well_under_a_second() -> None:
    app = app_of(many(100_000))
    got("/", app)
    began = time.perf_counter()
    assert got("/", app).status == 200
    assert time.perf_counter() - began < 0.5


def test_an_empty_fleet_has_a_page_too() -> None:
    text = content("/", app_of(Fleet({})))
    assert "No tenant is kept yet." in text
    assert "No tenant matches." in text
    assert "The chart begins with the second record" in text
    assert "No loop has given a sign of life within a day." in text


def test_loops_and_sources_are_named_with_their_last_sign() -> None:
    text = content("/")
    assert "reconciler-0@node-a simulator, version 0.1.0 writes running 812 just now" in text
    assert f"https://git.example/tenants.git, branch main {COMMIT[:12]} 2026-11-23 07:04 UTC" in text


def test_drift_and_failed_passes_show_in_the_overview() -> None:
    assert "1 change nobody asked for" in content("/?q=falk")
    assert "2 passes failed in a row" in content("/?q=drop%20table")


# what has to be known first


def troubles() -> Iterator[tuple[Fleet, str]]:
    every, (source,), (loop,) = whole(), whole().from_where, whole().beating
    yield (
        replace(every, stopped=Stop()),
        "The global stop is on since 2026-11-23 08:04 UTC: audit until Friday (kari@example.no).",
    )
    yield (
        replace(every, stopped=Unknown("the disk is gone")),
        "It can not be told whether the global stop is on, so nothing is written: the disk is gone",
    )
    yield (
        replace(every, from_where=(replace(source, stopped="the fleet shrank from 46 to 3"),)),
        "Nothing is written to the tenants of examples: the fleet shrank from 46 to 3",
    )
    refused = replace(source, refused="9b8a7c6d5e4f3", reason="broken", problem="line 12.")
    yield (
        replace(every, from_where=(refused,)),
        f"Commit 9b8a7c6d5e4f of examples does not hold (broken); {COMMIT[:12]} still does: line 12.",
    )
    yield (
        replace(every, from_where=(replace(source, reason="unreachable", problem="no route"),)),
        "The source examples has a problem (unreachable): no route",
    )
    yield (
        replace(every, beating=(replace(loop, beat_at=NOW - timedelta(hours=2)),)),
        "The last sign of life of a loop was 2 h ago",
    )
    yield (
        replace(every, beating=(replace(loop, state="ended", breaker="open", beat_at=NOW),)),
        "No loop is running; the last one ended just now",
    )
    yield (
        replace(every, beating=(replace(loop, breaker="half-open"),)),
        "The circuit breaker of loop loop-1 is half-open",
    )
    yield replace(every, overdue=1), "1 tenant is looked at later than it should be."
    yield replace(every, overdue=1200), "1,200 tenants are looked at later than they should be."


def test_what_has_to_be_known_first_stands_at_the_head_of_every_page() -> None:
    calm = {
        address: content(address) for address in ("/", "/waits", "/handoffs", "/matrix", "/tenants/contoso")
    }
    for showing, told in troubles():
        app = app_of(showing)
        for address, before in calm.items():
            # On the overview alone the whole page is read, which takes the longest.
            assert told in (content(address, app) if address == "/" else words_of(got(address, app))), address
            assert told not in before


def test_a_store_that_can_not_be_read_is_said_and_shows_nothing_old() -> None:
    reply = got("/", app_of(Unreadable({})))
    assert reply.status == 503
    assert "the state store does not answer &lt;b&gt;at all&lt;/b&gt;" in reply.text
    assert got("/tenants/fabrikam", app_of(Unreadable({}))).status == 503


class Broken(Fleet):
    """A store with a mistake in it."""

    def overview(self, query: Query) -> Any:
        raise ZeroDivisionError("a secret of ours")


def test_a_mistake_of_ours_ends_in_a_page_with_every_header_and_tells_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        got("/", app_of(Broken({})))
    # The application tells its server of the mistake, which logs it; what the browser gets was sent before that.
    app, sent = app_of(Broken({})), []
    with pytest.raises(ZeroDivisionError):
        ask(lambda scope, receive, send: app(scope, receive, _kept(sent)), "/")
    start, body = sent[0], b"".join(each.get("body", b"") for each in sent[1:])
    assert start["status"] == 500
    assert b"content-security-policy" in dict(start["headers"])
    assert b"Something broke" in body
    assert b"secret" not in body


def _kept(sent: list[Any]) -> Any:
    async def keep(message: Any) -> None:
        sent.append(message)

    return keep


# a tenant


def test_a_tenant_shows_declared_against_live_and_every_check_with_its_way_out() -> None:
    text = content("/tenants/kolonne-regnskap")
    assert "kolonne-regnskap stalled fewer licences: only support can" in text
    assert "live 48 declared 40" in text
    assert "fewer-licenses for support main of kolonne-regnskap" in text
    assert "Way out A global or billing administrator first takes the licences" in text
    assert "Who can billing and subscription support" in text
    assert "R-NO-REMOVE" in text
    assert "3 more checks: passed, or do not concern it" in text
    assert "wrong-tenant passed" in text
    assert "Open in a mail program" in text


def test_a_number_that_is_not_known_is_never_a_zero() -> None:
    text = content("/tenants/alpine-ski-house")
    assert "live nothing live declared 60" in text
    assert "? → 82" in content("/?q=alpine-ski")


def test_the_timeline_of_a_switch_tells_each_event_and_how_long_it_took() -> None:
    text = content("/tenants/fabrikam")
    newest, older = text.index("Request r-2"), text.index("Request r-1")
    assert newest < older
    assert "main: switch not finished" in text
    assert "done and read back 2026-11-20 10:05 UTC , after 1 min Evidence: 20 licences read back" in text
    assert "Office 365 Small Business to Office 365 Enterprise E3" in text


def test_how_long_a_write_took_is_only_told_by_one_clock() -> None:
    later = app_of(whole(), service_now=lambda: NOW + timedelta(days=3))
    text = content("/tenants/fabrikam", later)
    assert "after 1 min" not in text
    assert "sent to the service 2026-11-20 10:04 UTC , at once" in text


def test_a_tenant_shows_its_past_its_conditions_its_dates_and_what_changed_outside() -> None:
    text = content("/tenants/lofthavn-elektro")
    assert "in sync nothing to do none" in text
    assert "2,592" in text
    assert "Reconciling yes" in text
    assert "the credit review becomes a matter of support in 10 d 2026-12-04 10:00 UTC" in text
    assert "made outside Office 365 Enterprise E3: 42 -> 50 licences" in content("/tenants/falk-myhre")


def test_data_of_another_version_of_the_tool_leaves_gaps_and_breaks_nothing() -> None:
    one = whole().all_kept["fabrikam"]
    for document in (
        {},
        {"status": None, "plan": [], "drift": "?"},
        {"plan": {"steps": [{}], "checks": [1]}},
    ):
        app = app_of(replace(whole(), all_kept={"fabrikam": Kept(one.row, one.conditions, document)}))
        assert "fabrikam" in content("/tenants/fabrikam", app)


def test_a_name_that_is_not_there_offers_those_that_are_near() -> None:
    reply = got("/tenants/fabrikan")
    assert reply.status == 404
    assert "No loop keeps a tenant of the name fabrikan." in words(tree(reply))
    assert 'href="/tenants/fabrikam"' in reply.text
    assert got("/tenants/").status == 303


# what waits, hand-offs, the matrix


def test_what_waits_is_grouped_by_rule_with_its_question_its_way_out_and_the_next_dates() -> None:
    text = content("/waits", app_of(fleet(hostile=False)))
    assert "a credit review runs 2 tenants credit-review What it asks While credit is reviewed" in text
    assert "Way out Wait; later a billing administrator asks support what became of it." in text
    assert "the credit review becomes a matter of support: 2026-12-04 10:00 UTC (in 10 d)" in text
    assert "Nothing waits" in content("/waits", app_of(Fleet({})))


def test_a_rule_that_holds_many_names_three_and_leads_to_all() -> None:
    kept = {
        f"t{number}": replace(each, row=replace(each.row, name=f"t{number}", held_by="credit-review"))
        for number, each in enumerate([whole().all_kept["lofthavn-elektro"]] * 5)
    }
    reply = got("/waits", app_of(Fleet(kept)))
    assert "Show all 5 tenants" in reply.text
    assert 'href="/?held=credit-review"' in reply.text
    assert words(tree(reply)).count("2026-12-04") == 3


def test_hand_offs_are_listed_the_open_ones_alone_unless_all_are_asked_for() -> None:
    text = content("/handoffs")
    assert "9 requests, the oldest first" in text
    assert "filed ticket SR-20417" in text
    assert "10 requests, the oldest first" in content("/handoffs?all=1")
    assert "No request is open." in content("/handoffs", app_of(Fleet({})))
    assert "There has been no request yet." in content("/handoffs?all=1", app_of(Fleet({})))


def test_a_letter_is_there_whole_in_either_language() -> None:
    one = next(one for one in whole().requests if one.tenant == "kolonne-regnskap")
    fields = [words(e) for e in tree(got(f"/handoffs/{one.id}")).iter("textarea")]
    assert fields[0].startswith(
        f"[{one.id}] Please go down from 48 to 40 licences of Office 365 Enterprise E3"
    )
    assert fields[1].startswith("Hello, Please go down")
    assert fields[1].endswith(f"Please name our reference, {one.id}, when you answer.")
    page = tree(got(f"/handoffs/{one.id}?letter=nb"))
    assert [words(e) for e in page.iter("textarea")][1].startswith("Hei, Vi ber dere redusere")
    assert [e.get("lang") for e in page.iter("div") if e.get("class") == "letter"] == ["nb"]
    assert got("/handoffs/nothing").status == 404
    closed = content("/handoffs/0ld0ld0ld0ld")
    assert "<b>support</b> did it" in closed


def test_a_ticket_is_told_as_it_was_last_seen_and_one_closed_too_soon_calls_for_a_look() -> None:
    first = whole().requests[0]

    def app(status: str) -> Starlette:
        seen = Followed("SR-20417", NOW, status, NOW - timedelta(days=2), 1)
        return app_of(replace(whole(), requests=[with_followed(first, seen)]))

    for address in ("/handoffs", f"/handoffs/{first.id}", f"/tenants/{first.tenant}"):
        assert "ticket SR-20417: open, last changed 2 d ago" in content(address, app("open"))
    assert "Support has closed the ticket" not in content(f"/handoffs/{first.id}", app("open"))
    assert "Support has closed the ticket" in content(f"/handoffs/{first.id}", app("closed"))
    assert "sak SR-20417: venter på svar fra oss" in content("/handoffs?lang=nb", app("attention-needed"))
    assert "ticket SR-20417: <b>, last changed" in content("/handoffs", app("<b>"))


def test_many_hand_offs_come_in_pages() -> None:
    some = [replace(whole().requests[0], id=f"{number:012}") for number in range(250)]
    app = app_of(replace(whole(), requests=some))
    assert "Page 2 of 3" in content("/handoffs?page=2", app)
    assert "000000000249" in content("/handoffs?page=99", app)


def test_the_matrix_has_every_listed_pair_and_tells_of_one() -> None:
    page = tree(got("/matrix"))
    (table,) = page.iter("table")
    links = [words(a) for a in table.iter("a")]
    assert len(links) == len(catalogue().pairs)
    assert (
        "x! : Office 365 Small Business to Office 365 Enterprise E3: listed, certain, leaves the service family"
        in links
    )
    assert "One pair" in content("/matrix?from=exchange-online-kiosk")
    told = content("/matrix?from=office-365-enterprise-e3&to=office-365-enterprise-e1")
    assert "not on the list: support switches it by hand" in told
    assert "By hand, in this order" in told
    assert "acknowledge:" in content("/matrix?from=office-365-small-business&to=office-365-enterprise-e3")
    assert "one and the same plan" in content("/matrix?from=exchange-online-kiosk&to=exchange-online-kiosk")
    assert "abacus" in content("/matrix?from=abacus&to=exchange-online-kiosk")


# languages


def test_the_language_is_that_asked_for_then_the_one_kept_then_the_browsers() -> None:
    assert '<html lang="en">' in got("/").text
    assert '<html lang="nb">' in got("/", accept_language="nn-NO,nn;q=0.9,en;q=0.1").text
    assert '<html lang="en">' in got("/", accept_language="nb;q=0.2, en-GB;q=0.8").text
    assert '<html lang="en">' in got("/", accept_language="xx;q=what,;;=,nb;q=0").text
    reply = got("/?lang=nb")
    assert "reconciler_lang=nb" in reply.headers["set-cookie"]
    assert "HttpOnly" in reply.headers["set-cookie"]
    assert '<html lang="nb">' in got("/", cookie="reconciler_lang=nb").text
    assert '<html lang="en">' in got("/?lang=en", cookie="reconciler_lang=nb").text
    assert '<html lang="en">' in got("/?lang=klingon", cookie="reconciler_lang=%F0").text


def test_what_a_rule_says_is_marked_as_english_on_a_norwegian_page() -> None:
    text = content("/tenants/kolonne-regnskap?lang=nb")
    assert "færre lisenser: det kan bare brukerstøtte" in text
    assert "Hei, Vi ber dere redusere" in text
    said = [e for e in tree(got("/tenants/kolonne-regnskap?lang=nb")).iter("span") if e.get("lang") == "en"]
    assert any("The tool never takes licences away" in words(each) for each in said)
    assert "22.11.2026 kl. 07.45 UTC" in text


def test_the_other_language_keeps_all_else_that_was_asked_for() -> None:
    reply = got("/?q=a%26b&state=stalled&lang=en")
    assert 'href="?q=a%26b&amp;state=stalled&amp;lang=nb"' in reply.text


# programs


def test_a_program_gets_plain_data() -> None:
    found = json.loads(got("/?q=lofthavn", accept="application/json").text)
    assert found["total"] == 1
    assert found["tenants"][0]["state"] == "reconciling"
    assert found["counts"]["stalled"] == 25
    tenant = json.loads(got("/tenants/lofthavn-elektro?format=json").text)
    assert tenant["held_by"] == "credit-review"
    assert tenant["status"]["subscriptions"][0]["declared"] == 16
    assert [each["type"] for each in tenant["conditions"]] == ["Ready", "Reconciling", "Stalled"]
    assert json.loads(got("/handoffs", accept="application/json").text)["handoffs"][0]["ticket"] == "SR-20417"
    missing = got("/tenants/nobody", accept="application/json")
    assert (missing.status, json.loads(missing.text)) == (404, {"error": "no such tenant"})
    assert got("/handoffs/nobody", accept="application/json").status == 404


def test_what_a_program_gets_is_as_its_schema_says() -> None:
    assert_valid("page-fleet", json.loads(got("/?format=json").text))
    assert_valid("handoffs", json.loads(got("/handoffs?all=1&format=json").text))
    for name in whole().all_kept:
        assert_valid("page-tenant", json.loads(got(address_of(name), accept="application/json").text))


# whatever is asked


PAGES = ("/", "/?lang=nb", "/waits", "/waits?lang=nb", "/handoffs", "/handoffs?all=1", "/matrix", "/nothing")


def test_every_page_is_well_formed_has_one_main_heading_and_no_inline_script_or_style() -> None:
    for address in (
        *PAGES,
        *(address_of(name) for name in whole().all_kept),
        *(f"/handoffs/{one.id}" for one in whole().requests),
    ):
        sound(address)


def sound(address: str) -> None:
    page = tree(got(address))
    assert len(list(page.iter("h1"))) == 1
    every = list(page.iter())
    ids = [e.get("id") for e in every if e.get("id")]
    assert len(ids) == len(set(ids))
    assert [e for e in every if e.get("style") or e.tag == "style"] == []
    assert [name for e in every for name in e.attrib if isinstance(name, str) and name.startswith("on")] == []
    scripts = [e for e in every if e.tag == "script"]
    assert [words(e) for e in scripts] == [""]
    assert scripts[0].get("src").startswith("/static/")
    links = [e.get(a, "") for e in every for a in ("href", "src", "action")]
    assert all(link.startswith(("/", "?", "#", "mailto:")) or not link for link in links), links


@pytest.mark.parametrize("name", HOSTILE, ids=lambda n: ascii(n)[:24])
def test_a_hostile_name_is_shown_as_text_and_leads_to_its_page(name: str) -> None:
    reply = got(address_of(name))
    assert reply.status == 200
    (heading,) = tree(reply).iter("h1")
    told = "".join(heading.itertext())
    assert told.isprintable()
    assert told == name or "\\" in told
    links = [a.get("href") for a in tree(got("/")).iter("a")]
    assert address_of(name) in links


@quick
@given(st.text(max_size=300), st.sampled_from(["/", "/handoffs", "/matrix", "/handoffs/x"]), st.data())
def test_nothing_that_is_asked_breaks_a_page(text: str, path: str, data: st.DataObject) -> None:
    from urllib.parse import quote, urlencode

    names = (
        "q",
        "state",
        "held",
        "label",
        "sort",
        "order",
        "span",
        "page",
        "lang",
        "from",
        "to",
        "all",
        "letter",
    )
    some = data.draw(st.lists(st.sampled_from(names), max_size=5))
    query = urlencode([(name, text) for name in some], errors="replace")
    assert got(f"{path}?{query}").status in (200, 404)
    assert got(f"/tenants/{quote(text, safe='', errors='replace')}").status in (200, 303, 404)


@quick
@given(st.text(max_size=60), st.sampled_from(list(State)), st.sampled_from(list(Sort)), st.integers(1, 999))
def test_an_address_asks_for_what_it_was_made_of(text: str, state: State, sort: Sort, page: int) -> None:
    from urllib.parse import parse_qsl, urlsplit

    asked = asked_of({"q": text, "state": state, "sort": sort, "page": str(page), "order": "desc"})
    again = asked_of(dict(parse_qsl(urlsplit(asked.address()).query)))
    assert again == asked


def test_a_page_number_that_is_none_is_the_first() -> None:
    for odd in ("-1", "0", "x", "9" * 30, "1e3", "²", "٣"):
        assert asked_of({"page": odd}).page == 1, odd
    assert asked_of({"page": "9999999"}).page == 1_000_000


def test_an_order_asked_for_twice_turns_round_and_a_new_filter_begins_at_the_first_page() -> None:
    asked = asked_of({"sort": "name", "page": "4", "q": "a"})
    assert asked.sorted_by(Sort.NAME) == "/?q=a&sort=name&order=desc"
    assert asked.sorted_by(Sort.SINCE) == "/?q=a&sort=since"
    assert asked.in_state(State.READY) == "/?q=a&state=ready&sort=name"


def test_what_a_service_with_a_clock_of_its_own_shows_is_told_by_that_clock() -> None:
    later = NOW + timedelta(days=30)
    text = content("/?q=lofthavn", app_of(whole(), service_now=lambda: later))
    assert "30 d ago" in text
    assert "812 just now" in text


def test_extra_routes_come_first_and_are_guarded_as_all_are() -> None:
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    route = Route("/metrics", lambda request: PlainTextResponse("up 1\n"))
    reply = got("/metrics", app_of(whole(), extra_routes=(route,)))
    assert reply.text == "up 1\n"
    assert "content-security-policy" in reply.headers


def test_times_are_told_to_machines_too() -> None:
    for each in tree(got("/tenants/fabrikam")).iter("time"):
        assert datetime.fromisoformat(each.get("datetime")).tzinfo is not None
