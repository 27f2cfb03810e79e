"""Templates: written once, made as often as named, checked as if written by hand."""

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, catalog_id, validate
from steelyard.kernel import Problem

PRODUCT = "products:\n  - {key: platform, name: Platform, owner: Ada, definition: D}\n"
TEMPLATE = """
templates:
  - key: fee
    parameters: {key: {}, n: {default: "49"}}
    gives:
      prices:
        - {key: "fee-${key}", name: F, owner: A, definition: D, currency: USD, model: flat, amount: "${n}"}
  - key: tier
    extends: fee
    parameters: {name: {}}
    gives:
      plans:
        - key: "${key}"
          name: "${name}"
          owner: Ada
          definition: D
          product: platform
          currency: USD
          items: [{price: "fee-${key}"}]
"""
BY_HAND = """
prices:
  - {key: fee-a, name: F, owner: A, definition: D, currency: USD, model: flat, amount: 49}
  - {key: fee-b, name: F, owner: A, definition: D, currency: USD, model: flat, amount: 99}
plans:
  - {key: a, name: A, owner: Ada, definition: D, product: platform, currency: USD, items: [{price: fee-a}]}
  - {key: b, name: B, owner: Ada, definition: D, product: platform, currency: USD, items: [{price: fee-b}]}
"""


def read(text: str) -> Catalog | tuple[Problem, ...]:
    return validate(read_catalog_text({"c.yaml": PRODUCT + text}))


def problems(text: str) -> list[tuple[str, int]]:
    found = read(text)
    assert not isinstance(found, Catalog)
    return [(problem.code, problem.line) for problem in found]


def test_instances_are_the_same_content_as_what_is_written_by_hand() -> None:
    made = read(
        TEMPLATE
        + "instances:\n"
        + "  - {template: tier, with: {key: a, name: A}}\n"
        + '  - {template: tier, with: {key: b, name: B, n: "99"}}\n'
    )
    by_hand = read(BY_HAND)
    assert isinstance(made, Catalog)
    assert isinstance(by_hand, Catalog)
    assert catalog_id(made) == catalog_id(by_hand)


def test_a_mistake_in_what_comes_out_is_told_at_the_line_of_the_template() -> None:
    text = TEMPLATE + "instances:\n  - {template: fee, with: {key: a, n: much}}\n"
    assert problems(text) == [("not_a_number", 9)]


def test_every_mistake_of_an_instance_is_told_at_once() -> None:
    instances = (
        "instances:\n  - {template: teir}\n  - {template: tier, with: {key: a, nmae: A}}\n  - {with: {}}\n"
    )
    first = len((PRODUCT + TEMPLATE).splitlines()) + 2
    assert problems(TEMPLATE + instances) == [
        ("unknown_template", first),
        ("unknown_parameter", first + 1),
        ("missing_parameter", first + 1),
        ("missing_field", first + 2),
    ]


def test_templates_that_extend_each_other_in_a_circle_are_refused_once() -> None:
    text = (
        "templates:\n"
        "  - {key: a, extends: b, gives: {}}\n"
        "  - {key: b, extends: c, gives: {}}\n"
        "  - {key: c, extends: a, gives: {}}\n"
        "instances: [{template: a}]\n"
    )
    found = read(text)
    assert not isinstance(found, Catalog)
    assert [problem.code for problem in found] == ["circular_template"]
    assert "a → b → c → a" in found[0].message


def test_templates_cannot_multiply_without_end() -> None:
    text = TEMPLATE + "instances:\n" + "  - {template: fee, with: {key: a}}\n" * 2001
    assert ("too_many", len((PRODUCT + TEMPLATE).splitlines()) + 2) in problems(text)


def test_a_hole_that_no_parameter_fills_is_a_mistake() -> None:
    text = "templates:\n  - key: t\n    gives: {features: ['${x}']}\ninstances: [{template: t}]\n"
    assert problems(text)[0][0] == "unknown_parameter"
