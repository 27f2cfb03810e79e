"""Scheduled rate changes and price books, as they are written in a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from steelyard.catalog.books import SELECTORS, PriceBook
from steelyard.catalog.fields import (
    BOOL,
    CURRENCY,
    KEY,
    TEXT,
    WRONG,
    Field,
    Kind,
    Noun,
    decimal,
    is_right,
    list_of,
    mapping_to,
    one_or_many,
    read_noun,
    record,
)
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.nouns.discount import MOMENT
from steelyard.catalog.nouns.price_model import MODELS, TIER, build_model, model_name, read_tier
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO, InvalidInput


def _selector(reading: Reading, path: Path, value: Any) -> Any:
    return value if value == "*" else KEY.read(reading, path, value)


def _overwrite(reading: Reading, path: Path, value: Any) -> Any:
    """Another price in the place: its model with the model's fields."""
    if not isinstance(value, Mapping):
        reading.wrong(path, "wrong_type", "a price is a mapping of fields: its model and what it needs")
        return WRONG
    given: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
    name = model_name(reading, path, given)
    if name is None:
        return WRONG
    own = {key: item for key, item in given.items() if key != "model"}
    values = read_noun(reading, Noun(f"{name} price", MODELS[name][1]), path, own)
    built = None if values is None else build_model(reading, path, name, values)
    return WRONG if built is None else built


_MANY: Final = one_or_many(TEXT)
_TIERS: Final = list_of(record(TIER, read_tier), whole=True)

RATE_CHANGE: Final = Noun(
    "rate change",
    (
        Field("price", Kind(_selector, {"type": "string"}), "a price, a table, a card, or *", required=True),
        Field("from", MOMENT, "from when it holds; always, if left out"),
        Field("until", MOMENT, "until when it holds"),
        Field("multiplier", decimal(at_least=ZERO), "what every amount is multiplied by"),
        Field("overwrite", Kind(_overwrite, {"type": "object"}), "another price in the place"),
        Field(
            "tiers", list_of(record(TIER, read_tier), whole=True), "other tiers of the same price", default=()
        ),
        Field("included", decimal(at_least=ZERO), "how many units are free"),
        Field("reason", TEXT, "why, as the bill says it", default=""),
        Field("rising", BOOL, "declares that the rate rises by it", default=False),
    ),
)


def rate_change(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    """The change that the fields describe, or WRONG where they are wrong alone or together."""
    if not is_right(*values.values()):
        return WRONG
    try:
        return RateChange(
            price=values["price"],
            effective_from=values["from"],
            effective_until=values["until"],
            multiplier=values["multiplier"],
            model=values["overwrite"],
            tiers=values["tiers"],
            included=values["included"],
            reason=values["reason"],
            rising=values["rising"],
        )
    except InvalidInput as error:
        reading.wrong(path, error.detail_code, error.message)
        return WRONG


def _chosen_by(reading: Reading, path: Path, value: Any) -> Any:
    given = mapping_to(_MANY).read(reading, path, value)
    names: list[str] = [] if given is WRONG else sorted(given)
    for name in names:
        if name not in SELECTORS:
            reading.unknown((*path, name), "unknown_selector", "selector", name, SELECTORS)
    return given


_FOR: Final = Kind(_chosen_by, {"type": "object"})
_RATES: Final = list_of(record(RATE_CHANGE, rate_change))

BOOK: Final = Noun(
    "price book",
    (
        *DEFINED,
        Field("inherits", KEY, "the book whose changes come first", default=""),
        Field("currency", CURRENCY, "in which the prices that it overwrites are", default=""),
        Field(
            "for", Kind(_chosen_by, {"type": "object"}), "attributes of the customers it is for", default={}
        ),
        Field(
            "rates", list_of(record(RATE_CHANGE, rate_change)), "its changes of listed prices", required=True
        ),
    ),
)


def book(reading: Reading, path: Path, values: dict[str, Any]) -> PriceBook | None:
    """The book that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    defined = {
        name: values[name] for name in ("key", "name", "owner", "definition", "inherits", "currency", "rates")
    }
    return PriceBook(**defined, chosen_by=values["for"])
