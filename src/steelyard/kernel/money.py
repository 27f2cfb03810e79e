"""Money: an exact amount in a currency, rounded once, split without losing a cent.

Minor units come from ISO 4217. Rounding happens where a document is drafted and nowhere else.
"""

from __future__ import annotations

import decimal
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from steelyard.kernel.errors import InvalidInput
from steelyard.kernel.exact import ZERO, plain


class Rounding(StrEnum):
    """How an exact amount becomes one in minor units; the names are those of the decimal module."""

    HALF_AWAY_FROM_ZERO = decimal.ROUND_HALF_UP
    HALF_EVEN = decimal.ROUND_HALF_EVEN
    UP = decimal.ROUND_UP
    DOWN = decimal.ROUND_DOWN


@functools.cache
def _minor_units() -> dict[str, int]:
    # The table of ISO 4217 is parsed from XML on import, which a program that only prints help need not pay.
    import iso4217

    return {currency.code: currency.exponent or 0 for currency in iso4217.Currency}


def is_currency(code: str) -> bool:
    """Whether ISO 4217 lists this three-letter code.

    >>> is_currency("EUR"), is_currency("eur"), is_currency("XXQ")
    (True, False, False)
    """
    return code in _minor_units()


def minor_digits(currency: str) -> int:
    """How many digits the currency's minor unit has (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD.

    >>> minor_digits("USD"), minor_digits("JPY"), minor_digits("MGA")
    (2, 0, 2)
    """
    try:
        return _minor_units()[currency]
    except KeyError:
        raise InvalidInput(
            f"{currency!r} is not an ISO 4217 currency code", code="unknown_currency"
        ) from None


def round_minor(amount: Decimal, currency: str, mode: Rounding = Rounding.HALF_AWAY_FROM_ZERO) -> Decimal:
    """The amount rounded to the currency's minor unit; half away from zero unless told otherwise.

    >>> round_minor(Decimal("-1.005"), "USD"), round_minor(Decimal("10.5"), "JPY")
    (Decimal('-1.01'), Decimal('11'))
    """
    rounded = amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=mode.value)
    return abs(rounded) if rounded == 0 else rounded


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The total split by weight into minor units that sum to it exactly (largest remainder method).

    The total must already be in minor units; weights are not negative and not all zero. Ties go to the
    earlier part.

    >>> [str(part) for part in allocate(Decimal("100.00"), [Decimal(1)] * 3, "USD")]
    ['33.34', '33.33', '33.33']
    """
    unit = Decimal(1).scaleb(-minor_digits(currency))
    whole = sum(weights, ZERO)
    if whole <= 0 or min(weights) < 0:
        raise InvalidInput("weights must not be negative and not all be zero", code="invalid_weights")
    if total != total.quantize(unit):
        raise InvalidInput(f"{plain(total)} {currency} is finer than the minor unit", code="not_minor_units")
    sign = -1 if total < 0 else 1
    exact = [abs(total) * weight / whole for weight in weights]
    parts = [share.quantize(unit, rounding=decimal.ROUND_DOWN) for share in exact]
    missing = int((abs(total) - sum(parts, ZERO)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:missing]:
        parts[i] += unit
    return [sign * part for part in parts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount in one currency; amounts of different currencies never add.

    >>> Money(amount=Decimal("2.50"), currency="EUR") + Money(amount=Decimal("1"), currency="EUR")
    Money(amount=Decimal('3.50'), currency='EUR')
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise InvalidInput(f"cannot add {other.currency} to {self.currency}", code="currency_mismatch")
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __neg__(self) -> Money:
        return Money(amount=-self.amount, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def rounded(self, mode: Rounding = Rounding.HALF_AWAY_FROM_ZERO) -> Money:
        """The same money in whole minor units.

        >>> Money(amount=Decimal("0.005"), currency="USD").rounded().amount
        Decimal('0.01')
        """
        return Money(amount=round_minor(self.amount, self.currency, mode), currency=self.currency)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"
