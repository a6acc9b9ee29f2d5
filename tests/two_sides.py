"""Small fleets of tenant files and recorded states, plain and odd ones, and what is planned of them."""

from __future__ import annotations

from collections.abc import Callable

from cli import Answer, Desk

from benchmarks.fleets import make_fleet

TENANT = """apiVersion: reconciler/v1
kind: Tenant
metadata: {{name: {name}}}
spec:
  tenant: {tenant}
  subscriptions:
    - name: main
      plan: office-365-enterprise-e1
      licenses: {licenses}
"""
LIVE = """apiVersion: reconciler/v1
kind: LiveState
metadata: {{name: {name}, observedAt: 2026-11-23T10:00:00Z}}
spec:
  tenant: {tenant}
  tenantId: {id}
  domains: [{tenant}]
  operator: {{roles: [global-administrator]}}
  subscriptions:
    - {{id: sub-1, plan: office-365-enterprise-e1, licenses: 10, assigned: 5, status: active, trial: false}}
"""
IDS = {name: f"00000000-0000-4000-8000-00000000000{n}" for n, name in enumerate("abcde")}


def some(desk: Desk, names: str = "abc", licenses: int = 10) -> None:
    for name in names:
        domain = f"{name}.example"
        desk.put(f"tenants/{name}.yaml", TENANT.format(name=name, tenant=domain, licenses=licenses))
        desk.put(f"live/{name}.yaml", LIVE.format(name=name, tenant=domain, id=IDS[name]))


def change(desk: Desk, file: str, before: str, after: str) -> None:
    text = (desk.folder / file).read_text(encoding="utf-8")
    assert before in text
    desk.put(file, text.replace(before, after))


def nothing(desk: Desk) -> None:
    desk.put("tenants/readme.txt", "")
    desk.put("live/readme.txt", "")


FLEETS: dict[str, Callable[[Desk], object]] = {
    "in sync": some,
    "more wanted": lambda desk: some(desk, licenses=12),
    "generated": lambda desk: make_fleet(desk.folder / "f", 40, 0.4),
    "no files": nothing,
    "no folder": lambda desk: desk.put("tenants/a.yaml", "a: b"),
    "one state missing": lambda desk: (some(desk), (desk.folder / "live/b.yaml").unlink()),
    "a state of nobody": lambda desk: (some(desk), (desk.folder / "tenants/b.yaml").unlink()),
    "a broken tenant file": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "E1".lower(), "e9")),
    "no yaml": lambda desk: (some(desk), desk.put("tenants/b.yaml", "a: [")),
    "a broken state": lambda desk: (some(desk), change(desk, "live/b.yaml", "licenses: 10", "licenses: x")),
    "one name twice": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "name: b", "name: a")),
    "one tenant twice": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "b.example", "A.example")),
    "by domain and by id": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "b.example", IDS["a"])),
    "by id": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "b.example", IDS["b"])),
    "another tenant's state": lambda desk: (
        some(desk),
        change(desk, "live/b.yaml", "b.example", "x.example"),
    ),
    "a state twice": lambda desk: (some(desk), change(desk, "live/b.yaml", "name: b", "name: a")),
    "an id twice": lambda desk: (some(desk), change(desk, "live/b.yaml", IDS["b"], IDS["a"])),
    "a pause": lambda desk: (
        some(desk, licenses=11),
        change(
            desk, "tenants/b.yaml", "spec:\n", "spec:\n  suspend: {reason: r, owner: o, until: 2027-01-01}\n"
        ),
    ),
    "a waiver": lambda desk: (
        some(desk),
        change(
            desk,
            "tenants/b.yaml",
            "spec:\n",
            "spec:\n  waivers: [{rule: website-domain, reason: r, owner: o, until: 2027-01-01}]\n",
        ),
    ),
    "renamed": lambda desk: (
        some(desk),
        change(desk, "tenants/b.yaml", "name: b", "name: b, moved: {from: z}"),
    ),
    "renamed to a name in use": lambda desk: (
        some(desk),
        change(desk, "tenants/b.yaml", "name: b", "name: b, moved: {from: a}"),
    ),
    "one more subscription": lambda desk: (
        some(desk),
        change(
            desk,
            "live/b.yaml",
            "  subscriptions:\n",
            "  subscriptions:\n    - {id: sub-2, plan: lync-online-plan-1}\n",
        ),
    ),
    "other file names": lambda desk: (
        some(desk),
        (desk.folder / "live/a.yaml").rename(desk.folder / "live/z.yaml"),
    ),
    "many in one file": lambda desk: (
        some(desk),
        desk.put(
            "tenants/d.yaml",
            "---\n".join(TENANT.format(name=n, tenant=f"{n}.example", licenses=9) for n in "de"),
        ),
        desk.put(
            "live/0.yaml", "---\n".join(LIVE.format(name=n, tenant=f"{n}.example", id=IDS[n]) for n in "de")
        ),
    ),
    "of no day": lambda desk: (
        some(desk),
        change(desk, "live/a.yaml", "2026-11-23T10:00:00Z", "1970-01-01T00:00:00Z"),
    ),
    "of many days": lambda desk: [
        (some(desk, n), change(desk, f"live/{n}.yaml", "11-23", f"11-2{day}"))
        for day, n in enumerate("ebdac")
    ],
}


def planned(desk: Desk, *words: str) -> Answer:
    folder = "f/" if (desk.folder / "f").exists() else ""
    return desk.run("plan", f"{folder}tenants", "--live", f"{folder}live", *words)
