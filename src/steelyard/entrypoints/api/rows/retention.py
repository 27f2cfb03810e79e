"""The rows about retention: the policy, legal holds, erasures, the report."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import retention
from steelyard.entrypoints.api.shapes import retention as r

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/retention", name="retention.show",
        summary="How long billing evidence stays after its invoice is final.",
        handler=retention.show_policy, scope=Scope.RECORD_READ, answer=r.Policy,
    ),
    Endpoint(
        method="PUT", path="/api/v1/retention", name="retention.set",
        summary="Change how long billing evidence stays; who and why is recorded.",
        handler=retention.put_policy, scope=Scope.RECORD_ADMIN, body=r.PolicyIn, answer=r.Policy,
    ),
    Endpoint(
        method="GET", path="/api/v1/retention/report", name="retention.report",
        summary="What could be erased now, customer by customer, and why the rest must stay.",
        handler=retention.report, scope=Scope.RECORD_READ, query=r.ReportQuery, answer=r.Report,
        problems=(404,),
    ),
    Endpoint(
        method="POST", path="/api/v1/retention/apply", name="retention.apply",
        summary="Erase what a report said could go.",
        handler=retention.apply, scope=Scope.RECORD_ADMIN, body=r.ApplyIn, answer=r.Applied,
    ),
    Endpoint(
        method="GET", path="/api/v1/legal-holds", name="holds.list",
        summary="Legal holds, lifted ones included.",
        handler=retention.list_holds, scope=Scope.RECORD_READ, query=r.CustomerPageQuery, answer=r.HoldList,
    ),
    Endpoint(
        method="POST", path="/api/v1/legal-holds", name="holds.place",
        summary="Place a legal hold on everything of a customer.",
        handler=retention.hold, scope=Scope.RECORD_ADMIN, body=r.HoldIn, answer=r.Hold, status=201,
        problems=(404,),
    ),
    Endpoint(
        method="DELETE", path="/api/v1/legal-holds/{id}", name="holds.lift",
        summary="Lift a legal hold.",
        handler=retention.lift, scope=Scope.RECORD_ADMIN, query=r.HoldLift, status=204,
    ),
    Endpoint(
        method="POST", path="/api/v1/customers/{key}/erasure", name="erasures.erase",
        summary="Erase what a customer used, from every file, where nothing asks for it any more.",
        handler=retention.erase, scope=Scope.RECORD_ADMIN, body=r.ErasureIn, answer=r.Erasure,
    ),
    Endpoint(
        method="GET", path="/api/v1/erasures", name="erasures.list",
        summary="Erasures, as the record tells of them.",
        handler=retention.list_erasures, scope=Scope.RECORD_READ, query=r.CustomerPageQuery,
        answer=r.ErasureList,
    ),
)  # fmt: skip
