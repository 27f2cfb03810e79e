"""Rate cards and cost cards: prices that belong together, in one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from steelyard.catalog.fields import CURRENCY, WRONG, Field, Kind, Noun, describe, is_right, one_of, read_noun
from steelyard.catalog.model import CardKind, RateCard
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.nouns.rate import Card, Written, read_rates
from steelyard.catalog.source import Path, Reading

_RATES = Kind(lambda _reading, _path, value: value, {"type": "array"})

CARD = Noun(
    "rate card",
    (
        *DEFINED,
        Field("currency", CURRENCY, "in which all amounts are", required=True),
        Field("kind", one_of(CardKind), "price for customers, or cost for us"),
        Field("rates", _RATES, "the prices", required=True),
    ),
)


def read_card(
    reading: Reading, path: Path, value: Any, kind: CardKind, metric_names: Mapping[str, str]
) -> tuple[RateCard | None, list[Written]]:
    """The card and its prices; the list it stands in says which kind it is, and it may say so itself."""
    values = read_noun(reading, CARD, path, value)
    if values is None:
        return None, []
    if values["kind"] not in (None, WRONG, kind):
        says = values["kind"].value
        message = f"this card stands among the {kind.value} cards and says that its kind is {says}"
        reading.wrong((*path, "kind"), "wrong_kind", message, allowed=kind.value)
    rates = values["rates"]
    if rates is not WRONG and (not isinstance(rates, Sequence) or isinstance(rates, (str, Mapping))):
        reading.wrong((*path, "rates"), "wrong_type", f"this is a list of rates, not {describe(rates)}")
        rates = WRONG
    written: list[Written] = []
    if rates is not WRONG:
        card = _card(values, kind, metric_names)
        for index, rate in enumerate(cast("Sequence[Any]", rates)):
            written += read_rates(reading, (*path, "rates", index), rate, card)
    if not is_right(*(values[name] for name in ("key", "name", "owner", "definition", "currency"))):
        return None, written
    defined = {name: values[name] for name in ("key", "name", "owner", "definition", "currency")}
    return RateCard(**defined, kind=kind, prices=tuple(each.price.key for each in written)), written


def _card(values: dict[str, Any], kind: CardKind, metric_names: Mapping[str, str]) -> Card:
    """What the rates have from the card; what is wrong there was noted there and is not noted again."""
    defined = {name: values[name] for name in ("key", "owner", "definition", "currency")}
    return Card(**defined, kind=kind, metric_names=metric_names)
