"""Traces: a span for each pass and each call in it, with run, tenant and request id; never asked for, never there."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from loops import LoopWorld, Script
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from worlds import declare, live

from reconciler.cli.loop.tracing import Tracing, untraced
from reconciler.errors import ReconcilerError


def test_a_pass_and_its_calls_are_spans_that_name_tenant_run_and_request(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(exporter)
    with LoopWorld(tmp_path, live("fabrikam")) as world:
        world.spanning = tracing
        world.loop(Script(declare("fabrikam")), once=True).run()
        tracing.close()
        spans = {span.name: span for span in exporter.get_finished_spans()}
        assert set(spans) == {"pass", "observe", "switch"}
        attributes = spans["pass"].attributes
        assert attributes is not None
        assert attributes["reconciler.tenant"] == "fabrikam"
        assert attributes["reconciler.end"] == "switching"
        assert spans["switch"].parent is not None
        assert spans["switch"].parent.span_id == spans["pass"].context.span_id
        (order,) = world.taken()
        assert spans["switch"].attributes["reconciler.request"] == order["request_id"]


def test_without_the_extra_traces_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ReconcilerError, match=r"pip install 'reconciler\[traces\]'"):
        Tracing()


def test_what_nobody_asked_for_is_not_traced() -> None:
    with untraced("pass") as span:
        span.say(tenant="fabrikam")
