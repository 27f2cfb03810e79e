"""What commands say of billed months that other terms change: the next document makes them good."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.terminal import money, say

Adjust = Annotated[bool, Parameter(name="--adjust", negative="")]
"""Whether billed months are made good by the next document, where they are refused otherwise."""


def tell_adjusted(done: dict[str, Any]) -> None:
    """Each billed month with what it was charged, what it comes to now, and the difference."""
    for one in done["adjusted"]:
        before, after, off = (money(one[name], one["currency"]) for name in ("before", "after", "difference"))
        say(
            f"{one['customer']} {one['period']} ({one['document']}): {before} becomes {after} "
            f"{one['currency']}; the next document adjusts it by {off}"
        )
