"""Fees of a contract that are paid in advance, cycle by cycle, and what is given back when one ends early.

A cycle is charged whole in the month in which it begins. Where the end was agreed after that month, the part
of the cycle that is not used is given back in the month of the end; where it was known before, only the used
part is charged. A discount is taken off before any part of it is reckoned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from steelyard.contracts.cycles import Cycle, cycles
from steelyard.kernel import ZERO, InvalidInput, Period
from steelyard.kernel.daycount import Share
from steelyard.kernel.period import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFee:
    """An amount for each cycle of so many months, in advance, in the currency of the customer's plan.

    Cycles begin on the `anchor_day` of the month (None: the day on which the fee begins). `ended_at` is when
    an early end was agreed. A fee that takes the place of another ends the one and begins the other.

    >>> from steelyard.kernel import instant
    >>> fee = ContractFee(key="platform", name="Platform", amount=Decimal(1200), percent_off=Decimal(10),
    ...                   effective_from=instant("2026-01-01T00:00:00Z"))
    >>> fee.net
    Decimal('1080')
    """  # fmt: skip

    key: str
    name: str
    amount: Decimal
    effective_from: datetime
    effective_until: datetime | None = None
    ended_at: datetime | None = None
    every_months: int = 12
    anchor_day: int | None = None
    percent_off: Decimal = ZERO
    amount_off: Decimal = ZERO

    def __post_init__(self) -> None:
        if not 1 <= self.every_months <= 120 or not 1 <= (self.anchor_day or 1) <= 31:
            raise InvalidInput("a fee is for 1 to 120 months, from a day of 1 to 31", code="bad_interval")
        if self.amount < 0 or self.amount_off < 0 or not 0 <= self.percent_off <= 100:
            raise InvalidInput("a fee and what is taken off it are not negative", code="bad_amount")
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise InvalidInput("a fee must end after it begins", code="empty_period")

    @property
    def net(self) -> Decimal:
        """The amount of a cycle after what is taken off."""
        return self.amount - self.amount * self.percent_off / 100 - self.amount_off


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeDue:
    """What is due of a fee in a month: for which days, how much (negative: given back), and why."""

    fee: ContractFee
    start: date
    end: date
    amount: Decimal
    words: str


def due_in(fee: ContractFee, month: Period, timezone: str) -> Iterator[FeeDue]:
    """What is due of the fee in a month of the customer's calendar: cycles that begin, and credit at its end.

    >>> from steelyard.kernel import instant
    >>> yearly = ContractFee(key="f", name="F", amount=Decimal(1200), effective_from=instant("2026-01-01T00:00:00Z"))
    >>> [str(due.amount) for due in due_in(yearly, Period.month(2026, 1), "UTC")]
    ['1200']
    >>> list(due_in(yearly, Period.month(2026, 2), "UTC"))
    []
    """  # fmt: skip  # noqa: E501
    first, last = _day(month.start, timezone), _day(month.end, timezone)
    end = None if fee.effective_until is None else _day(fee.effective_until, timezone)
    for cycle in _cycles(fee, end=None, until=last, timezone=timezone):
        cut = end is not None and cycle.start < end < cycle.end
        if end is not None and cycle.start >= end:
            break
        late = cut and _agreed_late(fee, cycle, timezone)
        if first <= cycle.start < last:
            stop = end if cut and not late and end is not None else cycle.end
            yield _charge(fee, cycle, stop)
        if late and end is not None and first <= _credit_day(fee, end, timezone) < last:
            share = unused(cycle.start, cycle.end, end)
            paid = cycle.share.of_amount(fee.net)
            back = credit_of(share.of_amount(fee.net), paid=paid, credited=ZERO)
            words = f"{share.days} of {share.of} days not used"
            yield FeeDue(fee=fee, start=end, end=cycle.end, amount=-back, words=words)


def within(
    fee: ContractFee, end: datetime | None, *, goes_on: bool, agreed_at: datetime | None = None
) -> ContractFee:
    """The fee as it is asked under a contract that ends then, and perhaps goes on by itself.

    A contract that goes on keeps its cycles whole; one that ends charges the days until its end. What was
    paid before the end was `agreed_at` is given back for the days after it.

    >>> from steelyard.kernel import instant
    >>> start, end = instant("2026-01-01T00:00:00Z"), instant("2026-04-01T00:00:00Z")
    >>> yearly = ContractFee(key="f", name="F", amount=Decimal(1200), effective_from=start)
    >>> within(yearly, end, goes_on=False).effective_until == end, within(yearly, end, goes_on=True) == yearly
    (True, True)
    """
    if end is None or goes_on or fee.effective_from >= end:
        return fee
    if fee.effective_until is not None and fee.effective_until <= end:
        return fee
    return replace(fee, effective_until=end, ended_at=fee.ended_at or agreed_at)


def _cycles(fee: ContractFee, *, end: date | None, until: date, timezone: str) -> list[Cycle]:
    start = _day(fee.effective_from, timezone)
    return cycles(
        months=fee.every_months,
        anchor_day=fee.anchor_day or start.day,
        start=start,
        end=end,
        until=until - timedelta(days=1),
    )


def _charge(fee: ContractFee, cycle: Cycle, stop: date) -> FeeDue:
    share = cycle.share
    if stop != cycle.end:
        share = Share(days=(stop - cycle.start).days, of=share.of)
    words = "in advance" if share.is_whole else f"{share.days} of {share.of} days"
    return FeeDue(fee=fee, start=cycle.start, end=stop, amount=share.of_amount(fee.net), words=words)


def unused(start: date, end: date, at: date) -> Share:
    """The days of a cycle that are left from a day on, of how many it has.

    >>> unused(date(2026, 1, 1), date(2027, 1, 1), date(2026, 7, 2))
    Share(days=183, of=365)
    """
    return Share(days=(end - at).days, of=(end - start).days)


def credit_of(potential: Decimal, *, paid: Decimal, credited: Decimal) -> Decimal:
    """What may be given back: never more than was paid, less what was given back before, and never negative.

    >>> credit_of(Decimal(50), paid=Decimal(100), credited=Decimal(80))
    Decimal('20')
    """
    return max(ZERO, min(potential, paid, paid - credited))


def _agreed_late(fee: ContractFee, cycle: Cycle, timezone: str) -> bool:
    """Whether the end was agreed after the month in which the cycle was charged."""
    if fee.ended_at is None:
        return False
    agreed = _day(fee.ended_at, timezone)
    return (agreed.year, agreed.month) > (cycle.start.year, cycle.start.month)


def _credit_day(fee: ContractFee, end: date, timezone: str) -> date:
    """The day in whose month the credit stands: that of the end, or of its agreement where that is later."""
    agreed = end if fee.ended_at is None else _day(fee.ended_at, timezone)
    return max(end, agreed)


def _day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(zone(timezone)).date()
