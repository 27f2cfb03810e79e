"""What a change of usage does to quantities: each meter it touches, by customer and month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.shapes.corrections import QuantityChange
from steelyard.kernel import Period, month_of, plain
from steelyard.kernel.period import zone
from steelyard.metering import Meter, QuantityRow, UsageStore
from steelyard.record import Kind

Quantities = Mapping[tuple[str, str, Period], Decimal]
"""By customer, meter and month."""

Months = Mapping[str, list[Period]]
"""The months that are looked at, by customer, on the customer's calendar."""


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC.

    >>> midnight(date(2026, 10, 1)).isoformat()
    '2026-10-01T00:00:00+00:00'
    """
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def months_of(call: Call, times: Iterable[tuple[str, datetime]]) -> dict[str, list[Period]]:
    """The months in which these moments lie, by customer, in order."""
    found: dict[str, set[Period]] = {}
    for customer, moment in times:
        found.setdefault(customer, set()).add(month_of(moment, timezone_of(call, customer)))
    return {customer: sorted(found[customer], key=lambda one: one.start) for customer in sorted(found)}


def timezone_of(call: Call, customer: str) -> str:
    """The customer's time zone; UTC for the chains of nobody's usage."""
    known = call.workspace.directory.customer(customer)
    return known.timezone if known else "UTC"


def month_name(call: Call, customer: str, period: Period) -> str:
    """The month on the customer's calendar, such as 2026-10."""
    return period.start.astimezone(zone(timezone_of(call, customer))).strftime("%Y-%m")


def compared(
    call: Call, entries: list[tuple[Kind, str, bytes]], months: Months, meters: Iterable[Meter]
) -> list[QuantityChange]:
    """What these meters measure now, and as if the entries were recorded; equal quantities are left out."""
    wanted = sorted(meters, key=lambda one: one.key)
    if not months or not wanted:
        return []
    with call.workspace.usage.as_if(customers=list(months), period=span_of(months)) as trial:
        before = measured(trial, months, wanted)
        trial.record(entries)
        after = measured(trial, months, wanted)
    return differences(call, before, after)


def differences(call: Call, before: Quantities, after: Quantities) -> list[QuantityChange]:
    """What differs between two measurements, by customer, meter and month."""
    found: list[QuantityChange] = []
    for place in sorted(before.keys() | after.keys(), key=lambda one: (one[0], one[1], one[2].start)):
        customer, meter, period = place
        old, new = before.get(place, Decimal(0)), after.get(place, Decimal(0))
        if old != new:
            found.append(
                QuantityChange(
                    customer=customer,
                    meter=meter,
                    period=month_name(call, customer, period),
                    before=plain(old),
                    after=plain(new),
                    difference=plain(new - old),
                )
            )
    return found


def span_of(months: Months) -> Period:
    """From the beginning of the first month to the end of the last."""
    every = [period for periods in months.values() for period in periods]
    return Period(start=min(one.start for one in every), end=max(one.end for one in every))


def measured(usage: UsageStore, months: Months, meters: Iterable[Meter]) -> Quantities:
    """What these meters measure in these months."""
    by_period: dict[Period, list[str]] = {}
    for customer, periods in months.items():
        for period in periods:
            by_period.setdefault(period, []).append(customer)
    found: dict[tuple[str, str, Period], Decimal] = {}
    for period, customers in by_period.items():
        for meter in meters:
            rows: list[QuantityRow] = usage.quantities(meter.key, period, customers=customers)
            found |= {(row.customer, meter.key, period): row.quantity for row in rows}
    return found
