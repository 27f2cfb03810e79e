"""An impact in words, as `steelyard catalog plan` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from steelyard.catalog.impact import CustomerImpact, Follows, FollowTotal, Impact, ImpactTotal
from steelyard.kernel import minor_digits

SHOWN_MAX: Final = 5
"""So many winners, losers and broken customers are named; the rest is counted."""

_STAY: Final = {
    Follows.PINNED: "on the version that they are pinned to",
    Follows.UNTIL: "on an earlier version until a date",
    Follows.MIXED: "partly on earlier versions",
}


def impact_lines(impact: Impact, *, shown: int = SHOWN_MAX) -> list[str]:
    """What the change means for customers and money, line by line.

    >>> from steelyard.catalog.impact import CustomerImpact
    >>> acme = CustomerImpact(
    ...     customer="acme", name="Acme", currency="EUR",
    ...     old=Decimal("80.00"), new=Decimal("100.00"), moved=Decimal("100.00"), cost_new=Decimal(25),
    ... )  # fmt: skip
    >>> for line in impact_lines(Impact(base="a", candidate="b", period="2026-10", customers=(acme,))):
    ...     print(line)
    on the usage of 2026-10, before tax:
    EUR: 80.00 → 100.00 (+20.00, +25.00 %), margin 100.00 % → 75.00 %
    EUR: 0 customers pay less, 1 pays more, 0 the same
    more: Acme (acme): 80.00 → 100.00 EUR (+25.00 %)
    """
    if not impact.customers:
        return [f"nobody had a subscription in {impact.period}, so there is no money to compare"]
    partial = ", which is not over" if impact.partial else ""
    lines = [f"on the usage of {impact.period}{partial}, before tax:"]
    for total in impact.totals:
        lines += _of_total(total)
    lines += [_of_follows(one) for one in impact.follows if one.follows is not Follows.LIVE]
    lines += _named("cannot be charged any more", impact.broken, shown)
    lines += _named("more", [one for one in impact.losers if not one.problems], shown)
    lines += _named("less", [one for one in impact.winners if not one.problems], shown)
    return lines


def _of_total(total: ImpactTotal) -> Iterator[str]:
    digits = minor_digits(total.currency)
    money = f"{total.old:,.{digits}f} → {total.new:,.{digits}f}"
    if total.difference:
        share = "" if total.percent is None else f", {signed(total.percent, 2)} %"
        money += f" ({signed(total.difference, digits)}{share})"
    before, after = total.margin_percent_old, total.margin_percent_new
    if total.cost_old is None or total.cost_new is None:
        money += ", margin unknown: costs are in another currency"
    elif (total.cost_old or total.cost_new) and before is not None and after is not None:
        money += f", margin {before:,.2f} % → {after:,.2f} %"
    yield f"{total.currency}: {money}"
    same = total.customers - total.winners - total.losers
    yield (
        f"{total.currency}: {count(total.winners, 'customer pays', 'customers pay')} less, "
        f"{total.losers:,} {'pays' if total.losers == 1 else 'pay'} more, {same:,} the same"
    )


def _of_follows(one: FollowTotal) -> str:
    digits = minor_digits(one.currency)
    worth = one.moved - one.new
    what = (
        f"they would pay {abs(worth):,.{digits}f} {'more' if worth > 0 else 'less'} if they moved"
        if worth
        else "moving would change nothing for them"
    )
    stay = f"{count(one.customers, 'customer stays', 'customers stay')} {_STAY[one.follows]}"
    return f"{one.currency}: {stay}; {what}"


def _named(word: str, those: list[CustomerImpact] | tuple[CustomerImpact, ...], shown: int) -> Iterator[str]:
    for one in those[:shown]:
        digits = minor_digits(one.currency)
        money = f"{one.old:,.{digits}f} → {one.new:,.{digits}f} {one.currency}"
        share = "" if one.percent is None else f" ({signed(one.percent, 2)} %)"
        why = f": {one.problems[0].message}" if one.problems else share
        yield f"{word}: {one.name} ({one.customer}): {money}{why}"
    if len(those) > shown:
        yield f"{word}: {len(those) - shown:,} others"


def signed(number: Decimal, digits: int) -> str:
    """The number with its sign and so many decimals.

    >>> signed(Decimal("1234.5"), 2), signed(Decimal(-3), 0)
    ('+1,234.50', '−3')
    """
    text = f"{abs(number):,.{digits}f}"
    return f"+{text}" if number > 0 else f"−{text}" if number < 0 else text


def count(number: int, one: str, many: str) -> str:
    """So many of something, in the singular or plural.

    >>> count(1, "customer", "customers"), count(2000, "customer", "customers")
    ('1 customer', '2,000 customers')
    """
    return f"{number:,} {one if number == 1 else many}"
