"""Reviews: who is asked to agree to what, and what they said."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steelyard.access import Role
from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Shape, Time

Status = Literal["pending", "agreed", "refused", "expired"]


class ReviewAnswer(Shape, frozen=True, kw_only=True):
    """What one person said, for one role; `deputy_of` is in whose place."""

    by: str
    by_name: str
    role: str
    agreed: bool
    reason: str
    at: Time
    deputy_of: str | None
    deputy_of_name: str | None


class Standing(Shape, frozen=True, kw_only=True):
    """A way in which the asker may answer: the role, and in whose place if not their own."""

    role: str
    deputy_of: str | None
    deputy_of_name: str | None


class Review(Shape, frozen=True, kw_only=True):
    """A request to agree; `you_may` is empty where the asker may not answer, `unmet` says who is awaited."""

    id: str
    about: str
    digest: str
    summary: str
    requested_by: str
    requested_by_name: str
    reason: str
    requires: list[str]
    unmet: list[str]
    executive: str | None
    requested_at: Time
    expires_at: Time
    status: str
    answers: list[ReviewAnswer]
    you_may: list[Standing]


class ReviewFull(Review, frozen=True, kw_only=True):
    """A review with what was shown."""

    shown: str


class ReviewList(Shape, frozen=True, kw_only=True):
    """A page of reviews."""

    items: list[Review]
    next: str | None


class ReviewsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which reviews: of one status, about one thing, of one content; `mine`: that the asker may answer."""

    status: Status | None = None
    about: str | None = None
    digest: str | None = None
    mine: bool = False


class ReviewAnswerIn(Shape, frozen=True, kw_only=True):
    """An answer: `digest` is that of what the asker saw, `role` the one answered in, if they have several."""

    agreed: bool
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    digest: Annotated[str, Meta(min_length=1, max_length=500)]
    role: Role | None = None
