"""Retention: the policy, legal holds, erasures, and the report of what could go."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Instant, Key, Shape, Time

Why = Annotated[str, Meta(min_length=1, max_length=1000, description="Why; it is recorded.")]


class Policy(Shape, frozen=True, kw_only=True):
    """How long billing evidence stays after its invoice is final; `at` is null while the defaults hold."""

    dispute_days: int
    statutory_years: int
    by: str
    reason: str
    at: Time | None


class PolicyIn(Shape, frozen=True, kw_only=True):
    """The policy from now on."""

    dispute_days: Annotated[int, Meta(ge=0, le=3650)]
    statutory_years: Annotated[int, Meta(ge=0, le=100)]
    reason: Why


class HoldIn(Shape, frozen=True, kw_only=True):
    """A legal hold to be placed on everything of a customer."""

    customer: Key
    reason: Why


class HoldLift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a hold is lifted."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


class Hold(Shape, frozen=True, kw_only=True):
    """A legal hold: nothing of the customer is erased while `lifted_at` is null."""

    id: str
    customer: str
    reason: str
    by: str
    at: Time
    lifted_at: Time | None
    lifted_by: str
    lifted_reason: str


class HoldList(Shape, frozen=True, kw_only=True):
    """A page of legal holds, by id."""

    items: list[Hold]
    next: str | None


class CustomerPageQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list, of one customer if named."""

    customer: str | None = None


class ErasureIn(Shape, frozen=True, kw_only=True):
    """What to erase of a customer: all usage recorded before `until`, or all of it.

    `partial`: erase what may go where other entries must stay, rather than nothing.
    """

    reason: Why
    until: Instant | None = None
    partial: bool = False
    dry_run: bool = False


class Kept(Shape, frozen=True, kw_only=True):
    """Why entries must stay, and until when; `until` is null where no day is known."""

    reason: Literal["legal_hold", "unbilled", "billing_evidence", "shown", "free"]
    until: Time | None
    entries: int
    text: str


class Erasure(Shape, frozen=True, kw_only=True):
    """What was erased, or would be; `possible_from` is when all of it could go, if that is known."""

    id: str | None
    customer: str
    entries: int
    kept: list[Kept]
    possible_from: Time | None
    dry_run: bool


class ErasureTold(Shape, frozen=True, kw_only=True):
    """An erasure as the record tells of it."""

    id: str
    customer: str
    entries: int
    reason: str
    by: str
    at: Time
    until: Time | None


class ErasureList(Shape, frozen=True, kw_only=True):
    """A page of erasures, by id."""

    items: list[ErasureTold]
    next: str | None


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which customer; of all if none is named."""

    customer: str | None = None


class CustomerRetention(Shape, frozen=True, kw_only=True):
    """How many entries of a customer could be erased now, and why others must stay."""

    customer: str
    erasable: int
    kept: list[Kept]


class Report(Shape, frozen=True, kw_only=True):
    """What could be erased now; `plan` names exactly this, for applying it."""

    plan: str
    erasable: int
    customers: list[CustomerRetention]


class ApplyIn(Shape, frozen=True, kw_only=True):
    """Erase what a report said could go; refused where that is no longer the same."""

    plan: Annotated[str, Meta(max_length=64)]
    reason: Why
    dry_run: bool = False


class Applied(Shape, frozen=True, kw_only=True):
    """What was erased, customer by customer."""

    entries: int
    erasures: list[Erasure]
