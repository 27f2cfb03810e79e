"""Golden kinds about parts of periods: cycles in advance, changes of plans and seats, capped credit."""

from datetime import UTC, date, datetime
from decimal import Decimal

from steelyard.contracts.cycles import Cycle, cycles
from steelyard.contracts.fees import ContractFee, credit_of, unused
from steelyard.kernel import instant, round_minor
from steelyard.kernel.daycount import Share, fixed_days
from steelyard.rating import PerUnitPrice, Usage, prorate, rate
from tests.golden.pricing_terms import WHOLE_CENTS, ZERO, Answer, Values, kind, shown

MONTHS = {"MONTHLY": 1, "ANNUAL": 12}


def cents(amount: Decimal) -> Decimal:
    return round_minor(amount, WHOLE_CENTS)


def midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def _part(cycle: Cycle | None) -> Answer | None:
    return None if cycle is None else {"days": cycle.share.days, "period_days": cycle.share.of}


@kind("billing_cycles_in_advance")
def _cycles_in_advance(params: Values, usage: Values) -> Answer:
    start, until = date.fromisoformat(usage["start"]), date.fromisoformat(usage["target"])
    found = cycles(
        months=MONTHS[params["period"]],
        anchor_day=int(params["billing_cycle_day"]),
        start=start,
        end=date.fromisoformat(usage["end"]) if usage["end"] else None,
        until=until,
    )
    anchored = start.day == int(params["billing_cycle_day"])
    leading = next((one for one in found[:1] if not one.is_whole and not anchored), None)
    trailing = next((one for one in found[-1:] if not one.is_whole and one is not leading), None)
    fractions = (
        shown(prorate(Decimal(1), Decimal(one.share.days), Decimal(one.share.of)), 9) for one in found
    )
    return {
        "leading": _part(leading),
        "full_cycles": sum(one.is_whole for one in found),
        "trailing": _part(trailing),
        "cycles_9dp": sum(fractions, ZERO),
    }


@kind("proration_plan_change")
def _plan_change(params: Values, usage: Values) -> Answer:
    start, end, at = (
        date.fromisoformat(text) for text in (params["cycle_start"], params["cycle_end"], usage["change_at"])
    )
    left = unused(start, end, at)
    old, new = Decimal(params["old_amount_cents"]), Decimal(params["new_amount_cents"])
    same = params["old_interval"] == params["new_interval"]
    # A fee of the same interval goes on in the cycle of the old one, any other begins a cycle of its own.
    begun = left if same else Share(days=1, of=1)
    credit = credit_of(left.of_amount(old), paid=old, credited=ZERO)
    return {"credit_cents": cents(credit), "debit_cents": cents(begun.of_amount(new))}


@kind("proration_with_discount")
def _with_discount(params: Values, usage: Values) -> Answer:
    share = Share(days=int(usage["factor_numerator"]), of=int(usage["factor_denominator"]))

    def part(amount: str, discount: Values) -> Decimal:
        fields = {"percentage": "percent_off", "fixed": "amount_off"}
        off: Values = (
            {fields[discount["kind"]]: Decimal(discount["value"])} if discount["kind"] in fields else {}
        )
        fee = ContractFee(
            key="f", name="F", amount=Decimal(amount), effective_from=instant("2026-01-01T00:00:00Z"), **off
        )
        return share.of_amount(fee.net)

    return {
        "credit_cents": part(params["old_amount"], params["old_discount"]),
        "debit_cents": part(params["new_amount"], params["new_discount"]),
    }


@kind("proration_credit_cap")
def _credit_cap(params: Values, usage: Values) -> Answer:
    paid, credited = Decimal(params["original_paid"]), Decimal(params["previous_credits"])
    return {"credit": credit_of(Decimal(usage["potential_credit"]), paid=paid, credited=credited)}


@kind("proration_fixed_30_days")
def _fixed_days(params: Values, usage: Values) -> Answer:
    in_month = int(params["fixed_days_in_month"])
    days = fixed_days(midnight(usage["start"]), midnight(usage["end"]), "UTC", in_month=in_month)
    return {"fraction": shown(prorate(Decimal(1), Decimal(days), Decimal(in_month)), 9)}


@kind("proration_seat_change")
def _seat_change(params: Values, usage: Values) -> Answer:
    before, after = Decimal(usage["seats_from"]), Decimal(usage["seats_to"])
    share = Share(days=int(usage["factor_numerator"]), of=int(usage["factor_denominator"]))
    now = PerUnitPrice(unit_amount=Decimal(params["old_price_per_seat"]))
    then = PerUnitPrice(unit_amount=Decimal(params["scheduled_price_per_seat"]))
    moved = share.of_amount(rate(now, Usage(quantity=after - before)).amount)
    return {
        "entry_cents": abs(moved),
        "direction": "debit" if moved > 0 else "credit",
        "next_cycle_cents": rate(then, Usage(quantity=after)).amount,
    }
