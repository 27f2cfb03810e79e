"""A feature's own specification says what it costs and who gets it; the catalog must say the same."""

from pathlib import Path

from steelyard.adapters.files import read_catalog_folder, read_feature_text
from steelyard.catalog import Catalog, validate
from steelyard.catalog.feature_check import check_feature

FOLDER = Path(__file__).parents[2] / "api" / "catalog"


def check(text: str, name: str = "sso.yaml") -> list[tuple[str, str, int]]:
    catalog = validate(read_catalog_folder(FOLDER))
    assert isinstance(catalog, Catalog)
    verdict = check_feature(read_feature_text(name, text), catalog)
    return [(problem.code, problem.field, problem.line) for problem in verdict.problems]


def test_a_block_that_says_what_the_catalog_says_has_no_mistake() -> None:
    block = """title: Sign-on
pricing:
  feature: sso
  owner: product@example.com
  price: token-price
  metric: tokens
  unit: tokens
  currency: USD
  terms: {model: per_unit, unit_amount: "1.5", per: 1000}
  plans: [team]
"""
    assert check(block) == []
    assert check(f"# Sign-on\n\nWe need it.\n\n```yaml\n{block}```\n", "sso.md") == []
    assert check(f"---\n{block}---\n# Sign-on\n", "sso.md") == []


def test_every_difference_is_told_at_once_with_its_line() -> None:
    block = """
pricing:
  feature: sso
  owner: somebody
  price: token-price
  metric: tokens
  unit: calls
  currency: EUR
  terms: {model: per_unit, unit_amount: 2, per: 1000}
  plans: [team, gold]
  not_in: [team]
"""
    assert check(block) == [
        ("differs", "pricing.owner", 4),
        ("differs", "pricing.unit", 7),
        ("contradiction", "pricing.not_in", 11),
        ("unknown_plan", "pricing.plans[1]", 10),
        ("granted", "pricing.not_in[0]", 11),
        ("differs", "pricing.currency", 8),
        ("differs", "pricing.terms.unit_amount", 9),
    ]


def test_what_does_not_exist_is_named() -> None:
    assert check("pricing: {feature: ssso, price: tokenprice, metric: tokns}") == [
        ("unknown_feature", "pricing.feature", 1),
        ("unknown_metric", "pricing.metric", 1),
        ("unknown_price", "pricing.price", 1),
    ]


def test_a_specification_without_a_block_and_one_that_cannot_be_read() -> None:
    assert [code for code, _, _ in check("title: x")] == ["missing_field"]
    assert [code for code, _, _ in check("pricing: [\n")] == ["bad_yaml", "missing_field"]
    assert [code for code, _, _ in check("pricing: [1]")] == ["wrong_type"]
