"""Orders of credit: what a customer buys, and which document charges for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from steelyard.ledger.lots import LotScope


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditOrder:
    """Credit that a customer buys, charged by a line of its next document; negative: given back.

    `amount` units of `unit` cost `cost_basis` each, in the customer's currency. Where `lot` is empty the lot
    is granted when the document is issued; otherwise that lot is there already. `document` is the id of the
    document that charges, `number` what people call it. A cancelled order is charged by none.

    >>> from steelyard.kernel import instant
    >>> order = CreditOrder(
    ...     id="cor_1",
    ...     customer="acme",
    ...     name="Prepaid",
    ...     unit="EUR",
    ...     amount=Decimal(100),
    ...     cost_basis=Decimal("0.9"),
    ...     ordered_at=instant("2026-01-01T00:00:00Z"),
    ... )
    >>> order.is_open, str(order.cost)
    (True, '90.0')
    """

    id: str
    customer: str
    name: str
    unit: str
    amount: Decimal
    cost_basis: Decimal
    ordered_at: datetime
    ordered_by: str = ""
    reason: str = ""
    valid_days: int | None = None
    priority: int = 100
    scope: LotScope = field(default_factory=LotScope)
    lot: str = ""
    document: str = ""
    number: str = ""
    cancelled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether no document charges for it yet, and one still will."""
        return not self.document and self.cancelled_at is None

    @property
    def status(self) -> str:
        """How the order stands, in a word."""
        if self.cancelled_at is not None:
            return "cancelled"
        return "charged" if self.document else "open"

    @property
    def cost(self) -> Decimal:
        """What it costs, exact and before tax; negative where credit is given back."""
        return self.amount * self.cost_basis

    @property
    def is_refund(self) -> bool:
        """Whether it gives back what was paid for credit."""
        return self.amount < 0

    def expires(self, granted: datetime) -> datetime | None:
        """When a lot of the order that is granted then expires; None for never."""
        return None if self.valid_days is None else granted + timedelta(days=self.valid_days)
