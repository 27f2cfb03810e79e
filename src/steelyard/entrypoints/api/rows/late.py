"""The endpoint that lists billed months whose usage changed since."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import late
from steelyard.entrypoints.api.shapes import late as shapes

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/billing/changes", name="billing.changes",
        summary="Billed months whose usage changed since, and what the next document adjusts.",
        handler=late.list_changes, scope=Scope.BILLING_READ, answer=shapes.LateList,
    ),
)  # fmt: skip
