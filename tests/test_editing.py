"""Licence counts raised in tenant files: the numbers change, and not one other byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired import Rise, load, with_rises

FILE = """\
# The joinery.\r
kind: Tenant   # 42 here, and 42 there
metadata: {name: fabrikam, labels: {ring: "42"}}

spec:
    subscriptions:
    -   licenses: 42    # licenses: 42
        name: main
        plan: office-365-enterprise-e3
    - {name: mail, plan: "exchange-online-plan-1", licenses: 42}


---
spec:
  subscriptions:
    - plan: office-365-enterprise-e1
      licenses: 7
metadata:
  name: contoso
# the end
"""


def test_only_the_number_changes() -> None:
    text = with_rises(FILE, "f", [Rise("fabrikam", "main", 42, 50)])
    assert text == FILE.replace("    -   licenses: 42 ", "    -   licenses: 50 ")


def test_several_numbers_in_several_documents_and_styles() -> None:
    rises = [
        Rise("contoso", "main", 7, 1000),
        Rise("fabrikam", "mail", 42, 43),
        Rise("fabrikam", "main", 42, 50),
    ]
    text = with_rises("\ufeff" + FILE, "f", rises)
    expected = FILE.replace("-   licenses: 42 ", "-   licenses: 50 ").replace(
        "licenses: 42}", "licenses: 43}"
    )
    assert text == "\ufeff" + expected.replace("licenses: 7\n", "licenses: 1000\n")


@pytest.mark.parametrize(
    "rise",
    [
        Rise("fabrikam", "main", 41, 50),
        Rise("fabrikam", "nobody", 42, 50),
        Rise("nobody", "main", 42, 50),
    ],
)
def test_what_is_not_found_as_it_was_read_changes_nothing(rise: Rise) -> None:
    assert with_rises(FILE, "f", [Rise("contoso", "main", 7, 8), rise]) is None


def test_a_file_with_problems_is_left_alone() -> None:
    assert with_rises(FILE + "kind: Tenant\nkind: Tenant\n", "f", [Rise("contoso", "main", 7, 8)]) is None


@pytest.mark.parametrize("after", [42, 41, 0, -1])
def test_a_number_can_only_be_raised(after: int) -> None:
    with pytest.raises(ValueError, match="not above"):
        Rise("fabrikam", "main", 42, after)


noise = st.sampled_from(["", " ", "  # licenses: 42", "\n", "\n\n# 42\n", "   # main"])
numbers = st.integers(1, 99_999)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, list[Rise]]:
    """Tenant files as people write them, and some rises for what they declare."""
    documents, rises = [], []
    for n in range(draw(st.integers(1, 3))):
        name, entries = f"t{n}", []
        for m in range(draw(st.integers(1, 3))):
            count, flow = draw(numbers), draw(st.booleans())
            if draw(st.booleans()):
                rises.append(Rise(name, f"s{m}", count, count + draw(numbers)))
            members: dict[str, Any] = {"name": f"s{m}", "plan": "e3", "licenses": count}
            keys = draw(st.permutations(list(members)))
            if flow:
                entries.append("    - {" + ", ".join(f"{k}: {members[k]}" for k in keys) + "}" + draw(noise))
            else:
                entries.append("    - " + "\n      ".join(f"{k}: {members[k]}" for k in keys) + draw(noise))
        head = f"metadata:\n  name: {name}{draw(noise)}\n"
        documents.append(f"{head}spec:\n  subscriptions:\n" + "\n".join(entries) + "\n")
    if draw(st.booleans()):
        documents = [json.dumps(load(text, "f").documents[0].value) + "\n" for text in documents]
    text = "---\n".join(documents)
    return (text.replace("\n", "\r\n") if draw(st.booleans()) else text), draw(st.permutations(rises))


@given(written())
def test_every_other_byte_stays(case: tuple[str, list[Rise]]) -> None:
    text, rises = case
    edited = with_rises(text, "f", rises)
    assert edited is not None
    values = [d.value for d in load(edited, "f").documents]
    wanted = [d.value for d in load(text, "f").documents]
    for rise in rises:
        (tenant,) = [v for v in wanted if v["metadata"]["name"] == rise.tenant]
        (entry,) = [e for e in tenant["spec"]["subscriptions"] if e["name"] == rise.subscription]
        entry["licenses"] = rise.after
    assert values == wanted
    # Put the old numbers back where the new ones stand, and it is the old text again.
    back = edited
    for document in reversed(load(edited, "f").documents):
        spans = [
            (document.span(("spec", "subscriptions", n, "licenses")), rise.before)
            for n, entry in enumerate(document.value["spec"]["subscriptions"])
            for rise in rises
            if (rise.tenant, rise.subscription) == (document.value["metadata"]["name"], entry["name"])
        ]
        for (start, end), number in sorted(spans, reverse=True):
            back = back[:start] + str(number) + back[end:]
    assert back == text
