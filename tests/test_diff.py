"""Two tenants and what must change in the one to make it the other."""

from __future__ import annotations

import subprocess
import sys

import pytest
from scenes import E3, SB, SBP

from reconciler.diff import Difference, diff, patch
from reconciler.model import Subscription, Tenant


def tenant(**subscriptions: Subscription) -> Tenant:
    return Tenant("fabrikam", subscriptions)


LIVE = Subscription(SB, 20)


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        (Subscription(SB, 22), ("licenses",)),
        (Subscription(SBP, 20), ("plan",)),
        (Subscription(SBP, 22), ("plan", "licenses")),
        (Subscription(SB, None), ("licenses",)),
    ],
)
def test_a_difference_names_what_changed(wanted: Subscription, changed: tuple[str, ...]) -> None:
    assert diff(tenant(main=LIVE), tenant(main=wanted)) == (Difference("main", LIVE, wanted, changed),)


def test_equal_tenants_have_no_difference_in_whatever_order() -> None:
    one, two = Subscription(SB, 20), Subscription(E3, 5)
    assert diff(tenant(a=one, b=two), tenant(b=two, a=one)) == ()


def test_nothing_live_is_a_difference_without_a_before() -> None:
    wanted = Subscription(E3, 5)
    assert diff(tenant(), tenant(main=wanted)) == (Difference("main", None, wanted, ("plan", "licenses")),)


def test_differences_come_in_declared_order_and_equal_ones_are_left_out() -> None:
    live = tenant(a=LIVE, b=LIVE, c=LIVE)
    declared = tenant(c=Subscription(SB, 21), b=LIVE, a=Subscription(SB, 22))
    assert [d.address for d in diff(live, declared)] == ["c", "a"]


def test_patch_changes_one_subscription_and_leaves_the_given_tenant_alone() -> None:
    before = tenant(a=LIVE, b=LIVE)
    after = patch(before, "a", Subscription(SBP, 22))
    assert after == tenant(a=Subscription(SBP, 22), b=LIVE)
    assert before == tenant(a=LIVE, b=LIVE)
    assert patch(tenant(), "new", LIVE) == tenant(new=LIVE)


def test_deepdiff_is_loaded_for_a_difference_only() -> None:
    code = (
        "import sys\n"
        "from reconciler.diff import diff\n"
        "from reconciler.model import Subscription as S, Tenant as T\n"
        "one, two = T('a', {'m': S('p', 1)}), T('a', {'m': S('p', 2)})\n"
        "assert diff(one, T('a', {'m': S('p', 1)})) == ()\n"
        "assert 'deepdiff' not in sys.modules\n"
        "assert len(diff(one, two)) == 1\n"
        "assert 'deepdiff' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
