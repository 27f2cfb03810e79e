"""Burning lots down: stopping anywhere, going on, or running again changes nothing; nothing is lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.kernel import ZERO, instant
from steelyard.ledger import (
    CreditDraw,
    CreditLot,
    DrawKind,
    LotEnd,
    Purse,
    Recurrence,
    RollOver,
    Use,
    allocate,
    available,
    burn,
    history,
    in_burn_order,
    net_of_negative,
    opened,
)

START = instant("2026-01-01T00:00:00Z")
HOURS = 24 * 30
UNTIL = START + timedelta(hours=HOURS)

amounts = st.integers(0, 50_000).map(lambda cents: Decimal(cents) / 100)
moments = st.integers(-48, HOURS).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def lots(draw: st.DrawFn) -> list[CreditLot]:
    return [draw(a_lot(place)) for place in range(draw(st.integers(0, 5)))]


@st.composite
def a_lot(draw: st.DrawFn, place: int) -> CreditLot:
    begins = draw(moments)
    most = draw(amounts)
    recurrence = Recurrence(
        interval=draw(st.sampled_from(["P1D", "P3D", "P1W", "P1M"])),
        anchor=draw(moments),
        refill=draw(st.booleans()),
        clears_overage=draw(st.booleans()),
    )
    return CreditLot(
        id=f"lot{place}",
        customer="acme",
        name="Lot",
        unit="EUR",
        amount=draw(amounts),
        priority=draw(st.integers(1, 3)),
        effective_at=begins,
        granted_at=START,
        expires_at=draw(st.none() | moments.filter(lambda at: at > begins)),
        ended=draw(st.none() | moments.map(lambda at: LotEnd(at=at, by="", reason=""))),
        recurrence=draw(st.none() | st.just(recurrence)),
        roll_over=draw(st.none() | st.just(RollOver(minimum=ZERO, maximum=most))),
    )


uses = st.lists(st.builds(Use, at=moments, quantity=amounts), max_size=20)


@given(lots(), uses, st.lists(moments.filter(lambda at: at >= START), max_size=5))
def test_splitting_anywhere_gives_the_same_lots(
    granted: list[CreditLot], used: list[Use], stops: list[datetime]
) -> None:
    order = in_burn_order(granted)
    whole = burn(opened(order, START), order, used, UNTIL)
    holdings, movements = opened(order, START), []
    for stop in [*sorted(stops), UNTIL]:
        part = burn(holdings, order, used, stop)
        holdings = part.holdings
        movements += part.movements
    assert holdings == whole.holdings
    assert tuple(movements) == whole.movements


@given(lots(), uses, st.integers(1, 4))
def test_running_it_again_changes_nothing(granted: list[CreditLot], used: list[Use], times: int) -> None:
    order = in_burn_order(granted)
    once = burn(opened(order, START), order, used, UNTIL)
    for _ in range(times):
        again = burn(once.holdings, order, used, UNTIL)
        assert again.holdings == once.holdings
        assert again.movements == ()


@given(lots(), uses)
def test_the_movements_explain_each_balance(granted: list[CreditLot], used: list[Use]) -> None:
    order = in_burn_order(granted)
    at_first = opened(order, START)
    done = burn(at_first, order, used, UNTIL)
    for lot in order:
        moved = sum((one.change for one in done.movements if one.lot == lot.id), ZERO)
        assert at_first.balances[lot.id] + moved == done.holdings.balances[lot.id]
        assert done.holdings.balances[lot.id] >= 0


@given(lots(), uses)
def test_what_is_used_is_drawn_or_left_over(granted: list[CreditLot], used: list[Use]) -> None:
    order = in_burn_order([replace(lot, recurrence=None) for lot in granted])
    done = burn(opened(order, START), order, used, UNTIL)
    counted = sum((use.quantity for use in used if START <= use.at < UNTIL), ZERO)
    drawn = -sum((one.change for one in done.movements if one.kind.value == "drawn"), ZERO)
    assert drawn + done.holdings.overage == counted


@given(a_lot(0), st.lists(st.tuples(moments, st.integers(1, 100)), max_size=6))
def test_lots_can_be_drawn_on_in_any_order_of_time_and_never_hold_less_than_nothing(
    lot: CreditLot, asked: list[tuple[datetime, int]]
) -> None:
    for at, percent in asked:
        units = available(lot, at) * percent / 100
        draw = CreditDraw(
            kind=DrawKind.DOCUMENT, about="inv", number="INV", at=at, recorded_at=START, units=units
        )
        lot = replace(lot, draws=(*lot.draws, draw)) if units else lot
        drawn = [one for one in history(lot, UNTIL).movements if one.kind.value == "drawn"]
        assert all(one.balance >= 0 for one in drawn)


@given(
    st.lists(st.integers(-100, 500).map(Decimal), max_size=8),
    st.lists(st.tuples(st.integers(0, 300).map(Decimal), st.booleans()), max_size=5),
    st.booleans(),
)
def test_an_allocation_pays_each_amount_once(
    due: list[Decimal], held: list[tuple[Decimal, bool]], last: bool
) -> None:
    purses = [
        Purse(id=str(place), balance=balance, takes_rest=rest) for place, (balance, rest) in enumerate(held)
    ]
    done = allocate(due, purses, last_takes_rest=last)
    paid = sum((one.amount for one in done.paid), ZERO)
    assert paid + sum(done.due, ZERO) == sum(net_of_negative(due), ZERO)
    assert sum((purse.balance for purse in purses), ZERO) - paid == sum(done.left.values(), ZERO)
    assert all(one >= 0 for one in done.due)
    if not last and not any(rest for _, rest in held):
        assert all(one >= 0 for one in done.left.values())
    assert sum(net_of_negative(due), ZERO) == max(sum(due, ZERO), ZERO)
