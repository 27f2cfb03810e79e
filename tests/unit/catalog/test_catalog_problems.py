"""What is wrong with a catalog is told all at once and with its place; the YAML is the docstring."""

import pytest

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, validate
from tests.unit.catalog.catalog_mistakes import BASE, with_mistakes


@with_mistakes
def test_misspelt_names_are_answered_with_the_name_that_was_meant() -> None:
    """Names.

    featurs: []  #! unknown_section: did you mean "features"?
    plans:
      - key: team
        name: Team
        owner: product
        definition: For teams.
        product: platfrom  #! unknown_product: did you mean "platform"?
        currency: USD
        teir: 2  #! unknown_field: did you mean "tier"?
        features:
          - sso  #! unknown_feature: no feature 'sso'
        limits:
          token: 100  #! unknown_limit: did you mean "tokens"?
        items:
          - price: fees  #! unknown_price: did you mean "fee"?
    """


@with_mistakes
def test_every_missing_field_is_named_with_what_it_is_for() -> None:
    """Fields.

    metrics:
      - key: calls  #! missing_field: 'owner': the person or team #! missing_field: 'definition'
        name: Calls
        unit: calls
        meter: {aggregation: count}  #! missing_field: 'event_types'
    """


@with_mistakes
def test_numbers_are_exact_and_within_bounds() -> None:
    """Numbers.

    prices:
      - key: one
        name: One
        owner: pricing
        definition: One.
        currency: usd  #! unknown_currency: ISO 4217
        model: per_unit
        unit_amount: NaN  #! not_a_number: not a finite decimal number
        included: -5  #! out_of_range: 0 or more
      - key: two
        name: Two
        owner: pricing
        definition: Two.
        currency: USD
        model: per_unit
        unit_amount: 1
        per: 7  #! per_not_power_of_ten: per 1, 10, 100
      - key: three
        name: Three
        owner: pricing
        definition: Three.
        currency: USD
        model: package
        size: 0  #! out_of_range: more than 0
        amount: 0x1F  #! not_a_number
        round: sideways  #! not_allowed: up, down
    """


@with_mistakes
def test_a_price_model_takes_its_own_fields_only() -> None:
    """Models.

    prices:
      - key: one
        name: One
        owner: pricing
        definition: One.
        currency: USD
        model: gradated  #! unknown_price_model: did you mean "graduated"?
        tiers: [{unit_amount: 1}]
      - key: two
        name: Two
        owner: pricing
        definition: Two.
        currency: USD
        model: flat
        unit_amount: 3  #! unknown_field: amount
        amount: 3
      - key: three
        name: Three
        owner: pricing
        definition: Three.
        currency: USD
        model: volume
        tiers:  # an unlimited tier in the middle
          - {unit_amount: 1}  #! tier_order: unlimited but not the last
          - {up_to: 10, unit_amount: 1}
      - key: four
        name: Four
        owner: pricing
        definition: Four.
        currency: USD
        model: graduated
        tiers:
          - {up_to: 10}  #! tier_without_price: unit_amount, flat_amount, percent
    """


@with_mistakes
def test_a_table_says_what_its_rows_and_columns_are() -> None:
    """Tables.

    rate_cards:
      - key: models
        name: Models
        owner: pricing
        definition: By model.
        currency: USD
        rates:
          - key: a  #! missing_field: 'by'
            name: A
            metric: tokens
            model: per_unit
            table: {gpt-4o: 1}
          - key: b
            name: B
            metric: tokens
            model: per_unit
            by: modell  #! unknown_dimension: did you mean "model"?
            table: {gpt-4o: 1}
          - key: c
            name: C
            metrics: [tokens, words]  #! unknown_metric
            model: per_unit
            by: {dimension: model}
            table:
              gpt-4o: [1, 2]
              o3: 1  #! row_length: 1 amounts for 2 metrics
          - key: d
            name: D
            metric: tokens
            model: flat
            amount: 3
            by: model
            table: {o3: 1}  #! table_model: per_unit
    """


@with_mistakes
def test_no_usage_is_charged_or_costed_twice() -> None:
    """Overlaps.

    cost_cards:
      - key: costs
        name: Costs
        owner: finance
        definition: What we pay.
        currency: USD
        rates:
          - {key: a, name: A, metric: tokens, model: per_unit, unit_amount: 1, dimensions: {model: [x, y]}}
          - key: b  #! overlap: 'a' and 'b' both take it
            name: B
            metric: tokens
            model: per_unit
            unit_amount: 1
            dimensions: {model: y}
    prices:
      - key: again
        name: Again
        owner: pricing
        definition: Again.
        currency: USD
        metric: tokens
        model: per_unit
        unit_amount: 1
    plans:
      - key: team
        name: Team
        owner: product
        definition: For teams.
        product: platform
        currency: USD
        items:
          - price: tokens-price  #! overlap: charge the same usage twice
          - price: again
    """


@with_mistakes
def test_an_item_fits_its_plan() -> None:
    """Items.

    cost_cards:
      - key: costs
        name: Costs
        owner: finance
        definition: What we pay.
        currency: USD
        rates:
          - {key: cost, name: A, metric: tokens, model: per_unit, unit_amount: 1}
    plans:
      - key: team
        name: Team
        owner: product
        definition: For teams.
        product: platform
        currency: EUR
        commitment:
          amount: 100
          covers:
            - seat  #! not_in_plan: not among the prices of this plan
        items:
          - price: fee  #! currency_mismatch: billed in EUR
      - key: team-usd
        name: Team
        owner: product
        definition: For teams.
        product: platform
        currency: USD
        items:
          - price: seat  #! no_quantity: of how many
          - price: cost  #! cost_in_plan
          - price: tokens-price
            quantity: 3  #! two_quantities
          - price: fee
            included: 3  #! included_without_units
          - price: fee  #! duplicate_key: twice
    """


@with_mistakes
def test_meters_are_judged_by_the_meters_own_rules() -> None:
    """Meters.

    metrics:
      - key: calls
        name: Calls
        owner: product
        definition: Calls.
        unit: calls
        meter:
          event_types: lm  #! unknown_event_type
          aggregation: count
      - key: calls-2
        name: Calls
        owner: product
        definition: Calls.
        unit: calls
        meter:
          event_types: llm
          aggregation: sum
          value: tokens  #! bad_path
      - key: calls-3
        name: Calls
        owner: product
        definition: Calls.
        unit: calls
        meter:
          event_types: llm
          aggregation: count
          value: $.tokens  #! bad_meter
      - key: calls-4
        name: Calls
        owner: product
        definition: Calls.
        unit: calls
        meter:
          event_types: llm
          aggregation: total  #! not_allowed: sum, count
    """


@with_mistakes
def test_a_key_stands_once_and_the_first_place_is_named() -> None:
    """Keys.

    metrics:
      - key: tokens  #! duplicate_key: first in base.yaml, line 5
        name: Tokens
        name: Again  #! duplicate_key: stands here twice
        owner: product
        definition: Tokens.
        unit: tokens
        meter: {event_types: llm, aggregation: count}
    features:
      - {key: Bad Key, name: Bad, owner: o, definition: d}  #! bad_key: a-z 0-9
      - just a text  #! wrong_type
    """


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("plans:\n\t- key: a", "bad_yaml", 2),
        ("plans: [", "bad_yaml", 2),
        ("a: &a [x]\nplans: [*a, *a]", "bad_yaml", 1),
        ("plans:\n  - *a", "bad_yaml", 2),
        ("plans: []\nfeatures: !!python/object/apply:os.system [ls]", "bad_yaml", 2),
        ("- plans", "wrong_type", 1),
        ("plans: {key: a}", "wrong_type", 1),
        ("plans: " + "[" * 60 + "]" * 60, "too_deep", 1),
        ("plans: " + "[" * 5000, "bad_yaml", 1),
        ("plans: [!!python/object/apply:os.system [ls]]", "bad_yaml", 1),
    ],
)
def test_a_broken_file_is_a_problem_with_a_line(text: str, code: str, line: int) -> None:
    problems = validate(read_catalog_text({"bad.yaml": text}))
    assert not isinstance(problems, Catalog)
    assert any((p.code, p.file, p.line) == (code, "bad.yaml", line) for p in problems), problems


def test_one_broken_file_hides_no_mistake_of_another() -> None:
    problems = validate(read_catalog_text({"bad.yaml": "plans: [", "other.yaml": "plan: []"}))
    assert not isinstance(problems, Catalog)
    assert [problem.file for problem in problems] == ["bad.yaml", "other.yaml"]


def test_the_base_alone_is_a_catalog() -> None:
    assert isinstance(validate(read_catalog_text({"base.yaml": BASE})), Catalog)
