"""The price models that look into the usage, as a catalog writes them: per model the table of its fields."""

from __future__ import annotations

from typing import Any

from steelyard.catalog.fields import (
    BOOL,
    SCALAR,
    TEXT,
    WRONG,
    Field,
    Noun,
    is_right,
    list_of,
    mapping_to,
    one_of,
    one_or_many,
    record,
    whole,
)
from steelyard.catalog.nouns.amounts import AMOUNT, POSITIVE, QUANTITY
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ONE, ZERO
from steelyard.rating import (
    BlockPolicy,
    BlockPrice,
    BlockTier,
    FreeWindow,
    HourTerms,
    MatrixCell,
    MatrixPrice,
    PercentagePrice,
    PriceModel,
    Stair,
    StairstepPrice,
    WindowedPrice,
    WindowSize,
    WindowTerms,
)

STAIR = Noun(
    "step",
    (
        Field("up_to", POSITIVE, "the last unit that the step holds, inclusive; left out for the rest"),
        Field(
            "limits",
            mapping_to(QUANTITY),
            "the most of each unit that the step holds, by its name",
            default={},
        ),
        Field("amount", AMOUNT, "what all of the usage costs", required=True),
    ),
)
BLOCK = Noun(
    "tier of blocks",
    (
        Field("size", POSITIVE, "how many units a block holds", required=True),
        Field("count", POSITIVE, "how many blocks the tier holds; left out for all"),
        Field("amount", AMOUNT, "the price of a block", required=True),
    ),
)
CELL = Noun(
    "cell",
    (
        Field(
            "at", one_or_many(SCALAR, whole=True), "a value of each dimension; * is any other", required=True
        ),
        Field("unit_amount", AMOUNT, "the price of a unit there", required=True),
    ),
)
_TERMS = (
    Field("unit_amount", AMOUNT, "the price of a unit", required=True),
    Field("commit_amount", QUANTITY, "what each window pays at least for its usage"),
    Field("commit_units", QUANTITY, "the same in units"),
    Field("overage_factor", QUANTITY, "what usage above the commitment is multiplied by", default=ONE),
    Field("true_up", BOOL, "whether a window below its commitment pays the rest", default=False),
)
TERMS = Noun("set of terms", _TERMS)
HOURS = Noun(
    "span of hours",
    (
        Field("from_hour", whole(at_least=0, at_most=23), "the first hour", required=True),
        Field("to_hour", whole(at_least=1, at_most=24), "the hour at which it ends", required=True),
        *_TERMS,
    ),
)


def _stair(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return Stair(**values) if is_right(*values.values()) else WRONG


def _block(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return BlockTier(**values) if is_right(*values.values()) else WRONG


def _cell(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return MatrixCell(**values) if is_right(*values.values()) else WRONG


def _terms(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    if values["commit_amount"] is not None and values["commit_units"] is not None:
        message = "a commitment is an amount or units, not both"
        reading.wrong((*path, "commit_units"), "two_commitments", message, allowed="leave one out")
        return WRONG
    return WindowTerms(**values)


def _hours(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    terms = _terms(reading, path, {f.name: values[f.name] for f in _TERMS})
    if not is_right(terms, values["from_hour"], values["to_hour"]):
        return WRONG
    return HourTerms(from_hour=values["from_hour"], to_hour=values["to_hour"], terms=terms)


OVER = Field(
    "over", one_or_many(TEXT, whole=True), "the dimensions by which the usage is divided", required=True
)

PARTED_MODELS: dict[str, tuple[type[PriceModel], tuple[Field, ...]]] = {
    "stairstep": (
        StairstepPrice,
        (
            Field(
                "stairs", list_of(record(STAIR, _stair), whole=True), "from the lowest step up", required=True
            ),
            Field(
                "over",
                one_or_many(TEXT, whole=True),
                "the dimension that names the units of limits",
                default=(),
            ),
            Field("flat_at_zero", BOOL, "whether the amount is due without usage", default=True),
        ),
    ),
    "percentage": (
        PercentagePrice,
        (
            Field("percent", AMOUNT, "the share of the money that was moved", required=True),
            Field("event_amount", AMOUNT, "an amount for each event", default=ZERO),
            Field("free_events", whole(at_least=0, at_most=10**9), "so many events are free", default=0),
            Field("free_amount", QUANTITY, "so much money is free", default=ZERO),
            Field(
                "free_until",
                one_of(FreeWindow),
                "when free events and free amount end",
                default=FreeWindow.EITHER,
            ),
            Field("event_minimum", AMOUNT, "the least that an event costs"),
            Field("event_maximum", AMOUNT, "the most that an event costs"),
        ),
    ),
    "block": (
        BlockPrice,
        (
            Field(
                "blocks", list_of(record(BLOCK, _block), whole=True), "from the lowest tier up", required=True
            ),
            Field(
                "policy", one_of(BlockPolicy), "which tier prices which units", default=BlockPolicy.ALL_TIERS
            ),
        ),
    ),
    "matrix": (
        MatrixPrice,
        (
            OVER,
            Field(
                "cells",
                list_of(record(CELL, _cell), whole=True),
                "the price of each combination",
                required=True,
            ),
            Field("rest", AMOUNT, "the price of a unit elsewhere; without it such usage is refused"),
            Field("per", POSITIVE, "for how many units a price is quoted: 1, 1000, 1000000", default=ONE),
        ),
    ),
    "windowed": (
        WindowedPrice,
        (
            Field(
                "outside", record(TERMS, _terms), "the terms at all times without their own", required=True
            ),
            Field(
                "hours",
                list_of(record(HOURS, _hours), whole=True),
                "the terms of times of the day",
                default=(),
            ),
            Field("window", one_of(WindowSize), "how long a window is", default=WindowSize.HOUR),
        ),
    ),
}
