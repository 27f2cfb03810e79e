"""What changed in months that are billed: late and corrected usage that no document contains yet."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.billing.changes import History, changed_periods
from steelyard.billing.model import PeriodChange
from steelyard.billing.run import Books, changes_of
from steelyard.contracts import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A billed month of a customer that changed since; the customer's next document puts it right."""

    customer: Customer
    change: PeriodChange


def late(books: Books) -> tuple[Late, ...]:
    """Every billed month that changed since it was billed, by customer and month."""
    everybody = {one.key: one for one in books.state.find(Customer)}
    history = History(books.state, books.usage, books.reader)
    changed = changed_periods(books.state, books.usage, history, list(everybody), known_at=None)
    return tuple(
        Late(customer=everybody[key], change=change)
        for key in sorted(changed)
        if changed[key]
        for change in changes_of(books, key)
    )
