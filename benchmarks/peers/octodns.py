"""octoDNS: zones in two folders of YAML, one as declared and one as live, and a dry run of the one over the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.peers.peer import Order, Peer

# The plan is printed and nothing else: a line of log for each zone and step would be measured as well.
HEAD = """manager:
  plan_outputs:
    plan:
      class: octodns.provider.plan.PlanLogger
      level: warning
providers:
  desired: {class: octodns.provider.yaml.YamlProvider, directory: desired, default_ttl: 3600}
  live: {class: octodns.provider.yaml.YamlProvider, directory: live, default_ttl: 3600}
zones:
"""
HOSTS = ("api", "app", "files", "ftp", "intranet", "vpn", "www")


def lay(order: Order) -> Sequence[str]:
    """Write as many zones of some ten records, twice."""
    names = [f"customer-{number:06}.example." for number in range(order.size)]
    for side in ("desired", "live"):
        (order.folder / side).mkdir()
        for number, name in enumerate(names):
            changed = side == "live" and number in order.changed
            text = "\n".join(_zone(number, changed)) + "\n"
            (order.folder / side / f"{name}yaml").write_text(text, encoding="utf-8")
    zones = "".join(f"  {name}: {{sources: [desired], targets: [live]}}\n" for name in names)
    (order.folder / "config.yaml").write_text(HEAD + zones, encoding="utf-8")
    return ("octodns-sync", "--quiet", "--config-file", "config.yaml")


def _zone(number: int, changed: bool) -> Iterator[str]:
    """One zone, with its keys in the order that octoDNS insists on."""
    one, other = f"192.0.2.{number % 200 + 1}", f"198.51.100.{number % 200 + 1}"
    yield from ("---", "'':", "  - type: A", f"    values: [{one}]", "  - type: MX", "    values:")
    for place in (1, 2):
        yield f"      - {{exchange: mx{place}.mail.example., preference: {10 * place}}}"
    yield from ("  - type: TXT", "    values: [v=spf1 include:spf.mail.example -all]")
    for place, host in enumerate(HOSTS):
        address = "203.0.113.9" if changed and place == number % len(HOSTS) else one
        yield from (f"{host}:", "  ttl: 300", "  type: A", "  values:", f"    - {address}", f"    - {other}")


PEER = Peer("octoDNS", "octodns", "a dry run: parse, validate, compare, plan", lay)
