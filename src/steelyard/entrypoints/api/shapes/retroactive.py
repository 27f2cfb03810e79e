"""Billed months that other terms change, and how the next document makes it good."""

from __future__ import annotations

from steelyard.entrypoints.api.shapes.base import Amount, Shape


class AdjustedMonth(Shape, frozen=True, kw_only=True):
    """A billed month that is charged by other terms from now on; the next document adjusts it.

    Amounts are before credit and tax, by the usage known until now; `difference` is negative where something
    is given back.
    """

    customer: str
    period: str
    document: str
    currency: str
    before: Amount
    after: Amount
    difference: Amount
