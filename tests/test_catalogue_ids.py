"""What a catalogue knows of the service's own words: SKUs, products, offers, health rows, and who is asked."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from reconciler.adapters import files
from reconciler.catalogue import Catalogue, Eligibility, ForbiddenPair, PooledCap, from_document
from reconciler.errors import ReconcilerError

ROOT = Path(__file__).parent.parent
LISTED = yaml.safe_load((ROOT / "reconciler/catalogues/office365-2014.yaml").read_text(encoding="utf-8"))
SCHEMA = files.schema("catalogue")
SKU, OFFER = "6FD2C87F-B296-42F0-B197-1E91E994B900", "796b6b5f-613c-4e24-a17c-eba730d49c02"
LITTLE: dict[str, Any] = {
    "apiVersion": "reconciler/v1",
    "kind": "Catalogue",
    "metadata": {"name": "little", "title": "Two plans"},
    "spec": {
        "eligibility": "live",
        "families": [
            {
                "key": "business",
                "title": "Business",
                "pooledCap": {"licenses": 300, "source": ["M-25"]},
                "roles": ["reseller"],
            },
            {"key": "enterprise", "title": "Enterprise"},
        ],
        "services": [{"key": "exchange-online", "title": "Exchange Online", "health": ["Exchange"]}],
        "plans": [
            {
                "key": key,
                "short": short,
                "family": family,
                "cap": None,
                "services": ["exchange-online"],
                "name": {"en": key, "nb": key},
                "skuIds": [SKU],
                "products": [f"cfq7ttc0lh1{n}:0001"],
                "offers": [OFFER.upper()] if n else [OFFER.replace("7", "8")],
            }
            for n, (key, short, family) in enumerate((("basic", "B", "business"), ("e3", "E3", "enterprise")))
        ],
        "pairs": [],
        "forbidden": [{"from": "e3", "to": "basic", "source": ["M-31", "PC 1.3"], "reason": "Up only."}],
    },
}


def edited(**members: Any) -> dict[str, Any]:
    document = copy.deepcopy(LITTLE)
    document["spec"].update(members)
    return document


def read(document: dict[str, Any] = LITTLE) -> Catalogue:
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert jsonschema_rs.validator_for(SCHEMA).is_valid(document)
    return from_document(document)


def test_an_id_means_the_one_plan_that_claims_it_and_none_where_two_do() -> None:
    known = read()
    assert known.by_sku_id == {}
    assert known.by_product == {"CFQ7TTC0LH10:0001": "basic", "CFQ7TTC0LH11:0001": "e3"}
    assert known.by_offer == {OFFER: "e3", OFFER.replace("7", "8"): "basic"}
    assert known.plans["e3"].sku_ids == (SKU.lower(),)


def test_the_list_of_2014_knows_its_licences_by_guid_and_its_services_by_their_health_rows() -> None:
    known = read(LISTED)
    assert known.by_sku_id[SKU.lower()] == "office-365-enterprise-e3"
    assert known.by_offer[OFFER] == "office-365-enterprise-e3"
    assert known.by_product == {}
    assert known.health["skype for business"] == known.health["lync"] == "lync-online"
    assert "microsoft teams" not in known.health
    assert (known.eligibility, known.most_users) == (Eligibility.LISTED, 300)
    assert (known.forbidden, known.pooled, known.roles) == ({}, {}, {})


def test_a_health_row_is_found_by_key_title_name_and_id_whatever_the_case() -> None:
    assert read().health == {
        "exchange-online": "exchange-online",
        "exchange online": "exchange-online",
        "exchange": "exchange-online",
    }


def test_who_is_asked_what_is_forbidden_and_what_a_family_takes_is_said_in_the_file() -> None:
    known = read()
    assert known.asks_service
    assert known.forbidden == {("e3", "basic"): ForbiddenPair("e3", "basic", "Up only.", ("M-31", "PC 1.3"))}
    assert known.pooled == {"business": PooledCap(300, ("M-25",))}
    assert known.roles == {"business": ("reseller",)}


@pytest.mark.parametrize(
    ("members", "most"),
    [
        ({}, None),
        ({"eligibility": "listed"}, 300),
        ({"eligibility": "listed", "wizard": {"mostUsers": 3000}}, 3000),
        ({"eligibility": "listed", "wizard": {"mostUsers": None}}, None),
        ({"wizard": {"mostUsers": 300}}, 300),
    ],
)
def test_only_a_list_has_a_limit_of_users_where_the_file_names_none(
    members: dict[str, Any], most: int | None
) -> None:
    assert read(edited(**members)).most_users == most


CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a health name of two services": (
        {
            "services": [
                *LITTLE["spec"]["services"],
                {"key": "mail", "title": "Mail", "health": ["EXCHANGE"]},
            ]
        },
        'the name "EXCHANGE" on the service health page belongs to both exchange-online and mail',
    ),
    "a list where the service is asked": (
        {"pairs": [{"from": "basic", "to": "e3", "confidence": "certain", "source": ["M-29"]}]},
        "`pairs` must be empty",
    ),
    "a pair listed and forbidden": (
        {
            "eligibility": "listed",
            "pairs": [{"from": "e3", "to": "basic", "confidence": "certain", "source": ["M-29"]}],
        },
        "the pair e3 to basic stands 2 times",
    ),
    "a forbidden pair of no plan": (
        {"forbidden": [{"from": "e3", "to": "e5", "source": ["M-31"], "reason": "No."}]},
        "names e5, which is no plan here",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_named(name: str) -> None:
    members, said = CONTRADICTIONS[name]
    with pytest.raises(ReconcilerError, match=said):
        read(edited(**members))


REFUSED: dict[str, dict[str, Any]] = {
    "another eligibility": {"eligibility": "asked"},
    "a limit of no users": {"wizard": {"mostUsers": 0}},
    "a SKU that is no GUID": {"plans": [{**LITTLE["spec"]["plans"][0], "skuIds": ["SPB"]}]},
    "a product with its availability": {
        "plans": [{**LITTLE["spec"]["plans"][0], "products": ["CFQ7TTC0LH18:0001:CFQ7TTC0K971"]}]
    },
    "a pooled limit without a source": {
        "families": [{"key": "business", "title": "Business", "pooledCap": {"licenses": 300}}]
    },
    "a forbidden pair without a reason": {"forbidden": [{"from": "e3", "to": "basic", "source": ["M-31"]}]},
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_schema_refuses(name: str) -> None:
    document = edited(**REFUSED[name])
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(document)


def test_the_digest_moves_with_everything_that_decides_and_with_no_reason_told() -> None:
    plan, other = LITTLE["spec"]["plans"]
    family, enterprise = LITTLE["spec"]["families"]
    edits: list[dict[str, Any]] = [
        {"eligibility": "listed"},
        {"wizard": {"mostUsers": 300}},
        {"forbidden": []},
        {"families": [{**family, "pooledCap": {"licenses": 299, "source": ["M-25"]}}, enterprise]},
        {"families": [{**family, "roles": ["global-administrator"]}, enterprise]},
        {"services": [{"key": "exchange-online", "title": "Exchange Online"}]},
        *(
            {"plans": [{name: value for name, value in plan.items() if name != ids}, other]}
            for ids in ("skuIds", "products", "offers")
        ),
    ]
    digests = {read(edited(**members)).digest for members in edits}
    assert len(digests) == len(edits)
    assert read().digest not in digests
    said_otherwise = [{**LITTLE["spec"]["forbidden"][0], "reason": "Said otherwise."}]
    assert read(edited(forbidden=said_otherwise)).digest == read().digest
