"""Golden kinds about price models: graduated, volume, package, per unit, flat, dynamic, and their bounds."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from steelyard.kernel import round_minor
from steelyard.rating import (
    DynamicPrice,
    FlatPrice,
    LinePlace,
    PerUnitPrice,
    PriceModel,
    Term,
    UnitsChange,
    Usage,
    average,
    cap,
    cap_each,
    minimum_line,
    packages,
    rate,
    rate_between,
    rate_changes,
)
from tests.golden.pricing_terms import (
    WHOLE_CENTS,
    ZERO,
    Answer,
    Values,
    added,
    amount,
    charged,
    currency_of,
    graduated,
    kind,
    package,
    per_unit,
    used,
    volume,
)


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
    return {"amount": rated.amount, "unit_amount": average(rated.amount, Decimal(usage["units"]))}


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
