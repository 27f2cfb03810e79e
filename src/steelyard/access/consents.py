"""That somebody made use of an agreement: each one is good for a single act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from steelyard.access.model import Role
from steelyard.access.reviews import Review, ReviewStatus, consent, review_status
from steelyard.record import WORKSPACE_CHAIN, Kind, State, Write
from steelyard.record.planned import saving


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentUse:
    """What was done under a review, by whom; `did` is the endpoint's name, `about` its path."""

    review: str
    by: str
    did: str
    about: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """The reviews of one content: to make use of, that waits, that refused; None where there is none."""

    agreed: Review | None
    pending: Review | None
    refused: Review | None


def using(use: ConsentUse) -> Write:
    """The write that spends an agreement; of two at the same moment the second gets Conflict."""
    return saving(Kind.APPROVAL, WORKSPACE_CHAIN, use, use.review, None)


def consents_to(
    state: State, *, about: str, digest: str, requires: Sequence[Role], now: datetime
) -> Consents:
    """What was said to exactly this content, by all these roles."""
    found = state.find(Review, about=about, digest=digest)
    agreed = [
        one
        for one in found
        if consent(one, about=about, digest=digest, now=now, requires=requires) is None
        and state.get(ConsentUse, one.id) is None
    ]
    return Consents(
        agreed=next(iter(agreed), None),
        pending=_newest(found, ReviewStatus.PENDING, now),
        refused=_newest(found, ReviewStatus.REFUSED, now),
    )


def _newest(reviews: Sequence[Review], status: ReviewStatus, now: datetime) -> Review | None:
    return next((one for one in reversed(reviews) if review_status(one, now) is status), None)
