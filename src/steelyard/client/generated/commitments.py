"""What can be asked about commitments, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.
# ruff: noqa: PLR0913

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Literal, NotRequired, TypedDict

from steelyard.client.generated.discounts import MonthChange
from steelyard.client.generated.subscription_changes import AdjustedMonth
from steelyard.client.generated.subscriptions import Commitment
from steelyard.client.transport import Transport, follow, path_part, without_none


class CommitmentAlert(TypedDict):
    """That a commitment came to a point in a month at which somebody should look; told once.

    `kind`: `burst` where its burst buffer is nearly used up, `above` where usage goes beyond commitment and
    buffer. `holder` is the subscription or the contract that holds it, `amount` as it was when seen."""

    id: str
    customer: str
    holder: str
    commitment: str
    kind: Literal["above", "burst"]
    period: str
    currency: str
    amount: str
    buffer: str
    text: str
    seen_at: str


class CommitmentAlertList(TypedDict):
    """Alerts of commitments, by id."""

    items: builtins.list[CommitmentAlert]
    next: str | None


class CommitmentChanged(TypedDict):
    """A commitment that was attached or ended, or would be (`dry_run`), and what it does to the month."""

    subscription: str
    commitment: Commitment
    changed: bool
    dry_run: bool
    month: MonthChange | None
    adjusted: NotRequired[builtins.list[AdjustedMonth]]


class CommitmentCourse(TypedDict):
    """How a commitment went month by month up to the month asked about."""

    subscription: str
    customer: str
    currency: str
    commitment: Commitment
    to_come: str
    months: builtins.list[CommitmentMonth]


class CommitmentList(TypedDict):
    """Commitments by subscription, a page of subscriptions at a time."""

    items: builtins.list[CommitmentListed]
    next: str | None


class CommitmentListed(TypedDict):
    """A commitment with who holds it and where it stands in the month.

    `to_come` is what would be trued up at the end of its term if nothing more were used."""

    subscription: str
    customer: str
    plan: str
    currency: str
    period: str
    to_come: str
    standing: CommitmentStanding


class CommitmentMonth(TypedDict):
    """A month of a commitment's course: what it asked and drew, and what was left after it."""

    period: str
    month_of_term: int
    fee: str
    rolled_over: str
    drawn: str
    left: str
    burst: str
    overage: str
    true_up: str
    alert: bool


class CommitmentStanding(TypedDict):
    """Where a commitment stands in a month, amounts at committed rates unless they say otherwise.

    `used` is what the term drew on its amount until now, `left` what it may still draw of what the access
    schedule has released, `rolled_over` what is left of the term before. `alert`: the burst buffer is nearly
    used up."""

    commitment: Commitment
    month_of_term: int
    committed: str
    released: str
    used: str
    left: str
    rolled_over: str
    burst_used: str
    burst_cap: str
    overage: str
    true_up: str
    alert: bool


class CommitmentStandings(TypedDict):
    """Where the commitments of a subscription stand."""

    subscription: str
    period: str
    items: builtins.list[CommitmentStanding]


class CourseIn(TypedDict):
    """What is committed to for each term."""

    amount: str
    every: NotRequired[Literal["month", "year"]]
    payment: NotRequired[Literal["postpaid", "prepaid", "scheduled"]]
    schedule: NotRequired[builtins.list[str]]
    rollover: NotRequired[str]
    true_up: NotRequired[bool]
    percent: NotRequired[str]
    overage_factor: NotRequired[str]
    burst: NotRequired[str]
    alert: NotRequired[str]


class CourseMonth(TypedDict):
    """What a month comes to; `due` is all that is to be paid for it."""

    month: int
    value: str
    fee: str
    rolled_over: str
    drawn: str
    burst: str
    overage: str
    true_up: str
    due: str
    alert: bool


class CoursePreview(TypedDict):
    """What the months come to, and all of them together."""

    months: builtins.list[CourseMonth]
    due: str


class CommitmentsApi:
    """What can be asked about commitments."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def attach(
        self,
        id: str | int,
        *,
        amount: str,
        key: str,
        start: str,
        every: Literal["month", "year"] | None = None,
        payment: Literal["postpaid", "prepaid", "scheduled"] | None = None,
        schedule: Sequence[str] | None = None,
        rollover: str | None = None,
        true_up: bool | None = None,
        percent: str | None = None,
        overage_factor: str | None = None,
        burst: str | None = None,
        alert: str | None = None,
        end: str | None = None,
        covers: Sequence[str] | None = None,
        priority: int | None = None,
        scope: Literal["customer", "subscription"] | None = None,
        adjust: bool | None = None,
        dry_run: bool | None = None,
        period: str | None = None,
    ) -> CommitmentChanged:
        """Let a subscription commit to an amount; `dry_run` shows what it does to the month."""
        return self._transport.json(
            "POST",
            f"/api/v1/subscriptions/{path_part(id)}/commitments",
            body={
                "amount": amount,
                "key": key,
                "start": start,
                **without_none(
                    {
                        "every": every,
                        "payment": payment,
                        "schedule": schedule,
                        "rollover": rollover,
                        "true_up": true_up,
                        "percent": percent,
                        "overage_factor": overage_factor,
                        "burst": burst,
                        "alert": alert,
                        "end": end,
                        "covers": covers,
                        "priority": priority,
                        "scope": scope,
                        "adjust": adjust,
                        "dry_run": dry_run,
                        "period": period,
                    }
                ),
            },
        )

    def show(self, id: str | int, *, period: str | None = None) -> CommitmentStandings:
        """Where the commitments of a subscription stand in a month."""
        return self._transport.json(
            "GET", f"/api/v1/subscriptions/{path_part(id)}/commitments", query={"period": period}
        )

    def end(
        self,
        id: str | int,
        key: str | int,
        *,
        at: str,
        adjust: bool | None = None,
        dry_run: bool | None = None,
        period: str | None = None,
    ) -> CommitmentChanged:
        """End a commitment; the term that it falls into is trued up with that month."""
        return self._transport.json(
            "POST",
            f"/api/v1/subscriptions/{path_part(id)}/commitments/{path_part(key)}/end",
            body={"at": at, **without_none({"adjust": adjust, "dry_run": dry_run, "period": period})},
        )

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        period: str | None = None,
        alerts: bool | None = None,
    ) -> CommitmentList:
        """Every commitment with where it stands; `alerts`: only those that need a look."""
        return self._transport.json(
            "GET",
            "/api/v1/commitments",
            query={
                "limit": limit,
                "cursor": cursor,
                "customer": customer,
                "period": period,
                "alerts": alerts,
            },
        )

    def each(
        self,
        *,
        limit: int | None = None,
        customer: str | None = None,
        period: str | None = None,
        alerts: bool | None = None,
    ) -> Iterator[CommitmentListed]:
        """Every commitment with where it stands; `alerts`: only those that need a look, page after page."""
        return follow(
            lambda cursor: self.list(
                limit=limit, customer=customer, period=period, alerts=alerts, cursor=cursor
            )
        )

    def alerts(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        customer: str | None = None,
        period: str | None = None,
    ) -> CommitmentAlertList:
        """What was told of commitments: a buffer nearly used up, usage above all."""
        return self._transport.json(
            "GET",
            "/api/v1/commitments/alerts",
            query={"limit": limit, "cursor": cursor, "customer": customer, "period": period},
        )

    def each_of_alerts(
        self, *, limit: int | None = None, customer: str | None = None, period: str | None = None
    ) -> Iterator[CommitmentAlert]:
        """What was told of commitments: a buffer nearly used up, usage above all, page after page."""
        return follow(
            lambda cursor: self.alerts(limit=limit, customer=customer, period=period, cursor=cursor)
        )

    def course(self, id: str | int, key: str | int, *, period: str | None = None) -> CommitmentCourse:
        """How a commitment went month by month: drawn, left, burst, overage, true-up."""
        return self._transport.json(
            "GET",
            f"/api/v1/subscriptions/{path_part(id)}/commitments/{path_part(key)}/course",
            query={"period": period},
        )

    def preview(self, *, terms: CourseIn, values: Sequence[str], ends: bool | None = None) -> CoursePreview:
        """What months of usage come to under the terms of a commitment; nothing is kept."""
        return self._transport.json(
            "POST",
            "/api/v1/commitments/preview",
            body={"terms": terms, "values": values, **without_none({"ends": ends})},
        )
