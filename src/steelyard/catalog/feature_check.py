"""The `pricing:` block of a feature's own specification, held against the catalog.

A team writes beside its feature what it shall cost and who gets it; its continuous integration asks whether
the catalog says the same. Whatever else the specification says is the team's own and is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from steelyard.catalog.fields import (
    CURRENCY,
    KEY,
    TEXT,
    WRONG,
    Field,
    Kind,
    Noun,
    decimal,
    describe,
    is_right,
    list_of,
    mapping_to,
    read_noun,
)
from steelyard.catalog.model import Catalog, Price
from steelyard.catalog.nouns.price_model import MODELS, build_model, model_name
from steelyard.catalog.source import Path, Reading, Source
from steelyard.kernel import ZERO, Problem, plain
from steelyard.kernel.canonical import to_builtins

_PATH: Final[Path] = ("pricing",)
_ANY: Final = Kind(lambda _reading, _path, value: value, {"type": "object"})

PRICING = Noun(
    "pricing block",
    (
        Field("feature", KEY, "the key of the feature", required=True),
        Field("metric", KEY, "the metric that it is charged by"),
        Field("unit", TEXT, "what that metric counts"),
        Field("price", KEY, "the key of its price"),
        Field("currency", CURRENCY, "in which the price is"),
        Field("terms", _ANY, "what the price says: model and its fields"),
        Field("plans", list_of(KEY), "the plans that grant it", default=()),
        Field("not_in", list_of(KEY), "the plans that do not grant it", default=()),
        Field("limits", mapping_to(decimal(at_least=ZERO)), "by plan the most of it", default={}),
        Field("owner", TEXT, "who answers for the feature"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureVerdict:
    """What a pricing block says, and all that does not fit the catalog."""

    feature: str = ""
    price: str = ""
    plans: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def check_feature(source: Source, catalog: Catalog) -> FeatureVerdict:
    """Whether the catalog says what the `pricing:` block of this specification says; every mistake at once.

    >>> verdict = check_feature(Source(values={"pricing": {"feature": "sso"}}), Catalog())
    >>> [problem.code for problem in verdict.problems]
    ['unknown_feature']
    """
    reading = Reading(source=source, problems=list(source.problems))
    block = source.values.get("pricing")
    if block is None:
        reading.wrong((), "missing_field", "this specification has no 'pricing' block", allowed="pricing:")
        return FeatureVerdict(problems=tuple(reading.problems))
    values = read_noun(reading, PRICING, _PATH, block)
    if values is None or not is_right(*values.values()):
        return FeatureVerdict(problems=tuple(reading.problems))
    _judge_feature(reading, catalog, values)
    _judge_plans(reading, catalog, values)
    _judge_price(reading, catalog, values)
    return FeatureVerdict(
        feature=values["feature"],
        price=values["price"] or "",
        plans=tuple(values["plans"]),
        problems=tuple(reading.problems),
    )


def _judge_feature(reading: Reading, catalog: Catalog, values: Mapping[str, Any]) -> None:
    feature = catalog.features.get(values["feature"])
    if feature is None:
        reading.unknown(
            (*_PATH, "feature"), "unknown_feature", "feature", values["feature"], catalog.features
        )
    elif values["owner"] is not None and values["owner"] != feature.owner:
        _differs(reading, "owner", values["owner"], feature.owner)
    if values["metric"] is not None:
        metric = catalog.metrics.get(values["metric"])
        if metric is None:
            reading.unknown((*_PATH, "metric"), "unknown_metric", "metric", values["metric"], catalog.metrics)
        elif values["unit"] is not None and values["unit"] != metric.unit:
            _differs(reading, "unit", values["unit"], metric.unit)


def _judge_plans(reading: Reading, catalog: Catalog, values: Mapping[str, Any]) -> None:
    key = values["feature"]
    both = sorted(set(values["plans"]) & set(values["not_in"]))
    for name in both:
        message = f"the plan {name!r} cannot grant the feature and not grant it"
        reading.wrong((*_PATH, "not_in"), "contradiction", message)
    for place, name in enumerate(values["plans"]):
        plan = catalog.plans.get(name)
        path = (*_PATH, "plans", place)
        if plan is None:
            reading.unknown(path, "unknown_plan", "plan", name, catalog.plans)
            continue
        if key not in plan.features:
            reading.wrong(path, "not_granted", f"the plan {name!r} does not grant {key!r}")
        if values["price"] is not None and not _has(catalog, plan.items, values["price"]):
            message = f"the plan {name!r} grants {key!r} and does not have its price {values['price']!r}"
            reading.wrong(path, "not_in_plan", message)
    for place, name in enumerate(values["not_in"]):
        plan = catalog.plans.get(name)
        if plan is None:
            reading.unknown((*_PATH, "not_in", place), "unknown_plan", "plan", name, catalog.plans)
        elif key in plan.features:
            reading.wrong((*_PATH, "not_in", place), "granted", f"the plan {name!r} grants {key!r}")
    for name, most in values["limits"].items():
        _judge_limit(reading, catalog, name, most, values)


def _judge_limit(
    reading: Reading, catalog: Catalog, name: str, most: Decimal, values: Mapping[str, Any]
) -> None:
    plan = catalog.plans.get(name)
    if plan is None:
        reading.unknown((*_PATH, "limits", name), "unknown_plan", "plan", name, catalog.plans)
        return
    said = plan.limits.get(values["feature"], plan.limits.get(values["metric"] or ""))
    if said != most:
        _differs(reading, f"limits.{name}", plain(most), plain(said) if said is not None else "none")


def _judge_price(reading: Reading, catalog: Catalog, values: Mapping[str, Any]) -> None:
    if values["price"] is None:
        if values["terms"] is not None:
            reading.wrong((*_PATH, "terms"), "missing_field", "these are terms of a price without a key")
        return
    named = _prices(catalog, values["price"])
    if not named:
        reading.unknown((*_PATH, "price"), "unknown_price", "price", values["price"], catalog.prices)
        return
    for price in named:
        if values["metric"] is not None and price.metric != values["metric"]:
            _differs(reading, "metric", values["metric"], price.metric or "none")
        if values["currency"] is not None and price.currency != values["currency"]:
            _differs(reading, "currency", values["currency"], price.currency)
    if values["terms"] is not None:
        _judge_terms(reading, named, values["terms"])


def _judge_terms(reading: Reading, named: list[Price], terms: Any) -> None:
    """What the terms say is what the price says; a table of prices has no one set of terms."""
    path = (*_PATH, "terms")
    if not isinstance(terms, Mapping):
        reading.wrong(path, "wrong_type", f"terms are a mapping, not {describe(terms)}")
        return
    given = cast("Mapping[str, Any]", terms)
    name = model_name(reading, path, given)
    if name is None:
        return
    if len(named) > 1:
        reading.wrong(path, "included_in_table", f"the price stands for {len(named)} prices, name one")
        return
    fields = (Field("model", _ANY, "the price model", required=True), *MODELS[name][1])
    values = read_noun(reading, Noun("price", fields), path, given)
    model = build_model(reading, path, name, values) if values is not None else None
    if model is None:
        return
    wanted, said = to_builtins(model), to_builtins(named[0].model)
    for field in sorted({*wanted, *said}):
        if wanted.get(field) != said.get(field):
            _differs(reading, f"terms.{field}", _short(wanted.get(field)), _short(said.get(field)))


def _prices(catalog: Catalog, reference: str) -> list[Price]:
    if reference in catalog.prices:
        return [catalog.prices[reference]]
    return [price for price in catalog.prices.values() if price.family == reference]


def _has(catalog: Catalog, items: Any, reference: str) -> bool:
    keys = {price.key for price in _prices(catalog, reference)} or {reference}
    return any(item.price in keys for item in items)


def _differs(reading: Reading, field: str, wanted: str, said: str) -> None:
    path = (*_PATH, *field.split("."))
    message = f"the specification says {field} {wanted}, the catalog says {said}"
    reading.wrong(path, "differs", message, allowed=said)


def _short(value: Any) -> str:
    return "none" if value is None else str(value) if value is not WRONG else ""
