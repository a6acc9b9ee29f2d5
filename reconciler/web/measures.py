"""Nothing in, every metric there is out: its name, its type, what it means, and its labels with their closed sets.

The law of this table: every word a label can have is known before anything happens. A tenant's name, a message, a
commit or a word of the service is never a label: who can write a file could else fill the monitoring, or have it say
anything. A word that is not in the set becomes ``other``, where the set has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from reconciler import __version__
from reconciler.act import Ending
from reconciler.change_plan import Verdict
from reconciler.handoff import Kind
from reconciler.model import WRITES
from reconciler.overview import State
from reconciler.readiness import Trouble, reason_of
from reconciler.rules.table import GROUND, TABLE

OTHER = "other"
Words = tuple[str, ...]


class Type(StrEnum):
    """How a metric behaves: a gauge goes up and down, a counter only up, a histogram counts by size."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Label:
    """A label and every word it can have."""

    name: str
    words: Words

    def folded(self, word: str) -> str:
        """Return the word, or ``other`` for one that is not in the set."""
        return word if word in self.words else OTHER


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table. ``bounds`` are the upper edges of a histogram, in seconds."""

    name: str
    type: Type
    meaning: str
    labels: tuple[Label, ...] = ()
    bounds: tuple[float, ...] = ()

    def folded(self, words: Iterable[str]) -> Words:
        """Return words for the labels, each one of its set."""
        return tuple(label.folded(word) for label, word in zip(self.labels, words, strict=True))

    @property
    def every(self) -> tuple[Words, ...]:
        """Every combination of words there can be."""
        return tuple(product(*(label.words for label in self.labels)))


def _closed(name: str, words: Iterable[str]) -> Label:
    return Label(name, tuple(dict.fromkeys(str(word) for word in words)))


def _open(name: str, words: Iterable[str]) -> Label:
    return _closed(name, (*words, OTHER))


RULES = tuple(dict.fromkeys(rule.id for rule in (*TABLE, *GROUND)))
REASONS = (
    *("InSync", "ChangesPending", "ReportOnly", "Suspended", "NotTold"),
    *Trouble,
    *(reason_of(rule) for rule in RULES),
)
# Why a source can not be read as it stands now, or is not taken: the words of who reads it, then of what it declares.
SOURCE_REASONS = (
    *("GitUnreachable", "GitTimeout", "GitFailed", "GitMissing", "AccessDenied", "CredentialUnreadable"),
    *(
        "HostKeyUnknown",
        "Redirected",
        "RepositoryMissing",
        "BranchMissing",
        "CommitUnreadable",
        "OtherFormat",
    ),
    *("TooLarge", "DiskFull", "MirrorBusy", "MirrorUnusable", "SignatureInvalid", "SignersUnreadable"),
    *("NotForward", "FolderUnreadable", "FilesBroken", "FleetShrank", "NoTenants"),
)
# How a pass left its tenant: what became of the step it tried, else the verdict; or why there was no pass.
PASSED = (Ending.DONE, Ending.STARTED, Ending.FAILED, *Verdict, "held", "broke-off")
# How a write ended that was handed to the service; what a brake held at the last moment was none.
WRITTEN = tuple(ending for ending in Ending if ending is not Ending.BLOCKED)
OPERATIONS = ("tenants", "observe", "taken", "switch", "raise-licenses")
# ``partial``: a look of which something could not be read. ``lost``: no answer to a write, which may have been taken.
CALLED = ("ok", "partial", "refused", "moved", "later", "lost", "error")
RECEIVERS = ("webhook", "mail", "chat")
# ``retried``: it failed, and is tried again later. ``put-off``: its receiver does not take another one just now.
NOTIFIED = ("delivered", "retried", "put-off", "given-up")

STATE = _closed("state", State)
REASON = _open("reason", REASONS)
RULE = _open("rule", RULES)
SIDE = _closed("side", ("declared", "live"))
KIND = _open("kind", Kind)
SOURCE_REASON = _open("reason", SOURCE_REASONS)
BACKEND = _open("backend", ("simulator", "microsoft"))
VERSION = _closed("version", (__version__,))
PASS = _open("outcome", PASSED)
ACTION = _open("action", sorted(WRITES))
WRITE = _open("outcome", WRITTEN)
OPERATION = _open("operation", OPERATIONS)
CALL = _open("outcome", CALLED)
RECEIVER = _open("receiver", RECEIVERS)
NOTE = _open("outcome", NOTIFIED)

PASS_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
CALL_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def _gauge(name: str, meaning: str, *labels: Label) -> Metric:
    return Metric(f"reconciler_{name}", Type.GAUGE, meaning, labels)


def _counter(name: str, meaning: str, *labels: Label) -> Metric:
    return Metric(f"reconciler_{name}_total", Type.COUNTER, meaning, labels)


def _histogram(name: str, meaning: str, bounds: tuple[float, ...], *labels: Label) -> Metric:
    return Metric(f"reconciler_{name}_seconds", Type.HISTOGRAM, meaning, labels, bounds)


# What the store tells. Where it can not be read, only the first of these is there: what is not known is not zero.
KEPT = (
    _gauge("store_up", "1 if the state store told everything it was asked in this scrape, else 0."),
    _gauge("tenants", "Tenants by the state they are in; each is in exactly one.", STATE),
    _gauge("tenants_by_reason", "Tenants by the reason of their conditions.", REASON),
    _gauge("tenants_held", "Tenants held by a rule, by that rule.", RULE),
    _gauge("late_tenants", "Tenants overdue by more than the loop allows itself."),
    _gauge("licenses_declared", "Licences that the files declare, over all tenants where that is known."),
    _gauge("licenses_live", "Licences that are bought, over all tenants where that is known."),
    _gauge("licenses_not_counted_tenants", "Tenants whose licences are missing in a total above.", SIDE),
    _gauge("drift_findings", "Confirmed differences that nobody asked for."),
    _gauge("oldest_observation_age_seconds", "Time since the tenant that waited longest was looked at."),
    _gauge("open_handoffs", "Open requests to support, by what they ask for.", KIND),
    _gauge("oldest_open_handoff_age_seconds", "Time since the oldest open request to support was opened."),
    _gauge("unsettled_writes", "Writes that may still take effect: their tenants get no other one."),
    _gauge("oldest_unsettled_write_age_seconds", "Time since the oldest unsettled write was intended."),
    _gauge("global_stop", "1 while the global stop is on, else 0."),
    _gauge("sources", "Sources of tenant files that were read."),
    _gauge("source_tenants", "Tenants that the sources declare."),
    _gauge("source_problem", "Sources whose newest state does not hold, by the reason.", SOURCE_REASON),
    _gauge("source_writes_held", "Sources because of which nothing is written to anybody."),
    _gauge("source_last_read_timestamp_seconds", "When the source was last read; of several, the oldest."),
    _gauge("source_commit_age_seconds", "Age of the commit that holds; of several, the oldest."),
    _gauge("loops", "Loops on this store with a sign of life in the last 5 minutes."),
    _gauge("loop_writes", "1 if one of those may write, else 0."),
    _gauge("loop_beat_timestamp_seconds", "When a loop on this store last gave a sign of life."),
    _gauge("breaker_open", "1 while calls to a backend are held back, half-open too, else 0.", BACKEND),
)

# What this process counted since it began.
COUNTED = (
    _counter("passes", "Passes over one tenant, by how they left it.", PASS),
    _histogram("pass_duration", "How long a pass over one tenant took.", PASS_BOUNDS),
    _counter("writes", "Writes handed to the service, by how they ended.", ACTION, WRITE),
    _counter("licenses_added", "Licences added by writes that were done or started."),
    _counter("backend_calls", "Calls to the service, by how they ended.", BACKEND, OPERATION, CALL),
    _histogram("backend_call_duration", "How long a call took.", CALL_BOUNDS, BACKEND, OPERATION),
    _counter("backend_throttled", "Answers by which the service asked for patience.", BACKEND),
    _counter("budget_wait_seconds", "Time that passes waited for their share of the calls."),
    _counter("notifications", "Notifications, by the kind of their receiver.", RECEIVER, NOTE),
    _counter("store_errors", "Times the state store could not be read or written."),
)

BUILD = _gauge("build_info", "Always 1; the version of the tool.", VERSION)
METRICS = {metric.name: metric for metric in (BUILD, *COUNTED, *KEPT)}
