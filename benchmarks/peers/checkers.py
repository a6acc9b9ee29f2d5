"""Tools that only check files: our own tenant files, by our own schema or by a linter's rules."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.children import ROOT
from benchmarks.fleets import make_fleet
from benchmarks.peers.peer import VALIDATE, Order, Peer

# Our comments are longer than its lines, and its flow style is not ours; all its other rules are asked.
RULES = "{extends: relaxed, rules: {line-length: disable, indentation: disable}}"


def lay_schema(order: Order) -> Sequence[str]:
    """Write a fleet; its files are named one by one, for the tool takes no folder."""
    make_fleet(order.folder / "fleet", order.size, 0.0, order.seed)
    tenants = sorted((order.folder / "fleet" / "tenants").rglob("*.yaml"))
    names = [str(file.relative_to(order.folder)) for file in tenants]
    schema = ROOT / "schemas" / "tenant.schema.json"
    return ("check-jsonschema", "--schemafile", str(schema), *names)


def lay_lint(order: Order) -> Sequence[str]:
    """Write a fleet."""
    make_fleet(order.folder / "fleet", order.size, 0.0, order.seed)
    return ("yamllint", "-d", RULES, "fleet/tenants")


SCHEMA = Peer(
    "check-jsonschema",
    "check-jsonschema",
    "validates only: the same files by the same schema",
    lay_schema,
    VALIDATE,
    # More file names than that are more than a command line takes.
    most=20_000,
)
LINT = Peer("yamllint", "yamllint", "lints only: the same files", lay_lint, VALIDATE)
