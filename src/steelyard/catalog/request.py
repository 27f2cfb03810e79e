"""One price calculation on request, in the catalog's own price schema: what `steelyard rate` answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from steelyard.catalog.fields import CURRENCY, TEXT, WRONG, Field, Kind, Noun, decimal, is_right, read_noun
from steelyard.catalog.nouns.price_model import AMOUNT, MODELS, build_model, model_name
from steelyard.catalog.source import Reading, source_from_json
from steelyard.kernel import ZERO, InvalidInput, Problem, minor_digits, plain, round_minor
from steelyard.rating import PriceModel, Rated, Usage, Wording, rate, rate_between, refusal

_ANY = Kind(lambda _reading, _path, value: value, {})

REQUEST = Noun(
    "rating request",
    (
        Field(
            "price", _ANY, "a price in the catalog's schema: model, currency and its fields", required=True
        ),
        Field("quantity", AMOUNT, "how many units", required=True),
        Field("amount", AMOUNT, "the sum of amounts that the events carried, for a dynamic price"),
        Field("before", AMOUNT, "units charged before in the period: only what comes on top is charged"),
        Field("amount_before", AMOUNT, "the sum of amounts charged before, for a dynamic price"),
        Field("unit", TEXT, "what a unit is called in the explanation, in the plural", default="units"),
    ),
)


def answer_rating(body: bytes | str) -> Mapping[str, Any]:
    """The answer to a JSON request, its amounts as plain text; raises InvalidInput with every problem.

    >>> price = '{"model": "per_unit", "unit_amount": "0.5", "currency": "USD"}'
    >>> answer_rating('{"price": %s, "quantity": 3}' % price)["text"]
    ['3 units × 0.50 = 1.50']
    """
    reading = Reading(source=source_from_json(body))
    values = read_noun(reading, REQUEST, (), reading.source.values)
    price = _price(reading, values["price"]) if values and values["price"] is not WRONG else None
    if reading.problems or values is None or price is None:
        raise InvalidInput(
            "the request has mistakes", code="invalid_request", problems=tuple(reading.problems)
        )
    model, currency, included = price
    after = Usage(quantity=values["quantity"], amount=values["amount"])
    before = _before(values)
    for usage in (before, after):
        if usage is not None and (no := refusal(model, usage)):
            problem = Problem(code=no.code.value, message=no.reason, field="quantity")
            raise InvalidInput(no.reason, code=no.code.value, problems=(problem,))
    wording = Wording(unit=values["unit"], decimals=minor_digits(currency))
    if before is None:
        return _answer(rate(model, after, included=included, wording=wording), currency)
    return _answer(rate_between(model, before, after, included=included, wording=wording), currency)


def _before(values: Mapping[str, Any]) -> Usage | None:
    if values["before"] is None:
        return None
    return Usage(quantity=values["before"], amount=values["amount_before"])


def _price(reading: Reading, value: Any) -> tuple[PriceModel, str, Decimal] | None:
    """Model, currency and included units of the price."""
    if not isinstance(value, Mapping):
        reading.wrong(("price",), "wrong_type", "a price is a mapping of fields")
        return None
    given: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    name = model_name(reading, ("price",), given)
    if name is None:
        return None
    fields = (
        Field("model", _ANY, "the price model", required=True),
        Field("currency", CURRENCY, "in which the amounts are", required=True),
        Field("included", decimal(at_least=ZERO), "units that are free", default=ZERO),
        *MODELS[name][1],
    )
    values = read_noun(reading, Noun("price", fields), ("price",), given)
    if values is None or not is_right(values["currency"], values["included"]):
        return None
    model = build_model(reading, ("price",), name, values)
    return (model, values["currency"], values["included"]) if model is not None else None


def _answer(rated: Rated, currency: str) -> Mapping[str, Any]:
    return {
        "amount": plain(rated.amount),
        "currency": currency,
        "rounded": plain(round_minor(rated.amount, currency)),
        "explanation": [
            {
                "kind": step.kind.value,
                "text": step.text,
                "quantity": plain(step.quantity),
                "unit_amount": plain(step.unit_amount),
                "amount": plain(step.amount),
            }
            for step in rated.steps
        ],
        "text": [step.text for step in rated.steps],
    }
