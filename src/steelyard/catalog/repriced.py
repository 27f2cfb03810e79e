"""A catalog with other prices, to ask what they would mean before anybody writes them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, cast

import msgspec

from steelyard.catalog.fields import TEXT, Field, Noun, decimal, is_right, read_noun
from steelyard.catalog.model import Catalog, Price
from steelyard.catalog.nouns.price_model import MODELS, build_model, model_name
from steelyard.catalog.source import Reading, source_from_json
from steelyard.kernel import ZERO, InvalidInput, Problem, plain
from steelyard.rating import PriceModel

_AMOUNTS: Final = frozenset(
    {"unit_amount", "amount", "flat_amount", "event_amount", "percent", "multiplier", "rest"}
)
"""The fields of price models, and of their tiers and parts, that say how much is charged."""

_NOTHING_LEFT: Final = Decimal(-100)


def repriced(catalog: Catalog, prices: bytes | str) -> Catalog:
    """The catalog in which these prices charge by another model or other amounts; all else stays.

    `prices` is JSON: by key of a price its model with the fields of a catalog file, and perhaps `included`.
    Currency and metric stay. Raises InvalidInput with every problem.

    >>> repriced(Catalog(), "{}") == Catalog()
    True
    >>> try:
    ...     repriced(Catalog(), '{"seat": {"model": "flat", "amount": "1"}}')
    ... except InvalidInput as error:
    ...     error.problems[0].message
    "the catalog has no price 'seat'"
    """
    reading = Reading(source=source_from_json(prices))
    found: dict[str, tuple[PriceModel, Decimal | None]] = {}
    for key, value in reading.source.values.items():
        if key not in catalog.prices:
            reading.problems.append(_nowhere(key))
        elif (read := _price(reading, key, value)) is not None:
            found[key] = read
    if reading.problems:
        raise InvalidInput(
            "the prices have mistakes", code="invalid_prices", problems=tuple(reading.problems)
        )
    changed = {
        key: replace(
            catalog.prices[key],
            model=model,
            included=catalog.prices[key].included if included is None else included,
        )
        for key, (model, included) in found.items()
    }
    return replace(catalog, prices={**catalog.prices, **changed})


def raised(catalog: Catalog, percents: Mapping[str, Decimal]) -> Catalog:
    """The catalog in which prices charge so many percent more (negative: less); all else stays.

    A key names a price, a family of prices, or a whole rate card or cost card. Amounts, shares and factors
    are multiplied; minimums, caps, tiers and included units stay. Raises InvalidInput with every key that
    names nothing and every percentage that is below -100.

    >>> raised(Catalog(), {}) == Catalog()
    True
    """
    problems = [_nowhere(key) for key in percents if not any(_names(key, one) for one in _prices(catalog))]
    problems += [
        Problem(code="invalid_value", message=f"{plain(percent)} % off is more than all", field=key)
        for key, percent in percents.items()
        if percent < _NOTHING_LEFT
    ]
    if problems:
        raise InvalidInput("the prices have mistakes", code="invalid_prices", problems=tuple(problems))
    changed: dict[str, Price] = {}
    for key, percent in percents.items():
        factor = 1 + percent / 100
        for one in _prices(catalog):
            if _names(key, one):
                price = changed.get(one.key, one)
                changed[one.key] = replace(price, model=_multiplied(price.model, factor))
    return replace(catalog, prices={**catalog.prices, **changed})


def _prices(catalog: Catalog) -> list[Price]:
    return list(catalog.prices.values())


def _names(key: str, price: Price) -> bool:
    return key in (price.key, price.family, price.card)


def _nowhere(key: str) -> Problem:
    return Problem(code="unknown_price", message=f"the catalog has no price {key!r}", field=key)


def _multiplied(value: Any, factor: Decimal) -> Any:
    """A price model, or a part of one, with its amounts multiplied."""
    if isinstance(value, tuple):
        return tuple(_multiplied(one, factor) for one in cast("tuple[Any, ...]", value))
    if not isinstance(value, msgspec.Struct):
        return value
    changes: dict[str, Any] = {}
    for name in value.__struct_fields__:
        field = getattr(value, name)
        if isinstance(field, Decimal):
            if name in _AMOUNTS:
                changes[name] = field * factor
        elif isinstance(field, tuple | msgspec.Struct):
            changes[name] = _multiplied(field, factor)
    return msgspec.structs.replace(value, **changes)


def _price(reading: Reading, key: str, value: Any) -> tuple[PriceModel, Decimal | None] | None:
    if not isinstance(value, Mapping):
        reading.wrong((key,), "wrong_type", "a price is a mapping of fields")
        return None
    given: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    name = model_name(reading, (key,), given)
    if name is None:
        return None
    fields = (
        Field("model", TEXT, "the price model", required=True),
        Field("included", decimal(at_least=ZERO), "units that are free"),
        *MODELS[name][1],
    )
    values = read_noun(reading, Noun("price", fields), (key,), given)
    if values is None or not is_right(values["included"]):
        return None
    model = build_model(reading, (key,), name, values)
    return None if model is None else (model, values["included"])
