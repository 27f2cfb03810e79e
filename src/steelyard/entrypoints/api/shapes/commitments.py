"""Commitments: attached to subscriptions, where they stand, and what months come to under one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.agreed import Commitment
from steelyard.entrypoints.api.shapes.base import Amount, Exact, Instant, Key, Month, Shape, Time
from steelyard.entrypoints.api.shapes.retroactive import AdjustedMonth

Every = Annotated[Literal["month", "year"], Meta(description="How long a term is.")]
Pays = Annotated[
    Literal["prepaid", "scheduled", "postpaid"],
    Meta(description="Due at a term's start, by the schedule, or as it is used with a true-up at the end."),
]


class CourseIn(Shape, frozen=True, kw_only=True):
    """What is committed to for each term."""

    amount: Exact
    every: Every = "month"
    payment: Pays = "prepaid"
    schedule: Annotated[
        list[Exact], Meta(description="How much may be used from each month of a term on; nothing: all.")
    ] = []
    rollover: Annotated[Exact, Meta(description="Which fraction of what was paid rolls over.")] = Decimal("0")
    true_up: bool = True
    percent: Annotated[Exact, Meta(description="How many percent committed rates are lower.")] = Decimal("0")
    overage_factor: Annotated[Exact, Meta(description="Times published rates.")] = Decimal("1")
    burst: Annotated[Exact, Meta(description="Above it at committed rates.")] = Decimal("0")
    alert: Annotated[Exact, Meta(description="Fraction of it that warns.")] = Decimal("0.8")


class CommitmentIn(CourseIn, frozen=True, kw_only=True):
    """A commitment that a subscription shall hold; `dry_run` shows what it does to the month."""

    key: Key
    start: Instant
    end: Instant | None = None
    covers: Annotated[list[str], Meta(description="Prices; nothing: everything that is measured.")] = []
    priority: Annotated[int, Meta(ge=0, le=1_000_000, description="The lower draws first.")] = 0
    scope: Annotated[Literal["subscription", "customer"], Meta(description="Whose usage counts.")] = (
        "subscription"
    )
    adjust: Annotated[bool, Meta(description="Make billed months good with the next document.")] = False
    dry_run: bool = False
    period: Month | None = None


class MonthLine(Shape, frozen=True, kw_only=True):
    """A line of the month as it would be, in words."""

    group: str
    title: str
    amount: Amount
    text: list[str]


class MonthChange(Shape, frozen=True, kw_only=True):
    """A month of the customer before and after, tax included, with the lines that come or change."""

    period: str
    currency: str
    before: Amount
    after: Amount
    difference: Amount
    lines: list[MonthLine]


class CommitmentChanged(Shape, frozen=True, kw_only=True):
    """A commitment that was attached or ended, or would be (`dry_run`), and what it does to the month."""

    subscription: str
    commitment: Commitment
    changed: bool
    dry_run: bool
    month: MonthChange | None
    adjusted: list[AdjustedMonth] = []


class CommitmentEnd(Shape, frozen=True, kw_only=True):
    """When a commitment ends."""

    at: Instant
    adjust: Annotated[bool, Meta(description="Make billed months good with the next document.")] = False
    dry_run: bool = False
    period: Month | None = None


class CommitmentStanding(Shape, frozen=True, kw_only=True):
    """Where a commitment stands in a month, amounts at committed rates unless they say otherwise.

    `used` is what the term drew on its amount until now, `left` what it may still draw of what the access
    schedule has released, `rolled_over` what is left of the term before. `alert`: the burst buffer is nearly
    used up.
    """

    commitment: Commitment
    month_of_term: int
    committed: Amount
    released: Amount
    used: Amount
    left: Amount
    rolled_over: Amount
    burst_used: Amount
    burst_cap: Amount
    overage: Amount
    true_up: Amount
    alert: bool


class CommitmentStandings(Shape, frozen=True, kw_only=True):
    """Where the commitments of a subscription stand."""

    subscription: str
    period: str
    items: list[CommitmentStanding]


class CoursePreviewIn(Shape, frozen=True, kw_only=True):
    """Terms, and what usage is worth at published prices in each month."""

    terms: CourseIn
    values: Annotated[list[Exact], Meta(min_length=1, max_length=120)]
    ends: Annotated[bool, Meta(description="Whether the commitment ends with the last month.")] = False


class CourseMonth(Shape, frozen=True, kw_only=True):
    """What a month comes to; `due` is all that is to be paid for it."""

    month: int
    value: Amount
    fee: Amount
    rolled_over: Amount
    drawn: Amount
    burst: Amount
    overage: Amount
    true_up: Amount
    due: Amount
    alert: bool


class CoursePreview(Shape, frozen=True, kw_only=True):
    """What the months come to, and all of them together."""

    months: list[CourseMonth]
    due: Amount


class CommitmentsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose commitments, in which month; `alerts` are only those whose burst buffer is nearly used up."""

    customer: str | None = None
    period: Month | None = None
    alerts: bool = False


class CommitmentListed(Shape, frozen=True, kw_only=True):
    """A commitment with who holds it and where it stands in the month.

    `to_come` is what would be trued up at the end of its term if nothing more were used.
    """

    subscription: str
    customer: str
    plan: str
    currency: str
    period: str
    to_come: Amount
    standing: CommitmentStanding


class CommitmentList(Shape, frozen=True, kw_only=True):
    """Commitments by subscription, a page of subscriptions at a time."""

    items: list[CommitmentListed]
    next: str | None


class CommitmentMonth(Shape, frozen=True, kw_only=True):
    """A month of a commitment's course: what it asked and drew, and what was left after it."""

    period: str
    month_of_term: int
    fee: Amount
    rolled_over: Amount
    drawn: Amount
    left: Amount
    burst: Amount
    overage: Amount
    true_up: Amount
    alert: bool


class CommitmentCourse(Shape, frozen=True, kw_only=True):
    """How a commitment went month by month up to the month asked about."""

    subscription: str
    customer: str
    currency: str
    commitment: Commitment
    to_come: Amount
    months: list[CommitmentMonth]


class CommitmentAlertsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose alerts, and of which month."""

    customer: str | None = None
    period: Month | None = None


class CommitmentAlert(Shape, frozen=True, kw_only=True):
    """That a commitment came to a point in a month at which somebody should look; told once.

    `kind`: `burst` where its burst buffer is nearly used up, `above` where usage goes beyond commitment and
    buffer. `holder` is the subscription or the contract that holds it, `amount` as it was when seen.
    """

    id: str
    customer: str
    holder: str
    commitment: str
    kind: Literal["burst", "above"]
    period: str
    currency: str
    amount: Amount
    buffer: Amount
    text: str
    seen_at: Time


class CommitmentAlertList(Shape, frozen=True, kw_only=True):
    """Alerts of commitments, by id."""

    items: list[CommitmentAlert]
    next: str | None
