"""The catalog of an AI vendor: four plans, three kinds of tokens by model, seats, agents, a commitment."""

import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from steelyard.adapters.files import read_catalog_folder
from steelyard.catalog import (
    LIVE_KEY,
    CardKind,
    Catalog,
    CatalogVersion,
    LiveCatalog,
    Source,
    answer_rating,
    catalog_id,
    compare,
    live_version,
    publish,
    read_catalog,
    schema,
    source_from_json,
    validate,
    version_named,
)
from steelyard.kernel import InvalidInput, NotFound, encode
from steelyard.rating import PerUnitPrice
from steelyard.record import Kind, Write

FOLDER = Path(__file__).parent / "example_ai"
NOON = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


def example() -> Catalog:
    catalog = validate(read_catalog_folder(FOLDER))
    assert isinstance(catalog, Catalog), "\n".join(map(str, catalog))
    return catalog


def changed(**fields: Any) -> Catalog:
    """The example with other fields of the plan `team`."""
    values = {**read_catalog_folder(FOLDER).values}
    values["plans"] = [{**p, **fields} if p["key"] == "team" else p for p in values["plans"]]
    catalog = validate(Source(values=values))
    assert isinstance(catalog, Catalog)
    return catalog


def test_one_row_of_a_table_becomes_a_price_for_each_kind_of_tokens() -> None:
    catalog = example()
    price = catalog.price("tokens:cached-tokens:gpt-4o")
    assert (price.name, price.metric, price.owner) == (
        "Cached tokens, gpt-4o",
        "cached-tokens",
        "pricing@acme.example",
    )
    assert price.model == PerUnitPrice(unit_amount=Decimal("1.50"), per=Decimal(1000000))
    assert price.is_for({"model": "gpt-4o"})
    assert not price.is_for({"model": "o3"})


def test_the_row_for_all_others_takes_exactly_what_no_other_row_takes() -> None:
    catalog = example()
    family = [p for p in catalog.prices.values() if p.family == "tokens" and p.metric == "output-tokens"]
    for model in ("gpt-4o", "o3", "something-new", ""):
        assert [p.is_for({"model": model}) for p in family].count(True) == 1


def test_costs_are_kept_apart_from_prices() -> None:
    catalog = example()
    assert {p.kind for p in catalog.cost_prices} == {CardKind.COST}
    sold = {item.price for plan in catalog.plans.values() for item in plan.items}
    assert not sold & {p.key for p in catalog.cost_prices}


def test_plans_name_single_prices_limits_and_what_a_commitment_covers() -> None:
    catalog = example()
    assert catalog.plan("community").limits == {"requests": Decimal(50000), "environments": Decimal(1)}
    team = {item.price: item for item in catalog.plan("team").items}
    assert team["requests"].included == Decimal(5000000)
    assert team["seats"].quantity_from == "seats"
    commitment = catalog.plan("enterprise").commitment
    assert commitment is not None
    assert (commitment.amount, len(commitment.covers)) == (Decimal(20000), 10)
    by_contract = catalog.plan("regulated").commitment
    assert by_contract is not None
    assert by_contract.amount is None


def test_what_is_not_in_the_catalog_is_not_found() -> None:
    with pytest.raises(NotFound, match="no plan 'gold'"):
        example().plan("gold")


def test_canonical_bytes_come_back_as_the_same_catalog() -> None:
    assert read_catalog(encode(example())) == example()


def test_json_and_yaml_of_the_same_catalog_are_the_same_version() -> None:
    text = json.dumps(yaml.safe_load((FOLDER / "catalog.yaml").read_text()))
    catalog = validate(source_from_json(text))
    assert isinstance(catalog, Catalog)
    assert catalog_id(catalog) == catalog_id(example())


def test_the_json_schema_accepts_the_example_and_refuses_a_misspelt_field() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    document = yaml.safe_load((FOLDER / "catalog.yaml").read_text())
    validator.validate(document)
    document["plans"][0]["teir"] = 1
    assert not validator.is_valid(document)
    assert not validator.is_valid({"rate_cards": [{"rates": [{"key": "a", "model": "flat"}]}]})


def test_a_change_of_price_is_one_line_of_the_plan() -> None:
    other = changed(visible_days="60", limits={"environments": "5"})
    assert [change.text for change in compare(example(), other)] == [
        "~ plan team: limits environments 3 → 5",
        "~ plan team: visible days 30 → 60",
    ]
    assert compare(example(), example()) == ()


class Shelf:
    """State rows in memory, written as the record's writer would write them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[type, str], tuple[Any, int]] = {}
        self.entries = 0

    def get(self, type: type, key: str) -> Any:
        return self.rows.get((type, key), (None, None))[0]

    def version(self, type: type, key: str) -> int | None:
        return self.rows.get((type, key), (None, None))[1]

    def find(self, type: type, *, limit: int | None = None, after: str | None = None, **columns: Any) -> Any:
        rows = (record for (kind, _), (record, _) in sorted(self.rows.items(), key=str) if kind is type)
        return [r for r in rows if all(getattr(r, name) == value for name, value in columns.items())][:limit]

    def columns(self, type: type, *names: str, **columns: Any) -> list[tuple[str | None, ...]]:
        return [tuple(getattr(row, name) for name in names) for row in self.find(type, **columns)]

    def count(self, type: type, **columns: Any) -> int:
        return len(self.find(type, **columns))

    def idempotent_answer(self, key: str) -> None:
        return None

    def write(self, write: Write) -> None:
        assert all(self.version(e.type, e.key) == e.version for e in write.expect)
        for save in write.rows:
            key = save.record.id if isinstance(save.record, CatalogVersion) else LIVE_KEY
            self.rows[type(save.record), key] = (save.record, self.entries + save.told_by)
        self.entries += write.entry_count


def publish_on(shelf: Shelf, catalog: Catalog | Source) -> CatalogVersion:
    publication = publish(shelf, catalog, published_at=NOON, published_by="ada")
    if publication.write is not None:
        shelf.write(publication.write)
    return publication.version


def test_the_first_publication_is_number_one_and_adds_everything() -> None:
    publication = publish(Shelf(), read_catalog_folder(FOLDER), published_at=NOON, published_by="ada")
    assert (publication.version.number, publication.version.published_by) == (1, "ada")
    assert publication.write is not None
    assert publication.write.batches[0].kind is Kind.CATALOG
    assert {change.kind for change in publication.changes} == {"added"}


def test_the_same_content_publishes_nothing_new() -> None:
    shelf = Shelf()
    first = publish_on(shelf, example())
    again = publish(shelf, example(), published_at=NOON + datetime.timedelta(days=1), published_by="bob")
    assert again.write is None
    assert again.version == first


def test_publishing_earlier_content_makes_that_version_live_again() -> None:
    shelf = Shelf()
    first = publish_on(shelf, example())
    second = publish_on(shelf, changed(visible_days="60"))
    third = publish_on(shelf, example())
    assert [v.number for v in (first, second, third)] == [1, 2, 3]
    assert third.id == first.id != second.id
    assert live_version(shelf) == third
    assert version_named(shelf, "2") == second
    assert version_named(shelf, second.id) == second
    assert shelf.count(LiveCatalog) == 1


def test_a_publication_that_came_in_between_makes_the_write_fail() -> None:
    shelf = Shelf()
    publish_on(shelf, example())
    late = publish(shelf, changed(visible_days="60"), published_at=NOON, published_by="ada")
    publish_on(shelf, changed(visible_days="90"))
    assert late.write is not None
    with pytest.raises(AssertionError):
        shelf.write(late.write)


def test_a_catalog_with_mistakes_is_not_published_and_names_them_all() -> None:
    with pytest.raises(InvalidInput) as refused:
        publish(Shelf(), Source(values={"plan": [], "prices": [{}]}), published_at=NOON, published_by="ada")
    assert refused.value.detail_code == "invalid_catalog"
    assert len(refused.value.problems) > 3


def ask(**request: Any) -> Mapping[str, Any]:
    return answer_rating(json.dumps(request))


def test_a_price_is_calculated_on_request() -> None:
    price = {
        "model": "graduated",
        "currency": "USD",
        "tiers": [{"up_to": "10", "unit_amount": "10"}, {"unit_amount": "7.5"}],
    }
    answer = ask(price=price, quantity="12")
    assert (answer["amount"], answer["currency"]) == ("115", "USD")
    assert answer["text"] == [
        "10 units × 10.00 = 100.00 (tier 1: up to 10)",
        "2 units × 7.50 = 15.00 (tier 2: above 10)",
    ]
    assert ask(price=price, quantity="12", before="10")["amount"] == "15"
    assert ask(price={**price, "included": 2}, quantity="12")["amount"] == "100"


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        ({}, ["", ""]),
        ({"price": {"model": "per_unti", "currency": "USD"}, "quantity": "1"}, ["price.model"]),
        (
            {"price": {"model": "flat", "amount": "x", "currency": "US"}, "quantity": "NaN"},
            ["price.amount", "price.currency", "quantity"],
        ),
        ({"price": {"model": "dynamic", "currency": "USD"}, "quantity": "1"}, ["quantity"]),
        ({"price": [], "quantity": [1]}, ["price", "quantity"]),
    ],
)
def test_a_request_with_mistakes_names_each_field(request_: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(**request_)
    assert sorted(problem.field for problem in refused.value.problems) == fields


@pytest.mark.parametrize("body", ["", "[]", "{", '{"quantity": NaN}', "[" * 100000, b"\xff"])
def test_a_request_that_is_no_json_object_is_refused(body: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        answer_rating(body)
