"""The texts of small tenant files, for whoever changes fleets."""

from __future__ import annotations

BROKEN = "kind: Tenant\nmetadata: [\n"


def doc(name: str, licenses: int = 5, *, tenant: str | None = None, more: str = "", pin: str = "") -> str:
    pinned = f", subscriptionId: {pin}" if pin else ""
    return (
        f"apiVersion: reconciler/v1\nkind: Tenant\nmetadata: {{name: {name}{more}}}\nspec:\n"
        f"  tenant: {tenant or name}.example\n"
        f"  subscriptions: [{{plan: office-365-enterprise-e3, licenses: {licenses}{pinned}}}]\n"
    )


def one_each(*names: str, licenses: int = 5) -> dict[str, str]:
    return {f"{name}.yaml": doc(name, licenses) for name in names}


FOUR = one_each("adatum", "contoso", "fabrikam", "litware")
