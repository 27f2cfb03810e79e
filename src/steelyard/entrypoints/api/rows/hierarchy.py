"""Endpoints about customers as a tree."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import hierarchy
from steelyard.entrypoints.api.shapes import hierarchy as h
from steelyard.entrypoints.api.shapes.customers import PeriodQuery

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/customers/{key}/hierarchy", name="customers.hierarchy",
        summary="A customer and everybody below it: what each month comes to, and what they share.",
        handler=hierarchy.show, scope=Scope.BILLING_READ, query=PeriodQuery, answer=h.Hierarchy,
        problems=(404,),
    ),
)  # fmt: skip
