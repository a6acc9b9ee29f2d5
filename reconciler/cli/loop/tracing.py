"""A pass and its calls in, spans of OpenTelemetry out, for who runs a collector; unasked, nothing.

Where spans go is said by OpenTelemetry's own variables (``OTEL_EXPORTER_OTLP_ENDPOINT`` and the others).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from reconciler import __version__
from reconciler.errors import ReconcilerError
from reconciler.messages import say

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter


class Span(Protocol):
    """One span while it lasts."""

    def say(self, **facts: object) -> None:
        """Add facts to it; what is None is left out."""
        ...


Spanning = Callable[[str], AbstractContextManager[Span]]


class Silent:
    """Stands where a span would."""

    def say(self, **facts: object) -> None:
        """Say it to nobody."""


def untraced(name: str) -> AbstractContextManager[Span]:
    """Trace nothing."""
    return nullcontext(Silent())


class _Told:
    def __init__(self, span: object) -> None:
        self._span = span

    def say(self, **facts: object) -> None:
        for name, value in facts.items():
            if value is not None:
                self._span.set_attribute(f"reconciler.{name}", str(value))  # type: ignore[attr-defined]


class Tracing:
    """Makes spans and sends them. ``exporter`` None: to a collector, as OpenTelemetry's variables say.

    Raises ReconcilerError where the extra is not installed.
    """

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as missing:
            raise ReconcilerError(say("loop.no-traces")) from missing
        resource = Resource.create({"service.name": "reconciler", "service.version": __version__})
        # Not the process's one provider: nothing else in it is traced.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter or _otlp()))
        self._tracer = self._provider.get_tracer("reconciler", __version__)

    @contextmanager
    def __call__(self, name: str) -> Iterator[Span]:
        """Return a span that lasts as long as the block; what breaks off in it is recorded."""
        with self._tracer.start_as_current_span(name) as span:
            yield _Told(span)

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._provider.shutdown()


def _otlp() -> SpanExporter:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as missing:
        raise ReconcilerError(say("loop.no-traces")) from missing
    return OTLPSpanExporter()
