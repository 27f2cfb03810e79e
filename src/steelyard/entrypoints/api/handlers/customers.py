"""Customers: made, listed, shown; what they used; what the next bill will say."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

from steelyard.contracts import Customer, NewCustomer, Tax
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import billing as billing_shapes
from steelyard.entrypoints.api.shapes import customers as shapes
from steelyard.kernel import NotFound, Period, month_of, parse_month, plain
from steelyard.metering import Window


def create(call: Call) -> shapes.Customer:
    """Make one customer."""
    return _make(call, [call.body])[0]


def create_many(call: Call) -> shapes.CustomerList:
    """Make many customers at once, all or none."""
    return shapes.CustomerList(items=_make(call, call.body.customers), next=None)
