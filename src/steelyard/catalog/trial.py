"""Pricing tests beside the catalog: given this usage, expect this invoice. What one says, and how one went.

A test is written in the section `tests` of any file of the catalog's folder; it is no part of the catalog's
content. It is run by the billing room, through the same draft that bills.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from steelyard.kernel import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUsage:
    """What a metric measured in the tested period, for these values of its dimensions."""

    quantity: Decimal
    amount: Decimal | None = None
    where: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLine:
    """A line that the invoice must have: by the key of its price, or by its title, with its amount."""

    price: str | None = None
    title: str | None = None
    amount: Decimal = ZERO
    quantity: Decimal | None = None

    @property
    def name(self) -> str:
        """How the line is called in messages."""
        return self.price or self.title or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the invoice must say; what is None is not looked at. `lines` are all lines, in any order."""

    total: Decimal | None = None
    subtotal: Decimal | None = None
    tax: Decimal | None = None
    lines: tuple[ExpectedLine, ...] | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One pricing test: a plan with its terms, what was used in a month, and the invoice to expect."""

    name: str
    plan: str
    expect: Expected
    period: str = "2026-01"
    timezone: str = "UTC"
    start: datetime | None = None
    end: datetime | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    add_ons: tuple[str, ...] = ()
    commitment: Decimal | None = None
    tax: Decimal | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    usage: Mapping[str, tuple[GivenUsage, ...]] = field(default_factory=dict[str, tuple[GivenUsage, ...]])
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the invoice says otherwise than expected; empty where it is not there at all."""

    what: str
    expected: str
    got: str

    @property
    def text(self) -> str:
        """The difference in one line.

        >>> Difference(what="total", expected="159.00", got="149.00").text
        'total: expected 159.00, got 149.00'
        """
        return f"{self.what}: expected {self.expected or 'nothing'}, got {self.got or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a test went: every difference, and the invoice that came of it as lines of text."""

    trial: Trial
    differences: tuple[Difference, ...] = ()
    invoice: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the invoice says what was expected."""
        return not self.differences
