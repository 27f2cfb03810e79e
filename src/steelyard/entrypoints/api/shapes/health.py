"""Whether the server lives and is ready."""

from __future__ import annotations

from steelyard.entrypoints.api.shapes.base import Shape


class Health(Shape, frozen=True, kw_only=True):
    """The process answers."""

    status: str
    version: str


class Readiness(Shape, frozen=True, kw_only=True):
    """Whether requests can be served now, and how far the projections are behind."""

    status: str
    fold_lag: int
    writer: str
