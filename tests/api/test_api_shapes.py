"""Whatever a record says can be shown: its shape knows each of its fields, and those of all it holds."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest

from steelyard.billing import BillingRun, CreditNote, Invoice
from steelyard.billing.retention import LegalHold
from steelyard.contracts import Contract, Customer, Subscription
from steelyard.contracts.notices import CustomerNotice
from steelyard.entrypoints.api.shapes import (
    billing,
    contracts,
    credit_orders,
    credits,
    customers,
    notices,
    outcomes,
    retention,
)
from steelyard.ledger import CreditLot, CreditOrder, TopUp
from steelyard.metering.outcomes import Outcome

SHOWN = [
    (Contract, contracts.Contract),
    (Subscription, customers.Subscription),
    (Customer, customers.Customer),
    (CustomerNotice, notices.Notice),
    (Invoice, billing.Invoice),
    (CreditNote, billing.Invoice),
    (BillingRun, billing.Run),
    (LegalHold, retention.Hold),
    (CreditLot, credits.Lot),
    (CreditOrder, credit_orders.CreditOrder),
    (TopUp, credits.TopUp),
    (Outcome, outcomes.Outcome),
]


def unknown(record: type[Any], shape: type[Any], where: str = "") -> Iterator[str]:
    """Fields of the record, and of the records in it, that the shape has no place for."""
    said, shown = get_type_hints(record), get_type_hints(shape, include_extras=False)
    for field in dataclasses.fields(record):
        place = f"{where}{record.__name__}.{field.name}"
        if field.name not in shown:
            yield place
            continue
        inner = [
            one for one in parts(said[field.name]) if isinstance(one, type) and dataclasses.is_dataclass(one)
        ]
        outer = [one for one in parts(shown[field.name]) if hasattr(one, "__struct_fields__")]
        if len(inner) == len(outer) == 1:
            yield from unknown(inner[0], outer[0], f"{place}: ")


def parts(hint: Any) -> Iterator[Any]:
    """The types that a hint is made of."""
    if get_origin(hint) is Annotated:
        yield from parts(get_args(hint)[0])
    elif get_origin(hint) in (Union, types.UnionType, list, tuple, dict) or get_args(hint):
        for one in get_args(hint):
            yield from parts(one)
    else:
        yield hint


@pytest.mark.parametrize(("record", "shape"), SHOWN, ids=lambda one: one.__name__)
def test_every_field_of_a_record_has_a_place_in_its_shape(record: type[Any], shape: type[Any]) -> None:
    assert list(unknown(record, shape)) == []
