"""A usage store that remembers its answers, so that several catalogs are priced on one reading of usage."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any, cast

from steelyard.kernel import Period
from steelyard.metering import CostRow, Filter, Meter, QuantityRow, UsageStore, Window


class UsageOnce:
    """The same answers as the store's, each question asked once; for one computation and one thread.

    Answers are shared between askers and must not be changed by them.
    """

    def __init__(self, usage: UsageStore) -> None:
        self._usage = usage
        self._quantities: dict[Hashable, list[QuantityRow]] = {}
        self._costs: dict[Hashable, list[CostRow]] = {}
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        """Everything that is not remembered here goes to the store itself."""
        return getattr(self._usage, name)

    @property
    def store(self) -> UsageStore:
        """This as the port that it stands in for."""
        return cast("UsageStore", self)

    def quantities(
        self,
        meter: Meter | str,
        period: Period,
        *,
        customers: Sequence[str] | None = None,
        group_by: Sequence[str] = (),
        window: Window | None = None,
        filters: Sequence[Filter] = (),
        timezone: str = "UTC",
        as_of: datetime | None = None,
    ) -> list[QuantityRow]:
        """The meter's quantities, from memory where the very same was asked before."""
        named = None if customers is None else tuple(customers)
        place = (
            _name(meter, self._usage.meters),
            period,
            named,
            tuple(group_by),
            window,
            tuple(filters),
            timezone,
            as_of,
        )
        if place not in self._quantities:
            self.asked += 1
            self._quantities[place] = self._usage.quantities(
                meter,
                period,
                customers=customers,
                group_by=group_by,
                window=window,
                filters=filters,
                timezone=timezone,
                as_of=as_of,
            )
        return self._quantities[place]

    def costs(
        self, period: Period, *, customers: Sequence[str] | None = None, as_of: datetime | None = None
    ) -> list[CostRow]:
        """What events said they cost, from memory where the very same was asked before."""
        place = (period, None if customers is None else tuple(customers), as_of)
        if place not in self._costs:
            self.asked += 1
            self._costs[place] = self._usage.costs(period, customers=customers, as_of=as_of)
        return self._costs[place]


def _name(meter: Meter | str, known: Sequence[Meter]) -> Hashable:
    """The key where the store's own definition is meant, else the definition in words."""
    if isinstance(meter, str) or meter in known:
        return meter if isinstance(meter, str) else meter.key
    return ("another definition", repr(meter))
