"""What a subscription agreed to beside its prices: commitments, discounts, and the floors that bind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from steelyard.catalog import CatalogVersion, Floor
from steelyard.contracts.commitments import CommitmentTerms
from steelyard.contracts.discounts import AgreedDiscount
from steelyard.contracts.model import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Commitments and discounts of one subscription, with what they go by: its dates, seats and floors."""

    start: datetime | None = None
    end: datetime | None = None
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    commitments: tuple[CommitmentTerms, ...] = ()
    discounts: tuple[AgreedDiscount, ...] = ()
    floors: tuple[Floor, ...] = ()

    @property
    def term_months(self) -> int:
        """For how many months the subscription was agreed; 0 where it has no end."""
        return _months(self.start, self.end)

    @property
    def looks_back(self) -> bool:
        """Whether a month depends on the months before it."""
        return bool(self.commitments or self.discounts or self.floors)


NOTHING_ARRANGED = Arrangement()


def arrangement_of(subscription: Subscription, version: CatalogVersion) -> Arrangement:
    """What the subscription arranged, with the floors of this catalog version that bind its plan.

    >>> from steelyard.catalog import Catalog
    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> version = CatalogVersion(id="cat_1", number=1, published_at=at, published_by="x", catalog=Catalog())
    >>> arrangement_of(Subscription(id="s", customer="a", plan="pro", start=at), version).looks_back
    False
    """
    if not (subscription.commitments or subscription.discounts or version.catalog.floors):
        return NOTHING_ARRANGED
    plan = version.catalog.plans.get(subscription.plan)
    currency = plan.currency if plan else ""
    floors = sorted(version.catalog.floors.values(), key=lambda one: one.key)
    return Arrangement(
        start=subscription.start,
        end=subscription.end,
        quantities=subscription.quantities,
        commitments=tuple(sorted(subscription.commitments, key=lambda one: (one.priority, one.key))),
        discounts=tuple(sorted(subscription.discounts, key=lambda one: (one.order, one.start, one.id))),
        floors=tuple(one for one in floors if one.binds(subscription.plan, currency)),
    )


def term_months(subscription: Subscription) -> int | None:
    """For how many months the subscription was agreed; None where it has no end."""
    return None if subscription.end is None else _months(subscription.start, subscription.end)


def _months(start: datetime | None, end: datetime | None) -> int:
    if start is None or end is None:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month
