"""The fixed words of the reports: totals, headings, marks, and why a saved change plan can not be read."""

from __future__ import annotations

REPORT: dict[str, str] = {
    "report.totals": (
        "Plan: {switch} to switch, {add_licenses} licenses to add in {tenants_changed} tenants, "
        "{remove} to remove. {waiting} waiting, {blocked} blocked, {support} for support, {unknown} unknown."
    ),
    "report.applied": (
        "Apply: {done} done, {started} started, {waiting} waiting, {blocked} blocked, {support} for support, "
        "{failed} failed, {unknown} unknown."
    ),
    "report.what-if": "What if: {supposed}. Nothing is written, and no file is changed.",
    "report.moved": "{before} is now called {now} (nothing changes live)",
    "report.no-longer-managed": "no longer managed: {name} (nothing changes live)",
    "report.no-longer-managed-more": "no longer managed: {count} more (--verbose names them)",
    "report.no-changes": "No changes.",
    "report.no-tenants": "There is no tenant in this change plan.",
    "report.in-sync-one": "1 tenant is in sync.",
    "report.in-sync": "{count} tenants are in sync.",
    "report.unmanaged-one": "1 subscription there is not managed (--verbose names it).",
    "report.unmanaged-many": "{count} subscriptions there are not managed (--verbose names them).",
    "report.broken-one": "1 problem in the files; what it concerns is not in this change plan:",
    "report.broken": "{count} problems in the files; what they concern is not in this change plan:",
    "report.unmanaged": "{plan}, {count}: not managed, never touched",
    "report.waiver": "waiver of {rule} until {until}: {reason} ({owner})",
    "report.waiver-ended": "waiver of {rule}, ended on {until}, no longer counts: {reason} ({owner})",
    "report.unread-plan": "subscription {id} (its plan is not known)",
    "report.unread-count": "an unknown number of licences",
    "report.open-count": "any number of licences",
    "report.one-licence": "{count} licence",
    "report.licences": "{count} licences",
    "report.one-way": "one-way",
    "report.behind-switch": "after the switch",
    "report.buys-back": "buys back {count}",
    "report.not-live": "{change}: nothing live can become it",
    "report.which": "{change}: it is not clear which live subscription this is",
    "report.fewer": "{change}: only support can take {count} back",
    "report.next": "next: {remedy}",
    "report.warning": "warning, {rule}: {message}",
    "report.warning-again": "warning, {rule}: as for {tenant}",
    "report.requests-one": "1 request to support is open: `reconciler handoff list`",
    "report.requests": "{count} requests to support are open: `reconciler handoff list`",
    "report.finding": "{rule}: {message}",
    "report.check": "{status}, {rule}: {message}",
    "report.as-above": "as above: {rules}",
    "report.subscription-id": "subscription {id}",
    "report.request": "request {request}",
    "report.ended": "{ending}: {message}",
    "report.held": "{ending}: {rules}",
    "report.handed-off-later": "to be handed off when the switch is done",
    "report.not-tried": "not tried in this run",
    "document.not-json": (
        "This file is not a saved change plan: it is not well-formed JSON ({why}). "
        "Save one with `reconciler plan PATH --out FILE`."
    ),
    "document.not-a-plan": (
        "This file is not a change plan that this version can read: {path} {problem}. "
        "Save a new one with `reconciler plan PATH --out FILE`."
    ),
    "document.newer": (
        "This change plan has format {found}, and this version reads format {major}. "
        "Use the version of the tool that made it, or plan again with this one."
    ),
    "document.a-result": (
        "This file is the result of an apply run, not a saved change plan. "
        "A change plan is applied once: plan again."
    ),
    "document.contradicts": (
        "This file is not the change plan it was saved as: {path} contradicts the rest of it. Plan again."
    ),
    "document.missing": "is missing",
    "document.not-like": "is not {like}",
    "document.left-out": "not kept in a saved change plan",
}
