"""Pricing tests beside the catalog run through the draft that bills."""

from pathlib import Path

from steelyard.adapters.files import read_catalog_text
from steelyard.billing.trial import run_trials
from steelyard.catalog import Examined, examine
from steelyard.catalog.trial import Outcome

FOLDER = Path(__file__).parents[1] / "catalog" / "example_ai"


def run(tests: str) -> list[Outcome]:
    texts = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.yaml"))}
    found = examine(read_catalog_text(texts | {"tests.yaml": tests}))
    assert isinstance(found, Examined), [str(problem) for problem in found]
    return list(run_trials(found.catalog, found.trials))


def differences(tests: str) -> list[str]:
    return [difference.text for outcome in run(tests) for difference in outcome.differences]


TEAM = """
tests:
  - name: a team
    plan: team
    quantities: {{seats: 3}}
    usage:
      requests: 5000500
      input-tokens:
        - {{quantity: 2000000, where: {{model: gpt-4o}}}}
        - {{quantity: 1000000, where: {{model: unheard-of}}}}
    expect: {expect}
"""


def test_the_example_of_the_documentation_holds() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/catalog-as-code.md").read_text()
    example = page.split("```yaml\ntests:")[1].split("```")[0]
    assert differences("tests:" + example) == []


def test_a_difference_says_what_was_expected_and_what_came() -> None:
    (outcome,) = run(
        TEAM.format(expect="{total: 1, lines: [{price: seats, amount: 1}, {price: gold, amount: 2}]}")
    )
    assert not outcome.passed
    told = [difference.text for difference in outcome.differences]
    assert told[0].startswith("total: expected 1.00, got ")
    assert "line seats: expected 1.00, got 60.00" in told
    assert "line gold: expected 2.00, got nothing" in told
    assert any(text.startswith("line platform-team: expected nothing, got") for text in told)
    assert outcome.invoice[-1].startswith("total: ")
    assert (outcome.trial.file, outcome.trial.line) == ("tests.yaml", 3)


def test_what_is_not_named_is_not_looked_at() -> None:
    (outcome,) = run(TEAM.format(expect="{tax: 0}"))
    assert outcome.passed


def test_usage_falls_under_the_price_of_its_dimension() -> None:
    (outcome,) = run(TEAM.format(expect="{tax: 0}"))
    lines = [line for line in outcome.invoice if "tokens" in line.lower() and line.endswith((".00",))]
    assert len([line for line in lines if not line.startswith(" ")]) == 2


def test_a_subscription_that_begins_late_pays_its_days() -> None:
    assert (
        differences(
            "tests:\n  - name: late\n    plan: team\n    period: 2026-04\n    start: 2026-04-16\n"
            "    quantities: {seats: 2}\n    expect: {lines: [{price: platform-team, amount: 249.5}, "
            "{price: seats, amount: 20}]}\n"
        )
        == []
    )


def test_a_problem_can_be_expected() -> None:
    text = "tests:\n  - {name: no seats, plan: team, expect: {problems: [missing_quantity]}}\n"
    assert differences(text) == []
    (told,) = differences("tests:\n  - {name: no seats, plan: team, expect: {total: 0}}\n")
    assert told.startswith("problems: expected nothing, got")


def test_mistakes_in_tests_are_told_with_those_of_the_catalog() -> None:
    text = """tests:
  - {name: a, plan: taem, expect: {total: 1}}
  - {name: b, plan: team, usage: {tokns: 1, input-tokens: {quantity: 1, where: {modl: x}}}, expect: {tax: 1}}
  - {name: c, plan: team, period: 2026-13, expect: {}}
  - {name: d, plan: team, start: 2026-02-01, end: 2026-01-01, expect: {total: 1}}
"""
    texts = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.yaml"))}
    found = examine(read_catalog_text(texts | {"t.yaml": text}))
    assert not isinstance(found, Examined)
    assert [(problem.code, problem.line) for problem in found] == [
        ("unknown_plan", 2),
        ("unknown_metric", 3),
        ("unknown_dimension", 3),
        ("bad_period", 4),
        ("empty", 4),
        ("empty_period", 5),
    ]
