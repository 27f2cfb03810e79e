"""Floors: the least that must remain of a contract year's list amount after all that was taken off.

A contract year is twelve billing months from the subscription's first. What may be given away in it is known
as soon as its fees are: the list amount of the months that were, of this one, and of those to come at today's
fees, less what must remain. Discounts draw on that budget, so that the year ends at the floor or above.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from steelyard.billing.model import FloorRoom, Line, LineGroup
from steelyard.billing.past import Gift, PastPeriod, by_month
from steelyard.billing.rounding import kept, rounded
from steelyard.billing.terms import Terms
from steelyard.catalog import Floor
from steelyard.kernel import ONE, ZERO, Period, minor_digits
from steelyard.kernel.period import zone
from steelyard.rating import Step, StepKind, Wording
from steelyard.rating.discounts import floor_of

_LISTED = frozenset(
    {
        LineGroup.CORE,
        LineGroup.OVERAGE,
        LineGroup.ADD_ON,
        LineGroup.SUPPORT,
        LineGroup.SERVICES,
        LineGroup.COMMITTED,
    }
)


@dataclass(slots=True)
class FloorYear:
    """A floor in a subscription's contract year, and how much may still be taken off this month.

    `listed` and `units` are of the months before and this one, `ahead` what the fees of the months to come
    are expected to list; `off` is what was taken off before, and this month as it is spent.
    """

    floor: Floor
    subscription: str
    listed: Decimal
    units: Decimal
    ahead: Decimal
    off: Decimal
    ends: bool

    @property
    def budget(self) -> Decimal:
        """What may still be taken off."""
        listed = self.listed + self.ahead
        return listed - self._least(listed) - self.off

    @property
    def missing(self) -> Decimal:
        """What the year fell below its floor, once its last month is known."""
        return max(ZERO, self._least(self.listed) - (self.listed - self.off)) if self.ends else ZERO

    @property
    def remains(self) -> Decimal:
        """What is left of what was listed until now."""
        return self.listed - self.off

    @property
    def wanted(self) -> Decimal:
        """What must be left of it."""
        return self._least(self.listed)

    def is_about(self, line: Line) -> bool:
        """Whether the charge counts for the floor."""
        if line.subscription != self.subscription:
            return False
        if not self.floor.prices:
            return bool(line.price_key) or line.group is LineGroup.DISCOUNT
        return line.price_key in self.floor.prices

    def holds_for(self, gift: Gift) -> bool:
        """Whether credit that nobody paid for counts as taken off by it."""
        mine = gift.subscription == self.subscription
        return mine and (not self.floor.prices or gift.price_key in self.floor.prices)

    @property
    def room(self) -> FloorRoom:
        """What may still be given away this month, to be told to what comes after."""
        return FloorRoom(
            floor=self.floor.key,
            subscription=self.subscription,
            prices=self.floor.prices,
            room=max(ZERO, self.budget),
        )

    def spend(self, off: Decimal) -> None:
        """Takes note of what a discount took off."""
        self.off += off

    def _least(self, listed: Decimal) -> Decimal:
        amount = self.floor.amount
        if self.floor.unit_amount is not None:
            amount = self.floor.unit_amount * self.units
        return floor_of(listed, percent=self.floor.percent, amount=amount)


def floor_years(terms: Terms, charges: Sequence[Line], period: Period, timezone: str) -> list[FloorYear]:
    """The floors that bind the subscription, as its contract year stands with these charges of the month."""
    arrangement = terms.card.arrangement
    if arrangement.start is None or not arrangement.floors:
        return []
    local = zone(timezone)
    first, now = arrangement.start.astimezone(local), period.start.astimezone(local)
    gone = max(0, (now.year - first.year) * 12 + now.month - first.month)
    place, left = gone % 12, 11 - gone % 12
    ends = left == 0
    if arrangement.end is not None:
        last = arrangement.end.astimezone(local)
        # An end at midnight of the first of a month is the end of the month before.
        whole = last.day == 1 and not (last.hour or last.minute or last.second)
        months = (last.year - now.year) * 12 + last.month - now.month - whole
        left, ends = min(left, max(0, months)), ends or months <= 0
    months = by_month(terms.past, arrangement.start, timezone, gone)
    before = [month for month in months[gone - place :] if month is not None]
    return [_year(floor, terms, charges, before, left, ends=ends) for floor in arrangement.floors]


def _year(
    floor: Floor,
    terms: Terms,
    charges: Sequence[Line],
    before: Iterable[PastPeriod],
    left: int,
    *,
    ends: bool,
) -> FloorYear:
    year = FloorYear(
        floor=floor,
        subscription=terms.card.subscription,
        listed=ZERO,
        units=ZERO,
        ahead=ZERO,
        off=ZERO,
        ends=ends,
    )
    for month in before:
        for line in month.lines:
            if year.is_about(line):
                _count(year, line)
        year.off += sum((gift.amount for gift in month.gifts if year.holds_for(gift)), ZERO)
    agreed = {line.price_key for line in charges if line.group in _LISTED and not line.metric}
    for line in charges:
        if year.is_about(line):
            _count(year, line)
            if line.borne is not None and line.price_key in agreed:
                year.ahead -= line.borne.amount * left
                year.units -= line.borne.quantity * left
            # What is measured may not come again; what was agreed does.
            if line.group in _LISTED and not line.metric:
                year.ahead += line.amount * left
                year.units += (line.quantity or ZERO) * left
    return year


def year_like(floor: Floor, subscription: str, month: Iterable[Line], *, off_months: int) -> FloorYear:
    """A contract year of months that all list what this one does, in so many of which the same is taken off.

    >>> least = Floor(key="f", name="F", owner="o", definition="d", percent=Decimal(60))
    >>> str(year_like(least, "s", [], off_months=12).remains)
    '0'
    """
    year = FloorYear(
        floor=floor, subscription=subscription, listed=ZERO, units=ZERO, ahead=ZERO, off=ZERO, ends=True
    )
    for line in month:
        if year.is_about(line):
            _count(year, line)
    year.listed, year.units, year.off = year.listed * 12, year.units * 12, year.off * off_months
    return year


def _count(year: FloorYear, line: Line) -> None:
    if line.borne is not None:
        # What somebody else's commitment bears was neither listed nor given away.
        year.listed -= line.borne.amount
        year.units -= line.borne.quantity
        return
    if line.group in _LISTED:
        year.listed += line.amount + line.given_free
        year.off += line.given_free
        year.units += line.quantity or ZERO
    elif line.group is LineGroup.DISCOUNT:
        year.off -= line.amount


def floored(
    terms: Terms, lines: Sequence[Line], period: Period, timezone: str
) -> tuple[list[Line], list[FloorRoom]]:
    """The lines that make a contract year good that fell below a floor, and what may still be given away.

    There are no lines while the year goes on.

    >>> from steelyard.contracts.rate_card import RateCard
    >>> card = RateCard(
    ...     subscription="s", customer="a", plan="p", plan_name="P", currency="USD", catalog_version="c"
    ... )
    >>> floored(Terms(card=card, active=Period.month(2026, 10)), [], Period.month(2026, 10), "UTC")
    ([], [])
    """
    years = floor_years(terms, lines, period, timezone)
    return [_line(terms, year) for year in years if year.missing > 0], [year.room for year in years]


def _line(terms: Terms, year: FloorYear) -> Line:
    wording = Wording(decimals=minor_digits(terms.card.currency))
    missing = kept(year.missing)
    net = year.listed - year.off
    text = (
        f"{wording.amount(year.listed)} listed in the contract year, {wording.amount(net)} after discounts, "
        f"{wording.amount(net + missing)} must remain"
    )
    step = Step(text=text, quantity=ONE, unit_amount=missing, amount=missing, kind=StepKind.FLAT)
    return Line(
        id="",
        group=LineGroup.COMMITTED,
        title=year.floor.name,
        period=terms.active,
        amount_exact=missing,
        amount=rounded(missing, terms.card.currency),
        price_version=terms.card.catalog_version,
        subscription=terms.card.subscription,
        reason=f"floor {year.floor.key}",
        steps=(step,),
    )
