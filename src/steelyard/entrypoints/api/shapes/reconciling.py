"""A sender's own count against the record: hours with counts and fingerprints, and the ids of an hour."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Instant, Shape

Hour = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}$", description="An hour in UTC: 2026-11-21T07."),
]
Name = Annotated[str, Meta(max_length=256)]
Hash = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{64}$",
        description="The sum modulo 2^256 of SHA-256(source, U+001F, id) of each event, in hexadecimal.",
    ),
]


class HourName(Shape, frozen=True, kw_only=True):
    """Events of one source, customer or subject (as the event itself said it), type and hour."""

    source: Name
    who: Name
    type: Name
    hour: Hour


class HourCount(HourName, frozen=True, kw_only=True):
    """How many events an hour has, and the fingerprint of which ones."""

    count: Annotated[int, Meta(ge=0)]
    hash: Hash


class ReconcileIn(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A sender's count of whole hours; groups that it does not name have no events by its count."""

    sources: Annotated[list[Name], Meta(min_length=1, max_length=100)]
    from_: Instant
    to: Instant
    hours: Annotated[list[HourCount], Meta(max_length=10_000)]


class Reconciled(Shape, frozen=True, kw_only=True):
    """How many groups agree, and the record's figures for those that do not (0 where it has none)."""

    agreeing: int
    differing: list[HourCount]


class HourIdsIn(Shape, frozen=True, kw_only=True):
    """The groups whose ids are asked for."""

    hours: Annotated[list[HourName], Meta(min_length=1, max_length=1_000)]


class HourIds(HourName, frozen=True, kw_only=True):
    """The ids of an hour's events, as they arrived."""

    ids: list[str]


class HourIdsList(Shape, frozen=True, kw_only=True):
    """The ids of each group that was asked for, in the order asked."""

    hours: list[HourIds]
