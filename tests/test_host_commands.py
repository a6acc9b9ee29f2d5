"""Build hosts take commands from what a job prints: none is left whole in text or JSON, whatever files say."""

from __future__ import annotations

import json
import re

import pytest
from hostile import plan_with, texts
from hypothesis import HealthCheck, given, settings
from plans import NAMES

from reconciler.report.document import json_text, plan_document
from reconciler.report.lines import wrapped
from reconciler.report.text import plan_text

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(texts)
def test_text_for_a_terminal_is_no_command_to_a_host_either(text: str) -> None:
    printed = plan_text(plan_with(text), names=NAMES, verbose=True)
    lines = [*printed.split("\n"), *wrapped(text * 3, "  ", "    ", 60)]
    assert [line for line in lines if line.lstrip().startswith("::")] == []
    assert [line for line in lines if re.search(r"##\w*\[", line)] == []


@pytest.mark.parametrize("before", range(0, 60, 3))
def test_wherever_a_line_is_broken_it_begins_with_no_command(before: int) -> None:
    lines = wrapped("x" * before + " ::set-output name=x::y and ::add-mask::z" * 4, "  ", "    ", 60)
    assert len(lines) > 2
    assert [line for line in lines if line.lstrip().startswith("::")] == []


@quick
@given(texts)
def test_json_holds_the_same_text_and_no_command(text: str) -> None:
    document = plan_document(plan_with(text))
    printed = json_text(document)
    assert json.loads(printed) == document
    assert not re.search(r"##\w*\[", printed)
