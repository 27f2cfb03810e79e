"""Golden kinds about conversion, blocks, commitments, windows, rounding and shares of periods."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from steelyard.kernel import ONE, Period, instant, round_minor
from steelyard.rating import (
    BlockPolicy,
    BlockPrice,
    BlockTier,
    Conversion,
    ConversionOp,
    MultiUnitPrice,
    PackagePrice,
    Stair,
    StairstepPrice,
    UnitPrice,
    Usage,
    UsagePart,
    WholeUnits,
    net_of_included,
    prorate,
    rate,
)
from tests.golden.pricing_terms import (
    WHOLE_CENTS,
    ZERO,
    Answer,
    Values,
    amount,
    currency_of,
    graduated,
    kind,
    number,
    per_unit,
    shown,
)


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


def _blocks(params: Values, policy: str = "ALL_TIERS") -> BlockPrice:
    tiers = tuple(
        BlockTier(
            size=Decimal(tier["block_size"]), count=number(tier["max_blocks"]), amount=Decimal(tier["price"])
        )
        for tier in params["tiers"]
    )
    return BlockPrice(blocks=tiers, policy=BlockPolicy(policy))


@kind("block_tiers", "block_tiers_incremental")
def _block_tiers(params: Values, usage: Values) -> Answer:
    whole = amount(_blocks(params, params["policy"]), usage["units"])
    return {"amount": whole - Decimal(usage.get("already_billed_amount", 0))}


def _of_units(units: tuple[UnitPrice, ...], usage: Values) -> Answer:
    """Several kinds of units, each by its own model."""
    parts = tuple(
        UsagePart(at=(each["unit"],), quantity=Decimal(each["units"])) for each in usage["quantities"]
    )
    together = Usage(quantity=sum((part.quantity for part in parts), ZERO), parts=parts)
    return {"amount": rate(MultiUnitPrice(over=("unit",), units=units), together).amount}


@kind("multi_unit_block_tiers")
def _multi_unit_block_tiers(params: Values, usage: Values) -> Answer:
    policy = params["policy"]
    units = tuple(UnitPrice(unit=each["unit"], price=_blocks(each, policy)) for each in params["units"])
    return _of_units(units, usage)


@kind("multi_unit_block")
def _multi_unit_block(params: Values, usage: Values) -> Answer:
    units = tuple(
        UnitPrice(
            unit=each["unit"],
            price=PackagePrice(size=Decimal(each["block_size"]), amount=Decimal(each["price"])),
        )
        for each in params["units"]
    )
    return _of_units(units, usage)


@kind("stairstep_capacity")
def _stairstep(params: Values, usage: Values) -> Answer:
    stairs = tuple(
        Stair(
            amount=Decimal(tier["price"]),
            limits={each["unit"]: Decimal(each["limit"]) for each in tier["limits"] or ()},
        )
        for tier in params["tiers"]
    )
    parts = tuple(
        UsagePart(at=(each["unit"],), quantity=Decimal(each["units"])) for each in usage["quantities"]
    )
    return {
        "amount": rate(StairstepPrice(stairs=stairs, over=("unit",)), Usage(quantity=ONE, parts=parts)).amount
    }


@kind("currency_rounding")
def _currency_rounding(params: Values, usage: Values) -> Answer:
    return {"rounded": round_minor(Decimal(usage["amount"]), params["currency"])}


@kind("line_rounding_subtotal")
def _line_rounding(params: Values, usage: Values) -> Answer:
    lines = (round_minor(Decimal(line), params["currency"]) for line in usage["lines"])
    return {"subtotal": sum(lines, ZERO)}


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
