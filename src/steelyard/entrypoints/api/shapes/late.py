"""Late and corrected usage of billed months."""

from __future__ import annotations

from steelyard.entrypoints.api.shapes.base import Amount, Shape


class LateChange(Shape, frozen=True, kw_only=True):
    """A billed month of a customer that changed since: events added and ended, and what that is worth.

    `difference` includes tax and is in `currency`; the customer's next document adjusts `document` by it.
    """

    customer: str
    customer_name: str
    currency: str
    period_name: str
    document: str
    added: int
    ended: int
    difference: Amount


class LateList(Shape, frozen=True, kw_only=True):
    """All billed months that changed since, by customer and month."""

    items: list[LateChange]
    next: str | None
