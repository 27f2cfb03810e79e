"""A catalog with other prices, to ask what they would mean before anybody writes them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from steelyard.catalog.fields import TEXT, Field, Noun, decimal, is_right, read_noun
from steelyard.catalog.model import Catalog
from steelyard.catalog.nouns.price_model import MODELS, build_model, model_name
from steelyard.catalog.source import Reading, source_from_json
from steelyard.kernel import ZERO, InvalidInput, Problem
from steelyard.rating import PriceModel


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
            reading.problems.append(
                Problem(code="unknown_price", message=f"the catalog has no price {key!r}", field=key)
            )
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
