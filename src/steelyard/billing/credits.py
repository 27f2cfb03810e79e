"""Credit on a document: lots pay its lines before tax, in the order of `burn_order`, each draw explained.

Pure, and the last step but tax: what rating, minimums, discounts, commitments and adjustments of earlier
periods gave is due, and lots take off what they may. A document drafted again draws the same, because what a
lot holds follows from its terms and its draws alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from steelyard.billing.bearing import is_borne_off
from steelyard.billing.draft import summed, tax_line
from steelyard.billing.lot_draws import (
    LOT_REASON,
    credit_line,
    credit_lines_of,
    is_credit,
    net_draws,
    part_of,
)
from steelyard.billing.model import Document, DraftInvoice, FloorRoom, Line, LineGroup, LotDraw
from steelyard.billing.purchases import charged_before, is_purchase, purchase_lines
from steelyard.billing.rounding import kept, nothing
from steelyard.billing.terms import share_of
from steelyard.catalog import CreditUnit
from steelyard.contracts import Customer, Tax
from steelyard.kernel import ONE, ZERO, Period, is_currency, iso, minor_digits
from steelyard.ledger import CreditLot, CreditOrder, Paid, Purse, allocate, available, in_burn_order
from steelyard.rating import Wording

_BEFORE: Final = timedelta(microseconds=1)
_NO_UNITS: Final[Mapping[str, CreditUnit]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """A customer's lots as they stand, with their versions, and the credit units that give them a rate.

    `orders` of credit are charged by the draft; their versions stand beside those of the lots.
    """

    lots: Sequence[CreditLot] = ()
    orders: Sequence[CreditOrder] = ()
    units: Mapping[str, CreditUnit] = field(default_factory=dict[str, CreditUnit])
    versions: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usable:
    """A lot that may pay on a document: at which rate, and how many units it holds for it."""

    lot: CreditLot
    rate: Decimal
    units: Decimal

    @property
    def gift_share(self) -> Decimal:
        """Which part of what it pays the customer had not paid for."""
        return max(ZERO, ONE - self.lot.cost_basis / self.rate) if self.rate else ZERO

    def purse(self, currency: str) -> Purse:
        """What it can pay in whole minor units."""
        worth = (self.units * self.rate).quantize(nothing(currency), rounding=ROUND_FLOOR)
        return Purse(id=self.lot.id, balance=worth, takes_rest=self.lot.overdraft)


@dataclass(slots=True)
class _Room:
    """What a floor still allows while lots pay."""

    floor: FloorRoom
    left: Decimal


def rate_of(unit: str, currency: str, units: Mapping[str, CreditUnit] = _NO_UNITS) -> Decimal | None:
    """What one unit of a lot pays in the currency; None where it cannot be used in it.

    >>> rate_of("EUR", "EUR"), rate_of("EUR", "USD")
    (Decimal('1'), None)
    """
    if unit == currency:
        return ONE
    if is_currency(unit) or unit not in units:
        return None
    return units[unit].rate(currency)


def draw_moment(lot: CreditLot, period: Period) -> datetime:
    """When a draw for a period counts: at its last moment in which the lot is valid."""
    last = period.end if lot.ends_at is None else min(period.end, lot.ends_at)
    return max(last - _BEFORE, lot.effective_at)


def credited(draft: DraftInvoice, customer: Customer, credits: Credits) -> DraftInvoice:
    """The draft with what is charged for orders of credit, and a line for each lot that pays some of it.

    Its tax is on what is left. Credit never pays for credit. A lot may pay on documents of periods in which
    it is valid; what it expires before, only in proportion to the days. Ended lots pay nothing more. A lot in
    credit units pays at the exchange rate of the catalog.
    """
    if credits.orders:
        bought = with_credit_lines(draft, purchase_lines(draft, credits.orders), customer.tax)
        versions = {one.id: credits.versions[one.id] for one in credits.orders if one.id in credits.versions}
        draft = replace(bought, lot_versions=versions)
    due = [line for line in draft.lines if line.group is not LineGroup.TAX]
    usable = _usable(draft, credits)
    if not usable or not due:
        return draft
    by_id = {one.lot.id: one for one in usable}

    def may_pay(place: int, purse: Purse) -> Decimal | None:
        return _may_pay(by_id[purse.id].lot, due[place], draft, customer.timezone)

    purses = [one.purse(draft.currency) for one in usable]
    done = allocate(_amounts(due), purses, may_pay)
    if caps := _gift_caps(draft, by_id, due, done.paid):

        def within(place: int, purse: Purse) -> Decimal | None:
            return _least(may_pay(place, purse), caps.get((place, purse.id)))

        done = allocate(_amounts(due), purses, within)
    draws: dict[str, list[LotDraw]] = {}
    for paid in done.paid:
        draws.setdefault(paid.purse, []).append(_draw(by_id[paid.purse], due[paid.place], paid))
    paying = [one.lot.id for one in usable if one.lot.id in draws]
    lines = [_line(draft, by_id[lot], draws[lot], place) for place, lot in enumerate(paying, start=1)]
    if not lines:
        return draft
    versions = {one.lot.id: credits.versions[one.lot.id] for one in usable if one.lot.id in credits.versions}
    paid = with_credit_lines(draft, lines, customer.tax)
    return replace(paid, lot_versions={**draft.lot_versions, **versions})


def _gift_caps(
    draft: DraftInvoice, lots: Mapping[str, _Usable], due: Sequence[Line], paid: Sequence[Paid]
) -> dict[tuple[int, str], Decimal]:
    """The most that lots nobody paid for may take off each line, where all of it would break a floor.

    What such a lot gives beyond its cost uses the floor's room, in the order of the draws.
    """
    rooms = [_Room(floor=one, left=one.room) for one in draft.floor_room]
    caps: dict[tuple[int, str], Decimal] = {}
    if not rooms:
        return caps
    broken = False
    for one in paid:
        share, line = lots[one.purse].gift_share, due[one.place]
        mine = [each for each in rooms if each.floor.is_about(line)] if share > 0 else []
        gift = one.amount * share
        left = min([gift, *(each.left for each in mine)])
        broken = broken or left < gift
        for each in mine:
            each.left -= left
        if mine:
            fits = one.amount if left == gift else left / share
            caps[one.place, one.purse] = fits.quantize(nothing(draft.currency), rounding=ROUND_FLOOR)
    if not broken:
        return {}
    for place, line in enumerate(due):
        for id, lot in lots.items():
            if lot.gift_share > 0 and any(each.floor.is_about(line) for each in rooms):
                caps.setdefault((place, id), ZERO)
    return caps


def _least(most: Decimal | None, cap: Decimal | None) -> Decimal | None:
    if most is None or cap is None:
        return cap if most is None else most
    return min(most, cap)


def _usable(draft: DraftInvoice, credits: Credits) -> list[_Usable]:
    found: list[_Usable] = []
    for lot in in_burn_order(list(credits.lots)):
        rate = rate_of(lot.unit, draft.currency, credits.units)
        if rate is None or lot.ended is not None or not _valid_in(lot, draft.period):
            continue
        units = available(lot, draw_moment(lot, draft.period))
        if units > 0 or lot.overdraft:
            found.append(_Usable(lot=lot, rate=rate, units=units))
    return found


def _valid_in(lot: CreditLot, period: Period) -> bool:
    return lot.effective_at < period.end and (lot.ends_at is None or lot.ends_at > period.start)


def _may_pay(lot: CreditLot, line: Line, draft: DraftInvoice, timezone: str) -> Decimal | None:
    """How much of the line the lot may pay: all (None), nothing, or the days before it expires."""
    if is_credit(line) or is_purchase(line):
        return ZERO
    if not lot.scope.covers(metric=line.metric, group=line.group.value, price=line.price_key):
        return ZERO
    period = draft.period if line.adjusts else line.period
    if lot.expires_at is None or lot.expires_at >= period.end:
        return None
    if lot.expires_at <= period.start:
        return ZERO
    share = share_of(Period(start=period.start, end=lot.expires_at), period, timezone)
    return share.of_amount(max(line.amount, ZERO)).quantize(nothing(draft.currency), rounding=ROUND_FLOOR)


def _amounts(due: Sequence[Line]) -> list[Decimal]:
    """What is due of each line that credit may pay: no purchase of credit, and no credit.

    Credit that adjustments gave back covers the charges that went with it.
    """
    given_back: dict[str, Decimal] = {}
    for line in due:
        if is_credit(line) and line.adjusts:
            name = line.adjusts.period_name
            given_back[name] = given_back.get(name, ZERO) + line.amount
    found: list[Decimal] = []
    for line in due:
        amount = ZERO if is_credit(line) or is_purchase(line) else line.amount
        name = line.adjusts.period_name if line.adjusts else ""
        if amount < 0 and name in given_back:
            covered = min(-amount, given_back[name])
            given_back[name] -= covered
            amount += covered
        found.append(amount)
    if any(line.borne is not None for line in due):
        borne = {_charge_place(line) for line in due if is_borne_off(line)}
        return [
            ZERO if _charge_place(line) in borne else amount for line, amount in zip(due, found, strict=True)
        ]
    return found


def _charge_place(line: Line) -> tuple[str, str, datetime, str]:
    """What a charge has in common with the line that takes it off because somebody else bears it."""
    about = line.adjusts.period_name if line.adjusts else ""
    return line.subscription, line.price_key, line.period.start, about


def _draw(usable: _Usable, line: Line, paid: Paid) -> LotDraw:
    units = kept(paid.amount / usable.rate)
    cost = kept(units * usable.lot.cost_basis)
    return LotDraw(lot=usable.lot.id, line=line.id, units=units, amount=paid.amount, cost=cost)


def _line(draft: DraftInvoice, usable: _Usable, draws: Sequence[LotDraw], place: int) -> Line:
    lot = usable.lot
    wording = Wording(unit=lot.unit, decimals=minor_digits(draft.currency) if usable.rate == 1 else 0)
    used = sum((one.units for one in draws), ZERO)
    until = f"expires {iso(lot.expires_at)}" if lot.expires_at else "never expires"
    note = (
        f"{place}. in the order of drawing: priority {lot.priority}, {until}; "
        f"{wording.amount(usable.units)} {lot.unit} to be used, {wording.amount(usable.units - used)} left"
    )
    if usable.rate != 1:
        note += f"; 1 {lot.unit} pays {Wording().amount(usable.rate)} {draft.currency}"
    return credit_line(draft, draws, title=lot.name, unit=lot.unit, reason=f"{LOT_REASON}{lot.id}", note=note)


def with_credit_lines(draft: DraftInvoice, lines: Sequence[Line], tax: Tax | None) -> DraftInvoice:
    """The draft with these lines of credit before its tax, and its own tax on what is left to be taxed."""
    untaxed = [line for line in draft.lines if line.group is not LineGroup.TAX]
    adjusted = [line for line in draft.lines if line.group is LineGroup.TAX and line.adjusts]
    every = [*untaxed, *lines]
    own = [line.amount for line in every if line.adjusts is None]
    taxed: list[Line] = []
    if tax is not None and own:
        subtotal = sum(own, nothing(draft.currency))
        taxed.append(tax_line(tax, subtotal, draft.currency, draft.period))
    return summed(replace(draft, lines=(*every, *taxed, *adjusted)))


def resettled(now: DraftInvoice, billed: Sequence[Document], tax: Tax | None) -> DraftInvoice:
    """A billed period drafted anew, with the credit that paid it: as before, at most what is payable now.

    What is payable no more goes back to its lot. `billed` are the documents of the period, the first one
    first. Lots never pay more of a billed period; they pay its adjustments where those are due.
    """
    first = billed[0]
    before = credit_lines_of(billed, first.period_name)
    if bought := charged_before(first):
        now = with_credit_lines(now, bought, tax)
    if not before:
        return now
    today = {_place(line): line for line in now.lines}
    payable: dict[str, Decimal] = {}
    for line in first.lines:
        if line.adjusts is None and not is_credit(line):
            there = today.get(_place(line))
            payable[line.id] = max(there.amount, ZERO) if there else ZERO
    lines: list[Line] = []
    titles = {line.price_key: line for line in reversed(before)}
    for lot, draws in _by_lot(net_draws(before)).items():
        still = [one for one in (_still(draw, payable) for draw in draws) if one.amount > 0]
        if still:
            known = titles[lot]
            lines.append(
                credit_line(
                    replace(now, lines=first.lines),
                    still,
                    title=known.title,
                    unit=known.unit,
                    reason=known.reason,
                )
            )
    return with_credit_lines(now, lines, tax) if lines else now


def _place(line: Line) -> tuple[object, ...]:
    """What tells a charge from the others; a price may have one for each part of a month that is split."""
    return line.subscription, line.group, line.price_key, line.reason, line.period.start


def _by_lot(draws: Sequence[LotDraw]) -> dict[str, list[LotDraw]]:
    found: dict[str, list[LotDraw]] = {}
    for draw in draws:
        found.setdefault(draw.lot, []).append(draw)
    return found


def _still(draw: LotDraw, payable: dict[str, Decimal]) -> LotDraw:
    """The draw as far as its line is still to be paid; what paid an adjustment stays as it is."""
    if draw.line not in payable:
        return draw
    amount = min(draw.amount, payable[draw.line])
    payable[draw.line] -= amount
    return part_of(draw, amount)
