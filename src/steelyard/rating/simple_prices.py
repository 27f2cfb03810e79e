"""The price types: what a price says, as frozen records that are valid once they exist.

A price model is one of a closed union, told apart by its field `model`. Amounts are in the currency of the
price that wraps the model; they are exact and never rounded here. Bounds of tiers are inclusive.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from steelyard.kernel import ONE, ZERO, InvalidInput, plain


class PackageRounding(StrEnum):
    """What happens to a package that was begun: charged in full, or not at all."""

    UP = "up"
    DOWN = "down"


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tier: units up to and including `up_to` (None: unlimited), an amount per unit, a flat amount.

    An amount that is not given makes no step; an amount of zero makes a step of zero. `percent` is for
    quantities that are money: 2 means 2 % of each unit. It takes the place of `unit_amount`.
    """

    up_to: Decimal | None = None
    unit_amount: Decimal | None = None
    flat_amount: Decimal | None = None
    percent: Decimal | None = None


class Priced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="model"):
    """What all price models share: the field that tells them apart."""


class FlatPrice(Priced, frozen=True, kw_only=True, tag="flat"):
    """The same amount each period, whatever was used; `flat_at_zero=False` asks nothing for no usage."""

    amount: Decimal
    flat_at_zero: bool = True


class PerUnitPrice(Priced, frozen=True, kw_only=True, tag="per_unit"):
    """An amount for each `per` units: 2.50 per 1,000,000 tokens. Negative quantities give credit."""

    unit_amount: Decimal
    per: Decimal = ONE

    def __post_init__(self) -> None:
        check_power_of_ten(self.per)


class GraduatedPrice(Priced, frozen=True, kw_only=True, tag="graduated"):
    """Each unit at the price of the tier it lies in; units above a bounded last tier cost nothing.

    `flat_at_zero` says whether the first tier's flat amount is due when nothing was used (Lago and
    OpenMeter: yes; Flexprice and Polar: no).
    """

    tiers: tuple[Tier, ...]
    per: Decimal = ONE
    flat_at_zero: bool = True

    def __post_init__(self) -> None:
        check_power_of_ten(self.per)
        _check_tiers(self.tiers)


class VolumePrice(Priced, frozen=True, kw_only=True, tag="volume"):
    """All units at the price of the one tier that the whole quantity reaches."""

    tiers: tuple[Tier, ...]
    per: Decimal = ONE
    flat_at_zero: bool = True

    def __post_init__(self) -> None:
        check_power_of_ten(self.per)
        _check_tiers(self.tiers)


class PackagePrice(Priced, frozen=True, kw_only=True, tag="package"):
    """An amount for each package of `size` units beyond the `included` ones.

    A package that was only begun is charged in full or not at all, as `round` says.
    """

    size: Decimal
    amount: Decimal
    included: Decimal = ZERO
    round: PackageRounding = PackageRounding.UP

    def __post_init__(self) -> None:
        if self.size <= 0:
            raise InvalidInput("a package holds more than nothing", code="package_size")
        if self.included < 0:
            raise InvalidInput("included units are not negative", code="negative_included")


class DynamicPrice(Priced, frozen=True, kw_only=True, tag="dynamic"):
    """The events carry their amounts; the price is their sum times a multiplier (1.2 is a 20 % margin).

    `unit_price_decimals` is how many decimals the average unit price has in explanations; it changes no
    amount.
    """

    multiplier: Decimal = ONE
    unit_price_decimals: int = 4


def check_power_of_ten(per: Decimal) -> None:
    """A price per 1, 1,000 or 1,000,000 divides exactly; one per 7 does not."""
    if per < 1 or per.normalize().as_tuple().digits != (1,):
        raise InvalidInput(
            f"a price is per 1, 10, 100, 1000 … units, not per {plain(per)}", code="per_not_power_of_ten"
        )


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    if not tiers:
        raise InvalidInput("a tiered price needs at least one tier", code="no_tiers")
    bound = ZERO
    for number, tier in enumerate(tiers, start=1):
        if tier.unit_amount is not None and tier.percent is not None:
            raise InvalidInput(
                f"tier {number} has an amount per unit and a percentage", code="tier_two_prices"
            )
        if tier.up_to is None:
            if number != len(tiers):
                raise InvalidInput(f"tier {number} is unlimited but not the last", code="tier_order")
        elif tier.up_to <= bound:
            raise InvalidInput(f"tier {number} ends at or before the tier below it", code="tier_order")
        else:
            bound = tier.up_to
