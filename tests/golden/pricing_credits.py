"""Golden kinds about credit: grants that burn down by time, purses in their order, credits on lines."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from steelyard.kernel import instant
from steelyard.ledger import (
    Allocated,
    CreditLot,
    LotEnd,
    LotScope,
    Purse,
    Recurrence,
    RollOver,
    Use,
    allocate,
    burn,
    in_burn_order,
    opened,
    unspent,
)
from steelyard.rating import StepKind, Usage, minimum_line, rate_between
from tests.golden.pricing_terms import ZERO, Answer, Values, graduated, kind, number

MOMENT = timedelta(microseconds=1)


def moment(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


def lot(given: Values, place: int = 0, **terms: object) -> CreditLot:
    """The lot of a grant; `place` keeps the order of the list among lots that are equal otherwise."""
    ends = [end for end in (moment(given.get("voided_at")), moment(given.get("deleted_at"))) if end]
    again = given.get("recurrence")
    made = CreditLot(
        id=given.get("id", "grant"),
        customer="acme",
        name="Grant",
        unit="USD",
        amount=Decimal(given["amount"]),
        priority=int(given.get("priority", 1)),
        effective_at=instant(given["effective_at"]),
        granted_at=instant("2000-01-01T00:00:00Z") + place * MOMENT,
        expires_at=moment(given.get("expires_at")),
        ended=LotEnd(at=min(ends), by="", reason="") if ends else None,
        recurrence=Recurrence(interval=again["interval"], anchor=instant(again["anchor"])) if again else None,
    )
    return replace(made, **terms)


def uses(events: list[Values]) -> list[Use]:
    return [Use(at=instant(one["at"]), quantity=Decimal(one["quantity"])) for one in events]


@kind("grant_burndown")
def _grant_burndown(params: Values, usage: Values) -> Answer:
    lots = [lot(given, place) for place, given in enumerate(params["grants"])]
    given = {
        one["id"]: Decimal(one["balance_at_start"]) for one in params["grants"] if one["balance_at_start"]
    }
    used, until = uses(usage["events"]), instant(usage["until"])
    if any(use.at == until for use in used):
        until += MOMENT
    order = in_burn_order(lots)
    left = burn(opened(order, instant(usage["start"]), given), order, used, until).holdings
    balances = [{"grant": one.id, "balance": left.balances[one.id]} for one in lots]
    return {"balances": balances, "overage": left.overage}


@kind("grant_rollover")
def _grant_rollover(params: Values, usage: Values) -> Answer:
    given = params["grant"]
    reset = Recurrence(
        interval="P999Y",
        anchor=instant(usage["reset_at"]),
        refill=False,
        clears_overage=not params["preserve_overage"],
    )
    bounds = RollOver(
        minimum=Decimal(given["reset_min_rollover"]), maximum=Decimal(given["reset_max_rollover"])
    )
    one = lot({**given, "effective_at": usage["start"]}, recurrence=reset, roll_over=bounds)
    left = burn(opened([one], one.effective_at), [one], uses(usage["events"]), reset.anchor).holdings
    return {"balance": left.balances[one.id]}


@kind("wallet_burndown")
def _wallet_burndown(params: Values, usage: Values) -> Answer:
    wallets = sorted(params["wallets"], key=lambda one: int(one["priority"]))
    by_id = {one["id"]: one for one in wallets}
    items = usage["items"]

    def may_pay(place: int, purse: Purse) -> Decimal | None:
        wallet, item = by_id[purse.id], items[place]
        scope = LotScope(metrics=tuple(wallet["metrics"]), groups=tuple(wallet["fee_types"]))
        same = wallet["currency"] in (None, item["currency"])
        fits = scope.covers(metric=item["metric"] or "", group=item["fee_type"] or "")
        return None if same and fits else ZERO

    purses = [
        Purse(id=one["id"], balance=Decimal(one["balance_cents"]), takes_rest=one["threshold_rule"])
        for one in wallets
    ]
    amounts = [Decimal(one["usage_cents"]) - Decimal(one["already_billed_cents"]) for one in items]
    done = allocate(amounts, purses, may_pay, last_takes_rest=True)
    sums = {
        one["id"]: sum((paid.amount for paid in done.paid if paid.purse == one["id"]), ZERO)
        for one in wallets
    }
    return {
        "allocations": [{"wallet": one["id"], "amount_cents": sums[one["id"]]} for one in params["wallets"]]
    }


def lines(params: Values, usage: Values) -> list[tuple[str, Decimal]]:
    """The lines of the case's price, by kind, and the one that brings them to the minimum."""
    steps = rate_between(graduated(params), None, Usage(quantity=Decimal(usage["units"]))).steps
    found = [
        ("flat" if step.kind is StepKind.FLAT else "usage", step.amount)
        for step in steps
        if step.kind is not StepKind.NOTE
    ]
    floor = number(params["minimum"])
    if floor is not None:
        missing = minimum_line(floor, sum((amount for _, amount in found), ZERO))
        if missing > 0:
            found.append(("minimum", missing))
    return found


def credited(params: Values, amounts: list[Decimal]) -> Allocated:
    purses = [
        Purse(id=str(place), balance=Decimal(one)) for place, one in enumerate(params["credits"], start=1)
    ]
    return allocate(amounts, purses)


@kind("credits_applied_to_lines", "credits_over_allocation")
def _credits_applied(params: Values, usage: Values) -> Answer:
    drawn = lines(params, usage)
    done = credited(params, [amount for _, amount in drawn])
    refused = unspent(done)
    if refused is not None:
        return {"error": refused.code.value}
    return {
        "lines": [
            {
                "kind": what,
                "amount": amount,
                "credits": [
                    {"credit": paid.purse, "amount": paid.amount} for paid in done.paid if paid.place == place
                ],
            }
            for place, (what, amount) in enumerate(drawn)
        ]
    }
