"""Endpoints of reviews: requests to agree, and the answers."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import reviews
from steelyard.entrypoints.api.shapes import reviews as r

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/reviews", name="reviews.list",
        summary="Requests to agree, newest first; `mine` are those that wait for you.",
        handler=reviews.list_reviews, scope=Scope.REVIEWS_READ, query=r.ReviewsQuery, answer=r.ReviewList,
    ),
    Endpoint(
        method="GET", path="/api/v1/reviews/{id}", name="reviews.show",
        summary="One review, with what was shown and who said what.",
        handler=reviews.show, scope=Scope.REVIEWS_READ, answer=r.ReviewFull,
    ),
    Endpoint(
        method="POST", path="/api/v1/reviews/{id}/answers", name="reviews.answer",
        summary="Agree or refuse, with a reason.",
        handler=reviews.answer, scope=Scope.REVIEWS_DECIDE, body=r.ReviewAnswerIn, answer=r.ReviewFull,
        status=201,
    ),
)  # fmt: skip
