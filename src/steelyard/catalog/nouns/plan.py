"""Plans: what customers subscribe to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steelyard.catalog.fields import (
    BOOL,
    CURRENCY,
    KEY,
    WRONG,
    Field,
    Kind,
    Noun,
    decimal,
    is_right,
    list_of,
    mapping_to,
    one_of,
    record,
    whole,
)
from steelyard.catalog.model import Commitment, Group, Plan
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO

_AMOUNT = decimal(at_least=ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenItem:
    """An item as written: the key of a price, of a family of prices, or of a whole card."""

    reference: str
    quantity: Any
    quantity_from: str | None
    included: Any
    group: Group | None
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPlan:
    """A plan whose references are not resolved yet."""

    plan: Plan
    items: tuple[WrittenItem, ...]
    covers: tuple[str, ...]
    path: Path


def _quantity(reading: Reading, path: Path, value: Any) -> Any:
    """A fixed number, or the name of a quantity that each subscription states, such as seats."""
    if isinstance(value, str) and value[:1].isalpha():
        return KEY.read(reading, path, value)
    return _AMOUNT.read(reading, path, value)


_QUANTITY = Kind(_quantity, {"type": ["string", "number"]})

ITEM = Noun(
    "plan item",
    (
        Field("price", KEY, "key of a price, of a table of prices, or of a rate card", required=True),
        Field("quantity", _QUANTITY, "a number, or the name of a quantity that the subscription states"),
        Field("included", _AMOUNT, "units free per subscription and period, instead of the price's own"),
        Field("group", one_of(Group), "the heading on the invoice, instead of the price's own"),
    ),
)


def _item(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    quantity = values["quantity"]
    named = isinstance(quantity, str)
    return WrittenItem(
        reference=values["price"],
        quantity=None if named else quantity,
        quantity_from=quantity if named else None,
        included=values["included"],
        group=values["group"],
        path=path,
    )


COMMITMENT = Noun(
    "commitment",
    (
        Field("amount", _AMOUNT, "due each period in any case; left out where the contract names it"),
        Field("covers", list_of(KEY), "the prices whose charges it covers", required=True),
    ),
)


def _commitment(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    if not values["covers"]:
        reading.wrong((*path, "covers"), "empty", "a commitment covers at least one price")
        return WRONG
    return values


PLAN = Noun(
    "plan",
    (
        *DEFINED,
        Field("product", KEY, "the product that it is a plan of", required=True),
        Field("currency", CURRENCY, "in which it is billed", required=True),
        Field(
            "tier", whole(at_least=0, at_most=1000), "its place among the plans, from the smallest", default=0
        ),
        Field("items", list_of(record(ITEM, _item)), "its prices", default=()),
        Field("commitment", record(COMMITMENT, _commitment), "an amount due in any case"),
        Field("limits", mapping_to(_AMOUNT), "the most of a metric (a month) or a feature", default={}),
        Field("features", list_of(KEY), "keys of the features that it grants", default=()),
        Field("visible_days", whole(at_least=1, at_most=36500), "how far back data can be seen"),
        Field("by_contract", BOOL, "whether it is only sold by contract", default=False),
    ),
)


def plan(reading: Reading, path: Path, values: dict[str, Any]) -> WrittenPlan | None:
    """The plan that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    commitment: Mapping[str, Any] | None = values["commitment"]
    plain = {name: values[name] for name in values if name not in ("items", "commitment")}
    return WrittenPlan(
        plan=Plan(
            **plain,
            commitment=Commitment(amount=commitment["amount"], covers=()) if commitment else None,
        ),
        items=values["items"],
        covers=tuple(commitment["covers"]) if commitment else (),
        path=path,
    )
