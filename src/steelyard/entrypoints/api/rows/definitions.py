"""Endpoints that try a meter out and add it to the catalog."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import definitions
from steelyard.entrypoints.api.shapes import definitions as d
from steelyard.entrypoints.api.shapes.catalog import CatalogPublished

ROWS: Final = (
    Endpoint(
        method="POST", path="/api/v1/meters/preview", name="meters.preview",
        summary="What a meter that is not published would measure over stored events, by customer.",
        handler=definitions.preview, scope=Scope.USAGE_READ, body=d.MeterPreviewIn, answer=d.MeterPreview,
    ),
    Endpoint(
        method="POST", path="/api/v1/meters", name="meters.create",
        summary="Add a meter to the published catalog, as a new version.",
        handler=definitions.add, scope=Scope.CATALOG_WRITE, body=d.MeterIn, answer=CatalogPublished,
        status=201,
    ),
)  # fmt: skip
