"""The sentences about where declarations come from: what holds a tenant, what stops all, why a commit is not taken."""

from __future__ import annotations

SOURCE: dict[str, str] = {
    "source.held.broken": (
        "{tenant} is held: its file is broken at {place}: {problem} What it last declared stands, and nothing is "
        "written for it until that is mended."
    ),
    "source.held.unknown": (
        "{tenant} is held: its file is broken at {place}: {problem} Nothing sound is known of it, so nothing is "
        "planned or written for it."
    ),
    "source.held.missing": (
        "{tenant} is held: {file} no longer declares it, and other files are broken, so it may be missing by mistake. "
        "What it last declared stands, and nothing is written for it until they are mended."
    ),
    "source.held.contested": (
        "{tenant} is held: what it declares now may also be declared by the broken file of {other}. Nothing is "
        "written for it until that is mended."
    ),
    "source.stopped.none": (
        'No tenant is declared at all. That is never taken as "nothing to do": nothing is written until there are '
        "tenants again."
    ),
    "source.stopped.broken": (
        "No tenant is soundly declared ({count} problems in the files). Nothing is written until some are mended."
    ),
    "source.stopped.shrunk": (
        "The last whole reading had {before} tenants, now there are {now}: more than {most} % fewer "
        "(maxFleetShrinkPercent, under `limits` in reconciler.yaml). Nothing is written. If that is meant, say so "
        "with --fleet-size {now}."
    ),
    "source.stopped.unread": "Nothing was read yet, so nothing is written. {why}",
}
