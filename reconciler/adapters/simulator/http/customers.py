"""Customers of the partner: the list, page after page, the search, and one of them (PC 3, PC 2.5)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from reconciler.adapters.simulator.http.answers import Answer, Denied, collection, partner_error
from reconciler.adapters.simulator.http.asked import folded
from reconciler.adapters.simulator.http.identities import customer_id, made_id
from reconciler.adapters.simulator.http.words import known, link
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.record import Record, Spec

FIELDS = ("companyname", "domain", "indirectreseller", "indirectcloudsolutionprovider")


def list_customers(visit: Visit) -> Answer:
    """GET /customers: as many as asked for, by name, and where the next page is."""
    query = visit.asked.query
    size = _size(query.get("size", "0"), visit.world.settings.customers_page)
    after = _after(visit)
    found = list(islice(_wanted(visit, after, _filter(query)), size + 1))
    page, more = found[:size], len(found) > size
    items = [_short(visit, record) for record in page]
    if "filter" in query:
        items = [_linked(item) for item in items]
    links = {"self": link(f"/v1{visit.asked.address}")}
    if not more:
        return collection(items, links=links)
    if visit.mischief.take("page-ends-early"):
        answer = collection(items, links=links)
        return Answer(200, {**answer.body, "totalCount": size + 1})
    last = after if visit.mischief.take("page-repeats") else page[-1].name
    token = urlsafe_b64encode(json.dumps(last).encode()).decode()
    following = {**query, "seekOperation": "Next"}
    headers = [{"key": "MS-ContinuationToken", "value": token}]
    # The documents print this link without the version (PC 2.1).
    version = "" if visit.world.settings.oddities else "/v1"
    links["next"] = {**link(f"{version}/customers?{urlencode(following)}"), "headers": headers}
    return collection(items, links=links, continuationToken=token)


def get_customer(visit: Visit) -> Answer:
    """GET /customers/{cid}."""
    record, spec, own = visit.tenant, visit.shown(), f"/customers/{visit.customer}"
    company = _company(visit, spec)
    company["links"] = {"self": link(f"{own}/profiles/company")}
    body = known(
        **_short(visit, record),
        commerceId=made_id(f"commerce:{record.name}"),
        billingProfile={
            "id": made_id(f"billing:{record.name}"),
            "culture": "en-US",
            "language": "en",
            "companyName": record.name,
            "links": {"self": link(f"{own}/profiles/billing")},
            "attributes": {"etag": "-4242348048554929329", "objectType": "CustomerBillingProfile"},
        },
        allowDelegatedAccess=True,
        customDomains=spec.get("domains"),
        links={"self": link(own)},
    )
    return Answer(200, {**body, "companyProfile": company})


def _short(visit: Visit, record: Record) -> dict[str, Any]:
    spec = record.shown()
    ours = record.name not in visit.world.settings.not_ours
    return {
        "id": customer_id(record),
        "companyProfile": _company_of(record, spec),
        "relationshipToPartner": "reseller" if ours else "none",
        "attributes": {"objectType": "Customer"},
    }


def _linked(item: dict[str, Any]) -> dict[str, Any]:
    """Return a customer as a search shows it: with links."""
    own, company = f"/customers/{item['id']}", item["companyProfile"]
    company = {**company, "links": {"self": link(f"{own}/profiles/company")}}
    return {**item, "companyProfile": company, "links": {"self": link(own)}}


def _company(visit: Visit, spec: Spec) -> dict[str, Any]:
    return _company_of(visit.tenant, spec)


def _company_of(record: Record, spec: Spec) -> dict[str, Any]:
    return known(
        tenantId=spec.get("tenantId"),
        domain=spec.get("tenant"),
        companyName=record.name,
        attributes={"objectType": "CustomerCompanyProfile"},
    )


def _wanted(visit: Visit, after: str | None, sought: tuple[str, str] | None) -> Iterator[Record]:
    for name in visit.session.names():
        if after is not None and name <= after:
            continue
        record = visit.session.record(name)
        if record is not None and _matches(record, sought):
            yield record


def _matches(record: Record, sought: tuple[str, str] | None) -> bool:
    if sought is None:
        return True
    field, start = sought
    value = {"companyname": record.name, "domain": record.spec.get("tenant") or ""}.get(field, "")
    return value.casefold().startswith(start.casefold()) if value else False


def _size(text: str, most: int) -> int:
    """Return the size of a page; 0 asks for as many as there may be in one."""
    if not text.isdecimal():
        raise Denied(partner_error(400, 3000, "The size is not a number."))
    return min(int(text), most) or most


def _after(visit: Visit) -> str | None:
    """Return the name that the page before ended with; the token belongs into a header, never into the query."""
    operation = visit.asked.query.get("seekOperation")
    if operation is None:
        return None
    token = visit.asked.headers.get("ms-continuationtoken")
    if operation.casefold() != "next" or not token:
        raise Denied(partner_error(400, 3000, "A further page takes the continuation token as a header."))
    try:
        after = json.loads(urlsafe_b64decode(token))
    except ValueError:
        raise Denied(partner_error(400, 3000, "The continuation token is not valid.")) from None
    return after if isinstance(after, str) else None


def _filter(query: Mapping[str, str]) -> tuple[str, str] | None:
    if "filter" not in query:
        return None
    try:
        asked = folded(json.loads(query["filter"]))
    except (ValueError, AttributeError):
        raise Denied(partner_error(400, 3000, "The filter is not JSON.")) from None
    field, operator = str(asked.get("field", "")).casefold(), str(asked.get("operator", "")).casefold()
    if field not in FIELDS or operator != "starts_with":
        raise Denied(partner_error(400, 3000, "The filter has a field or an operator there is not."))
    return field, str(asked.get("value", ""))
