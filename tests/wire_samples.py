"""The documented bodies, each with the function that reads it in life and what that function must make of it.

``READ`` is the table: file, reader, expected members by their path in the record (``items.0.id``). What the tool never
receives or never sends stands below it, each with its reason; a test sees to it that every file is in one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.adapters.microsoft import codes
from reconciler.adapters.microsoft.commerce import (
    Kind,
    add_on_names,
    customer,
    offer,
    order,
    provisioning_status,
    subscribed_sku,
    subscription,
)
from reconciler.adapters.microsoft.directory import (
    directory_subscription,
    domain,
    graph_sku,
    organization,
    role_words,
    set_up,
    user,
)
from reconciler.adapters.microsoft.envelopes import batch_parts, error_body, graph_page, page
from reconciler.adapters.microsoft.health import health_word, issue, service_health
from reconciler.adapters.microsoft.progress import progress
from reconciler.adapters.microsoft.service_requests import service_request
from reconciler.adapters.microsoft.switching import eligibility, transition, upgrade, upgrade_result
from reconciler.adapters.microsoft.wire import Body
from reconciler.observe import Unknown

FOLDER = Path(__file__).parent / "samples"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.json"))
# Stands for any Unknown.
UNKNOWN = object()
# Stands for a time that never comes.
NEVER = None
Reader = Callable[[Body], Any]


def text_of(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


def sample(file: str) -> Any:
    return json.loads(text_of(file))


def body(file: str) -> Body:
    return Body(sample(file))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def paged(read: Reader) -> Reader:
    """A reader of a collection of Partner Center: the page, and its items as ``read`` makes them."""

    def both(answer: Body) -> dict[str, Any]:
        found = page(answer)
        return {"page": found, "items": [] if isinstance(found.items, Unknown) else [*map(read, found.items)]}

    return both


def graph_paged(read: Reader) -> Reader:
    def both(answer: Body) -> dict[str, Any]:
        found = graph_page(answer)
        return {"page": found, "items": [] if isinstance(found.items, Unknown) else [*map(read, found.items)]}

    return both


def refused(status: int) -> Reader:
    """A reader of a refusal of that status: what it says, and what it comes to."""

    def both(answer: Body) -> dict[str, Any]:
        error = error_body(status, json.dumps(answer.value))
        return {"error": error, "ruling": codes.ruling(status, error.code)}

    return both


def switched(answer: Body) -> dict[str, Any]:
    found = transition(answer)
    return {"transition": found, "progress": progress(found)}


def healthy(answer: Body) -> dict[str, Any]:
    found = service_health(answer)
    return {"health": found, "word": health_word(found)}


def provided(answer: Body) -> dict[str, Any]:
    found = directory_subscription(answer)
    return {"subscription": found, "set_up": set_up(found.plans)}


def token(answer: Body) -> dict[str, Any]:
    return {
        "kind": answer.word("token_type"),
        "seconds": answer.count("expires_in"),
        "resource": answer.text("resource"),
    }


LEGACY = {
    "id": "83ef9d05-4169-4ef9-9657-0e86b1eab1de",
    "kind": Kind.LEGACY,
    "commerce": "legacy",
    "offer_id": "0cca44d6-68e9-4762-94ee-31ece98783b9",
    "product_sku": UNKNOWN,
    "friendly_name": "nickname",
    "quantity": 2,
    "parent": None,
    "created": at(2015, 11, 25, 6, 41, 12),
    "starts": at(2015, 11, 24, 8),
    "term_ends": at(2016, 12, 12, 23, 59, 59),
    "auto_renews": False,
    "trial": UNKNOWN,
    "billing_type": "none",
    "contract": "subscription",
    "scheduled": (),
    "etag": "<etag>",
    "order_id": "6183db3d-6318-4e52-877e-25806e4971be",
}
NEW = {
    "id": "a4c1340d-6911-4758-bba3-0c4c6007d161",
    "kind": Kind.NEW_COMMERCE,
    "commerce": "new-commerce",
    "offer_id": "CFQ7TTC0LH18:0001:CFQ7TTC0K971",
    "product_sku": "CFQ7TTC0LH18:0001",
    "name": "Microsoft 365 Business Basic",
    "created": at(2021, 1, 14, 16, 57, 15, 96672),
    "term_ends": at(2022, 1, 13, 23, 59, 59),
    "trial": False,
    "by_microsoft": True,
    "billing": "monthly",
    "term": "P1Y",
    "contract": "subscription",
    "scheduled": (),
    "suspension_reasons": (),
    "order_id": "34b37d7340cc",
    "etag": None,
}


def under(prefix: str, members: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in {**members, **changed}.items()}


PARTNER_CENTER: dict[str, tuple[Reader, dict[str, Any]]] = {
    "cart-checkout-new-commerce-order.response.json": (
        order,
        {"id": "a68736758d9c", "status": "pending", "created": at(2023, 4, 18, 22, 3, 45, 450513)},
    ),
    "customer-get.response.json": (
        customer,
        {
            "id": "eebd1b55-5360-4438-a11d-5c06918c3014",
            "domain": "abcdefgh1234.ccsctp.net",
            "company": "1kl as kjk",
            "relationship": "reseller",
            "custom_domains": ("abcdefgh1234.ccsctp.net",),
        },
    ),
    "customers-filter.response.json": (
        paged(customer),
        {
            "page.total": 3,
            "page.next": None,
            "page.cut": False,
            "page.kind": "Collection",
            "items.0.domain": "contoso190.onmicrosoft.com",
            "items.1.domain": "ContosoCorpCo.onmicrosoft.com",
            "items.2.id": "bfbd6ef0-311f-47ec-bbd7-0fcb7846661b",
            "items.2.custom_domains": UNKNOWN,
        },
    ),
    "customers-list.response.json": (
        paged(customer),
        {
            "page.total": 2,
            "page.next": None,
            "items.0.id": "b44bb1fb-c595-45b0-9e09-d657365580bf",
            "items.1.relationship": "reseller",
        },
    ),
    "error-429-throttled.response.json": (
        refused(429),
        {
            "error.code": UNKNOWN,
            "error.text": "Rate limit is exceeded. Try again in 57 seconds.",
            "ruling.course": codes.Course.LATER,
        },
    ),
    "error-60012-out-of-licenses.response.json": (
        refused(400),
        {"error.code": "60012", "ruling.course": codes.Course.PERSON, "ruling.group": "no-license"},
    ),
    "error-800090-quantity-decrease.response.json": (
        refused(400),
        {
            "error.code": "800090",
            "error.text": "Subscription quantity cannot be decreased.",
            "ruling.course": codes.Course.OURS,
        },
    ),
    "error-900309-conditional-access.response.json": (
        refused(403),
        {"error.code": "900309", "ruling.course": codes.Course.PERSON, "ruling.group": "conditional-access"},
    ),
    "error-900316-partner-token.response.json": (
        refused(400),
        {"error.code": "900316", "ruling.course": codes.Course.OURS, "ruling.group": "token-kind"},
    ),
    "offer-get.response.json": (
        offer,
        {
            "id": "031c9e47-4802-4248-838e-778fb1d2cc05",
            "name": "Office 365 Business Premium",
            "sku_id": "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
            "least": 1,
            "most": 300,
        },
    ),
    "order-create.response.json": (order, {"id": "5cf72f146967", "status": "pending"}),
    "order-get.response.json": (
        order,
        {
            "id": "YxH1q4KScfvfkJQjgRI8QY1DznnUWZTH1",
            "status": "completed",
            "created": at(2018, 3, 13, 22, 49, 54, 339694),
        },
    ),
    "paging-next-link.response.json": (
        page,
        {
            "items": UNKNOWN,
            "cut": False,
            "next.path": (
                "/v1/invoices/T000001234/lineitems?provider=onetime&invoicelineitemtype=usagelineitems"
                "&currencycode=usd&period=previous&size=2000&seekOperation=Next"
            ),
            "next.headers": (("MS-ContinuationToken", "AQAAAA=="),),
        },
    ),
    "sandbox-order-cancel.response.json": (order, {"status": "cancelled"}),
    "servicerequest-create.response.json": (
        service_request,
        {"id": "616122292874576", "severity": "critical", "status": "none", "created": NEVER, "notes": ()},
    ),
    "servicerequest-get.response.json": (
        service_request,
        {
            "id": "616122292874576",
            "title": "TrialSR",
            "description": "Ignore this SR",
            "severity": "critical",
            "status": "open",
            "created": at(2016, 12, 22, 20, 31, 17, 240000),
            "modified": at(2017, 1, 9, 23, 31, 15, 373000),
            "closed": NEVER,
            "notes.0.by": "Account",
            "notes.0.at": at(2017, 1, 9, 23, 31, 15, 373000),
            "notes.0.text": "Sample Note",
        },
    ),
    "servicerequest-update-add-note.response.json": (
        service_request,
        {"status": "open", "notes.0.text": "Sample Note"},
    ),
    "servicerequests-list-for-customer.response.json": (
        paged(service_request),
        {
            "items.0.id": "615112491169010",
            "items.0.severity": "unknown",
            "items.0.status": "open",
            "items.0.closed": NEVER,
            "items.0.modified": at(2015, 11, 24, 1, 17, 10, 610000),
        },
    ),
    "subscribedskus-list.response.json": (
        paged(subscribed_sku),
        {
            "page.total": 2,
            "items.0.sku_id": "efccb6f7-5641-4e0e-bd10-b4976e1bf68e",
            "items.0.part_number": "EMS",
            "items.0.name": "Enterprise Mobility + Security E3",
            "items.0.consumed": 1,
            "items.0.available": 4,
            "items.0.active": 5,
            "items.0.suspended": 0,
            "items.0.warning": 0,
            "items.0.total": 5,
            "items.0.status": "enabled",
            "items.0.plans.1.name": "INTUNE_A",
            "items.0.plans.1.state": "enabled",
            "items.1.available": 0,
            "items.1.consumed": 1,
        },
    ),
    "subscription-addons-list.response.json": (
        lambda answer: {"page": page(answer), "names": add_on_names(page(answer).items)},
        {"page.total": 37, "page.cut": True, "names": ("Myofferpurchase",)},
    ),
    "subscription-get-addon.response.json": (
        subscription,
        {
            "kind": Kind.ADD_ON,
            "commerce": UNKNOWN,
            "parent": "1c2b75c1-74a5-472a-a729-7f8cefc477f9",
            "name": "Exchange Online Archiving for Exchange Online",
            "quantity": 2,
            "term_ends": at(2018, 2, 10),
            "etag": "eyJpZCI6Ijk2OGJhMWNmLWMxNDYtNGFkZi1hMzAwLTMwOGRjZjcxOGVlZSIsInZlcnNpb24iOjF9",
        },
    ),
    "subscription-get-azure-legacy.response.json": (
        subscription,
        {
            "id": "a356ac8c-e310-44f4-bf85-c7f29044af99",
            "kind": Kind.OTHER,
            "billing_type": "usage",
            "offer_id": "MS-AZR-0145P",
            "product_sku": UNKNOWN,
            "term_ends": NEVER,
            "etag": "eyJpZCI6ImEzNTZhYzhjLWUzMTAtNDRmNC1iZjg1LWM3ZjI5MDQ0YWY5OSIsInZlcnNpb24iOjJ9",
        },
    ),
    "subscription-get-new-commerce.response.json": (
        subscription,
        {
            **NEW,
            "quantity": 15,
            "status": "expired",
            "auto_renews": False,
            "refundable.0.seats": 10,
            "refundable.0.until": at(2021, 1, 24, 20, 39, 17, 182697),
        },
    ),
    "subscription-patch-quantity-legacy.response.json": (subscription, {**LEGACY, "status": "active"}),
    "subscription-patch-quantity-new-commerce-decrease.response.json": (
        subscription,
        {**NEW, "quantity": 1, "status": "active", "auto_renews": True},
    ),
    "subscription-patch-scheduled-change.response.json": (
        subscription,
        {
            "kind": Kind.OTHER,
            "by_microsoft": False,
            "product_sku": "DZH318Z0BXWC:0001",
            "scheduled": ("renewal",),
            "trial": False,
            "term_ends": at(2019, 2, 8, 23, 59, 59),
            "starts": at(2019, 1, 9, 0, 21, 45, 926372),
        },
    ),
    "subscription-patch-suspend.response.json": (subscription, {**LEGACY, "status": "suspended"}),
    "subscription-provisioning-status.response.json": (
        provisioning_status,
        {
            "sku_id": "6fd2c87f-b296-42f0-b197-1e91e994b900",
            "status": "success",
            "quantity": 5,
            "ends": at(2018, 5, 10),
        },
    ),
    "subscriptions-list-legacy.response.json": (
        paged(subscription),
        {
            **under("items.0", LEGACY, quantity=1, status="active"),
            "page.total": 37,
            "page.cut": True,
            "page.next": None,
        },
    ),
    "subscriptions-list-new-commerce-software.response.json": (
        paged(subscription),
        {
            "items.0.kind": Kind.OTHER,
            "items.0.product_type": "Software",
            "items.0.billing": "triennial",
            "items.0.term_ends": at(2024, 10, 14, 23, 59, 59),
            "page.cut": False,
        },
    ),
    "token-app-only-retired-audience.response.json": (
        token,
        {"kind": "bearer", "seconds": 3600, "resource": "https://graph.windows.net"},
    ),
    "token-refresh-grant.response.json": (
        token,
        {"kind": "bearer", "seconds": 3600, "resource": "https://api.partnercenter.microsoft.com"},
    ),
    "transition-create.response.json": (
        switched,
        {
            "transition.operation_id": UNKNOWN,
            "transition.from_subscription": "e487e8dc-421e-4275-cb42-3c1c8daccf70",
            "transition.to_subscription": "0af52192-4a2a-4364-d25b-c8ecab3a5697",
            "transition.to_item": "CFQ7TTC0LF8R:0001:CFQ7TTC0KCSV",
            "transition.to_product_sku": "CFQ7TTC0LF8R:0001",
            "transition.quantity": 2,
            "transition.kind": "transition-only",
            "transition.events.0.status": "started",
            "progress.state": "running",
            "progress.status_page_since": at(2021, 1, 8, 18, 1, 14, 748861),
        },
    ),
    "transition-eligibilities.response.json": (
        paged(eligibility),
        {
            "items.0.item": "CFQ7TTC0KZCR:0001:CFQ7TTC0K71H",
            "items.0.product_sku": "CFQ7TTC0KZCR:0001",
            "items.0.title": "Microsoft 365 E5 Test Sku Title",
            "items.0.quantity": 1,
            "items.0.operation_id": "1caf8ec7-62cc-4ab5-b35d-572d2a62974c",
            "items.0.ways.0.kind": "transition-only",
            "items.0.ways.0.open": True,
            "items.0.ways.1.kind": "transition-with-license-transfer",
            "items.0.ways.1.open": False,
            "items.0.ways.1.errors.0.code": "conflicting-service-types",
            "items.0.merges.0.errors.0.code": "target-term-shorter",
            "items.0.merges.1.eligible": True,
            "items.1.title": "Business Premium Test Sku Title",
            "items.1.ways.0.eligible": False,
            "items.1.merges": (),
        },
    ),
    "transitions-list.response.json": (
        paged(switched),
        {
            "items.0.transition.from_item": "CFQ7TTC0LDPB:0001:CFQ7TTC0LGNT",
            "items.0.transition.to_product_sku": "CFQ7TTC0LF8S:0001",
            "items.0.transition.events.1.at": at(2021, 1, 8, 18, 37, 41, 591855),
            "items.0.progress.state": "done",
            "items.0.progress.status_page_since": at(2021, 1, 8, 18, 1, 14, 748861),
            "items.0.progress.failed": (),
        },
    ),
    "upgrade-create.response.json": (
        upgrade_result,
        {
            "source": "896a2862-67e2-4f3d-bb3f-c50c42b5fad8",
            "target": "2add8a55-454a-4ae5-a4c9-5107dc6e9768",
            "kind": "upgrade-only",
            "errors": (),
            "license_errors": (),
            "moved": True,
        },
    ),
    "upgrades-list.response.json": (
        paged(upgrade),
        {
            "items.0.target.id": "91fd106f-4b2c-4938-95ac-f54f74e9a239",
            "items.0.target.name": "Office 365 Enterprise E1",
            "items.0.target.sku_id": "18181a46-0d4e-45cd-891e-60aabd171b4e",
            "items.0.target.most": 10_000_000,
            "items.0.kind": "upgrade-only",
            "items.0.eligible": False,
            "items.0.open": False,
            "items.0.quantity": 1,
            "items.0.errors.0.code": "subscription-status-not-active",
        },
    ),
}

GRAPH: dict[str, tuple[Reader, dict[str, Any]]] = {
    "batch-response.json": (
        batch_parts,
        {
            "1.status": 200,
            "1.headers.x-ms-resource-unit": "1",
            "1.retry_after": None,
            "2.status": 403,
            "3.status": 403,
            "4.status": 405,
            "5.status": 200,
        },
    ),
    "directory-subscription-get.json": (
        provided,
        {
            "subscription.id": "860697e3-b0aa-4196-a6c6-7ec361ed58f7",
            "subscription.commerce_id": "f9c1ea2d-2c6e-4717-8c3b-7130812d70ba",
            "subscription.sku_id": "0816ccb9-3785-4d19-bf78-6c53e2106509",
            "subscription.part_number": "MyPartNumber",
            "subscription.status": "enabled",
            "subscription.trial": False,
            "subscription.total": 25,
            "subscription.owner_tenant": "331af819-4e0b-49f7-a6bf-14e1165ad3a0",
            "subscription.created": at(2023, 1, 1),
            "subscription.plans.0.name": "MyPlanName",
            "subscription.plans.0.state": "success",
            "set_up": True,
        },
    ),
    "directory-subscriptions-list.json": (
        graph_paged(provided),
        {
            "page.next": None,
            "page.count": UNKNOWN,
            "items.0.subscription.commerce_id": "f9c1ea2d-2c6e-4717-8c3b-7130812d70ba",
            "items.0.set_up": True,
        },
    ),
    "domain-get.json": (
        domain,
        {
            "name": "contoso.com",
            "verified": True,
            "default": True,
            "initial": True,
            "services": ("Email", "OfficeCommunicationsOnline"),
        },
    ),
    "domains-list.json": (
        graph_paged(domain),
        {"items.0.name": "contoso.com", "items.0.verified": UNKNOWN, "items.0.default": True},
    ),
    "error-400-assignlicense-usagelocation.json": (
        refused(400),
        {
            "error.code": "Request_BadRequest",
            "error.text": "License assignment cannot be done for user with invalid usage location.",
            "error.request_id": "613a2372-1a63-4b13-8c94-56793bbb140c",
            "error.at": at(2025, 1, 6, 12, 25, 59),
            "ruling.course": codes.Course.PERSON,
        },
    ),
    "error-403-authorization-requestdenied.json": (
        refused(403),
        {"error.code": "Authorization_RequestDenied", "ruling.group": "right"},
    ),
    "error-429-throttled.json": (
        refused(429),
        {"error.code": "TooManyRequests", "ruling.course": codes.Course.LATER},
    ),
    "error-501-notimplemented.json": (
        refused(501),
        {"error.code": "NotImplemented", "ruling.course": codes.Course.UNCERTAIN},
    ),
    "error-generic.json": (
        refused(416),
        {"error.code": "invalidRange", "error.at": UNKNOWN, "ruling.course": codes.Course.PERSON},
    ),
    "healthoverview-get.json": (
        healthy,
        {
            "health.id": "OSDPPlatform",
            "health.service": "Microsoft 365 suite",
            "health.issues": UNKNOWN,
            "word": "restoring-service",
        },
    ),
    "healthoverviews-list-expand-issues.json": (
        graph_paged(healthy),
        {
            "items.0.health.id": "Exchange",
            "items.0.health.issues.0.id": "EX226574",
            "items.0.health.issues.0.classification": "advisory",
            "items.0.health.issues.0.resolved": True,
            "items.0.word": "healthy",
        },
    ),
    "healthoverviews-list.json": (
        graph_paged(healthy),
        {
            "items.0.word": "healthy",
            "items.1.health.status": "service-restored",
            "items.1.word": "healthy",
            "items.2.word": "healthy",
        },
    ),
    "issue-get.json": (
        issue,
        {"id": "MO226784", "classification": "advisory", "status": "service-restored", "incident": False},
    ),
    "issues-list.json": (
        graph_paged(issue),
        {
            "page.next": "https://graph.microsoft.com/v1.0/admin/serviceAnnouncement/issues?$skip=100",
            "items.0.id": "EX226792",
            "items.0.classification": "incident",
            "items.0.resolved": True,
            "items.0.incident": False,
            "items.0.started": at(2020, 11, 13, 21),
        },
    ),
    "me-checkmemberobjects-response.json": (
        lambda answer: {"roles": role_words(answer)},
        {"roles": frozenset({"global-administrator", "80a963dd-84af-4eb8-b2a6-781e444d4fb0"})},
    ),
    "organization-list.json": (
        graph_paged(organization),
        {"items.0.id": UNKNOWN, "items.0.name": "Contoso", "items.0.country": "US"},
    ),
    "subscribedsku-get.json": (
        graph_sku,
        {
            "sku_id": "c7df2760-2c81-4ef7-b578-5b5392b571df",
            "part_number": "ENTERPRISEPREMIUM",
            "consumed": 14,
            "enabled": 25,
            "warning": 0,
            "subscription_ids": UNKNOWN,
            "applies_to": "user",
        },
    ),
    "subscribedskus-list.json": (
        graph_paged(graph_sku),
        {
            "items.0.subscription_ids": ("43d26afe-cb98-48b9-acc4-ae3ef2ac6c51",),
            "items.0.plans.0.state": "success",
            "items.1.status": "suspended",
            "items.1.enabled": 0,
            "items.1.suspended": 25,
            "items.1.locked_out": 0,
            "items.1.plans.0.state": "disabled",
        },
    ),
    "token-response.json": (token, {"kind": "bearer", "seconds": 3599, "resource": UNKNOWN}),
    "users-list-by-sku.json": (
        graph_paged(user),
        {"items.0.id": "cb4954e8-467f-4a6d-a8c8-28b9034fadbc", "items.0.licenses": UNKNOWN},
    ),
    "users-list-with-count.json": (graph_paged(user), {"page.count": 1, "items.0.id": UNKNOWN}),
    "users-list.json": (
        graph_paged(user),
        {"page.count": UNKNOWN, "items.1.id": "4562bcc8-c436-4f95-b7c0-4f8ce89dca5e"},
    ),
}

READ = {
    **{f"partner-center/{file}": row for file, row in PARTNER_CENTER.items()},
    **{f"graph/{file}": row for file, row in GRAPH.items()},
}

NOT_RECEIVED = {
    "partner-center/auditrecords-list.response.json": "the audit log is not asked",
    "partner-center/cart-create-new-commerce.response.json": "buying anew is left to a person",
    "partner-center/conversion-create.response.json": "a trial is bought by a person",
    "partner-center/conversions-list.response.json": "a trial is bought by a person",
    "partner-center/newcommerce-migration-create.response.json": "moving to new commerce is left to a person",
    "partner-center/newcommerce-migration-get.response.json": "moving to new commerce is left to a person",
    "partner-center/newcommerce-migration-validate-eligible.response.json": "moving is left to a person",
    "partner-center/newcommerce-migration-validate-ineligible.response.json": "moving is left to a person",
    "partner-center/order-provisioning-status.response.json": "the subscription's own is asked instead",
    "partner-center/servicerequest-supporttopics.response.json": "the call was taken out of service in 2020",
    "partner-center/sku-availabilities-list.response.json": "the items come from the eligibilities, valid now",
    "partner-center/sku-availability-new-commerce.response.json": "the items come from the eligibilities",
    "partner-center/user-directoryroles-list.response.json": "Graph is asked for roles",
    "partner-center/user-licenses-list.response.json": "Graph is asked for users' licences",
    "partner-center/user-licenseupdate-create.response.json": "licences are assigned by people",
    "partner-center/users-list.response.json": "Graph is asked for users",
    "partner-center/webhook-registration-create.response.json": "the service is not asked to call us",
    "partner-center/webhook-subscription-updated.event.json": "the service is not asked to call us",
    "graph/beta-transitiveroleassignments-list.json": "there only in beta",
    "graph/directoryrole-members-list.json": "checkMemberObjects is asked instead, which follows groups",
    "graph/directoryroles-list.json": "checkMemberObjects is asked instead, which follows groups",
    "graph/group-assignlicense-response.json": "licences are assigned by people",
    "graph/roleassignment-get.json": "checkMemberObjects is asked instead, which follows groups",
    "graph/roleassignments-list-by-principal.json": "checkMemberObjects is asked instead",
    "graph/roleassignments-list-by-role-expand-principal.json": "checkMemberObjects is asked instead",
    "graph/roleassignmentscheduleinstances-list.json": "checkMemberObjects is asked instead",
    "graph/roledefinition-get.json": "the built-in roles are known by their template ids",
    "graph/user-assignlicense-response.json": "licences are assigned by people",
    "graph/user-licensedetails-list.json": "the users' licence states come with the users",
    "graph/user-memberof-list.json": "a role may be null there though it is held",
    "graph/user-transitivememberof-list.json": "a role may be null there though it is held",
    "graph/users-count.json": "plain text; users are counted by @odata.count of the list",
    "graph/users-delta-changes-removed.json": "there is no delta for subscriptions, so none is kept for users",
    "graph/users-delta-deltalink.json": "there is no delta for subscriptions, so none is kept for users",
    "graph/users-delta-initial.json": "there is no delta for subscriptions, so none is kept for users",
    "graph/users-delta-nextlink.json": "there is no delta for subscriptions, so none is kept for users",
}

SENT = {
    "partner-center/servicerequest-update-add-note.request.json",
    "partner-center/subscription-patch-quantity-legacy.request.json",
    "partner-center/subscription-patch-quantity-new-commerce-decrease.request.json",
    "partner-center/transition-create.request.json",
    "partner-center/upgrade-create.request.json",
    "graph/me-checkmemberobjects-request.json",
}

NOT_SENT = {
    "partner-center/cart-create-new-commerce.request.json": "buying anew is left to a person",
    "partner-center/conversion-create.request.json": "a trial is bought by a person",
    "partner-center/newcommerce-migration-create.request.json": "moving to new commerce is left to a person",
    "partner-center/order-create.request.json": "buying anew is left to a person",
    "partner-center/sandbox-order-cancel.request.json": "nothing is ever taken away",
    "partner-center/servicerequest-create.request.json": "the call was taken out of service in 2020",
    "partner-center/subscription-patch-autorenew-new-commerce.request.json": "the renewal is the customer's",
    "partner-center/subscription-patch-friendly-name-new-commerce.request.json": "the name is the partner's",
    "partner-center/subscription-patch-reactivate.request.json": "the status is not ours to change",
    "partner-center/subscription-patch-scheduled-change.request.json": "fewer licences are never asked for",
    "partner-center/subscription-patch-suspend.request.json": "nothing is ever taken away",
    "partner-center/user-licenseupdate-create.request.json": "licences are assigned by people",
    "partner-center/webhook-registration-create.request.json": "the service is not asked to call us",
    "graph/batch-request.json": "the requests of a batch are made where they are sent",
    "graph/user-assignlicense-request.json": "licences are assigned by people",
}
