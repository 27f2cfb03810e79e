"""What can be asked about meters, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# A request's fields are arguments, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from steelyard.client.transport import Transport, path_part


class Meter(TypedDict):
    """How events become a quantity."""

    slug: str
    name: str
    event_types: builtins.list[str]
    aggregation: str
    value: str
    unit: str
    group_by: dict[str, str]
    filters: builtins.list[MeterFilter]
    owner: str
    definition: str


MeterAnswer = TypedDict(
    "MeterAnswer",
    {
        "from": "str | None",
        "to": "str | None",
        "windowSize": "str | None",
        "data": "builtins.list[MeterRow]",
        "visibleFrom": NotRequired["str"],
    },
)
"""Quantities of one meter.

    `visibleFrom` stands where the customer's plan shows no usage before that time, and none is counted."""


class MeterFilter(TypedDict):
    """A condition on an event's data."""

    path: str
    op: str
    values: builtins.list[str]


class MeterList(TypedDict):
    """The meters of the published catalog."""

    items: builtins.list[Meter]
    next: str | None


class MeterRow(TypedDict):
    """One quantity; `value` is a number as OpenMeter's clients expect, `quantity` the same, exact."""

    value: float
    quantity: str
    windowStart: str
    windowEnd: str
    subject: str | None
    customer: str | None
    groupBy: dict[str, str]


class MetersApi:
    """What can be asked about meters."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> MeterList:
        """The meters of the published catalog."""
        return self._transport.json("GET", "/api/v1/meters")

    def query(
        self,
        slug: str | int,
        *,
        from_: str | None = None,
        to: str | None = None,
        window_size: Literal["DAY", "HOUR", "MONTH"] | None = None,
        window_time_zone: str | None = None,
        subject: Sequence[str] | None = None,
        customer: Sequence[str] | None = None,
        group_by: Sequence[str] | None = None,
        filter_group_by: dict[str, str] | None = None,
        client_id: str | None = None,
    ) -> MeterAnswer:
        """A meter's quantity by window, customer, subject and dimension."""
        return self._transport.json(
            "GET",
            f"/api/v1/meters/{path_part(slug)}/query",
            query={
                "from": from_,
                "to": to,
                "windowSize": window_size,
                "windowTimeZone": window_time_zone,
                "subject": subject,
                "customer": customer,
                "groupBy": group_by,
                "filterGroupBy": filter_group_by,
                "clientId": client_id,
            },
        )
