"""What can be asked about rating, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from steelyard.client.transport import Transport, without_none


class RateOut(TypedDict):
    """The exact amount, the same in minor units, and every step in figures and in words."""

    amount: str
    currency: str
    rounded: str
    explanation: builtins.list[RatedStep]
    text: builtins.list[str]


class RatedStep(TypedDict):
    """One step of the calculation; the amounts of all steps sum to the amount."""

    kind: str
    text: str
    quantity: str
    unit_amount: str
    amount: str


class UsagePartIn(TypedDict):
    """One part of a usage: its value of each dimension that the price goes by, or its window."""

    at: builtins.list[str]
    quantity: str
    amount: NotRequired[str | None]


class RatingApi:
    """What can be asked about rating."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def rate(
        self,
        *,
        price: str | dict[str, Any],
        quantity: str | None = None,
        amount: str | None = None,
        events: int | None = None,
        values: Sequence[str] | None = None,
        parts: Sequence[UsagePartIn] | None = None,
        before: str | None = None,
        amount_before: str | None = None,
        unit: str | None = None,
    ) -> RateOut:
        """What a usage costs by a live price or by one of your own, with every step in words."""
        return self._transport.json(
            "POST",
            "/api/v1/rate",
            body={
                "price": price,
                **without_none(
                    {
                        "quantity": quantity,
                        "amount": amount,
                        "events": events,
                        "values": values,
                        "parts": parts,
                        "before": before,
                        "amount_before": amount_before,
                        "unit": unit,
                    }
                ),
            },
        )
