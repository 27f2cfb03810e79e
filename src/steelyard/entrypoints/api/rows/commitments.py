"""Endpoints about commitments."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import commitment_lists, commitments
from steelyard.entrypoints.api.shapes import commitments as c
from steelyard.entrypoints.api.shapes.customers import PeriodQuery

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/subscriptions/{id}/commitments", name="commitments.attach",
        summary="Let a subscription commit to an amount; `dry_run` shows what it does to the month.",
        handler=commitments.attach, scope=Scope.CONTRACTS_WRITE, body=c.CommitmentIn,
        answer=c.CommitmentChanged, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/subscriptions/{id}/commitments", name="commitments.show",
        summary="Where the commitments of a subscription stand in a month.",
        handler=commitments.show, scope=Scope.CONTRACTS_READ, query=PeriodQuery, answer=c.CommitmentStandings,
        customer_may=True, problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/subscriptions/{id}/commitments/{key}/end", name="commitments.end",
        summary="End a commitment; the term that it falls into is trued up with that month.",
        handler=commitments.end, scope=Scope.CONTRACTS_WRITE, body=c.CommitmentEnd,
        answer=c.CommitmentChanged, problems=(404,),
    ),
    Endpoint(
        method="GET", path="/api/v1/commitments", name="commitments.list",
        summary="Every commitment with where it stands; `alerts`: only those that need a look.",
        handler=commitment_lists.every, scope=Scope.CONTRACTS_READ, query=c.CommitmentsQuery,
        answer=c.CommitmentList,
    ),
    Endpoint(
        method="GET", path="/api/v1/commitments/alerts", name="commitments.alerts",
        summary="What was told of commitments: a buffer nearly used up, usage above all.",
        handler=commitment_lists.alerts, scope=Scope.CONTRACTS_READ, query=c.CommitmentAlertsQuery,
        answer=c.CommitmentAlertList, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/subscriptions/{id}/commitments/{key}/course", name="commitments.course",
        summary="How a commitment went month by month: drawn, left, burst, overage, true-up.",
        handler=commitment_lists.course, scope=Scope.CONTRACTS_READ, query=PeriodQuery,
        answer=c.CommitmentCourse, customer_may=True, problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/commitments/preview", name="commitments.preview",
        summary="What months of usage come to under the terms of a commitment; nothing is kept.",
        handler=commitments.preview, scope=Scope.CONTRACTS_READ, body=c.CoursePreviewIn,
        answer=c.CoursePreview,
    ),
)  # fmt: skip
