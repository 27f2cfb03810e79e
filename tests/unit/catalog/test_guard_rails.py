"""Guard rails: for each rule a catalog that breaks it, told where and why, and one that keeps it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from steelyard.adapters.files import read_catalog_text
from steelyard.catalog import Catalog, validate
from steelyard.catalog.governance import Governance, GuardLevel, GuardRule
from steelyard.catalog.guard import InUse, findings, level_of

SHOP = """
event_types:
  - {name: call}
metrics:
  - key: calls
    name: Calls
    owner: o
    definition: d
    unit: calls
    meter: {event_types: call, aggregation: count}
products:
  - {key: voice, name: Voice, owner: o, definition: d}
"""
FEE = "{key: fee, name: Fee, owner: o, definition: d, currency: USD, model: flat, amount: 100}"
CALL = """{key: call, name: Calls, owner: o, definition: d, currency: USD, metric: calls,
     model: per_unit, unit_amount: 2}"""


def catalog(text: str) -> Catalog:
    """The catalog of these sections beside the shop's own."""
    found = validate(read_catalog_text({"shop.yaml": SHOP, "more.yaml": textwrap.dedent(text)}))
    assert isinstance(found, Catalog), found
    return found


def plan(key: str, rest: str) -> str:
    return f"{{key: {key}, name: P, owner: o, definition: d, product: voice, currency: USD, {rest}}}"


def told(text: str, rule: GuardRule, in_use: InUse = InUse(), *, support: tuple[str, ...] = ()) -> list[str]:  # noqa: B008 - a frozen record
    """What the rule finds, as `place: words`."""
    governance = Governance(support_features=support)
    found = [one for one in findings(catalog(text), governance, in_use) if one.rule is rule]
    assert all(one.level is level_of(rule, governance) for one in found)
    return [f"{one.field}: {one.message}" for one in found]


FEATURES = (
    "features: [{key: sso, name: S, owner: o, definition: d}, {key: api, name: A, owner: o, definition: d}]"
)
SSO_FEE = (
    "{key: sso-fee, name: S, owner: o, definition: d, currency: USD, model: flat, amount: 9, feature: sso}"
)


def offer(*plans: str, prices: str = f"[{FEE}, {CALL}]", features: str = FEATURES) -> str:
    return f"{features}\nprices: {prices}\nplans: [{', '.join(plans)}]\n"


def test_a_feature_that_is_priced_is_granted() -> None:
    priced = f"[{SSO_FEE}]"
    bare = offer(plan("a", "items: [{price: sso-fee}], features: [api]"), prices=priced)
    assert told(bare, GuardRule.FEATURE_NOT_GRANTED) == [
        "plans.a.features: the plan 'a' charges 'sso-fee' for 'sso', not granted in it"
    ]
    whole = offer(plan("a", "items: [{price: sso-fee}], features: [sso, api]"), prices=priced)
    assert told(whole, GuardRule.FEATURE_NOT_GRANTED) == []


def test_a_feature_is_in_some_plan() -> None:
    bare = offer(plan("a", "items: [{price: fee}], features: [api]"), prices=f"[{FEE}, {SSO_FEE}]")
    assert told(bare, GuardRule.FEATURE_IN_NO_PLAN) == [
        "features.sso: no plan grants the feature 'sso', though 'sso-fee' is its price"
    ]
    whole = offer(plan("a", "features: [api]"), plan("b", "features: [sso]"))
    assert told(whole, GuardRule.FEATURE_IN_NO_PLAN) == []


def test_what_is_limited_is_granted() -> None:
    bare = offer(plan("a", "limits: {api: 5, calls: 10}, features: [sso]"))
    assert told(bare, GuardRule.LIMIT_WITHOUT_FEATURE) == [
        "plans.a.limits.api: the plan 'a' limits 'api' and does not grant it"
    ]
    whole = offer(plan("a", "limits: {api: 5, calls: 10}, features: [sso, api]"))
    assert told(whole, GuardRule.LIMIT_WITHOUT_FEATURE) == []


SUPPORT = FEATURES.replace("sso", "support-mail").replace("api", "desk")


def test_a_plan_has_a_tier_of_support_where_others_have_one() -> None:
    some = offer(plan("a", "features: [support-mail]"), plan("b", "features: [desk]"), features=SUPPORT)
    assert told(some, GuardRule.PLAN_WITHOUT_SUPPORT) == ["plans.b: the plan 'b' has no tier of support"]
    assert told(some, GuardRule.PLAN_WITHOUT_SUPPORT, support=("support-mail", "desk")) == []
    charged = (
        "{key: care, name: C, owner: o, definition: d, currency: USD, group: support, model: flat, amount: 9}"
    )
    paid = offer(
        plan("a", "features: [support-mail]"),
        plan("b", "items: [{price: care}]"),
        prices=f"[{charged}]",
        features=SUPPORT,
    )
    assert told(paid, GuardRule.PLAN_WITHOUT_SUPPORT) == []
    assert told(offer(plan("a", "tier: 1")), GuardRule.PLAN_WITHOUT_SUPPORT) == []


def tiers(last: int) -> str:
    steps = f"[{{up_to: 100, unit_amount: 3}}, {{up_to: {last}, unit_amount: 2}}, {{unit_amount: 1}}]"
    head = "key: tiered, name: T, owner: o, definition: d, currency: USD, metric: calls"
    return f"[{{{head}, model: graduated, tiers: {steps}}}]"


def test_every_tier_can_be_reached() -> None:
    limited = plan("a", "items: [{price: tiered, included: 50}], limits: {calls: 1000}")
    assert told(offer(limited, prices=tiers(950)), GuardRule.UNREACHABLE_TIER) == [
        "prices.tiered.tiers[2]: tier 3 of 'tiered' begins after 950, and the plan 'a' allows 1000 calls"
    ]
    assert told(offer(limited, prices=tiers(949)), GuardRule.UNREACHABLE_TIER) == []


def test_a_unit_costs_no_more_in_a_higher_plan() -> None:
    dear = CALL.replace("key: call", "key: call-plus").replace("unit_amount: 2", "unit_amount: 3")
    prices = f"[{CALL}, {dear}]"
    low, high = plan("low", "tier: 1, items: [{price: call}]"), "tier: 2, items: [{price: %s}]"
    breach = offer(low, plan("high", high % "call-plus"), prices=prices)
    assert told(breach, GuardRule.CONFLICTING_PRICES) == [
        "plans.high.items: a unit of calls costs 3 in the plan 'high' and 2 in the smaller plan 'low'"
    ]
    assert told(offer(low, plan("high", high % "call"), prices=prices), GuardRule.CONFLICTING_PRICES) == []


def discounted(floor: str, *discounts: str, items: str = "[{price: fee}]") -> str:
    named = ", ".join(f"{{name: D, owner: o, definition: d, {one}}}" for one in discounts)
    floors = f"floors: [{{key: least, name: L, owner: o, definition: d, {floor}}}]"
    return offer(plan("a", f"items: {items}")) + f"{floors}\ndiscounts: [{named}]\n"


@pytest.mark.parametrize(
    ("floor", "discount", "words"),
    [
        ("percent: 60", "key: x, form: percent, percent: 41", "leaves 59 %"),
        ("percent: 60", "key: x, form: free_months, free_months: 6", "leaves 50 %"),
        ("percent: 95", "key: x, form: percent, percent: 50, months: 2", "leaves about 91.7 %"),
        ("percent: 90", "key: x, form: term, bands: [{at_least: 1, percent: 5}, {at_least: 9, percent: 15}]",
         "leaves 85 %"),
        ("percent: 60", "key: x, form: amount, amount: 50", "leaves 50 %"),
        ("amount: 1000, currency: USD", "key: x, form: percent, percent: 25", "leaves 75 %"),
    ],
)  # fmt: skip
def test_a_discount_alone_keeps_the_floors(floor: str, discount: str, words: str) -> None:
    (found,) = told(discounted(floor, discount), GuardRule.DISCOUNT_BELOW_FLOOR)
    assert found.startswith(f"discounts.x: the discount 'x' {words} of a contract year of the plan 'a'")


@pytest.mark.parametrize(
    ("floor", "discount"),
    [
        ("percent: 60", "key: x, form: percent, percent: 40"),
        ("percent: 60", "key: x, form: percent, percent: 100, months: 4"),
        ("percent: 60", "key: x, form: free_months, free_months: 4"),
        ("percent: 60, prices: [call]", "key: x, form: percent, percent: 99, applies_to: [fee]"),
        ("percent: 60, currency: EUR", "key: x, form: percent, percent: 99"),
        ("amount: 900, currency: USD", "key: x, form: percent, percent: 25"),
        ("percent: 60", "key: x, form: amount, amount: 480, once: true"),
    ],
)
def test_a_discount_within_the_floors_is_let_through(floor: str, discount: str) -> None:
    assert told(discounted(floor, discount), GuardRule.DISCOUNT_BELOW_FLOOR) == []


def test_a_floor_for_each_unit_binds_the_price_of_a_unit() -> None:
    floor, items = "unit_amount: 1.5, currency: USD, prices: [call]", "[{price: fee}, {price: call}]"
    breach = discounted(floor, "key: x, form: percent, percent: 30", items=items)
    (words,) = told(breach, GuardRule.DISCOUNT_BELOW_FLOOR)
    assert "brings a unit of 'call' to 1.4 over a contract year" in words
    assert words.endswith("and the floor 'least' wants 1.5")
    kept = discounted(floor, "key: x, form: percent, percent: 25", items=items)
    assert told(kept, GuardRule.DISCOUNT_BELOW_FLOOR) == []


def test_discounts_that_stack_are_judged_together() -> None:
    rule, third = GuardRule.DISCOUNTS_TOGETHER_BELOW_FLOOR, "form: percent, percent: 30"
    both = discounted("percent: 60", f"key: x, {third}", f"key: y, {third}")
    (words,) = told(both, rule)
    assert "the discounts 'x' and 'y' together leave 49 % of a contract year of the plan 'a'" in words
    assert words.endswith("and the floor 'least' wants 60 %")
    months = discounted("percent: 60", f"key: x, {third}", "key: y, form: free_months, free_months: 3")
    assert "leave about 52.5 %" in told(months, rule)[0]
    for keeps in ("alone: true", "best_of: b"):
        those = (f"key: x, {third}, {keeps}", f"key: y, {third}, {keeps}")
        assert told(discounted("percent: 60", *those), rule) == []
    differ = ("attributes: {size: small}", "attributes: {size: large}")
    those = tuple(f"key: x{n}, {third}, {one}" for n, one in enumerate(differ))
    assert told(discounted("percent: 60", *those), rule) == []


def test_what_is_in_use_stays() -> None:
    text = offer(plan("a", "items: [{price: fee}]"))
    gone = InUse(plans={"a": 2, "b": 3}, prices={"fee": 1, "old": 4}, broken=("acme could not be billed",))
    assert told(text, GuardRule.PLAN_IN_USE, gone) == [
        "plans.b: 3 subscriptions follow the plan 'b', which would be gone"
    ]
    assert told(text, GuardRule.PRICE_IN_USE, gone) == [
        "prices.old: 4 subscriptions add the price 'old', which would be gone"
    ]
    assert told(text, GuardRule.CANNOT_BE_BILLED, gone) == ["subscriptions: acme could not be billed"]
    for rule in (GuardRule.PLAN_IN_USE, GuardRule.PRICE_IN_USE, GuardRule.CANNOT_BE_BILLED):
        assert told(text, rule) == []


def test_what_usage_says_of_free_units_is_told_and_does_not_refuse() -> None:
    plans = offer(plan("a", "items: [{price: fee}]"))
    at_usage = InUse(below_floor=(("discounts.x", "too little"),), not_judged=(("discounts.y", "no usage"),))
    assert told(plans, GuardRule.FREE_UNITS_BELOW_FLOOR, at_usage) == ["discounts.x: too little"]
    assert told(plans, GuardRule.FREE_UNITS_NOT_JUDGED, at_usage) == ["discounts.y: no usage"]
    assert told(plans, GuardRule.FREE_UNITS_BELOW_FLOOR) == told(plans, GuardRule.FREE_UNITS_NOT_JUDGED) == []
    assert level_of(GuardRule.FREE_UNITS_BELOW_FLOOR, Governance()) is GuardLevel.WARN


def test_every_rule_has_a_test_here() -> None:
    written = Path(__file__).read_text(encoding="utf-8")
    assert [rule.name for rule in GuardRule if f"GuardRule.{rule.name}" not in written] == []


def test_a_governance_turns_a_rule_off_or_keeps_it_strictly() -> None:
    text = catalog(offer(plan("a", "features: [api]")))
    off = Governance(guards={"feature_in_no_plan": GuardLevel.OFF})
    strict = Governance(guards={"feature_in_no_plan": GuardLevel.REFUSE})
    assert findings(text, off) == ()
    assert [one.level for one in findings(text, strict)] == [GuardLevel.REFUSE]
    assert [one.level for one in findings(text)] == [GuardLevel.WARN]
