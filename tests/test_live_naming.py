"""By which words of the service a plan is known, and that a doubt about one is never settled by a guess."""

from __future__ import annotations

import pytest

from reconciler.adapters.files import load_catalogue
from reconciler.adapters.microsoft.naming import Ids, Naming
from reconciler.observe import Fact, Unknown

TODAY = load_catalogue("microsoft365")
NONE = Unknown("not told")
BASIC, STANDARD = "microsoft-365-business-basic", "microsoft-365-business-standard"
EEA = "microsoft-365-business-standard-eea-no-teams"
PRODUCT, SKU = TODAY.plans[BASIC].products[0], TODAY.plans[BASIC].sku_ids[0]
TITLE, OTHER = TODAY.plans[BASIC].name, TODAY.plans[STANDARD].name
STRANGE, STRANGE_ID = "CFQ7TTC0ABCD:0001", "99999999-0000-4000-8000-000000000009"


def plan(naming: Naming | None = None, **ids: Fact[str]) -> Fact[str]:
    known: dict[str, Fact[str]] = dict.fromkeys(("product", "offer", "sku_id", "part_number", "title"), NONE)
    return (naming or Naming(TODAY)).plan(Ids(**{**known, **ids}))


@pytest.mark.parametrize(
    "ids",
    [
        {"product": PRODUCT},
        {"sku_id": SKU},
        {"part_number": "O365_BUSINESS_ESSENTIALS"},
        {"product": PRODUCT, "sku_id": SKU, "part_number": "o365_business_essentials", "title": TITLE},
        # A name the partner's shop made of it, or of older days, says nothing either way.
        {"product": PRODUCT, "title": "Basic for everybody"},
        {"product": PRODUCT, "title": "Office 365 Business Premium"},
    ],
)
def test_ids_of_the_catalogue_name_a_plan(ids: dict[str, Fact[str]]) -> None:
    assert plan(**ids) == BASIC


@pytest.mark.parametrize(
    "ids",
    [
        {"product": PRODUCT, "sku_id": TODAY.plans[STANDARD].sku_ids[0]},
        {"product": PRODUCT, "part_number": "O365_BUSINESS_PREMIUM"},
        # The whole name of another plan: then the id in our catalogue may be the one that is wrong.
        {"product": PRODUCT, "title": OTHER},
        {"sku_id": SKU, "title": OTHER},
    ],
)
def test_where_two_words_mean_two_plans_neither_is_believed(ids: dict[str, Fact[str]]) -> None:
    naming = Naming(TODAY)
    found = plan(naming, **{"product": STRANGE, **ids})
    assert isinstance(found, Unknown)
    assert naming.product(STRANGE) is None


def test_a_title_names_a_plan_where_no_id_says_anything_against_it() -> None:
    # Nothing is known of this one's products, so any may be its own.
    title = TODAY.plans[EEA].name
    assert TODAY.plans[EEA].products == ()
    assert plan(title=title) == plan(title=title, product=STRANGE) == EEA
    assert plan(title=TITLE) == BASIC


@pytest.mark.parametrize(
    ("ids", "own"),
    [
        ({"product": STRANGE}, STRANGE),
        ({"sku_id": STRANGE_ID}, STRANGE_ID),
        ({"part_number": "O365_BUSINESS_ESSENTIALS_GOV"}, "O365_BUSINESS_ESSENTIALS_GOV"),
        ({"product": STRANGE, "part_number": "O365_BUSINESS_ESSENTIALS_GOV"}, "O365_BUSINESS_ESSENTIALS_GOV"),
    ],
)
def test_a_title_is_not_believed_of_what_has_other_ids_than_that_plan(
    ids: dict[str, Fact[str]], own: str
) -> None:
    naming = Naming(TODAY)
    assert plan(naming, title=TITLE, **ids) == own
    assert naming.product(STRANGE) is None


@pytest.mark.parametrize(
    "title",
    [
        TITLE.upper(),
        TITLE.replace(" ", "  "),
        f"{TITLE} (Nonprofit Staff Pricing)",
        "Office 365 Business Premium",
    ],
)
def test_a_title_that_is_not_the_whole_name_of_one_plan_is_a_word_of_its_own(title: str) -> None:
    assert plan(title=title) == title
    assert title not in TODAY.plans


def test_a_title_that_is_spelled_like_one_of_our_keys_names_nothing() -> None:
    assert isinstance(plan(title=BASIC), Unknown)
    assert plan(title=BASIC, product=STRANGE) == STRANGE


def test_what_a_product_is_was_learnt_of_ids_and_titles_and_never_against_the_catalogue() -> None:
    naming = Naming(TODAY)
    assert plan(naming, product=STRANGE, sku_id=TODAY.plans[EEA].sku_ids[0]) == EEA
    assert naming.product(STRANGE) == EEA
    naming.learn_title(PRODUCT, OTHER)
    naming.learn_title("CFQ7TTC0EFGH:0001", "Basic for everybody")
    assert (naming.product(PRODUCT), naming.product("CFQ7TTC0EFGH:0001")) == (BASIC, None)
    # And what was learnt names no plan by itself: only what was read now does.
    assert plan(naming, product=STRANGE) == STRANGE
