"""Golden kinds about discounts: coupons, percentages, discounts that lines share, maximum spend."""

from decimal import Decimal

from steelyard.kernel import round_minor
from steelyard.rating import cap, prorate
from steelyard.rating.discounts import AmountOff, DiscountForm, Measured, PercentOff, shares, taken_off
from tests.golden.pricing_terms import (
    WHOLE_CENTS,
    Answer,
    Values,
    amount,
    currency_of,
    kind,
    per_unit,
)


@kind("coupon")
def _coupon(params: Values, usage: Values) -> Answer:
    value = Decimal(params["value"])
    fixed = params["kind"] == "fixed"
    form: DiscountForm = AmountOff(amount=value, once=True) if fixed else PercentOff(percent=value)
    measured = Measured(given=Decimal(usage["already_used_cents"]))
    off = taken_off(form, Decimal(usage["base_cents"]), measured)
    return {"discount_cents": round_minor(off, WHOLE_CENTS)}


@kind("discount_allocation")
def _discount_allocation(params: Values, usage: Values) -> Answer:
    lines = [Decimal(line) for line in params["lines_cents"]]
    offs = shares(Decimal(params["fixed_discount"]), lines)
    net = (line - off for line, off in zip(lines, offs, strict=True))
    return {"net_prorated": [_factor(params, one) for one in net]}


@kind("discount_allocation_seat_change")
def _discount_seat_change(params: Values, usage: Values) -> Answer:
    fixed, form = Decimal(params["fixed"]), AmountOff(amount=Decimal(params["fixed_discount"]))

    def net(seats: Decimal) -> Decimal:
        off = taken_off(form, fixed + seats, Measured())
        return seats - shares(off, [fixed, seats])[1]

    entry = net(Decimal(params["new_seat_amount"])) - net(Decimal(params["old_seat_amount"]))
    return {"entry_cents": _factor(params, entry)}


def _factor(params: Values, value: Decimal) -> Decimal:
    return prorate(value, Decimal(params["factor_numerator"]), Decimal(params["factor_denominator"]))


@kind("per_unit_pct_discount_max_spend")
def _per_unit_discount(params: Values, usage: Values) -> Answer:
    charge = amount(per_unit(params), usage["units"])
    discount = taken_off(PercentOff(percent=Decimal(params["discount_percent"])), charge, Measured())
    before, maximum = Decimal(usage["previously_billed"]), Decimal(params["maximum"])
    capped = cap(charge - discount, before, maximum)
    return {
        "usage_charge": charge,
        "percentage_discount": discount,
        "max_spend_discount": capped.discount,
        "total": capped.total,
    }


@kind("max_spend_discount")
def _max_spend_discount(params: Values, usage: Values) -> Answer:
    line, before = Decimal(params["line_amount"]), Decimal(usage["billed_before"])
    discount = cap(line, before, Decimal(params["maximum"])).discount
    return {"discount": round_minor(discount, currency_of(params))}
