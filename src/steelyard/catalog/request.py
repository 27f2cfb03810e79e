"""One price calculation on request, in the catalog's own price schema: what `steelyard rate` answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from steelyard.catalog.fields import (
    CURRENCY,
    SCALAR,
    TEXT,
    WRONG,
    Field,
    Kind,
    Noun,
    decimal,
    is_right,
    list_of,
    one_or_many,
    read_noun,
    record,
    whole,
)
from steelyard.catalog.model import Catalog
from steelyard.catalog.nouns.price_model import MODELS, build_model, model_name
from steelyard.catalog.nouns.price_options import OPTIONS, judge_options
from steelyard.catalog.source import Path, Reading, Source, source_from_json
from steelyard.kernel import ZERO, InvalidInput, Problem, minor_digits, plain, round_minor
from steelyard.rating import (
    Exchange,
    Pricing,
    Rated,
    Usage,
    UsagePart,
    Weights,
    WindowSize,
    Wording,
    breakdown_of,
    charge,
    charge_between,
    sold_unit,
    why_not,
)

_NO_CATALOG = Catalog()
_WINDOWS: Final = {
    WindowSize.HOUR: (13, "an hour such as 2026-10-03T09"),
    WindowSize.DAY: (10, "a day such as 2026-10-03"),
}
_ANY = Kind(lambda _reading, _path, value: value, {})

PART = Noun(
    "part of the usage",
    (
        Field(
            "at", one_or_many(SCALAR, whole=True), "its value of each dimension, or its window", required=True
        ),
        Field("quantity", decimal(), "how many units", required=True),
        Field("amount", decimal(), "the amounts that its events carried"),
    ),
)


def _part(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return UsagePart(**values) if is_right(*values.values()) else WRONG


REQUEST = Noun(
    "rating request",
    (
        Field("price", _ANY, "a price in the catalog's schema, or the key of a live price", required=True),
        Field("quantity", decimal(), "how many units; else the sum of its parts or of its values"),
        Field("amount", decimal(), "the sum of amounts that the events carried, for a dynamic price"),
        Field("events", whole(at_least=0, at_most=10**12), "how many events; else how many values are given"),
        Field("values", list_of(decimal(), whole=True), "what each event brought, in order", default=()),
        Field("parts", list_of(record(PART, _part), whole=True), "the usage divided", default=()),
        Field("before", decimal(), "units charged before in the period: only what comes on top is charged"),
        Field("amount_before", decimal(), "the sum of amounts charged before, for a dynamic price"),
        Field("unit", TEXT, "what a unit is called in the explanation, in the plural"),
    ),
)


def answer_rating(body: bytes | str, catalog: Catalog = _NO_CATALOG) -> Mapping[str, Any]:
    """The answer to a JSON request, its amounts as plain text; raises InvalidInput with every problem.

    With a catalog, a price may be named by its key, and weights by their table.

    >>> price = '{"model": "per_unit", "unit_amount": "0.5", "currency": "USD"}'
    >>> answer_rating('{"price": %s, "quantity": 3}' % price)["text"]
    ['3 units × 0.50 = 1.50']
    """
    return answer_request(source_from_json(body), catalog)


def answer_request(source: Source, catalog: Catalog = _NO_CATALOG) -> Mapping[str, Any]:
    """The same from a source that is read already."""
    reading = Reading(source=source)
    values = read_noun(reading, REQUEST, (), source.values)
    priced = _price(reading, values["price"], catalog) if values and values["price"] is not WRONG else None
    if values and values["quantity"] is None:
        _need_quantity(reading, values)
    if reading.problems or values is None or priced is None:
        raise InvalidInput(
            "the request has mistakes", code="invalid_request", problems=tuple(reading.problems)
        )
    pricing, currency, unit = priced
    _fit_parts(pricing, values["parts"])
    after, before = _usage(values), _before(values)
    for usage in (before, after):
        if usage is not None and (no := why_not(pricing, usage)):
            problem = Problem(code=no.code.value, message=no.reason, field="quantity")
            raise InvalidInput(no.reason, code=no.code.value, problems=(problem,))
    wording = Wording(unit=values["unit"] or unit or "units", decimals=minor_digits(currency))
    if before is None:
        return _answer(charge(pricing, after, wording=wording), currency)
    return _answer(charge_between(pricing, before, after, wording=wording), currency)


def _fit_parts(pricing: Pricing, parts: tuple[UsagePart, ...]) -> None:
    """Every part must say its values as the price divides the usage; InvalidInput with each that does not."""
    weights_over = pricing.weights.over if pricing.weights else ()
    wanted = breakdown_of(pricing.model, weights_over=weights_over, scope=pricing.scope)
    if wanted.window is not None:
        allowed = _WINDOWS[wanted.window][1]
        fits = [len(part.at) == 1 and _is_window(part.at[0], wanted.window) for part in parts]
    else:
        allowed = f"one value for each of {', '.join(wanted.over)}"
        fits = [len(part.at) == len(wanted.over) or not wanted.over for part in parts]
    problems = tuple(
        Problem(
            code="not_allowed",
            message="is not how the price divides usage",
            field=f"parts[{number}].at",
            allowed=allowed,
        )
        for number, fit in enumerate(fits)
        if not fit
    )
    if problems:
        raise InvalidInput("the request has mistakes", code="invalid_request", problems=problems)


def _is_window(value: str | None, size: WindowSize) -> bool:
    try:
        datetime.fromisoformat(value or "")
    except ValueError:
        return False
    return len(value or "") == _WINDOWS[size][0]


def _need_quantity(reading: Reading, values: Mapping[str, Any]) -> None:
    if not values["parts"] and not values["values"]:
        message = "this rating request has no 'quantity': how many units"
        reading.wrong((), "missing_field", message, allowed="quantity, parts, values")


def _usage(values: Mapping[str, Any]) -> Usage:
    brought: tuple[Decimal, ...] = values["values"]
    parts: tuple[UsagePart, ...] = values["parts"]
    summed = sum((part.quantity for part in parts), ZERO) if parts else sum(brought, ZERO)
    return Usage(
        quantity=summed if values["quantity"] is None else values["quantity"],
        amount=values["amount"],
        events=len(brought) if values["events"] is None else values["events"],
        values=brought,
        parts=parts,
    )


def _before(values: Mapping[str, Any]) -> Usage | None:
    if values["before"] is None:
        return None
    return Usage(quantity=values["before"], amount=values["amount_before"])


def _price(reading: Reading, value: Any, catalog: Catalog) -> tuple[Pricing, str, str] | None:
    """The price with its options, its currency, and what a unit of it is called where that is known."""
    if isinstance(value, str):
        return _named(reading, value, catalog)
    if not isinstance(value, Mapping):
        reading.wrong(("price",), "wrong_type", "a price is a mapping of fields, or the key of a live one")
        return None
    given: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    name = model_name(reading, ("price",), given)
    if name is None:
        return None
    fields = (
        Field("model", _ANY, "the price model", required=True),
        Field("currency", CURRENCY, "in which the amounts are", required=True),
        Field("included", decimal(at_least=ZERO), "units that are free", default=ZERO),
        *OPTIONS,
        *MODELS[name][1],
    )
    told = len(reading.problems)
    values = read_noun(reading, Noun("price", fields), ("price",), given)
    if values is None:
        return None
    judge_options(reading, ("price",), name, values)
    weights = _weights(reading, values["weights"], catalog)
    model = build_model(reading, ("price",), name, values)
    options = {key: values[key] for key in ("included", "conversion", "cap", "scope", "minimum", "maximum")}
    if model is None or len(reading.problems) > told:
        return None
    exchange = _exchange(reading, values["credit_unit"], values["currency"], catalog)
    if len(reading.problems) > told:
        return None
    pricing = Pricing(model=model, weights=weights, exchange=exchange, **options)
    try:
        breakdown_of(model, weights_over=weights.over if weights else (), scope=pricing.scope)
    except InvalidInput as error:
        reading.wrong(("price",), error.detail_code, error.message)
        return None
    return pricing, values["currency"], sold_unit(pricing)


def _named(reading: Reading, key: str, catalog: Catalog) -> tuple[Pricing, str, str] | None:
    known = catalog.prices
    if key not in known:
        reading.unknown(("price",), "unknown_price", "price", key, known)
        return None
    price = known[key]
    metric = catalog.metrics.get(price.metric or "")
    return price.pricing(), price.currency, price.sold_unit or (metric.unit if metric else "")


def _weights(reading: Reading, name: Any, catalog: Catalog) -> Weights | None:
    if not isinstance(name, str):
        return None
    known = catalog.weight_tables
    if name not in known:
        reading.unknown(("price", "weights"), "unknown_weight_table", "weight table", name, known)
        return None
    return known[name].weights


def _exchange(reading: Reading, name: Any, currency: str, catalog: Catalog) -> Exchange | None:
    if not isinstance(name, str):
        return None
    known = catalog.credit_units
    if name not in known:
        reading.unknown(("price", "credit_unit"), "unknown_credit_unit", "credit unit", name, known)
        return None
    rate = known[name].rate(currency)
    if rate is None:
        message = f"{name!r} has no rate in {currency}"
        reading.wrong(("price", "credit_unit"), "no_exchange_rate", message)
        return None
    return Exchange(unit=name, rate=rate)


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
