"""The catalogue of 2014: its plans, its matrix, its names, its schema, and what is told of a pair."""

import copy
import itertools
import json
import random
import unicodedata
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
import yaml

from reconciler.catalogue import Ambiguous, Catalogue, Confidence, from_document
from reconciler.errors import ReconcilerError
from reconciler.report.catalogue import catalogue_document, matrix_text, plans_text
from reconciler.report.pair import pair_document, pair_text

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "reconciler/catalogues/office365-2014.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "schemas/catalogue.schema.json").read_text(encoding="utf-8"))
DOCUMENT = yaml.safe_load(TEXT)

SB, SBP, MB = (
    "office-365-small-business",
    "office-365-small-business-premium",
    "office-365-midsize-business",
)
E1, E3, E4, K1, K2 = (f"office-365-enterprise-{n}" for n in ("e1", "e3", "e4", "k1", "k2"))
A1, A2, A3, A4 = (f"office-365-education-a{n}" for n in (1, 2, 3, 4))
LY1, LY2, LY3 = (f"lync-online-plan-{n}" for n in (1, 2, 3))
SP1, SP2 = (f"sharepoint-online-plan-{n}" for n in (1, 2))
EX1, EX2, KIOSK = "exchange-online-plan-1", "exchange-online-plan-2", "exchange-online-kiosk"
OO1, OO2 = (f"office-online-with-sharepoint-plan-{n}" for n in (1, 2))
ALL = {SB, SBP, MB, E1, E3, E4, K1, K2, A1, A2, A3, A4, LY1, LY2, LY3, SP1, SP2, EX1, EX2, KIOSK, OO1, OO2}

# Written from the list of 2014 itself, not from the catalogue file: source -> {target: confidence}.
C, H, MH, M = "certain", "high", "medium-high", "medium"
LISTED = {
    SB: {SBP: C, MB: C, E1: C, E3: C, E4: C},
    SBP: {MB: C, E1: H, E3: C, E4: C},
    MB: {E1: C, E3: C, E4: C},
    K1: {E1: C, E3: C, E4: C},
    K2: {E1: MH, E3: MH, E4: MH},
    E1: {E3: C, E4: C},
    E3: {E4: C},
    LY1: {E1: C, E3: C, E4: C},
    LY2: {E1: H, E3: H, E4: H},
    LY3: {E4: C},
    SP1: {E1: C, E3: C, E4: C},
    SP2: {E3: C, E4: C},
    EX1: {E1: C, E3: C, E4: C},
    EX2: {E3: C, E4: C},
    A1: {A2: C, A3: C},
    A2: {A3: C},
    OO1: {A1: C, A2: C, A3: M, A4: M},
    OO2: {A1: H, A2: H, A3: M, A4: M},
    KIOSK: {E1: C, E3: C, E4: C, K1: C, EX1: C, EX2: C},
}

# Levels of (Exchange, SharePoint, Lync): 0 none, 1 kiosk or light, then plan 1, 2, 3 as 2, 3, 4.
LEVELS = {
    SB: (2, 1, 1),
    SBP: (2, 1, 1),
    MB: (2, 2, 3),
    E1: (2, 2, 3),
    E3: (3, 3, 3),
    E4: (3, 3, 4),
    K1: (1, 1, 0),
    K2: (1, 1, 0),
    A1: (2, 2, 3),
    A2: (2, 2, 3),
    A3: (3, 3, 3),
    A4: (3, 3, 4),
    LY1: (0, 0, 2),
    LY2: (0, 0, 3),
    LY3: (0, 0, 4),
    SP1: (0, 2, 0),
    SP2: (0, 3, 0),
    EX1: (2, 0, 0),
    EX2: (3, 0, 0),
    KIOSK: (1, 0, 0),
    OO1: (0, 2, 0),
    OO2: (0, 3, 0),
}

SKUS = {
    "LITEPACK": SB,
    "LITEPACK_P2": SBP,
    "MIDSIZEPACK": MB,
    "STANDARDPACK": E1,
    "ENTERPRISEPACK": E3,
    "ENTERPRISEWITHSCAL": E4,
    "DESKLESSPACK": K1,
    "DESKLESSWOFFPACK": K2,
    "STANDARDPACK_FACULTY": A1,
    "STANDARDPACK_STUDENT": A1,
    "STANDARDWOFFPACK_FACULTY": A2,
    "STANDARDWOFFPACK_STUDENT": A2,
    "ENTERPRISEPACK_FACULTY": A3,
    "ENTERPRISEPACK_STUDENT": A3,
    "ENTERPRISEWITHSCAL_FACULTY": A4,
    "ENTERPRISEWITHSCAL_STUDENT": A4,
    "MCOIMP": LY1,
    "MCOSTANDARD": LY2,
    "MCOVOICECONF": LY3,
    "SHAREPOINTSTANDARD": SP1,
    "SHAREPOINTENTERPRISE": SP2,
    "EXCHANGESTANDARD": EX1,
    "EXCHANGEENTERPRISE": EX2,
    "EXCHANGEDESKLESS": KIOSK,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return from_document(DOCUMENT)


def changed(*edits) -> dict:
    document = copy.deepcopy(DOCUMENT)
    for edit in edits:
        edit(document)
    return document


def broken(*edits) -> str:
    with pytest.raises(ReconcilerError) as caught:
        from_document(changed(*edits))
    return str(caught.value)


# Plans


def test_the_catalogue_has_exactly_the_22_plans_of_the_list(catalogue):
    assert set(catalogue.plans) == ALL
    assert len(ALL) == 22


def test_every_plan_has_the_family_the_list_gives_it(catalogue):
    families = {SB: "small-business", SBP: "small-business", MB: "midsize"}
    families |= dict.fromkeys((E1, E3, E4, K1, K2), "enterprise")
    families |= dict.fromkeys((A1, A2, A3, A4), "education")
    assert {key: plan.family for key, plan in catalogue.plans.items()} == {
        key: families.get(key, "standalone") for key in ALL
    }


def test_only_the_three_small_plans_have_a_cap_and_say_where_it_comes_from(catalogue):
    assert {p.key: p.cap for p in catalogue.plans.values() if p.cap is not None} == {SB: 25, SBP: 25, MB: 300}
    assert catalogue.plans[SB].cap_source == ("R-SB-CAP-25",)
    assert "A-12" in catalogue.plans[SBP].cap_source
    assert "A-12" in catalogue.plans[MB].cap_source


def test_every_plan_depends_on_the_services_it_consists_of(catalogue):
    everything = {"exchange-online", "sharepoint-online", "lync-online", "office-online"}
    expected = dict.fromkeys((SB, SBP, MB, E1, E3, E4, A1, A2, A3, A4), everything)
    expected |= dict.fromkeys((K1, K2), everything - {"lync-online"})
    expected |= {key: {"lync-online"} for key in (LY1, LY2, LY3)}
    expected |= {key: {"sharepoint-online"} for key in (SP1, SP2)}
    expected |= {key: {"exchange-online"} for key in (EX1, EX2, KIOSK)}
    expected |= {key: {"sharepoint-online", "office-online"} for key in (OO1, OO2)}
    assert {key: set(plan.services) for key, plan in catalogue.plans.items()} == expected


# The matrix


@pytest.mark.parametrize("source", sorted(ALL))
def test_a_plan_may_be_switched_to_exactly_what_the_list_says(catalogue, source):
    listed = {t: str(pair.confidence) for t in ALL if (pair := catalogue.pair(source, t))}
    assert listed == LISTED.get(source, {})
    assert set(catalogue.targets_of(source)) == set(listed)


def test_the_matrix_counts_51_pairs_with_office_online_as_one_source(catalogue):
    assert len(catalogue.pairs) == 55
    assert len({("oo" if s in (OO1, OO2) else s, t) for s, t in catalogue.pairs}) == 51


def test_no_pair_goes_down_but_the_two_that_are_to_be_confirmed(catalogue):
    down = {
        (s, t) for s, t in catalogue.pairs if any(a > b for a, b in zip(LEVELS[s], LEVELS[t], strict=True))
    }
    assert down == {(OO2, A1), (OO2, A2)}
    for pair in down:
        assert catalogue.pairs[pair].confidence is not Confidence.CERTAIN
        assert "A-4" in catalogue.pairs[pair].source


def test_no_pair_can_be_gone_back(catalogue):
    assert not [(s, t) for s, t in catalogue.pairs if (t, s) in catalogue.pairs]


def test_every_pair_rests_on_the_list_and_the_unsure_ones_say_why(catalogue):
    for pair in catalogue.pairs.values():
        assert pair.source[0] == "R-LIST"
        assert pair.confidence is Confidence.CERTAIN or (pair.note and len(pair.source) > 1), pair


def test_what_was_considered_and_left_out_is_not_listed(catalogue):
    assert set(catalogue.rejected) == {(K1, K2), (LY1, LY2), (A3, A4)}
    assert not set(catalogue.rejected) & set(catalogue.pairs)


def test_only_a_switch_between_two_suites_of_different_families_crosses(catalogue):
    suites = [{SB, SBP}, {MB}, {E1, E3, E4, K1, K2}, {A1, A2, A3, A4}]
    for source, target in itertools.product(ALL, ALL):
        left = [n for n, suite in enumerate(suites) if source in suite]
        reached = [n for n, suite in enumerate(suites) if target in suite]
        assert catalogue.crosses_family(source, target) is bool(left and reached and left != reached)


def test_a_plan_nobody_knows_counts_as_another_family(catalogue):
    assert catalogue.crosses_family("project-online", E3)
    assert catalogue.crosses_family(E3, "project-online")


# Names


@pytest.mark.parametrize("sku", sorted(SKUS))
def test_a_sku_part_number_means_the_plan_it_meant_then(catalogue, sku):
    assert catalogue.resolve(sku) == SKUS[sku]


def test_the_catalogue_knows_no_other_sku(catalogue):
    assert {sku for plan in catalogue.plans.values() for sku in plan.skus} == set(SKUS)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        (E3, E3),
        ("OFFICE-365-ENTERPRISE-E3", E3),
        ("Office 365 Enterprise E3", E3),
        ("  office\u00a0365   ENTERPRISE\te3 ", E3),
        ("Exchange Online (Plan 1)", EX1),
        ("Exchange Online Plan 1", EX1),
        ("exchange online(plan 1)", EX1),
        ("exchange online ( Plan 1 )", EX1),
        ("Lync Online Plan 3", LY3),
        ("Lync (Plan 2)", LY2),
        ("Skype for Business Online Plan 1", LY1),
        ("Office 365 (Plan P1)", SB),
        ("Office 365 F3", K1),
        ("Office 365 Plan A2 for faculty", A2),
        ("Office 365 (Plan A1) for Students", A1),
        ("Office Online med SharePoint Online løsning 2", OO2),
        ("Office Online med SharePoint Online (Løsning 1)", OO1),
        ("Office Online with SharePoint (Plan 1)", OO1),
    ],
)
def test_a_name_means_its_plan_however_it_is_written(catalogue, word, key):
    assert catalogue.resolve(word) == key


def test_a_decomposed_name_means_the_same_plan():
    document = changed(lambda d: d["spec"]["plans"][0].update(aliases=["Små bedrifter"]))
    word = unicodedata.normalize("NFD", "SMÅ bedrifter")
    assert word != "SMÅ bedrifter"
    assert from_document(document).resolve(word) == SB


@pytest.mark.parametrize(
    ("word", "candidates"),
    [
        ("Office 365 A1 for faculty", (A1, A2)),
        ("office 365 a1 for students", (A1, A2)),
        ("Office Online med SharePoint Online løsning 1 eller løsning 2", (OO1, OO2)),
    ],
)
def test_a_name_of_two_plans_is_reported_with_both(catalogue, word, candidates):
    assert catalogue.resolve(word) == Ambiguous(candidates)
    with pytest.raises(ReconcilerError, match=f"{candidates[0]}, {candidates[1]}"):
        catalogue.named(word)


def test_every_other_name_in_the_file_means_the_plan_it_stands_under(catalogue):
    ambiguous = set()
    for plan in catalogue.plans.values():
        for word in (plan.key, plan.name, plan.name_nb, *plan.skus, *plan.aliases):
            found = catalogue.resolve(word)
            if isinstance(found, Ambiguous):
                assert plan.key in found.candidates
                ambiguous.add(word)
            else:
                assert found == plan.key, word
    assert len(ambiguous) == 3


@pytest.mark.parametrize(
    "word", ["", "E3", "Exchange Online", "Office 365 A3 for faculty", "STANDARDWOFFPACK"]
)
def test_a_word_that_names_no_plan_of_the_list_means_nothing(catalogue, word):
    assert catalogue.resolve(word) is None


def test_the_norwegian_names_are_those_of_the_list(catalogue):
    named = {p.key: p.name_nb for p in catalogue.plans.values() if p.name_nb != p.name}
    assert named == {
        OO1: "Office Online med SharePoint Online løsning 1",
        OO2: "Office Online med SharePoint Online løsning 2",
    }


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("office-365-enterprise-e33", E3),
        ("Offce 365 Entreprise E3", E3),
        ("exchange-online-kisok", KIOSK),
        ("SHAREPOINTENTERPRIZE", SP2),
        ("Office Online med SharePoint Online løsnig 2", OO2),
    ],
)
def test_a_slip_is_answered_with_the_plan_it_was_meant_for(catalogue, word, nearest):
    assert catalogue.suggest(word)[0] == nearest
    with pytest.raises(ReconcilerError, match=f"Did you mean {nearest}"):
        catalogue.named(word)


def test_nothing_is_suggested_for_a_word_like_no_plan(catalogue):
    assert catalogue.suggest("quarterly report") == ()
    assert catalogue.suggest(E3 * 100_000) == ()
    with pytest.raises(ReconcilerError, match="no plan of the catalogue"):
        catalogue.named("quarterly report")


# The digest


def shuffled(value, rng):
    if isinstance(value, dict):
        return {k: shuffled(value[k], rng) for k in rng.sample(list(value), len(value))}
    if isinstance(value, list):
        return [shuffled(item, rng) for item in rng.sample(value, len(value))]
    return value


def test_the_digest_depends_on_no_order(catalogue):
    other = from_document(shuffled(DOCUMENT, random.Random(1)))
    assert list(other.plans) != list(catalogue.plans)
    assert other.digest == catalogue.digest
    assert catalogue.digest.startswith("sha256:")


def test_the_digest_moves_with_anything_a_verdict_hangs_on(catalogue):
    edits = [
        lambda d: d["spec"]["plans"][0].update(cap=26),
        lambda d: d["spec"]["plans"][0].update(family="midsize"),
        lambda d: d["spec"]["plans"][0]["services"].pop(),
        lambda d: d["spec"]["plans"][0].update(aliases=["Another name"]),
        lambda d: d["spec"]["pairs"].pop(),
        lambda d: d["spec"]["pairs"][0].update(confidence="high"),
        lambda d: d["metadata"].update(name="other"),
    ]
    digests = {from_document(changed(edit)).digest for edit in edits}
    assert len(digests) == len(edits)
    assert catalogue.digest not in digests


def test_the_digest_stays_when_only_an_explanation_changes(catalogue):
    document = changed(
        lambda d: d["spec"]["pairs"][0].update(note="Said otherwise."),
        lambda d: d["spec"]["rejected"][0].update(reason="Said otherwise."),
        lambda d: d["metadata"].update(title="Said otherwise"),
    )
    assert from_document(document).digest == catalogue.digest


# The file


def test_a_switch_pair_is_one_line_of_data(catalogue):
    lines = [
        line for line in TEXT.splitlines() if line.lstrip().startswith("- {from: ") and "confidence" in line
    ]
    assert len(lines) == len(catalogue.pairs)
    without = "\n".join(line for line in TEXT.splitlines() if line != lines[0])
    pairs = from_document(yaml.safe_load(without)).pairs
    assert set(catalogue.pairs) - set(pairs) == {(SB, SBP)}


def test_all_contradictions_are_named_at_once():
    text = broken(
        lambda d: d["spec"]["plans"].append(copy.deepcopy(d["spec"]["plans"][0])),
        lambda d: d["spec"]["plans"][1].update(family="tiny"),
        lambda d: d["spec"]["plans"][2].update(services=["yammer"]),
        lambda d: d["spec"]["plans"][3].update(aliases=[E3.upper()]),
        lambda d: d["spec"]["pairs"][0].update(to="office-365-enterprise-e5"),
        lambda d: d["spec"]["pairs"][1].update(to=SB),
        lambda d: d["spec"]["pairs"].append(d["spec"]["pairs"][5]),
    )
    for said in (
        f"the plan key {SB} is used 2 times",
        'the short name "SB" stands for 2 plans',
        'English name "office 365 small business" (compared without case) belongs to 2 plans',
        f"the plan {SBP} is of the family tiny",
        f"the plan {MB} has the service yammer",
        f'the plan {E1} has the name "OFFICE-365-ENTERPRISE-E3"',
        "names office-365-enterprise-e5, which is no plan here",
        f"the plan {SB} is paired with itself",
        f"the pair {SBP} to {MB} stands 2 times",
    ):
        assert said in text


def test_a_pair_is_not_both_listed_and_left_out():
    text = broken(lambda d: d["spec"]["rejected"][0].update({"from": E1, "to": E3}))
    assert f"the pair {E1} to {E3} stands 2 times" in text


def test_a_family_or_a_service_is_declared_once():
    text = broken(
        lambda d: d["spec"]["families"].append(d["spec"]["families"][0]),
        lambda d: d["spec"]["services"].append(d["spec"]["services"][0]),
    )
    assert "the family small-business is declared 2 times" in text
    assert "the service exchange-online is declared 2 times" in text


# The schema


def test_the_schema_accepts_the_file_and_its_own_examples():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for document in (DOCUMENT, *SCHEMA["examples"]):
        validator.validate(document)
        assert jsonschema_rs.validator_for(SCHEMA).is_valid(document)
        from_document(document)


MUTATIONS = {
    "an unknown member of the document": lambda d: d.update(extra=1),
    "an unknown member of a plan": lambda d: d["spec"]["plans"][0].update(price=4),
    "an unknown member of a pair": lambda d: d["spec"]["pairs"][0].update(until="2014"),
    "an unknown member of a name": lambda d: d["spec"]["plans"][0]["name"].update(sv="Kontor"),
    "another version": lambda d: d.update(apiVersion="reconciler/v2"),
    "another kind": lambda d: d.update(kind="Tenant"),
    "no pairs": lambda d: d["spec"].pop("pairs"),
    "no plans": lambda d: d["spec"].update(plans=[]),
    "a plan without services": lambda d: d["spec"]["plans"][0].update(services=[]),
    "a plan without a Norwegian name": lambda d: d["spec"]["plans"][0]["name"].pop("nb"),
    "a plan that leaves its cap open": lambda d: d["spec"]["plans"][0].pop("cap"),
    "a cap of zero": lambda d: d["spec"]["plans"][0].update(cap=0),
    "a cap that is a text": lambda d: d["spec"]["plans"][0].update(cap="25"),
    "a cap that is true": lambda d: d["spec"]["plans"][0].update(cap=True),
    "a cap without a source": lambda d: d["spec"]["plans"][0].pop("capSource"),
    "a source without a cap": lambda d: d["spec"]["plans"][3].update(capSource=["A-12"]),
    "a key with a space": lambda d: d["spec"]["plans"][0].update(key="office 365"),
    "a key with a capital": lambda d: d["spec"]["plans"][0].update(key="Office-365"),
    "a confidence nobody knows": lambda d: d["spec"]["pairs"][0].update(confidence="sure"),
    "a pair without a source": lambda d: d["spec"]["pairs"][0].update(source=[]),
    "a source that is no id": lambda d: d["spec"]["pairs"][0].update(source=["somebody said so"]),
    "a pair without a confidence": lambda d: d["spec"]["pairs"][0].pop("confidence"),
    "a rejected pair without a reason": lambda d: d["spec"]["rejected"][0].pop("reason"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_schema_refuses(mutation):
    document = changed(MUTATIONS[mutation])
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(document)


def test_every_member_of_the_schema_is_explained_and_every_object_is_closed():
    def visit(node, where):
        for name, member in node.get("properties", {}).items():
            assert {"title", "description", "examples"} <= set(member), f"{where}/{name}"
            visit(member, f"{where}/{name}")
        if node.get("type") == "object":
            assert node["additionalProperties"] is False, where
        if isinstance(node.get("items"), dict):
            visit(node["items"], f"{where}[]")

    visit(SCHEMA, "")


def test_the_examples_in_the_schema_follow_it():
    def visit(node):
        for example in node.get("examples", []):
            jsonschema.Draft202012Validator({**node, "$defs": SCHEMA["$defs"]}).validate(example)
        for member in (*node.get("properties", {}).values(), *node.get("$defs", {}).values()):
            visit(member)
        if isinstance(node.get("items"), dict):
            visit(node["items"])

    visit(SCHEMA)


# The reports


def test_the_plans_are_shown_with_key_name_cap_and_norwegian_name(catalogue):
    text = plans_text(catalogue)
    for plan in catalogue.plans.values():
        assert plan.key in text
        assert plan.name in text
        assert plan.name_nb in text
    assert "at most 25 " in text
    assert "at most 300 " in text
    assert max(map(len, text.splitlines())) <= 100


def cells(text: str) -> dict[str, dict[str, str]]:
    """Read a printed matrix back: short name of the source -> short name of the target -> mark."""
    read: dict[str, dict[str, str]] = {}
    starts: dict[str, int] = {}
    for line in text.partition("\n\n")[2].splitlines():
        if line.startswith("x certain"):
            break
        if line.startswith("   "):
            starts = {word: line.index(f" {word}") + 1 for word in line.split()}
        elif line:
            row = read.setdefault(line.split()[0], {})
            row |= {word: line[at : at + 3].strip() for word, at in starts.items()}
    return read


@pytest.mark.parametrize("width", [100, 80, 60, 10])
def test_the_printed_matrix_says_what_the_catalogue_says(catalogue, width):
    text = matrix_text(catalogue, width)
    assert max(map(len, text.splitlines())) <= max(width, 54)
    marks = {C: "x", H: "h", MH: "mh", M: "m"}
    expected = {
        (catalogue.plans[s].short, catalogue.plans[t].short): marks[how]
        + "!" * catalogue.crosses_family(s, t)
        for s, row in LISTED.items()
        for t, how in row.items()
    }
    read = cells(text)
    assert {
        (s, t): mark for s, row in read.items() for t, mark in row.items() if mark not in ("", ".")
    } == expected
    assert len(read) == len(LISTED)
    assert all(len(row) == 12 for row in read.values())
    assert "Office 365 Enterprise E4 (E4)" in " ".join(text.split())


def test_the_document_is_json_and_holds_every_plan_and_pair(catalogue):
    document = json.loads(json.dumps(catalogue_document(catalogue)))
    assert {plan["key"] for plan in document["plans"]} == ALL
    assert {(row["from"], row["to"]): row["confidence"] for row in document["pairs"]} == {
        (s, t): how for s, row in LISTED.items() for t, how in row.items()
    }
    assert document["digest"] == catalogue.digest
    assert len(document["rejected"]) == 3


def test_a_listed_pair_to_another_family_asks_for_acknowledgement_and_back_up(catalogue):
    text = " ".join(pair_text(catalogue, "LITEPACK", "Office 365 Enterprise E3").split())
    assert "with certainty (R-LIST, R-SCOPE-CROSS)" in text
    assert "no way back" in text
    assert f"acknowledge: noWayBack: {E3} backup: taken: YYYY-MM-DD" in text
    assert "25 before, no limit after (R-SB-CAP-25)" in text
    document = pair_document(catalogue, SB, E3)
    assert document["listed"] is True
    assert document["acknowledgements"] == ["noWayBack", "backup"]
    assert document["manual_route"] == []


def test_an_unsure_pair_is_told_with_its_confidence_and_its_reason(catalogue):
    text = " ".join(pair_text(catalogue, K2, E1).split())
    assert "medium-high confidence only (R-LIST, A-1)" in text
    assert "read as a second source" in text
    assert "Services gained: Lync Online. Services lost: none." in text
    assert "acknowledge`" not in text


def test_a_pair_that_was_left_out_is_told_with_its_reason(catalogue):
    text = " ".join(pair_text(catalogue, A3, A4).split())
    assert "Considered and left out (A-3)" in text
    assert pair_document(catalogue, A3, A4)["rejected"]["source"] == ["A-3"]
    assert pair_document(catalogue, A3, A4)["listed"] is False


def test_the_manual_route_is_buy_assign_end_in_that_order(catalogue):
    route = pair_document(catalogue, E3, SB)["manual_route"]
    places = [
        next(n for n, step in enumerate(route) if step.startswith(word))
        for word in ("A global", "Before anything", "Buy", "Assign", "Only then end")
    ]
    assert places == [0, 1, 2, 3, 4] == list(range(len(route)))
    text = pair_text(catalogue, E3, SB)
    assert "5. Only then end Office 365 Enterprise E3." in text
    assert "(at most 25)" in text


@pytest.mark.parametrize("source", sorted(ALL))
def test_every_pair_of_plans_is_explained_as_the_list_has_it(catalogue, source):
    for target in sorted(ALL):
        text, document = pair_text(catalogue, source, target), pair_document(catalogue, source, target)
        listed = target in LISTED.get(source, {})
        crossing = catalogue.crosses_family(source, target)
        assert document["listed"] is listed
        assert document["crosses_family"] is crossing
        assert ("To switch: declare" in text) is listed
        assert bool(document["manual_route"]) is (not listed and source != target)
        assert ("back up all company data" in " ".join(text.split())) is (not listed and crossing)
        assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("source", sorted(ALL))
def test_no_third_plan_is_proposed_on_the_way(catalogue, source):
    for target in sorted(ALL):
        route = " ".join(pair_document(catalogue, source, target)["manual_route"])
        own = catalogue.plans[source].name + catalogue.plans[target].name
        others = [plan.name for plan in catalogue.plans.values() if plan.name not in own]
        assert not [name for name in others if name in route]
        if route:
            assert "not a way round" in pair_text(catalogue, source, target)


def test_a_plan_has_nothing_to_switch_to_itself(catalogue):
    assert "nothing to switch" in pair_text(catalogue, E3, "Office 365 E3")
    assert pair_document(catalogue, E3, E3)["same"] is True


def test_losing_a_service_is_said(catalogue):
    assert pair_document(catalogue, E3, EX1)["services"] == {
        "gained": [],
        "lost": ["sharepoint-online", "lync-online", "office-online"],
    }
    assert "Services lost: SharePoint Online, Lync Online, Office Online." in " ".join(
        pair_text(catalogue, E3, EX1).split()
    )


def test_an_explanation_of_a_word_that_is_no_plan_is_refused(catalogue):
    with pytest.raises(ReconcilerError, match="Did you mean"):
        pair_text(catalogue, E1, "office-365-enterprise-e5")
