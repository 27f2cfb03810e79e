"""Golden kinds that look into the usage: its events, its windows, its course over time."""

import itertools
from decimal import Decimal

from steelyard.kernel import Period, instant, micros
from steelyard.metering import TimeUnit
from steelyard.metering.levels import Level, time_weighted
from steelyard.rating import (
    FreeWindow,
    HourTerms,
    PercentagePrice,
    Usage,
    UsagePart,
    WindowedPrice,
    WindowTerms,
    free_of,
    rate,
    settle,
)
from tests.golden.pricing_terms import ZERO, Answer, Values, kind, number, shown


def _percentage(params: Values, **options: object) -> PercentagePrice:
    return PercentagePrice(
        percent=Decimal(params["rate_percent"]),
        event_amount=Decimal(params["fixed_per_event"] or 0),
        free_events=int(params["free_events"] or 0),
        free_amount=Decimal(params["free_amount"] or 0),
        **options,  # type: ignore[arg-type]
    )


def _moved(usage: Values) -> Usage:
    """Money that was moved; the events of the free window from their running total."""
    totals = [ZERO, *(Decimal(total) for total in usage["running_total_of_free_window"])]
    values = tuple(after - before for before, after in itertools.pairwise(totals))
    return Usage(quantity=Decimal(usage["amount"]), events=int(usage["events"]), values=values)


@kind("percentage", "percentage_breakdown")
def _percentages(params: Values, usage: Values) -> Answer:
    price, moved = _percentage(params), _moved(usage)
    rated, free = rate(price, moved), free_of(price, moved)
    of_events = [step.amount for step in rated.steps if "event" in step.text and step.unit_amount]
    fixed = sum(of_events, ZERO)
    return {
        "amount": rated.amount,
        "percentage_part": rated.amount - fixed,
        "fixed_part": fixed,
        "free_units": free.amount,
        "free_events": free.events,
    }


@kind("percentage_min_max_per_transaction")
def _per_transaction(params: Values, usage: Values) -> Answer:
    price = _percentage(
        params,
        event_minimum=number(params["per_transaction_min"]),
        event_maximum=number(params["per_transaction_max"]),
        free_until=FreeWindow.BOTH,
    )
    values = tuple(Decimal(value) for value in usage["event_amounts"])
    return {
        "amount": rate(price, Usage(quantity=sum(values, ZERO), events=len(values), values=values)).amount
    }


@kind("weighted_sum_aggregation")
def _weighted_sum(params: Values, usage: Values) -> Answer:
    """The mean level: what a meter of hours measures over the hours of the period."""
    period = Period(start=instant(params["period_start"]), end=instant(params["period_end"]))
    level = Decimal(params["initial_value"])
    levels = [Level(micros(period.start), (), level)]
    for change in sorted(usage["deltas"], key=lambda each: each["at"]):
        level += Decimal(change["delta"])
        levels.append(Level(micros(instant(change["at"])), (), level))
    total, _ = time_weighted(levels, period, TimeUnit.HOURS, "UTC")
    hours = (period.end - period.start).total_seconds() / 3600
    return {"value": shown(Decimal(total.numerator) / total.denominator / int(hours), 5)}


def _terms(given: Values) -> WindowTerms:
    return WindowTerms(
        unit_amount=Decimal(given["unit_price"]),
        commit_amount=number(given["commit_amount"]),
        commit_units=number(given["commit_units"]),
        overage_factor=Decimal(given["overage_factor"] or 1),
        true_up=given["true_up"],
    )


@kind("windowed_commitment")
def _windowed(params: Values, usage: Values) -> Answer:
    terms = WindowTerms(
        unit_amount=Decimal(params["unit_price"]),
        commit_amount=Decimal(params["commit_amount_per_window"]),
        overage_factor=Decimal(params["overage_factor"]),
        true_up=params["true_up"],
    )
    return {"amount": rate(WindowedPrice(outside=terms), _by_hour(usage["window_units"])).amount}


def _by_hour(units: list[str], hours: list[str] | None = None) -> Usage:
    """Windows of the given hours, each on a day of its own."""
    parts = tuple(
        UsagePart(
            at=(f"{2000 + place:04}-01-01T{int(hours[place]) if hours else 0:02}",), quantity=Decimal(each)
        )
        for place, each in enumerate(units)
    )
    return Usage(quantity=sum((part.quantity for part in parts), ZERO), parts=parts)


@kind("windowed_commitment_time_of_day", "windowed_commitment_quantity", "windowed_commitment_price_override")
def _windowed_by_hour(params: Values, usage: Values) -> Answer:
    spans = tuple(
        HourTerms(from_hour=int(each["from_hour"]), to_hour=int(each["to_hour"]), terms=_terms(each))
        for each in params["buckets"]
    )
    price = WindowedPrice(outside=_terms(params["outside"]), hours=spans)
    used = _by_hour([each["units"] for each in usage["windows"]], [each["hour"] for each in usage["windows"]])
    settled = settle(price, used)
    return {
        "amount": rate(price, used).amount,
        "utilized": settled.utilized,
        "overage": settled.overage,
        "true_up": settled.true_up,
    }
