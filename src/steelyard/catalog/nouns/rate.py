"""Rates: the prices of a card as they are written, one by one or as a table over a dimension.

One entry with a table stands for many prices, so that a dozen models times three kinds of tokens stay
readable: one row per model, one column per metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

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
    describe,
    is_right,
    list_of,
    mapping_to,
    one_of,
    one_or_many,
    read_noun,
)
from steelyard.catalog.model import CardKind, Group, Price
from steelyard.catalog.nouns.amounts import AMOUNT
from steelyard.catalog.nouns.defined import KEY_FIELD, NAME_FIELD
from steelyard.catalog.nouns.price_model import MODELS, WITHOUT_UNITS, build_model, model_name
from steelyard.catalog.nouns.price_options import OPTIONS, judge_options, options_of
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO
from steelyard.rating import PriceModel, Term

REST = "*"
"""The row of a table for all values that no other row names."""

_VALUES = mapping_to(one_or_many(TEXT))
_ROW = one_or_many(AMOUNT, whole=True)


def _by(reading: Reading, path: Path, value: Any) -> Any:
    name = cast("Mapping[str, Any]", value).get("dimension") if isinstance(value, Mapping) else value
    if isinstance(name, str) and name and not (isinstance(value, Mapping) and len(value) > 1):  # pyright: ignore[reportUnknownArgumentType]
        return name
    allowed = "{dimension: name}"
    reading.wrong(path, "wrong_type", f"{describe(value)} names no dimension", allowed=allowed)
    return WRONG


BY = Kind(
    _by,
    {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {"dimension": {"type": "string"}},
                "additionalProperties": False,
            },
        ]
    },
)

COMMON = (
    KEY_FIELD,
    NAME_FIELD,
    Field("owner", TEXT, "who answers for it; else the card's owner"),
    Field("definition", TEXT, "the public definition; else the card's"),
    Field("metric", KEY, "the metric whose quantity is priced; none for fixed amounts and counts of seats"),
    Field("feature", KEY, "the feature that it is the price of; plans with the price grant it"),
    Field("group", one_of(Group), "the heading on the invoice", default=Group.CORE),
    Field("included", decimal(at_least=ZERO), "units free per subscription and period", default=ZERO),
    Field("dimensions", _VALUES, "the only values of dimensions that the price is for", default={}),
    Field("by", BY, "the dimension whose values are the rows of the table"),
    Field("metrics", list_of(KEY, whole=True), "the metrics that are the columns of the table"),
    *OPTIONS,
    Field(
        "timing",
        one_of(Term),
        "whether a fee, or a number that is agreed, is billed before its month or after it",
        default=Term.IN_ARREARS,
    ),
    Field("rising", BOOL, "declares that a higher tier may cost more", default=False),
    Field("table", mapping_to(_ROW), f"unit amounts by value of the dimension; {REST} is any other value"),
)
MODEL_FIELD = Field(
    "model", Kind(lambda _r, _p, v: v, {"enum": list(MODELS)}), "the price model", required=True
)
ALONE = (
    Field("currency", CURRENCY, "in which the amounts are", required=True),
    Field("kind", one_of(CardKind), "price for customers, or cost for us", default=CardKind.PRICE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a rate has from the card it stands on; an empty key for a price that stands alone."""

    key: str = ""
    owner: str | None = None
    definition: str | None = None
    currency: str | None = None
    kind: CardKind = CardKind.PRICE
    metric_names: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A price with the path where it was written; the dimension of its table's rows if it has one.

    `metric_field` is where its metric stands: `metrics` where they are the columns of a table. `rising`
    declares that its rate may rise with the tier.
    """

    price: Price
    path: Path
    by: str = ""
    metric_field: str = "metric"
    rising: bool = False


def rate_noun(model: str | None, *, tabular: bool, alone: bool) -> Noun:
    """The table of fields of a rate of this model; of all models where none was named."""
    names = [model] if model else list(MODELS)
    own = {f.name: f for name in names for f in MODELS[name][1]}
    if model is None or tabular:
        own = {
            name: replace(f, required=False)
            for name, f in own.items()
            if not (tabular and name == "unit_amount")
        }
    return Noun(
        "price" if alone else "rate", (*COMMON, MODEL_FIELD, *own.values(), *(ALONE if alone else ()))
    )


def read_rates(reading: Reading, path: Path, value: Any, card: Card) -> list[Written]:
    """The prices that one entry of a card stands for: one, or one per cell of its table."""
    if not isinstance(value, Mapping):
        reading.wrong(path, "wrong_type", f"a rate is a mapping of fields, not {describe(value)}")
        return []
    given = cast("Mapping[str, Any]", value)
    model = model_name(reading, path, given)
    tabular = given.get("table") is not None
    noun = rate_noun(model, tabular=tabular, alone=not card.key)
    if model is None:
        # That was noted already; the other fields are still read, so that their mistakes show at once.
        given = {name: each for name, each in given.items() if name != "model"}
        noun = replace(noun, fields=tuple(f for f in noun.fields if f is not MODEL_FIELD))
    values = read_noun(reading, noun, path, given)
    if values is None or model is None:
        return []
    judge_options(reading, path, model, values)
    if values["timing"] is Term.IN_ADVANCE and values["metric"] is not None:
        message = "usage is not known before its month, so it cannot be billed in advance"
        allowed = "a price without a metric: a fee, or a number that plan or subscription state"
        reading.wrong((*path, "timing"), "usage_in_advance", message, allowed=allowed)
    base = _base(reading, path, values, card)
    if tabular:
        return _from_table(reading, path, model, values, base, card)
    for name in ("by", "metrics"):
        if values[name] is not None:
            reading.wrong((*path, name), "without_table", f"{name!r} belongs to a table, and there is none")
    built = build_model(reading, path, model, values)
    if built is None or base is None:
        return []
    _check_included(reading, path, model, base)
    key = base["key"]
    price = Price(**base, family=key, metric=values["metric"], model=built)
    return [Written(price=price, path=path, rising=values["rising"] is True)]


def _base(reading: Reading, path: Path, values: dict[str, Any], card: Card) -> dict[str, Any] | None:
    """What all prices of the entry share; the card's owner and definition where it has none of its own."""
    base = {
        name: values[name] for name in ("key", "name", "feature", "group", "included", "dimensions", "timing")
    }
    base |= options_of(values)
    base["card"] = card.key
    base["kind"] = values.get("kind", card.kind)
    base["currency"] = values.get("currency", card.currency)
    for name, inherited in (("owner", card.owner), ("definition", card.definition)):
        base[name] = values[name] if values[name] is not None else inherited
        if base[name] is None:
            base[name] = WRONG
            if not card.key:
                reading.wrong(path, "missing_field", f"this price has no {name!r}")
    return base if is_right(*base.values(), values["metric"]) else None


def _check_included(reading: Reading, path: Path, model: str, base: dict[str, Any]) -> None:
    if base["included"] and model in WITHOUT_UNITS:
        message = f"included units have no meaning for a {model} price"
        reading.wrong((*path, "included"), "included_without_units", message, allowed="leave it out")


def _from_table(
    reading: Reading, path: Path, model: str, values: dict[str, Any], base: dict[str, Any] | None, card: Card
) -> list[Written]:
    """One price per row of the table and per metric, all per unit."""
    by, table, per = values["by"], values["table"], values.get("per")
    if model != "per_unit":
        reading.wrong(
            (*path, "table"), "table_model", "a table holds unit amounts", allowed="model: per_unit"
        )
        return []
    if is_right(values["included"]) and values["included"]:
        message = "units are included once, so a table of many prices cannot include any"
        reading.wrong((*path, "included"), "included_in_table", message, allowed="a price of its own")
    if by is None:
        reading.wrong(path, "missing_field", "this table has no 'by': the dimension of its rows")
    metrics = _columns(reading, path, values)
    if base is None or by is None or not metrics or not is_right(by, table, per):
        return []
    rows = tuple(row for row in table if row != REST)
    where = "metrics" if len(metrics) > 1 else "metric"
    columns = {name: card.metric_names.get(name, name) for name in metrics} if len(metrics) > 1 else {}
    written: list[Written] = []
    for row, amounts in table.items():
        if len(amounts) != len(metrics):
            message = f"this row has {len(amounts)} amounts for {len(metrics)} metrics"
            reading.wrong((*path, "table", row), "row_length", message, allowed=", ".join(metrics))
            continue
        for metric, amount in zip(metrics, amounts, strict=True):
            cell = _Cell(by=by, row=row, rows=rows, metric=metric, column=columns.get(metric, ""))
            built = build_model(reading, path, model, {"unit_amount": amount, "per": per})
            if built is not None:
                price = _cell_price(base, cell, built)
                written.append(Written(price=price, path=(*path, "table", row), by=by, metric_field=where))
    return written


def _columns(reading: Reading, path: Path, values: dict[str, Any]) -> tuple[str, ...]:
    metric: Any = values["metric"]
    metrics: Any = values["metrics"]
    if not is_right(metric, metrics):
        return ()
    if metric is not None and metrics is not None:
        message = "name one metric, or the metrics of the columns, not both"
        reading.wrong((*path, "metrics"), "two_metrics", message)
    elif metric is not None:
        return (str(metric),)
    elif not metrics:
        reading.wrong(path, "missing_field", "this table names no metric", allowed="metric, metrics")
    elif len(set(metrics)) != len(metrics):
        reading.wrong((*path, "metrics"), "duplicate_key", "a metric stands here twice")
    else:
        return tuple(metrics)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    by: str
    row: str
    rows: tuple[str, ...]
    metric: str
    column: str


def _cell_price(base: dict[str, Any], cell: _Cell, model: PriceModel) -> Price:
    label = "other" if cell.row == REST else cell.row
    column = f":{cell.metric}" if cell.column else ""
    limits: dict[str, Any] = {"dimensions": dict(base["dimensions"])}
    if cell.row == REST:
        limits["excluded"] = {cell.by: cell.rows}
    else:
        limits["dimensions"][cell.by] = (cell.row,)
    key, name = f"{base['key']}{column}:{label}", f"{cell.column or base['name']}, {label}"
    shared: dict[str, Any] = {**base, "key": key, "name": name, **limits}
    return Price(**shared, family=base["key"], metric=cell.metric, model=model)
