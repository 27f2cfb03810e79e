"""Discounts and floors, as they are written in a catalog."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.fields import (
    BOOL,
    CURRENCY,
    KEY,
    SCALAR,
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
    record,
    whole,
)
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO, InvalidInput, instant
from steelyard.rating.discounts import (
    AmountOff,
    Band,
    Basis,
    DiscountForm,
    FreeMonths,
    FreeUnits,
    PercentOff,
    SeatsOff,
    TermOff,
    VolumeOff,
)

_AMOUNT = decimal(at_least=ZERO)
_COUNT = whole(at_least=1, at_most=1_000_000_000)
_MONTHS = whole(at_least=1, at_most=1200)


class FormName(StrEnum):
    """The forms that a discount may have."""

    PERCENT = "percent"
    AMOUNT = "amount"
    FREE_UNITS = "free_units"
    VOLUME = "volume"
    MULTI_SEAT = "multi_seat"
    TERM = "term"
    FREE_MONTHS = "free_months"


def _moment(reading: Reading, path: Path, value: Any) -> Any:
    try:
        return instant(value) if isinstance(value, str) else _no_time(reading, path, value)
    except InvalidInput:
        return _no_time(reading, path, value)


def _no_time(reading: Reading, path: Path, value: Any) -> Any:
    allowed = "RFC 3339 with an offset, such as 2026-11-01T00:00:00Z"
    reading.wrong(path, "not_a_time", f"{describe(value)} is not a time", allowed=allowed)
    return WRONG


MOMENT: Final = Kind(_moment, {"type": "string", "format": "date-time"})

_BAND = Noun(
    "band",
    (
        Field("at_least", _AMOUNT, "from how many units, seats or months on", required=True),
        Field("percent", _AMOUNT, "so many percent off", required=True),
    ),
)


def _band(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return Band(**values) if is_right(*values.values()) else WRONG


_SAYS: Final = ("percent", "amount", "once", "units", "bands", "quantity", "free_months")
"""The fields that say how much; which of them a form needs is in `_NEEDS`."""

_NEEDS: Final = {
    FormName.PERCENT: ("percent",),
    FormName.AMOUNT: ("amount",),
    FormName.FREE_UNITS: ("units",),
    FormName.VOLUME: ("bands",),
    FormName.MULTI_SEAT: ("bands",),
    FormName.TERM: ("bands",),
    FormName.FREE_MONTHS: ("free_months",),
}
_MAY: Final = {FormName.AMOUNT: ("once",), FormName.MULTI_SEAT: ("quantity",)}

DISCOUNT = Noun(
    "discount",
    (
        *DEFINED,
        Field("form", one_of(FormName), "in which way it takes off", required=True),
        Field("percent", _AMOUNT, "how many percent it takes off; 100 is free"),
        Field("amount", _AMOUNT, "the amount that it takes off each month"),
        Field("once", BOOL, "the amount is taken off once, over as many months as it needs"),
        Field("units", _AMOUNT, "how many units are free each month"),
        Field("bands", list_of(record(_BAND, _band), whole=True), "percentages by units, seats or months"),
        Field("quantity", KEY, "the agreed quantity that counts as seats"),
        Field("free_months", _MONTHS, "how many months are free"),
        Field("applies_to", list_of(KEY), "prices, tables or cards; nothing: all charges", default=()),
        Field("basis", one_of(Basis), "of what a percentage is", default=Basis.REMAINING),
        Field("alone", BOOL, "it stacks with no other discount", default=False),
        Field("best_of", KEY, "of discounts with this same word only the best applies", default=""),
        Field("order", whole(at_least=0, at_most=1_000_000), "its place; else as the catalog lists them"),
        Field("code", TEXT, "the code of a coupon, which who redeems it must know", default=""),
        Field("slots", _COUNT, "how many redemptions there are at most"),
        Field("per_customer", _COUNT, "how often one customer may redeem it", default=1),
        Field("months", _MONTHS, "for how many months a redemption lasts; else as long as the subscription"),
        Field("starts", MOMENT, "from when on it can be redeemed"),
        Field("ends", MOMENT, "until when it can be redeemed"),
        Field("plans", list_of(KEY), "the plans that it is for; nothing: all", default=()),
        Field(
            "attributes", mapping_to(one_or_many(SCALAR)), "values that the customer must have", default={}
        ),
        Field("new_customers", BOOL, "only for customers who were never billed", default=False),
        Field("term_months", whole(at_least=0, at_most=1200), "for how long at least is agreed", default=0),
        Field("conditions", list_of(TEXT), "what the customer agrees to", default=()),
    ),
)

FLOOR = Noun(
    "floor",
    (
        *DEFINED,
        Field("percent", _AMOUNT, "how much of the list amount of a contract year must remain"),
        Field("amount", _AMOUNT, "what a contract year must come to"),
        Field("unit_amount", _AMOUNT, "what each unit must come to over a contract year"),
        Field("currency", CURRENCY, "in which the amounts are"),
        Field("plans", list_of(KEY), "the plans that it binds; nothing: all", default=()),
        Field("prices", list_of(KEY), "the charges that it is about; nothing: all together", default=()),
    ),
)


def discount(reading: Reading, path: Path, values: dict[str, Any]) -> Discount | None:
    """The discount that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    form = _form(reading, path, values)
    starts, ends = values["starts"], values["ends"]
    if isinstance(starts, datetime) and isinstance(ends, datetime) and ends <= starts:
        reading.wrong((*path, "ends"), "empty_period", "it would end before it starts")
        return None
    if form is None:
        return None
    plain: dict[str, Any] = {name: value for name, value in values.items() if name not in (*_SAYS, "form")}
    if plain["order"] is None:
        plain["order"] = path[-1]
    return Discount(**plain, form=form)


def _form(reading: Reading, path: Path, values: dict[str, Any]) -> DiscountForm | None:
    name: FormName = values["form"]
    for needed in _NEEDS[name]:
        if values[needed] is None:
            message = f"a discount of the form {name.value!r} says its {needed!r}"
            reading.wrong(path, "missing_field", message)
            return None
    for field in _SAYS:
        if values[field] is not None and field not in (*_NEEDS[name], *_MAY.get(name, ())):
            message = f"a discount of the form {name.value!r} has no {field!r}"
            reading.wrong((*path, field), "unknown_field", message)
            return None
    try:
        return _built(name, values)
    except InvalidInput as error:
        reading.wrong((*path, _NEEDS[name][0]), error.detail_code, error.message)
        return None


def _built(name: FormName, values: dict[str, Any]) -> DiscountForm:
    match name:
        case FormName.PERCENT:
            return PercentOff(percent=values["percent"])
        case FormName.AMOUNT:
            return AmountOff(amount=values["amount"], once=bool(values["once"]))
        case FormName.FREE_UNITS:
            return FreeUnits(units=values["units"])
        case FormName.VOLUME:
            return VolumeOff(bands=values["bands"])
        case FormName.MULTI_SEAT:
            return SeatsOff(bands=values["bands"], quantity=values["quantity"] or "seats")
        case FormName.TERM:
            return TermOff(bands=values["bands"])
        case FormName.FREE_MONTHS:
            return FreeMonths(months=values["free_months"])


def floor(reading: Reading, path: Path, values: dict[str, Any]) -> Floor | None:
    """The floor that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    said = [name for name in ("percent", "amount", "unit_amount") if values[name] is not None]
    if len(said) != 1:
        reading.wrong(path, "bad_floor", "a floor says one of percent, amount and unit_amount")
        return None
    percent: Decimal | None = values["percent"]
    if percent is not None and percent > 100:
        reading.wrong((*path, "percent"), "bad_percent", "a floor is from 0 to 100 percent")
        return None
    if percent is None and not values["currency"]:
        reading.wrong(path, "missing_field", "a floor with an amount says its 'currency'")
        return None
    if values["unit_amount"] is not None and not values["prices"]:
        reading.wrong(path, "missing_field", "a floor for each unit says its 'prices'")
        return None
    said_of: dict[str, Any] = {**values, "currency": values["currency"] or ""}
    return Floor(**said_of)
