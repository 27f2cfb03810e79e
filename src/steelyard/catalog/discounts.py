"""Discounts and floors as the catalog declares them: programmes, coupons, and the least that must remain.

A programme has slots, conditions and an end; a coupon is a discount with a code. What a customer gets is a
copy of the terms, made when the discount is redeemed: a later catalog changes nothing about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from steelyard.rating.discounts import Basis, DiscountForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """One discount: its form, how it stacks, and who may redeem it, how often, until when.

    `applies_to` names prices (nothing: all charges of the subscription). Discounts apply in their `order`.
    One that stands `alone` applies where no other did, and no other after it; of those with the same
    `best_of` only the one that takes most. `slots` is how many redemptions there are at most in all, `months`
    for how many months one lasts (None: as long as the subscription). `conditions` are what the customer
    agrees to (a reference, a testimonial): who redeems must confirm each.
    """

    key: str
    name: str
    owner: str
    definition: str
    form: DiscountForm
    order: int
    applies_to: tuple[str, ...] = ()
    basis: Basis = Basis.REMAINING
    alone: bool = False
    best_of: str = ""
    code: str = ""
    slots: int | None = None
    per_customer: int = 1
    months: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    plans: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    new_customers: bool = False
    term_months: int = 0
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least that must remain of what a subscription is charged in each contract year.

    Of the list amount of the year so many `percent`, or an `amount`, or `unit_amount` for each unit charged:
    what is listed at less than that is not discounted at all. `plans` are those that it binds (nothing:
    all), `prices` the charges that it is about (nothing: all together).
    """

    key: str
    name: str
    owner: str
    definition: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    unit_amount: Decimal | None = None
    currency: str = ""
    plans: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()

    def binds(self, plan: str, currency: str) -> bool:
        """Whether it is about subscriptions to this plan, in this currency.

        >>> Floor(key="f", name="F", owner="o", definition="d", percent=Decimal(60)).binds("team", "USD")
        True
        """
        return (not self.plans or plan in self.plans) and self.currency in ("", currency)
