"""``--format`` and ``--output``: what is printed, what is written where, and the exit code that goes with it."""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import pytest
from cli import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import NAMES, change_plans
from test_review_html import catalogue

from reconciler.change_plan import ChangePlan
from reconciler.cli.forms import FORMS, drift_form, plan_form
from reconciler.report.exits import ExitMode, plan_exit
from reconciler.report.text import plan_text

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LIVE = ("--live", "examples/live")
TENANTS = "examples/tenants"
TOTALS = re.compile(
    r"Plan: (\d+) to switch, (\d+) licenses to add in (\d+) tenants, 0 to remove\. "
    r"(\d+) waiting, (\d+) blocked, (\d+) for support, (\d+) unknown\."
)


def code_told(text: str, broken: bool, mode: ExitMode) -> int:
    """The exit code that section 3 of the contract gives to what is printed, and to nothing else."""
    told = TOTALS.search(text)
    assert told
    _, _, changed, waiting, blocked, support, unknown = map(int, told.groups())
    if broken:
        return 1
    if mode is ExitMode.PLAIN:
        return 0
    if mode is ExitMode.DETAILED:
        return 1 if blocked or unknown else 2 if changed or waiting else 0
    return 5 if unknown else 3 if blocked else 2 if changed or waiting else 4 if support else 0


def printed(plan: ChangePlan, form: str) -> str:
    return plan_text(plan, names=NAMES) if form == "text" else plan_form(plan, form, catalogue())


def told_in(text: str, form: str) -> tuple[str, bool]:
    """The totals as a reader of the format finds them, and whether it says that files are broken."""
    if form == "json":
        document = json.loads(text)
        s = document["summary"]
        line = (
            f"Plan: {s['switch']} to switch, {s['add_licenses']} licenses to add in {s['tenants_changed']} tenants, "
            f"{s['remove']} to remove. {s['waiting']} waiting, {s['blocked']} blocked, {s['support']} for support, "
            f"{s['unknown']} unknown."
        )
        return line, bool(document["diagnostics"])
    if form == "text":
        # It is wrapped to the width of the terminal nowhere: the totals line is whole.
        return text, "in the files; what" in text
    return re.sub(r"\s+", " ", text), "Files are broken" in text


@quick
@given(
    change_plans(),
    st.sampled_from([f for f in FORMS if f not in ("gitlab", "sarif")]),
    st.sampled_from(ExitMode),
)
def test_the_exit_code_agrees_with_what_is_printed(plan, form: str, mode: ExitMode) -> None:
    text, broken = told_in(printed(plan, form), form)
    assert code_told(text, broken, mode) == plan_exit(plan, mode)


@quick
@given(change_plans())
def test_so_it_does_where_there_is_no_totals_line(plan) -> None:
    code = plan_exit(plan, ExitMode.DETAILED)
    levels = [r["level"] for r in json.loads(printed(plan, "sarif"))["runs"][0]["results"]]
    assert ("error" in levels) == (code == 1)
    severities = {f["severity"] for f in json.loads(printed(plan, "gitlab"))}
    assert bool(severities & {"blocker", "critical"}) == (code == 1)


PICKS = [
    "fabrikam",
    "granholt-snekkeri",
    "tailspin-toys",
    "kolonne-regnskap",
    "nordbygd-vannverk",
    "fourth-coffee",
    "falk-myhre",
]
MODES = [
    (),
    ("--detailed-exitcode",),
    ("--exit-codes", "full"),
    ("--detailed-exitcode", "--exit-codes", "full"),
]


@pytest.mark.parametrize("flags", MODES, ids=" ".join)
def test_under_every_combination_of_flags_the_code_is_that_of_the_printed_text(examples: Desk, flags) -> None:
    mode = ExitMode.FULL if "full" in flags else ExitMode.DETAILED if flags else ExitMode.PLAIN
    groups = [list(group) for size in (1, 2) for group in itertools.combinations(PICKS, size)]
    for number, group in enumerate(groups):
        form = ("text", "json", "markdown", "github", "junit", "html")[number % 6]
        paths = [f"{TENANTS}/{name}.yaml" for name in group]
        extra = ("--out", "saved.json") if number % 4 == 0 else ()
        answer = examples.run(
            "plan", *paths, *LIVE, "--format", form, *flags, *extra, "--output", "markdown=a.md"
        )
        text, broken = told_in(answer.out, form)
        assert answer.code == code_told(text, broken, mode), (group, form)
        assert code_told((examples.folder / "a.md").read_text(), broken, mode) == answer.code


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_file_is_code_1_in_every_format_and_mode_and_the_rest_is_shown(
    examples: Desk, form: str
) -> None:
    examples.put("examples/tenants/bad.yaml", "apiVersion: nothing\n")
    for flags in MODES:
        answer = examples.run("plan", TENANTS, *LIVE, "--format", form, *flags)
        assert answer.code == 1
        assert "litware" in answer.out


def test_one_run_gives_several_formats_and_each_is_what_format_prints(examples: Desk) -> None:
    wanted = [word for form in FORMS for word in ("--output", f"{form}=out/{form}")]
    examples.ok("plan", TENANTS, *LIVE, "--out", "saved.json")
    examples.ok("show", "saved.json", *wanted)
    for form in FORMS:
        printed = examples.ok("show", "saved.json", "--format", form).out
        assert (examples.folder / "out" / form).read_text(encoding="utf-8") == printed
    json.loads((examples.folder / "out/sarif").read_text(encoding="utf-8"))
    ElementTree.parse(examples.folder / "out/junit")
    html5lib.HTMLParser(strict=True).parse((examples.folder / "out/html").read_text(encoding="utf-8"))


def test_drift_has_every_format_too(examples: Desk) -> None:
    wanted = [word for form in FORMS for word in ("--output", f"{form}=out/{form}")]
    told = examples.ok("drift", TENANTS, *LIVE, *wanted).out
    totals = told.strip().split("\n")[-1]
    for form in ("text", "markdown", "github", "junit", "html"):
        assert totals in (examples.folder / "out" / form).read_text(encoding="utf-8"), form


def test_drift_formats_are_those_of_the_plan() -> None:
    from reconciler.report.drift import FleetDrift

    for form in set(FORMS) - {"text", "json"}:
        assert drift_form(FleetDrift(()), form, catalogue())


@pytest.mark.parametrize("word", ["markdown", "=a.md", "markdown=", "pdf=a.pdf"])
def test_an_output_that_says_no_format_or_no_file_is_a_usage_error(examples: Desk, word: str) -> None:
    answer = examples.run("plan", TENANTS, *LIVE, "--output", word)
    assert answer.code == 64
    assert "FORMAT=FILE" in answer.err
    assert answer.out == ""


def test_one_file_for_two_formats_is_a_usage_error(examples: Desk) -> None:
    answer = examples.run("plan", TENANTS, *LIVE, "--output", "json=a", "--output", "html=./a")
    assert answer.code == 64
    assert "two formats" in answer.err


def test_an_older_report_is_replaced_whole(examples: Desk) -> None:
    examples.put("a.md", "x" * 200_000)
    examples.ok("plan", TENANTS, *LIVE, "--output", "markdown=a.md")
    assert (examples.folder / "a.md").read_text().startswith("<!-- reconciler:plan -->")
    assert not list(examples.folder.glob(".*.draft"))


def _link(place: Path) -> None:
    place.symlink_to("elsewhere.md")


def _loose_link(place: Path) -> None:
    place.symlink_to("nowhere.md")


@pytest.mark.parametrize(
    "put", [Path.mkdir, os.mkfifo, _link, _loose_link], ids=["folder", "pipe", "link", "loose link"]
)
def test_only_a_regular_file_is_replaced(examples: Desk, put) -> None:
    secret = examples.put("elsewhere.md", "not ours")
    put(examples.folder / "a.md")
    answer = examples.run("plan", TENANTS, *LIVE, "--output", "markdown=a.md")
    assert answer.code == 1
    assert "a.md was not written: what is there is no report" in answer.err
    assert secret.read_text() == "not ours"
    assert not (examples.folder / "nowhere.md").exists()


def test_a_tenant_file_is_never_replaced_by_a_report(examples: Desk) -> None:
    file = examples.folder / TENANTS / "fabrikam.yaml"
    before = file.read_text()
    assert examples.run("plan", TENANTS, *LIVE, "--output", f"markdown={file}").code == 1
    assert file.read_text() == before


def test_a_host_that_asks_for_a_job_summary_gets_the_markdown_added(
    examples: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = examples.put("summary.md", "earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    examples.ok("plan", TENANTS, *LIVE)
    assert summary.read_text() == "earlier step\n"
    examples.ok("plan", TENANTS, *LIVE, "--format", "github")
    assert summary.read_text().startswith("earlier step\n<!-- reconciler:plan -->")


def test_hostile_files_break_out_of_no_format(desk: Desk) -> None:
    name = "a\n::set-output name=x::y ##[add-mask]z <script>.yaml"
    evil = "::error::out\n</details><script>alert(1)</script> @org/team ##[set-output name=a]b"
    desk.put(
        f"tenants/{name}", f"kind: Tenant\nmetadata: {{name: {json.dumps(evil)}}}\nspec: {json.dumps(evil)}\n"
    )
    desk.put("live/a.yaml", "apiVersion: reconciler/v1\nkind: LiveState\nmetadata: {name: a}\n")
    for form in FORMS:
        answer = desk.run("plan", "tenants", "--live", "live", "--format", form)
        for line in answer.both.split("\n"):
            assert not re.search(r"##\w*\[", line)
            known = ("::error ", "::notice ", "::notice::") if form == "github" else ()
            assert not line.lstrip().startswith("::") or line.startswith(known)
        assert "<script>" not in answer.out or form not in ("html", "markdown")
