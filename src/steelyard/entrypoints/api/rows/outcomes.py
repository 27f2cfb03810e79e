"""Endpoints of outcomes: results that are claimed, looked at by both sides, and paid once."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import outcomes
from steelyard.entrypoints.api.shapes import outcomes as o

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/outcomes", name="outcomes.claim",
        summary="Claim that a result was reached; one result has one outcome, for ever.",
        handler=outcomes.create, scope=Scope.USAGE_WRITE, body=o.OutcomeIn, answer=o.Outcome, status=201,
        problems=(409,),
    ),
    Endpoint(
        method="GET", path="/api/v1/outcomes", name="outcomes.list", summary="Outcomes, by id.",
        handler=outcomes.list_outcomes, scope=Scope.USAGE_READ, query=o.OutcomesQuery,
        answer=o.OutcomeList, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/outcomes/{id}", name="outcomes.show",
        summary="One outcome and everything that was done about it.",
        handler=outcomes.show, scope=Scope.USAGE_READ, answer=o.Outcome, customer_may=True,
        problems=(404,),
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/outcomes/{id}/confirm", name="outcomes.confirm",
        summary="Confirm that the result was reached.",
        handler=outcomes.confirm, scope=Scope.USAGE_WRITE, body=o.OutcomeDecision, answer=o.Outcome,
        customer_may=True, problems=(404, 409),
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/outcomes/{id}/contest", name="outcomes.contest",
        summary="Contest it within its window; what counts already is held until somebody decides.",
        handler=outcomes.contest, scope=Scope.USAGE_WRITE, body=o.OutcomeDecision, answer=o.Outcome,
        customer_may=True, problems=(404, 409),
        many_customers=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/outcomes/{id}/accept", name="outcomes.accept",
        summary="Let it count: it becomes a usage event, and meters, prices and proofs follow.",
        handler=outcomes.accept, scope=Scope.USAGE_WRITE, body=o.OutcomeDecision, answer=o.Outcome,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/outcomes/{id}/reverse", name="outcomes.reverse",
        summary="Let it never count; what was billed for it is given back by the next document.",
        handler=outcomes.reverse, scope=Scope.USAGE_WRITE, body=o.OutcomeDecision, answer=o.Outcome,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST", path="/api/v1/outcomes/settle", name="outcomes.settle",
        summary="Settle outcomes whose window is over; doing it again settles nothing more.",
        handler=outcomes.settle, scope=Scope.USAGE_WRITE, body=o.SettleIn, answer=o.Settled,
        problems=(404, 409),
    ),
)  # fmt: skip
