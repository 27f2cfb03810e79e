"""Endpoints of backfills."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.catalog.governance import Limited
from steelyard.entrypoints.api.consenting import Consent, of_money, of_version
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import backfills
from steelyard.entrypoints.api.shapes import backfills as b

_ONE: Final = "/api/v1/backfills/{id}"

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/backfills", name="backfills.open",
        summary="Open a backfill: events that are to be brought in or set aside at one moment.",
        handler=backfills.open_one, scope=Scope.USAGE_WRITE, body=b.BackfillIn, answer=b.Backfill, status=201,
    ),
    Endpoint(
        method="GET", path="/api/v1/backfills", name="backfills.list", summary="Backfills, oldest first.",
        handler=backfills.list_backfills, scope=Scope.USAGE_READ, query=b.BackfillsQuery,
        answer=b.BackfillList,
    ),
    Endpoint(
        method="GET", path=_ONE, name="backfills.show", summary="One backfill, and all that was done to it.",
        handler=backfills.show, scope=Scope.USAGE_READ, answer=b.Backfill, problems=(404,),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/events", name="backfills.add",
        summary="Add events to an open backfill; they count with its commit.",
        handler=backfills.add, scope=Scope.USAGE_WRITE, body=b.BackfillEventsIn, answer=b.BackfillEvents,
        problems=(404,),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/ranges", name="backfills.deprecate",
        summary="Name stored events that an open backfill sets aside with its commit.",
        handler=backfills.set_aside, scope=Scope.USAGE_WRITE, body=b.RangesIn, answer=b.Backfill,
        problems=(404,),
    ),
    Endpoint(
        method="GET", path=f"{_ONE}/preview", name="backfills.preview",
        summary="What its commit, or its revert, would change: events, quantities and money.",
        handler=backfills.preview, scope=Scope.USAGE_READ, answer=b.BackfillPreview, problems=(404,),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/commit", name="backfills.commit",
        summary="Let it take effect, whole, at once.",
        handler=backfills.commit, scope=Scope.USAGE_WRITE, body=b.BackfillCommit, answer=b.Backfill,
        consent=Consent(
            limited=Limited.CORRECTIONS, look=backfills.preview, amounts=of_money, bound=of_version
        ),
        problems=(404,),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/revert", name="backfills.revert",
        summary="Undo a committed backfill, whole, at once.",
        handler=backfills.revert, scope=Scope.USAGE_WRITE, body=b.BackfillEnd, answer=b.Backfill,
        problems=(404,),
    ),
    Endpoint(
        method="POST", path=f"{_ONE}/abandon", name="backfills.abandon",
        summary="Give an open backfill up; what was added to it will never count.",
        handler=backfills.abandon, scope=Scope.USAGE_WRITE, body=b.BackfillEnd, answer=b.Backfill,
        problems=(404,),
    ),
)  # fmt: skip
