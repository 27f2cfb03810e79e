"""The words in which golden pricing cases are said: prices and usages from the figures of a case.

Nothing is calculated here: a mapping builds prices and usages, calls the product, and names what it gave.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from steelyard.rating import (
    GraduatedPrice,
    PackagePrice,
    PackageRounding,
    PerUnitPrice,
    PriceModel,
    StepKind,
    Tier,
    Usage,
    VolumePrice,
    rate,
    rate_between,
)

Values = dict[str, Any]
Answer = dict[str, Any]
KINDS: dict[str, Callable[[Values, Values], Answer]] = {}

ZERO = Decimal(0)
WHOLE_CENTS = "JPY"
"""A currency without minor digits: amounts that are given in cents round to whole ones."""


def kind(*names: str) -> Callable[[Callable[[Values, Values], Answer]], Callable[[Values, Values], Answer]]:
    """Registers the mapping of one kind or of several that are said in the same way."""

    def register(mapping: Callable[[Values, Values], Answer]) -> Callable[[Values, Values], Answer]:
        for name in names:
            KINDS[name] = mapping
        return mapping

    return register


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def shown(value: Decimal, decimals: int) -> Decimal:
    """The value as the case prints it."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_HALF_UP")


def tiers(params: Values) -> tuple[Tier, ...]:
    given = params.get("tiers", params.get("tiers_cents"))
    assert given is not None
    return tuple(
        Tier(
            up_to=number(tier["up_to"]),
            unit_amount=number(tier.get("unit_price")),
            percent=number(tier.get("rate_percent")),
            flat_amount=number(tier["flat_price"]),
        )
        for tier in given
    )


def graduated(params: Values, **options: Any) -> GraduatedPrice:
    return GraduatedPrice(tiers=tiers(params), **options)


def volume(params: Values, **options: Any) -> VolumePrice:
    return VolumePrice(tiers=tiers(params), **options)


def package(params: Values) -> PackagePrice:
    return PackagePrice(
        size=Decimal(params["package_size"]),
        amount=Decimal(params.get("package_price", 0)),
        included=Decimal(params.get("free_units", 0)),
        round=PackageRounding(params.get("round", "up")),
    )


def per_unit(params: Values) -> PerUnitPrice:
    return PerUnitPrice(unit_amount=Decimal(params["unit_price"]))


def used(text: str) -> Usage:
    return Usage(quantity=Decimal(text))


def amount(price: PriceModel, text: str) -> Decimal:
    return rate(price, used(text)).amount


def added(price: PriceModel, before: str, more: str) -> Decimal:
    """The charge for more units after some were billed, the charge for none among it."""
    return rate_between(price, used(before), Usage(quantity=Decimal(before) + Decimal(more))).amount


def currency_of(params: Values) -> str:
    """A currency of ISO 4217 with so many decimals."""
    return {"0": "JPY", "2": "USD", "3": "KWD", "4": "CLF"}[params["currency_exponent"]]


def charged(price: PriceModel, before: Usage | None, after: Usage) -> list[Decimal]:
    """The amounts of the steps that are lines of a bill."""
    steps = rate_between(price, before, after).steps
    return [step.amount for step in steps if step.kind is not StepKind.NOTE]
