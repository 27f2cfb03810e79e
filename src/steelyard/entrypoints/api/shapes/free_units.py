"""What free units leave of a contract year at the usage of the last month."""

from __future__ import annotations

from steelyard.entrypoints.api.shapes.base import Amount, Shape


class YearAtUsage(Shape, frozen=True, kw_only=True):
    """A contract year of months like `month`, before tax: listed, what remains, what the floor wants.

    Without usage nothing can be said: `is_judged` is false. `text` is the same in words.
    """

    customer: str
    subscription: str
    floor: str
    month: str
    currency: str
    is_judged: bool
    listed: Amount
    remains: Amount
    wanted: Amount
    missing: Amount
    text: str
