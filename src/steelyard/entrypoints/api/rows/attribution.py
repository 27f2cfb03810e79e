"""Endpoints that bring events to their customers."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import attribution
from steelyard.entrypoints.api.shapes import attribution as a

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/attribution/rules", name="attribution.list_rules",
        summary="Rules that say whose an event is, in the order in which they are tried.",
        handler=attribution.list_rules, scope=Scope.CUSTOMERS_READ, query=a.RulesQuery, answer=a.RuleList,
    ),
    Endpoint(
        method="POST", path="/api/v1/attribution/rules", name="attribution.create_rule",
        summary="Make a rule: events that meet it are a customer's, where no customer claims their subject.",
        handler=attribution.create_rule, scope=Scope.CUSTOMERS_WRITE, body=a.RuleIn, answer=a.Rule,
        status=201,
    ),
    Endpoint(
        method="DELETE", path="/api/v1/attribution/rules/{id}", name="attribution.retire_rule",
        summary="Take a rule back; what it attributed stays.",
        handler=attribution.retire, scope=Scope.CUSTOMERS_WRITE, status=204,
    ),
    Endpoint(
        method="GET", path="/api/v1/attribution/queue", name="attribution.queue",
        summary="What waits for its customer or in quarantine, in groups, and whose it would be.",
        handler=attribution.queue, scope=Scope.USAGE_READ, query=a.QueueQuery, answer=a.Queue,
    ),
    Endpoint(
        method="POST", path="/api/v1/attribution/replay", name="attribution.replay",
        summary="Attribute what waits: all that rules and subjects match now, or what is named.",
        handler=attribution.replay, scope=Scope.CUSTOMERS_WRITE, body=a.ReplayIn, answer=a.Replayed,
        problems=(404,),
    ),
)  # fmt: skip
