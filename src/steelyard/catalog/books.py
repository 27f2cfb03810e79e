"""Price books: which dated changes of the listed prices are for which customers, book upon book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from steelyard.catalog.rate_change import RateChange

SELECTORS: Final = (
    "segment",
    "vertical",
    "region",
    "size",
    "channel",
    "type",
    "delivery",
    "plan",
    "currency",
)
"""By what a book can choose its customers: their attributes, the plan, the currency they pay in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Changes of listed prices for the customers that it is `for`, on top of the book that it inherits.

    A book that is for nobody in particular applies only where a contract or another book names it. Where it
    has a `currency`, the prices that it puts in the place of others are in that currency.
    """

    key: str
    name: str
    owner: str
    definition: str
    inherits: str = ""
    currency: str = ""
    chosen_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    rates: tuple[RateChange, ...] = ()

    def is_for(self, attributes: Mapping[str, str]) -> bool:
        """Whether the book chooses who has these attributes: every selector must hold one of its values.

        >>> book = PriceBook(key="eu", name="EU", owner="o", definition="d", chosen_by={"region": ("eu",)})
        >>> book.is_for({"region": "eu", "size": "small"}), book.is_for({"region": "us"})
        (True, False)
        """
        wanted = self.chosen_by
        return bool(wanted) and all(attributes.get(name, "") in values for name, values in wanted.items())


def line_of(books: Mapping[str, PriceBook], key: str) -> tuple[PriceBook, ...]:
    """The book with those that it inherits from, the furthest first; a circle ends where it closes.

    >>> line_of({}, "none")
    ()
    """
    line: list[PriceBook] = []
    while key in books and books[key] not in line:
        line.append(books[key])
        key = books[key].inherits
    return tuple(reversed(line))


def chosen(
    books: Mapping[str, PriceBook], attributes: Mapping[str, str], named: str = ""
) -> tuple[PriceBook, ...]:
    """The books that apply, the furthest inherited first: the named one, else the one that fits closest.

    The closest is the one with most selectors; of equals the first by key.
    """
    if named:
        return line_of(books, named)
    fitting = [book for book in books.values() if book.is_for(attributes)]
    if not fitting:
        return ()
    closest = min(fitting, key=lambda book: (-len(book.chosen_by), book.key))
    return line_of(books, closest.key)
