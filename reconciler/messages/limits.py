"""Sentences about what is too much for a whole fleet, and about waivers."""

from __future__ import annotations

LIMITS: dict[str, str] = {
    "fact.added-today": "how many licences were added today",
    "over-limit.run": (
        "{subscription} of {tenant} would get {added} licences, and {counted} come before it in this run:"
        " more than {limit}, {most}, for one run."
    ),
    "over-limit.run.remedy": (
        "What fits is done; run again for the rest. Is so much meant at once? Then raise `limits.{limit}` in"
        " reconciler.yaml."
    ),
    "over-limit.day": (
        "{subscription} of {tenant} would get {added} licences, and {counted} come before it today (UTC):"
        " more than {limit}, {most}, for one day."
    ),
    "over-limit.day.remedy": (
        "Run again tomorrow (UTC). Is so much meant in one day? Then raise `limits.{limit}` in reconciler.yaml."
    ),
    "over-limit.switches": (
        "The switch of {subscription} of {tenant} would come after {counted} others in this run: more than"
        " {limit}, {most}."
    ),
    "over-limit.switches.remedy": (
        "What fits is done; run again for the rest. Are so many meant at once? Then raise `limits.{limit}` in"
        " reconciler.yaml."
    ),
    "over-limit.tenants": (
        "{tenant} would be changed after {counted} other tenants in this run: more than {limit}, {most}."
        " {subscription} stays as it is."
    ),
    "over-limit.tenants.remedy": (
        "What fits is done; run again for the rest. Are so many meant at once? Then raise `limits.{limit}` in"
        " reconciler.yaml."
    ),
    "waiver.holds": "Waived until {until}: {reason} ({owner}).",
    "waiver.expired": "A waiver ended on {until} and no longer counts: {reason} ({owner}).",
}
