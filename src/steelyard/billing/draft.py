"""The draft: what a customer would be charged for a period. Preview, bill and verification all call it.

Each item of each rate card becomes at most one line; a commitment adds its two; then stand the adjustments
of periods billed before; tax comes last. Every line is rounded once, sums are sums of what the lines say, and
the difference to the exact amounts is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from steelyard.billing.ahead import asked_in, asking, contracts_held, settled
from steelyard.billing.bearing import borne_off, not_borne
from steelyard.billing.charges import charge
from steelyard.billing.commitment import commitment_lines
from steelyard.billing.committing import committed_lines
from steelyard.billing.discounting import discount_lines
from steelyard.billing.floors import floor_years, floored
from steelyard.billing.free_units import with_free_units, with_worth, within_floors
from steelyard.billing.model import GROUP_ORDER, ChainRange, DraftInvoice, Line, LineGroup
from steelyard.billing.past import asked_before
from steelyard.billing.rounding import kept, nothing, rounded
from steelyard.billing.terms import Share, Terms, share_of
from steelyard.contracts import Customer, RatedItem, Tax
from steelyard.kernel import ZERO, Period, Problem, minor_digits
from steelyard.kernel.period import zone
from steelyard.rating import Step, Wording


def draft(
    customer: Customer, period: Period, terms: Sequence[Terms], *, known_at: datetime | None = None
) -> DraftInvoice:
    """What the customer would be charged for the period by these subscriptions, as far as it can be said.

    Pure: the same arguments give the same draft. What cannot be charged stands in `problems`. `known_at` is
    the moment as known at which the terms were read; it is only kept.

    >>> from steelyard.kernel import instant
    >>> acme = Customer(key="acme", name="Acme", currency="EUR", created_at=instant("2026-01-01T00:00:00Z"))
    >>> empty = draft(acme, Period.month(2026, 10), [])
    >>> empty.period_name, empty.lines, str(empty.total)
    ('2026-10', (), '0.00')
    """
    lines: list[Line] = []
    problems: list[Problem] = []
    for one in terms:
        due, found = charges_of(customer, period, one)
        lines += due
        problems += found
    good = [one for one in terms if not one.card.problems]
    lines += [line for one in good for line in one.borne]
    lines += committed_lines(good, lines, period, customer.timezone)
    at_floor = [floored(one, lines, period, customer.timezone) for one in good]
    lines += [line for found, _ in at_floor for line in found]
    lines, found = _in_advance(customer, period, terms, lines)
    problems += found
    lines.sort(key=lambda line: GROUP_ORDER[line.group])
    if customer.tax is not None and lines:
        subtotal = sum((line.amount for line in lines), nothing(customer.currency))
        lines.append(tax_line(customer.tax, subtotal, customer.currency, period))
    charged = {line.subscription for line in lines}
    charged_by = [one for one in terms if one.card.subscription in charged] or list(terms)
    return summed(
        DraftInvoice(
            customer=customer.key,
            customer_name=customer.name,
            currency=customer.currency,
            period=period,
            period_name=period_name(period, customer.timezone),
            lines=tuple(lines),
            subtotal=ZERO,
            tax=ZERO,
            total=ZERO,
            rounding_difference=ZERO,
            catalog_version=charged_by[0].card.catalog_version if charged_by else "",
            subscriptions=tuple(one.card.subscription for one in charged_by),
            chain=ChainRange(),
            known_at=known_at,
            versions={one.card.subscription: one.card.catalog_version for one in terms},
            turned={name: version for one in terms for name, version in one.card.turned.items()},
            contracts=_contracts(terms, lines),
            problems=tuple(problems),
            floor_room=tuple(room for _, rooms in at_floor for room in rooms),
        )
    )


def _contracts(terms: Sequence[Terms], lines: Sequence[Line]) -> tuple[str, ...]:
    """The contracts that hold in the month, and in the next one where something of it is asked."""
    asks = bool(asked_in(lines))
    held = {id for one in terms for id in contracts_held(one.card, one.ahead if asks else None)}
    return tuple(sorted(held))


def with_adjustments(
    own: DraftInvoice, lines: Sequence[Line], problems: Sequence[Problem] = ()
) -> DraftInvoice:
    """The draft with adjustment lines of periods billed before: after its own lines, tax last of all."""
    if not lines and not problems:
        return own
    every = sorted((*own.lines, *lines), key=lambda line: line.group is LineGroup.TAX)
    version = own.catalog_version or next((line.price_version for line in lines if line.price_version), "")
    return summed(
        dataclasses.replace(
            own, lines=tuple(every), catalog_version=version, problems=(*own.problems, *problems)
        )
    )


def summed(draft: DraftInvoice) -> DraftInvoice:
    """The draft with its lines numbered, and the sums and the section of the chain that follow from them."""
    taxed = [line for line in draft.lines if line.group is LineGroup.TAX]
    untaxed = [line for line in draft.lines if line.group is not LineGroup.TAX]
    start = nothing(draft.currency)
    subtotal = sum((line.amount for line in untaxed), start)
    tax = sum((line.amount for line in taxed), start)
    return dataclasses.replace(
        draft,
        lines=tuple(dataclasses.replace(line, id=str(n)) for n, line in enumerate(draft.lines, start=1)),
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
        rounding_difference=subtotal - sum((line.amount_exact for line in untaxed), start),
        chain=chain_range(draft.lines),
    )


def charges_of(customer: Customer, period: Period, terms: Terms) -> tuple[list[Line], list[Problem]]:
    """The lines of one subscription, its plan's commitment included, and what could not be charged.

    What a commitment that it shares with others bears is taken off; discounts are for what is left.
    """
    card = terms.card
    if card.problems:
        return [], list(card.problems)
    if card.currency != customer.currency:
        message = f"plan {card.plan_name} is in {card.currency}, {customer.name} pays in {customer.currency}"
        return [], [Problem(code="currency_mismatch", message=message, field="currency")]
    share = share_of(terms.active, period, customer.timezone, card.day_count)
    listed = terms
    terms = with_free_units(terms, period, customer.timezone)
    outcomes = _of_items(terms, period, customer.timezone)
    lines = [outcome for outcome in outcomes if isinstance(outcome, Line)]
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    if terms is not listed:
        without = _of_items(listed, period, customer.timezone)
        lines = with_worth(lines, (one for one in without if isinstance(one, Line)))
    floors = floor_years(terms, [*lines, *borne_off(terms, lines, period)], period, customer.timezone)
    lines = within_floors(lines, floors, customer.currency)
    off = borne_off(terms, lines, period)
    lines += discount_lines(terms, not_borne(lines, off), period, customer.timezone, floors)
    return lines + off + commitment_lines(terms, lines, share), problems


def _in_advance(
    customer: Customer, period: Period, terms: Sequence[Terms], lines: list[Line]
) -> tuple[list[Line], list[Problem]]:
    """The lines after what was asked for the period before it began, and with what is asked for the next."""
    problems: list[Problem] = []
    for one in terms:
        if one.ahead is None or one.card.problems:
            continue
        mine = [line for line in lines if line.subscription == one.card.subscription]
        asked = asked_before(one.past, period, one.card.subscription)
        now = settled(mine, asked, currency=customer.currency)
        coming = one.ahead
        if coming.card is not None and coming.active is not None:
            then = dataclasses.replace(
                one, card=coming.card, active=coming.active, readings={}, pools={}, ahead=None
            )
            outcomes = _of_items(then, coming.period, customer.timezone)
            month = period_name(coming.period, customer.timezone)
            now += asking((line for line in outcomes if isinstance(line, Line)), month)
            problems += [found for found in outcomes if isinstance(found, Problem)]
        lines = [line for line in lines if line.subscription != one.card.subscription] + now
    return lines, problems


def _of_items(terms: Terms, period: Period, timezone: str) -> list[Line | Problem]:
    """What each item of the card comes to, one after the other."""
    share = share_of(terms.active, period, timezone, terms.card.day_count)
    outcomes = [charge(item, terms, _share(item, share, period, terms)) for item in terms.card.items]
    return [one for one in outcomes if one is not None]


def _share(item: RatedItem, share: Share, period: Period, terms: Terms) -> Share:
    """The days of the period on which the item applied."""
    if item.in_advance:
        return Share(days=1, of=1)
    if item.active is None:
        return share
    return share_of(item.active, period, terms.timezone, terms.card.day_count)


def tax_line(tax: Tax, subtotal: Decimal, currency: str, period: Period) -> Line:
    """The tax on what the lines above say; authorities know cents, so it rests on the rounded subtotal."""
    exact = kept(subtotal * tax.percent / 100)
    wording = Wording(decimals=minor_digits(currency))
    percent = wording.number(tax.percent)
    step = Step(
        text=f"{percent} % of {wording.amount(subtotal)} = {wording.amount(exact)}",
        quantity=subtotal,
        unit_amount=tax.percent / 100,
        amount=exact,
    )
    return Line(
        id="",
        group=LineGroup.TAX,
        title=f"{tax.name} {percent} %",
        period=period,
        amount_exact=exact,
        amount=rounded(exact, currency),
        steps=(step,),
    )


def chain_range(lines: Iterable[Line]) -> ChainRange:
    """The section of the customer's chain in which the events of these lines lie."""
    used = [line for line in lines if line.events]
    if not used:
        return ChainRange()
    first, last = min(line.first_seq for line in used), max(line.last_seq for line in used)
    return ChainRange(first_seq=first, last_seq=last, entries=last - first + 1)


def period_name(period: Period, timezone: str) -> str:
    """The month on the customer's calendar (`2026-10`), or both ends where it is no calendar month.

    >>> period_name(Period.month(2026, 10, "Europe/Berlin"), "Europe/Berlin")
    '2026-10'
    """
    start = period.start.astimezone(zone(timezone))
    whole = Period.month(start.year, start.month, timezone) == period
    return f"{start:%Y-%m}" if whole else str(period)
