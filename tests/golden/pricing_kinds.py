"""How each kind of golden pricing case is said in Steelyard's own price types, options and functions.

Nothing is calculated here: a mapping builds prices and usages, calls the product, and names what it gave.
Kinds that no room can express yet stand in `PASSED_OVER`, each with what it waits for.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from steelyard.kernel import Period, instant, round_minor
from steelyard.rating import (
    BlockPolicy,
    BlockTier,
    Conversion,
    ConversionOp,
    DynamicPrice,
    FlatPrice,
    GraduatedPrice,
    HourTerms,
    LinePlace,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    PriceModel,
    Settled,
    StepKind,
    Term,
    Tier,
    UnitsChange,
    Usage,
    VolumePrice,
    WholeUnits,
    WindowTerms,
    average,
    cap,
    cap_each,
    minimum_line,
    net_of_included,
    packages,
    prorate,
    rate,
    rate_between,
    rate_blocks,
    rate_changes,
    settle_window,
    terms_at,
    true_up,
)

Values = dict[str, Any]
Answer = dict[str, Any]
KINDS: dict[str, Callable[[Values, Values], Answer]] = {}

ZERO = Decimal(0)
WHOLE_CENTS = "JPY"
"""A currency without minor digits: amounts that are given in cents round to whole ones."""

PASSED_OVER = {
    "billing_cycles_in_advance": "billing cycles",
    "coupon": "coupons",
    "credits_applied_to_lines": "credits on invoice lines",
    "credits_over_allocation": "credits on invoice lines",
    "discount_allocation": "discounts that several lines share",
    "discount_allocation_seat_change": "discounts that several lines share",
    "grant_burndown": "credit lots",
    "grant_rollover": "credit lots",
    "percentage": "percentage prices with free events",
    "percentage_breakdown": "percentage prices with free events",
    "percentage_min_max_per_transaction": "percentage prices per transaction",
    "proration_credit_cap": "credits for plan changes",
    "proration_fixed_30_days": "months of thirty days",
    "proration_plan_change": "plan changes",
    "proration_seat_change": "plan changes",
    "proration_with_discount": "plan changes with discounts",
    "stairstep_capacity": "prices by capacity",
    "wallet_burndown": "wallets",
    "weighted_sum_aggregation": "meters weighted by time",
}


def kind(*names: str) -> Callable[[Callable[[Values, Values], Answer]], Callable[[Values, Values], Answer]]:
    """Registers the mapping of one kind or of several that are said in the same way."""

    def register(mapping: Callable[[Values, Values], Answer]) -> Callable[[Values, Values], Answer]:
        for name in names:
            KINDS[name] = mapping
        return mapping

    return register


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def tiers(params: Values) -> tuple[Tier, ...]:
    given = params.get("tiers", params.get("tiers_cents"))
    assert given is not None
    return tuple(
        Tier(
            up_to=number(tier["up_to"]),
            unit_amount=number(tier.get("unit_price")),
            percent=number(tier.get("rate_percent")),
            flat_amount=number(tier["flat_price"]),
        )
        for tier in given
    )


def graduated(params: Values, **options: Any) -> GraduatedPrice:
    return GraduatedPrice(tiers=tiers(params), **options)


def volume(params: Values, **options: Any) -> VolumePrice:
    return VolumePrice(tiers=tiers(params), **options)


def package(params: Values) -> PackagePrice:
    return PackagePrice(
        size=Decimal(params["package_size"]),
        amount=Decimal(params.get("package_price", 0)),
        included=Decimal(params.get("free_units", 0)),
        round=PackageRounding(params.get("round", "up")),
    )


def per_unit(params: Values) -> PerUnitPrice:
    return PerUnitPrice(unit_amount=Decimal(params["unit_price"]))


def used(text: str) -> Usage:
    return Usage(quantity=Decimal(text))


def amount(price: PriceModel, text: str) -> Decimal:
    return rate(price, used(text)).amount


def added(price: PriceModel, before: str, more: str) -> Decimal:
    """The charge for more units after some were billed, the charge for none among it."""
    return rate_between(price, used(before), Usage(quantity=Decimal(before) + Decimal(more))).amount


def currency_of(params: Values) -> str:
    """A currency of ISO 4217 with so many decimals."""
    return {"0": "JPY", "2": "USD", "3": "KWD", "4": "CLF"}[params["currency_exponent"]]


def charged(price: PriceModel, before: Usage | None, after: Usage) -> list[Decimal]:
    """The amounts of the steps that are lines of a bill."""
    steps = rate_between(price, before, after).steps
    return [step.amount for step in steps if step.kind is not StepKind.NOTE]


@kind("graduated", "graduated_seats", "graduated_bounded")
def _graduated(params: Values, usage: Values) -> Answer:
    got = amount(graduated(params), usage.get("units", usage.get("seats", "")))
    return {"amount": got, "amount_cents": got}


@kind("graduated_percentage")
def _graduated_percentage(params: Values, usage: Values) -> Answer:
    return {"amount": amount(graduated(params), usage["amount_base"])}


@kind("graduated_cumulative_range")
def _graduated_range(params: Values, usage: Values) -> Answer:
    price, start, end = graduated(params), usage["from_qty_exclusive"], usage["to_qty_inclusive"]
    return {
        "cumulative_total": amount(price, end),
        "previous_total": amount(price, start),
        "delta": rate_between(price, used(start), used(end)).amount,
    }


@kind("graduated_lines")
def _graduated_lines(params: Values, usage: Values) -> Answer:
    price, units = graduated(params), used(usage["units"])
    return {"amount": rate(price, units).amount, "lines": charged(price, None, units)}


@kind("graduated_progressive")
def _graduated_progressive(params: Values, usage: Values) -> Answer:
    price, before = graduated(params), used(usage["already_billed_units"])
    after = Usage(quantity=before.quantity + Decimal(usage["units"]))
    return {"amount": rate_between(price, before, after).amount, "lines": charged(price, before, after)}


@kind("graduated_max_spend")
def _graduated_max_spend(params: Values, usage: Values) -> Answer:
    before = used(usage["already_billed_units"])
    after = Usage(quantity=before.quantity + Decimal(usage["units"]))
    lines = charged(graduated(params), before, after)
    capped = cap_each(lines, Decimal(usage["previously_billed"]), Decimal(params["maximum"]))
    return {
        "lines": [{"amount": c.amount, "discount": c.discount, "total": c.total} for c in capped],
    }


@kind("graduated_min_spend")
def _graduated_min_spend(params: Values, usage: Values) -> Answer:
    charge = added(graduated(params), usage["already_billed_units"], usage["units"])
    billed = Decimal(usage["previously_billed"]) + charge
    return {"minimum_line": minimum_line(Decimal(params["minimum"]), billed, LinePlace(usage["line"]))}


@kind("graduated_prorated")
def _graduated_prorated(params: Values, usage: Values) -> Answer:
    changes = [
        UnitsChange(units=Decimal(each["full_units"]), prorated=Decimal(each["prorated_units"]))
        for each in usage["events"]
    ]
    return {"amount": round_minor(rate_changes(graduated(params), changes), "USD")}


@kind("fixed_plus_graduated_seats")
def _fixed_plus_graduated(params: Values, usage: Values) -> Answer:
    fixed = FlatPrice(amount=Decimal(params["fixed_cents"]))
    return {"amount_cents": amount(fixed, usage["seats"]) + amount(graduated(params), usage["seats"])}


@kind("volume")
def _volume(params: Values, usage: Values) -> Answer:
    return {"amount": amount(volume(params), usage["units"])}


@kind("volume_seats")
def _volume_seats(params: Values, usage: Values) -> Answer:
    return {"amount_cents": amount(volume(params, flat_at_zero=False), usage["seats"])}


@kind("volume_prorated")
def _volume_prorated(params: Values, usage: Values) -> Answer:
    units = replace(
        used(usage["prorated_units"]), tier_quantity=Decimal(usage["full_units_for_tier_selection"])
    )
    return {"amount": rate(volume(params), units).amount}


@kind("volume_min_spend")
def _volume_min_spend(params: Values, usage: Values) -> Answer:
    charge = amount(volume(params), usage["units"])
    return {"usage_charge": charge, "minimum_line": minimum_line(Decimal(params["minimum"]), charge)}


@kind("volume_max_spend")
def _volume_max_spend(params: Values, usage: Values) -> Answer:
    return _capped(amount(volume(params), usage["units"]), ZERO, params)


def _capped(charge: Decimal, before: Decimal, params: Values) -> Answer:
    capped = cap(charge, before, Decimal(params["maximum"]))
    return {"usage_charge": charge, "discount": capped.discount, "total": capped.total}


@kind("package")
def _package(params: Values, usage: Values) -> Answer:
    return {"amount": amount(package(params), usage["units"])}


@kind("package_count")
def _package_count(params: Values, usage: Values) -> Answer:
    return {"packages": packages(package(params), Decimal(usage["units"]))}


@kind("package_effective_unit_cost")
def _package_unit_cost(params: Values, usage: Values) -> Answer:
    got = amount(package(params), usage["units"])
    return {"amount": got, "effective_unit_cost": average(got, Decimal(usage["units"]))}


@kind("package_progressive")
def _package_progressive(params: Values, usage: Values) -> Answer:
    return {"amount": added(package(params), usage["already_billed_units"], usage["units"])}


@kind("package_max_spend")
def _package_max_spend(params: Values, usage: Values) -> Answer:
    charge = added(package(params), usage["already_billed_units"], usage["units"])
    return _capped(charge, Decimal(usage["previously_billed"]), params)


@kind("package_min_spend")
def _package_min_spend(params: Values, usage: Values) -> Answer:
    return _minimum(amount(package(params), usage["units"]), params, usage)


def _minimum(charge: Decimal, params: Values, usage: Values) -> Answer:
    return {"minimum_line": minimum_line(Decimal(params["minimum"]), charge, LinePlace(usage["line"]))}


@kind("per_unit")
def _per_unit(params: Values, usage: Values) -> Answer:
    return {"amount": amount(per_unit(params), usage["units"])}


@kind("per_unit_max_spend")
def _per_unit_max_spend(params: Values, usage: Values) -> Answer:
    charge = added(per_unit(params), usage["already_billed_units"], usage["units"])
    return _capped(charge, Decimal(usage["previously_billed"]), params)


@kind("per_unit_min_spend")
def _per_unit_min_spend(params: Values, usage: Values) -> Answer:
    return _minimum(amount(per_unit(params), usage["units"]), params, usage)


@kind("per_unit_pct_discount_max_spend")
def _per_unit_discount(params: Values, usage: Values) -> Answer:
    charge = amount(per_unit(params), usage["units"])
    discount = prorate(charge, Decimal(params["discount_percent"]), Decimal(100))
    capped = _capped(charge - discount, Decimal(usage["previously_billed"]), params)
    return {
        "usage_charge": charge,
        "percentage_discount": discount,
        "max_spend_discount": capped["discount"],
        "total": capped["total"],
    }


@kind("per_unit_with_cap")
def _per_unit_with_cap(params: Values, usage: Values) -> Answer:
    price = PerUnitPrice(unit_amount=Decimal(params["unit_amount_cents"]))
    charge = round_minor(amount(price, usage["units"]), WHOLE_CENTS)
    charge += minimum_line(ZERO, charge)
    if params["cap_cents"] is not None:
        charge = cap(charge, ZERO, Decimal(params["cap_cents"])).total
    return {"amount_cents": charge}


@kind("flat")
def _flat(params: Values, usage: Values) -> Answer:
    due = Term(params["payment_term"]).is_due(LinePlace(usage["line"]))
    return {"amount": amount(FlatPrice(amount=Decimal(params["amount"])), "0") if due else ZERO}


@kind("dynamic")
def _dynamic(params: Values, usage: Values) -> Answer:
    carried = Decimal(usage["sum_of_event_amounts_cents"]).scaleb(-int(params["currency_exponent"]))
    rated = rate(DynamicPrice(), Usage(quantity=Decimal(usage["units"]), amount=carried))
    return {"amount": rated.amount, "unit_amount": rated.steps[0].unit_amount}


def _dynamic_charge(params: Values, usage: Values) -> Decimal:
    carried = Usage(quantity=Decimal(1), amount=Decimal(usage["metered_amount"]))
    charge = rate(DynamicPrice(multiplier=Decimal(params["multiplier"])), carried).amount
    return round_minor(charge, currency_of(params))


@kind("dynamic_multiplier")
def _dynamic_multiplier(params: Values, usage: Values) -> Answer:
    return {"amount": _dynamic_charge(params, usage)}


@kind("dynamic_multiplier_max_spend")
def _dynamic_max_spend(params: Values, usage: Values) -> Answer:
    return _capped(_dynamic_charge(params, usage), Decimal(usage["previously_billed"]), params)


@kind("dynamic_multiplier_min_spend")
def _dynamic_min_spend(params: Values, usage: Values) -> Answer:
    return _minimum(_dynamic_charge(params, usage), params, usage)


def _each(price: PriceModel, values: Iterable[str]) -> Answer:
    """Every bucket or group is a charge of its own, with tiers and packages that begin anew."""
    return {"amount": sum((amount(price, value) for value in values), ZERO)}


@kind("bucketed_graduated")
def _bucketed_graduated(params: Values, usage: Values) -> Answer:
    return _each(graduated(params), usage["bucket_values"])


@kind("bucketed_volume")
def _bucketed_volume(params: Values, usage: Values) -> Answer:
    return _each(volume(params), usage["bucket_values"])


@kind("bucketed_package")
def _bucketed_package(params: Values, usage: Values) -> Answer:
    return _each(package(params), usage["bucket_values"])


@kind("bucketed_per_unit")
def _bucketed_per_unit(params: Values, usage: Values) -> Answer:
    return _each(per_unit(params), usage["bucket_values"])


@kind("grouped_graduated")
def _grouped_graduated(params: Values, usage: Values) -> Answer:
    return _each(graduated(params), usage["group_values"])


@kind("grouped_volume")
def _grouped_volume(params: Values, usage: Values) -> Answer:
    return _each(volume(params), usage["group_values"])


def converted(params: Values, raw: str) -> Decimal:
    conversion = Conversion(
        op=ConversionOp(params["op"]),
        factor=Decimal(params["factor"]),
        rounding=WholeUnits(params["rounding"]),
    )
    return conversion.convert(Decimal(raw))


@kind("unit_conversion_quantity")
def _conversion_quantity(params: Values, usage: Values) -> Answer:
    return {"units": converted(params, usage["raw"])}


@kind("unit_conversion", "unit_conversion_split", "unit_conversion_usage_discount")
def _conversion(params: Values, usage: Values) -> Answer:
    units, free = converted(params, usage["raw"]), Decimal(params.get("free_units", 0))
    return {
        "billed_units": net_of_included(units, free),
        "amount": rate(per_unit(params), Usage(quantity=units), included=free).amount,
    }


@kind("unit_conversion_graduated")
def _conversion_graduated(params: Values, usage: Values) -> Answer:
    units = converted(params, usage["raw"])
    return {"billed_units": units, "amount": rate(graduated(params), Usage(quantity=units)).amount}


@kind("usage_discount_progressive")
def _usage_discount(params: Values, usage: Values) -> Answer:
    free, line, before = (Decimal(text) for text in (params["free_units"], usage["line"], usage["pre_line"]))
    net_before = net_of_included(before, free)
    net_line = net_of_included(before + line, free) - net_before
    return {"net_pre_line": net_before, "net_line": net_line, "applied_now": line - net_line}


def _blocks(given: list[Values]) -> tuple[BlockTier, ...]:
    return tuple(
        BlockTier(
            size=Decimal(tier["block_size"]), blocks=number(tier["max_blocks"]), amount=Decimal(tier["price"])
        )
        for tier in given
    )


@kind("block_tiers", "block_tiers_incremental")
def _block_tiers(params: Values, usage: Values) -> Answer:
    whole = rate_blocks(_blocks(params["tiers"]), BlockPolicy(params["policy"]), Decimal(usage["units"]))
    return {"amount": whole - Decimal(usage.get("already_billed_amount", 0))}


@kind("multi_unit_block_tiers")
def _multi_unit_block_tiers(params: Values, usage: Values) -> Answer:
    tiers_of = {each["unit"]: _blocks(each["tiers"]) for each in params["units"]}
    policy = BlockPolicy(params["policy"])
    amounts = (
        rate_blocks(tiers_of[each["unit"]], policy, Decimal(each["units"])) for each in usage["quantities"]
    )
    return {"amount": sum(amounts, ZERO)}


@kind("multi_unit_block")
def _multi_unit_block(params: Values, usage: Values) -> Answer:
    price_of = {
        each["unit"]: PackagePrice(size=Decimal(each["block_size"]), amount=Decimal(each["price"]))
        for each in params["units"]
    }
    return {"amount": sum((amount(price_of[q["unit"]], q["units"]) for q in usage["quantities"]), ZERO)}


@kind("currency_rounding")
def _currency_rounding(params: Values, usage: Values) -> Answer:
    return {"rounded": round_minor(Decimal(usage["amount"]), params["currency"])}


@kind("line_rounding_subtotal")
def _line_rounding(params: Values, usage: Values) -> Answer:
    lines = (round_minor(Decimal(line), params["currency"]) for line in usage["lines"])
    return {"subtotal": sum(lines, ZERO)}


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


def shown(value: Decimal, decimals: int) -> Decimal:
    """The value as the case prints it."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_HALF_UP")


@kind("max_spend_discount")
def _max_spend_discount(params: Values, usage: Values) -> Answer:
    line, before = Decimal(params["line_amount"]), Decimal(usage["billed_before"])
    discount = cap(line, before, Decimal(params["maximum"])).discount
    return {"discount": round_minor(discount, currency_of(params))}


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


def _inclusive_days(first: str, last: str) -> Decimal:
    """Calendar days from the first to the last, both among them."""
    start, end = (datetime.combine(date.fromisoformat(d), datetime.min.time(), UTC) for d in (first, last))
    return Decimal(Period(start=start, end=end + timedelta(days=1)).days())


@kind("calendar_days_between")
def _calendar_days(params: Values, usage: Values) -> Answer:
    local = ZoneInfo(params["timezone"])
    start, end = (
        datetime.combine(instant(usage[name]).date(), datetime.min.time(), local) for name in ("start", "end")
    )
    if start.date() == end.date():
        return {"days": ZERO}
    sign = 1 if start < end else -1
    return {"days": Decimal(sign * Period(start=min(start, end), end=max(start, end)).days(local.key))}


@kind("proration_days")
def _proration_days(params: Values, usage: Values) -> Answer:
    plan = Decimal(params["plan_amount_cents"])
    exact = prorate(plan, Decimal(usage["billable_days"]), Decimal(usage["period_days"]))
    return {
        "amount_cents": round_minor(exact, WHOLE_CENTS),
        "precise_amount_cents": shown(exact, 10),
    }


@kind("proration_days_dates")
def _proration_dates(params: Values, usage: Values) -> Answer:
    whole = _inclusive_days(params["period_start"], params["period_end"])
    part = _inclusive_days(usage["started"], usage["terminated"])
    exact = prorate(Decimal(params["plan_amount_cents"]), part, whole)
    return {
        "period_days": whole,
        "billable_days": part,
        "amount_cents": round_minor(exact, WHOLE_CENTS),
    }


@kind("proration_plan_change_daily")
def _plan_change_daily(params: Values, usage: Values) -> Answer:
    part = _inclusive_days(params["change_date"], params["period_end"])
    whole = _inclusive_days(params["period_start"], params["period_end"])
    credit, charge = (
        round_minor(prorate(amount, part, whole), currency_of(params))
        for amount in (-Decimal(usage["old_amount"]), Decimal(usage["new_amount"]))
    )
    return {"credit": credit, "charge": charge, "net": credit + charge}
