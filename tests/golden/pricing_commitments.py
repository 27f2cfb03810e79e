"""Golden kinds about commitments: true-up to a minimum, and windows with commitments of their own."""

from decimal import Decimal

from steelyard.kernel import round_minor
from steelyard.rating import (
    HourTerms,
    PerUnitPrice,
    Settled,
    Usage,
    WindowTerms,
    minimum_line,
    prorate,
    rate,
    settle_window,
    terms_at,
    true_up,
)
from tests.golden.pricing_periods import shown
from tests.golden.pricing_terms import WHOLE_CENTS, ZERO, Answer, Values, kind, number


@kind("commitment_true_up_rounding")
def _commitment_rounding(params: Values, usage: Values) -> Answer:
    billed = round_minor(Decimal(usage["used"]), params["currency"])
    return {"true_up": minimum_line(Decimal(params["commitment"]), billed)}


@kind("minimum_commitment_true_up")
def _minimum_commitment(params: Values, usage: Values) -> Answer:
    billed = sum((Decimal(fee) for fee in usage["period_fees_cents"]), ZERO)
    return {"true_up_cents": minimum_line(Decimal(params["commitment_cents"]), billed)}


@kind("charge_minimum_true_up")
def _charge_minimum(params: Values, usage: Values) -> Answer:
    return {"true_up_cents": true_up(Decimal(params["min_amount_cents"]), Decimal(usage["used_cents"]))}


@kind("charge_minimum_true_up_custom_unit")
def _charge_minimum_custom(params: Values, usage: Values) -> Answer:
    units = minimum_line(Decimal(params["min_amount_units_cents"]), Decimal(usage["used_units_cents"]))
    fiat = rate(PerUnitPrice(unit_amount=Decimal(params["conversion_rate"])), Usage(quantity=units)).amount
    return {"true_up_units_cents": units, "true_up_fiat_cents": fiat}


@kind("charge_minimum_true_up_prorated")
def _charge_minimum_prorated(params: Values, usage: Values) -> Answer:
    days, period_days = Decimal(params["days"]), Decimal(params["period_days"])
    minimum = prorate(Decimal(params["min_amount_cents"]), days, period_days)
    precise = minimum_line(minimum, Decimal(usage["used_cents"]))
    return {
        "precise_true_up_cents": shown(precise, 13),
        "true_up_cents": round_minor(precise, WHOLE_CENTS),
    }


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
    return {"amount": sum((settle_window(terms, Decimal(u)).amount for u in usage["window_units"]), ZERO)}


@kind("windowed_commitment_time_of_day", "windowed_commitment_quantity", "windowed_commitment_price_override")
def _windowed_by_hour(params: Values, usage: Values) -> Answer:
    hours = tuple(
        HourTerms(from_hour=int(each["from_hour"]), to_hour=int(each["to_hour"]), terms=_terms(each))
        for each in params["buckets"]
    )
    outside, settled = _terms(params["outside"]), Settled()
    for window in usage["windows"]:
        settled += settle_window(terms_at(int(window["hour"]), hours, outside), Decimal(window["units"]))
    return {
        "amount": settled.amount,
        "utilized": settled.utilized,
        "overage": settled.overage,
        "true_up": settled.true_up,
    }
