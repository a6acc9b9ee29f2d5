"""A request to Partner Center or Graph in, everything in it that no document speaks of out. Answers play no part here.

What Partner Center takes stands below, each call with its section of the reference; what Graph takes stands in the
contract file among the samples. "PC 5" is section 5 of the one, "Graph 3" section 3 of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import yaml
from cli import ROOT
from heard import BATCH, GRAPH, PARTNER_CENTER, Sent

GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SUBSCRIPTION = "/v1/customers/{}/subscriptions/{}"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# PC 4.2: what a PATCH sends back is what a GET gave.
SUBSCRIPTION_MEMBERS = _names(
    """id offerId offerName friendlyName productType entitlementId quantity unitType parentSubscriptionId creationDate
    effectiveStartDate commitmentEndDate commitmentEndDateTime billingCycleEndDate billingCycleEndDateTime
    cancellationAllowedUntilDate status autoRenewEnabled billingType billingCycle termDuration renewalTermDuration
    hasPurchasableAddons isTrial isMicrosoftProduct actions attentionNeeded attentionReason actionTaken
    suspensionReasons refundOptions refundableQuantity scheduledNextTermInstructions nextChargeInstructions promotionId
    migratedFromSubscriptionId productOrderId consumptionType lineItems partnerId publisherName orderId contractType
    links attributes"""
)
TRANSITION_MEMBERS = _names(
    """toCatalogItemId quantity transitionType toSubscriptionId fromCatalogItemId fromSubscriptionId termDuration
    billingCycle promotionId"""
)
UPGRADE_MEMBERS = _names("targetOffer upgradeType isEligible quantity upgradeErrors attributes")
REQUEST_MEMBERS = _names("NewNote Status Severity")


@dataclass(frozen=True)
class Call:
    """A documented call of Partner Center: its path, what its query may name, what its body may have; its section."""

    method: str
    template: str
    section: str
    query: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()

    def is_of(self, sent: Sent) -> bool:
        shape = re.escape(self.template).replace(r"\{\}", "[^/]+")
        return sent.method == self.method and re.fullmatch(shape, sent.path) is not None


CALLS = (
    Call("GET", "/v1/customers", "PC 3, 2.5", frozenset({"size", "filter", "seekOperation"})),
    Call("GET", "/v1/customers/{}", "PC 3"),
    Call("GET", "/v1/customers/{}/subscriptions", "PC 4.1", frozenset({"order_id", "mpn_id"})),
    Call("GET", SUBSCRIPTION, "PC 4.1"),
    Call("GET", f"{SUBSCRIPTION}/addons", "PC 4.1"),
    Call("GET", f"{SUBSCRIPTION}/provisioningstatus", "PC 4.5"),
    Call("PATCH", SUBSCRIPTION, "PC 5", members=SUBSCRIPTION_MEMBERS),
    Call("GET", f"{SUBSCRIPTION}/upgrades", "PC 6"),
    Call("POST", f"{SUBSCRIPTION}/upgrades", "PC 6", members=UPGRADE_MEMBERS),
    Call("GET", f"{SUBSCRIPTION}/transitionEligibilities", "PC 7.1", frozenset({"eligibilityType"})),
    Call("POST", f"{SUBSCRIPTION}/transitions", "PC 7.2", members=TRANSITION_MEMBERS),
    Call("GET", f"{SUBSCRIPTION}/transitions", "PC 7.3", frozenset({"operationId"})),
    Call("GET", "/v1/customers/{}/subscribedskus", "PC 8.1", frozenset({"licenseGroupIds"})),
    Call("GET", "/v1/customers/{}/servicerequests", "PC 9", frozenset({"Field", "Value", "offset", "size"})),
    Call("GET", "/v1/servicerequests/{}", "PC 9"),
    Call("PATCH", "/v1/servicerequests/{}", "PC 9", members=REQUEST_MEMBERS),
    Call("GET", "/v1/customers/{}/orders/{}", "PC 11"),
    Call("GET", "/v1/products/{}/skus/{}", "PC 11", frozenset({"country"})),
)
# PC 2.3: sent with every request. The values of the identifiers are GUIDs.
ALWAYS = {"accept": "application/json", "ms-contract-version": "v1", "x-locale": "en-US"}
IDENTIFIERS = ("ms-requestid", "ms-correlationid")
# PC 2.3, and what any client sends.
HEADERS = frozenset(
    {*ALWAYS, *IDENTIFIERS, "authorization", "content-type", "if-match", "ms-continuationtoken", "ms-cv"}
) | frozenset({"host", "accept-encoding", "content-length", "user-agent", "connection", "client-request-id"})


def undocumented(requests: Iterable[Sent]) -> list[str]:
    """Return every slip in what was sent, in order; links to further pages are good once they were handed out."""
    handed_out: set[str] = set()
    slips: list[str] = []
    seen_before: set[str] = set()
    whole: dict[str, Any] = {}
    for sent in requests:
        what = f"{sent.method} {sent.path}"
        found = [] if _address(sent) in handed_out else list(_slips(sent))
        correlation = sent.headers.get("ms-correlationid", "")
        if sent.service and correlation in seen_before:
            found.append("MS-CorrelationId is not a new one (PC 2.3)")
        seen_before.add(correlation)
        if sent.service == PARTNER_CENTER and sent.method == "PATCH" and sent.path in whole:
            found += _not_whole(sent, whole[sent.path])
        slips += [f"{what}: {slip}" for slip in found]
        if sent.method == "GET" and sent.status == 200:
            whole[sent.path] = sent.answered()
        handed_out |= set(_further(sent))
    return slips


def _slips(sent: Sent) -> Iterator[str]:
    if sent.service == PARTNER_CENTER:
        yield from _of_partner_center(sent)
    if sent.service == GRAPH:
        yield from _of_graph(sent)


def _of_partner_center(sent: Sent) -> Iterator[str]:
    call = next((call for call in CALLS if call.is_of(sent)), None)
    if call is None:
        yield "there is no such call"
        return
    yield from (f"the query has {name} ({call.section})" for name in sent.members.keys() - call.query)
    yield from _headers(sent)
    if sent.method == "GET" and sent.body:
        yield "a body that nobody reads"
    if call.members:
        members = {name.casefold() for name in call.members}
        yield from (
            f"the body has {name} ({call.section})"
            for name in sent.document()
            if name.casefold() not in members
        )


def _headers(sent: Sent) -> Iterator[str]:
    """PC 2.3."""
    for name, value in ALWAYS.items():
        if sent.headers.get(name) != value:
            yield f"the header {name} is {sent.headers.get(name)}"
    for name in IDENTIFIERS:
        if not GUID.fullmatch(sent.headers.get(name, "")):
            yield f"the header {name} is no GUID"
    if not re.fullmatch(r"Bearer \S+", sent.headers.get("authorization", "")):
        yield "there is no token"
    if sent.body and sent.headers.get("content-type") != "application/json":
        yield "the body is not said to be JSON"
    if not re.fullmatch(r'"[^"]+"', sent.headers.get("if-match", '"none"')):
        yield "the etag is not quoted"
    yield from (f"the header {name}" for name in sent.headers.keys() - HEADERS)


def _of_graph(sent: Sent) -> Iterator[str]:
    if sent.path == BATCH:
        yield from _body(sent, "/$batch")
        for part in sent.parts():
            yield from (f"{part.method} {part.path}: {slip}" for slip in _one_of_graph(part))
    else:
        yield from _one_of_graph(sent)


def _one_of_graph(sent: Sent) -> Iterator[str]:
    path = sent.path.removeprefix(GRAPH)
    template = next((each for each in contract()["paths"] if _shape(each).fullmatch(path)), None)
    call = contract()["paths"].get(template, {}).get(sent.method.lower())
    if call is None:
        yield "there is no such call"
        return
    named = [_resolved(one) for one in call.get("parameters", ())]
    query = {one["name"] for one in named if one["in"] == "query"}
    yield from (f"the query has {name}" for name in sent.members.keys() - query)
    needs = path.endswith("/$count") or sent.members.get("$count") == "true" or "$search" in sent.members
    if needs and sent.headers.get("consistencylevel") != "eventual":
        yield "ConsistencyLevel is missing (Graph 3)"
    if sent.body:
        if sent.headers.get("content-type") != "application/json":
            yield "the body is not said to be JSON"
        yield from _body(sent, template or "")


def _body(sent: Sent, template: str) -> Iterator[str]:
    validator, members = _takes(template, sent.method)
    document = sent.document()
    yield from (error.message for error in validator.iter_errors(document))
    yield from (f"the body has {name}" for name in document.keys() - members)


@cache
def _takes(template: str, method: str) -> tuple[Any, frozenset[str]]:
    """What checks the body of a call, and the members it may have."""
    content = contract()["paths"][template][method.lower()]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    whole = {**schema, "components": contract()["components"]}
    return jsonschema_rs.validator_for(whole), frozenset(_resolved(schema)["properties"])


def _not_whole(sent: Sent, gave: Mapping[str, Any]) -> Iterator[str]:
    """PC 5: a PATCH is the whole of what GET gave, with nothing but the one member changed."""
    body = sent.document()
    for name in sorted(gave.keys() | body.keys()):
        if name != "quantity" and (name not in body or name not in gave or body[name] != gave[name]):
            yield f"{name} does not go back as it came (PC 5)"
    if not body["quantity"] > gave["quantity"]:
        yield "the quantity does not rise"
    etag = gave["attributes"].get("etag")
    if sent.headers.get("if-match") != (etag and f'"{etag}"'):
        yield "If-Match is not the etag that GET gave (PC 2.3)"


def _further(sent: Sent) -> Iterator[str]:
    """The addresses of further pages that an answer hands out: they are followed whole (PC 2.5, Graph 3)."""
    documents = [sent.answered()]
    if sent.path == BATCH and isinstance(documents[0], dict):
        documents = [part.get("body") for part in documents[0].get("responses", ())]
    for document in documents:
        if isinstance(document, dict) and "@odata.nextLink" in document:
            parts = urlsplit(document["@odata.nextLink"])
            yield f"{parts.path}?{parts.query}"


def _address(sent: Sent) -> str:
    return f"{sent.path}?{sent.query}"


@cache
def contract() -> Any:
    """The contract file of Graph."""
    text = (ROOT / "tests/samples/graph/openapi-subset.yaml").read_text(encoding="utf-8")
    return yaml.load(text, yaml.CSafeLoader)


@cache
def _shape(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def _resolved(one: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = one
    while "$ref" in found:
        place = found["$ref"].removeprefix("#/").split("/")
        found = contract()
        for step in place:
            found = found[step]
    assert isinstance(found, Mapping)
    return found
