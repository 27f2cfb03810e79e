"""What surrounds a price model in a catalog: conversion, weights, cap, scope, minimum and maximum spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steelyard.catalog.fields import (
    KEY,
    TEXT,
    WRONG,
    Field,
    Noun,
    decimal,
    is_right,
    one_of,
    one_or_many,
    record,
)
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating import Conversion, ConversionOp, Scope, WholeUnits, WindowSize

_POSITIVE = decimal(above=ZERO)
_SPEND = decimal(at_least=ZERO)

CONVERSION = Noun(
    "conversion",
    (
        Field("op", one_of(ConversionOp), "how the factor is applied", required=True),
        Field("factor", _POSITIVE, "by what the measured quantity is multiplied or divided", required=True),
        Field("rounding", one_of(WholeUnits), "what happens to begun units", default=WholeUnits.NONE),
        Field("unit", TEXT, "the unit sold, in the plural; else the metric's", default=""),
    ),
)

SCOPE = Noun(
    "scope",
    (
        Field("over", one_or_many(TEXT, whole=True), "dimensions: the price applies to each of their values"),
        Field("window", one_of(WindowSize), "the price applies to each hour or day by itself"),
    ),
)


def _conversion(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return Conversion(**values) if is_right(*values.values()) else WRONG


def _scope(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    try:
        return Scope(over=values["over"] or (), window=values["window"])
    except InvalidInput as error:
        reading.wrong(path, error.detail_code, error.message, allowed="over, window")
        return WRONG


OPTIONS = (
    Field("conversion", record(CONVERSION, _conversion), "from the unit measured to the unit sold"),
    Field("weights", KEY, "the weight table that makes one normalised unit of many"),
    Field("cap", _SPEND, "units beyond which nothing more is charged in a period"),
    Field("scope", record(SCOPE, _scope), "over what tiers and packages count, where not the whole period"),
    Field("minimum", _SPEND, "the least that the price comes to in a period"),
    Field("maximum", _SPEND, "the most that the price comes to in a period"),
    Field("credit_unit", KEY, "the credit unit in which the amounts are; exchanged into the currency"),
)


def options_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options among the fields of a price, as the fields of `Price`; a mistaken one as WRONG."""
    own = {f.name: values.get(f.name) for f in OPTIONS if f.name != "weights"}
    texts = {"weight_table": values.get("weights") or "", "credit_unit": values.get("credit_unit") or ""}
    return {**own, **texts}


def judge_options(reading: Reading, path: Path, model: str, values: Mapping[str, Any]) -> None:
    """Notes options that contradict each other or have no meaning for the model."""
    low, high = values["minimum"], values["maximum"]
    if is_right(low, high) and low is not None and high is not None and low > high:
        message = "the least that the price comes to is more than the most"
        reading.wrong((*path, "minimum"), "spend_bounds", message, allowed="at most the maximum")
    unitless = [name for name in ("conversion", "cap", "weights", "scope") if values[name] is not None]
    if model in ("flat", "dynamic") and unitless:
        message = f"{unitless[0]!r} has no meaning for a {model} price"
        reading.wrong((*path, unitless[0]), "option_without_units", message, allowed="leave it out")
    if values["scope"] is not None and (values["included"] or values["cap"] is not None):
        name = "included" if values["included"] else "cap"
        message = f"{name!r} is for the whole period, and the scope divides it"
        reading.wrong((*path, name), "option_in_scope", message, allowed="leave out one of the two")
