"""What is wrong with meters that need more than a path: formulas, levels, windows, estimates."""

from tests.unit.catalog.catalog_mistakes import with_mistakes


@with_mistakes
def test_formulas_name_metrics_that_exist_and_never_themselves() -> None:
    """A formula and its metrics.

    metrics:
      - key: mixed
        name: Mixed
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: tokens + tokns   #! unknown_metric: did you mean "tokens"
    """


@with_mistakes
def test_a_formula_in_a_circle_is_shown() -> None:
    """A circle.

    metrics:
      - key: one
        name: One
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: 2 * two   #! circular_formula: one → two → one
      - key: two
        name: Two
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: one + tokens
      - key: three
        name: Three
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: two + 1
      - key: minus
        name: Minus
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: tokens-2   #! unknown_metric: blanks around the minus
      - key: unclosed
        name: Unclosed
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: 2 * (tokens   #! bad_meter: ')' is missing
      - key: reading
        name: Reading
        owner: product
        definition: d
        unit: units
        meter:
          aggregation: formula
          formula: tokens
          value: $.tokens   #! bad_meter: no events itself
    """


@with_mistakes
def test_options_stand_at_their_own_aggregation() -> None:
    """Options of aggregations.

    metrics:
      - key: rank
        name: Rank
        owner: product
        definition: d
        unit: units
        meter:
          event_types: llm
          aggregation: percentile
          value: $.n
          percentile: 99.95   #! bad_meter: 99.95 is no percentile
      - key: windows
        name: Windows
        owner: product
        definition: d
        unit: units
        meter:
          event_types: llm
          aggregation: windowed
          value: $.n
          window: {size: MONTH, inner: max}   #! bad_meter: hours or days
      - key: arithmetic
        name: Arithmetic
        owner: product
        definition: d
        unit: units
        meter:
          event_types: llm
          aggregation: sum
          value: $.bytes / gigabyte   #! bad_path: 'gigabyte' is not a path
          approximate: true
      - key: sized
        name: Sized
        owner: product
        definition: d
        unit: units
        meter:
          event_types: llm
          aggregation: count
          group_by: {size: {path: $.size, type: numbr}}   #! not_allowed: did you mean "number"
    """


@with_mistakes
def test_nobody_is_charged_by_an_estimate_or_by_a_spelling() -> None:
    """Prices that no usage could meet, or that rest on an estimate.

    metrics:
      - key: users
        name: Users
        owner: product
        definition: d
        unit: users
        meter: {event_types: llm, aggregation: unique, value: $.user, approximate: true}
      - key: sized
        name: Sized
        owner: product
        definition: d
        unit: requests
        meter: {event_types: llm, aggregation: count, group_by: {size: {path: $.size, type: number}}}
      - key: weighed
        name: Weighed
        owner: product
        definition: d
        unit: units
        meter: {aggregation: formula, formula: users * 2}
    rate_cards:
      - key: other
        name: Other
        owner: pricing
        definition: d
        currency: USD
        rates:
          - {key: a, name: A, metric: users, model: per_unit, unit_amount: 1} #! approximate_metric: estimate
          - {key: b, name: B, metric: weighed, model: per_unit, unit_amount: 1} #! approximate_metric
          - key: c
            name: C
            metric: sized
            model: per_unit
            unit_amount: 1
            dimensions:
              size: "1.0"   #! dimension_value: '1.0' is not how
    """
