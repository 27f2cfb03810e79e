"""Renewals of contracts, and shadow invoices."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Instant, Month, Shape, Time
from steelyard.entrypoints.api.shapes.subscription_changes import TermsMonth


class RenewalsQuery(Shape, frozen=True, kw_only=True):
    """How far ahead to look."""

    within_days: Annotated[int, Meta(ge=1, le=3660)] = 120


class RenewalDue(Shape, frozen=True, kw_only=True):
    """A contract that ends, and the last day on which notice can be given."""

    contract: str
    name: str
    customer: str
    end: Time
    notice_by: str
    days_left: int
    automatic: bool
    status: Annotated[
        Literal["open", "renews", "ends", "notice_given", "replaced"],
        Meta(description="What becomes of it at its end; `open` while notice can still be given."),
    ]
    term_months: int
    renewed_until: Time


class RenewalList(Shape, frozen=True, kw_only=True):
    """The contracts that end soon, by deadline."""

    items: list[RenewalDue]


class RenewIn(Shape, frozen=True, kw_only=True):
    """Why a contract goes on."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    dry_run: bool = False


class RenewDueIn(Shape, frozen=True, kw_only=True):
    """Whether to renew what is due, or only to say what it is."""

    dry_run: bool = False


class Renewed(Shape, frozen=True, kw_only=True):
    """A contract that went on by itself, and until when."""

    contract: str
    name: str
    customer: str
    end: Time


class RenewedList(Shape, frozen=True, kw_only=True):
    """The contracts whose end had come and that go on by themselves."""

    items: list[Renewed]
    dry_run: bool


class NoticeIn(Shape, frozen=True, kw_only=True):
    """That a contract is not to go on; without `given_at` notice is given now."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]
    given_at: Instant | None = None
    dry_run: bool = False


class ShadowQuery(Shape, frozen=True, kw_only=True):
    """Which month, and of which customer of the contract."""

    period: Month | None = None
    customer: str | None = None


class ShadowInvoice(Shape, frozen=True, kw_only=True):
    """A month as billed (`before`) and with the pilot, or without the contract; `piloted`: on no bill."""

    contract: str
    customer: str
    piloted: bool
    month: TermsMonth
