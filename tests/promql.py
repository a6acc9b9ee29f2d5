"""A PromQL expression in, the metrics, labels and words it speaks of out; as much of the language as we use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.web.measures import METRICS, Metric, Type

# What the monitoring adds to every series, and what a histogram adds by itself.
ADDED = {"job", "instance", "namespace", "le"}
FUNCTIONS = {
    "absent",
    "avg",
    "clamp_max",
    "count",
    "histogram_quantile",
    "increase",
    "max",
    "min",
    "rate",
    "sum",
    "time",
    "topk",
}
WORDS = {"by", "without", "on", "ignoring", "and", "or", "unless", "bool", "offset"}
PARTS = ("_bucket", "_count", "_sum")


def metrics_of(expression: str) -> set[Metric]:
    """The metrics an expression speaks of; fails on a name that is none."""
    return {metric for name in _names(expression) if (metric := _metric(name))}


def problems(expression: str) -> list[str]:
    """What an expression speaks of that no metric has: names, labels, words."""
    found = [f"no metric {name}" for name in _names(expression) if _metric(name) is None]
    labels = {label.name: label for metric in metrics_of(expression) for label in metric.labels}
    for name, sign, words in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', expression):
        if name in ADDED:
            continue
        if name not in labels:
            found.append(f"no label {name}")
            continue
        for word in words.split("|") if "~" in sign else [words]:
            known = {w for metric in metrics_of(expression) for label in metric.labels for w in label.words}
            found += [] if word in known else [f"no word {word} of {name}"]
    for group in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression):
        names = {name.strip() for name in group.split(",")}
        found += [f"no label {name}" for name in sorted(names - ADDED - set(labels))]
    return found + [f"{word}: what is that?" for word in sorted(set(_bare(expression)) - FUNCTIONS - WORDS)]


def _names(expression: str) -> set[str]:
    return set(re.findall(r"\breconciler_\w+", re.sub(r'"[^"]*"', "", expression)))


def _metric(name: str) -> Metric | None:
    if name in METRICS:
        return METRICS[name] if METRICS[name].type is not Type.HISTOGRAM else None
    for part in PARTS:
        metric = METRICS.get(name.removesuffix(part))
        if name.endswith(part) and metric and metric.type is Type.HISTOGRAM:
            return metric
    return None


def _bare(expression: str) -> Iterator[str]:
    """Words that are neither metrics, nor in braces, brackets, quotes or groups."""
    text = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', "", expression)
    text = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", text)
    yield from (w for w in re.findall(r"[a-z_]\w*", text) if not w.startswith("reconciler_"))
