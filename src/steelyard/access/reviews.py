"""Reviews: somebody asks others to agree to exactly what was shown, and nothing else.

A review is bound to `digest`, the content hash of what was shown. Every role in `requires` must agree, each
through another person, and never the author nor anybody in the author's place. One refusal refuses; time that
runs out refuses too. Nothing here knows what is being agreed to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from steelyard.access.model import Role
from steelyard.access.people import Person


class ReviewStatus(StrEnum):
    """How a review stands; nothing follows on any but `pending`."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"
    EXPIRED = "expired"


class ReviewRefusalCode(StrEnum):
    """Why an answer to a review, or a use of it, is not accepted."""

    REVIEW_CLOSED = "review_closed"
    REVIEW_PENDING = "review_pending"
    OTHER_CONTENT = "other_content"
    NOT_A_PERSON = "not_a_person"
    OWN_REQUEST = "own_request"
    ANSWERED_ALREADY = "answered_already"
    ROLE_NOT_ASKED = "role_not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRefusal:
    """An answer that was not accepted, and why."""

    code: ReviewRefusalCode
    reason: str
    retry_can_help: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAnswer:
    """What one person said, for one of the roles asked; `deputy_of` is the person in whose place."""

    by: str
    role: Role
    agreed: bool
    reason: str
    at: datetime
    deputy_of: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """Everybody whose say this was: who said it, and in whose place."""
        return frozenset({self.by} if self.deputy_of is None else {self.by, self.deputy_of})


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A request to agree.

    `about` names the thing in the words of its room (such as `catalog:publish`), `digest` is the hash of
    what was shown, `requested_by` a person's or key's id. Where `executive` is set, only that person (or a
    deputy of theirs) agrees for the role executive. `shown` is what was shown, as text for people.
    """

    id: str
    about: str
    digest: str
    summary: str
    requested_by: str
    reason: str
    requires: tuple[Role, ...]
    requested_at: datetime
    expires_at: datetime
    answers: tuple[ReviewAnswer, ...] = ()
    executive: str | None = None
    shown: str = ""

    @property
    def unmet(self) -> tuple[Role, ...]:
        """The roles that have not agreed yet, in the order asked."""
        met = Counter(answer.role for answer in self.answers if answer.agreed)
        left: list[Role] = []
        for role in self.requires:
            if met[role]:
                met[role] -= 1
            else:
                left.append(role)
        return tuple(left)

    @property
    def people(self) -> frozenset[str]:
        """Everybody who had a say already."""
        return frozenset[str]().union(*(answer.people for answer in self.answers))


def review_status(review: Review, now: datetime) -> ReviewStatus:
    """How the review stands at the moment; what is not agreed when it expires is refused by time.

    >>> from steelyard.kernel import instant
    >>> asked, ends = instant("2026-01-01T00:00:00Z"), instant("2026-01-04T00:00:00Z")
    >>> review = Review(
    ...     id="rev_1",
    ...     about="catalog:publish",
    ...     digest="ab",
    ...     summary="Pro 10 → 12 EUR",
    ...     requested_by="person_1",
    ...     reason="costs rose",
    ...     requires=(Role.FINANCE,),
    ...     requested_at=asked,
    ...     expires_at=ends,
    ... )
    >>> review_status(review, asked).value, review_status(review, ends).value
    ('pending', 'expired')
    """
    if any(not answer.agreed for answer in review.answers):
        return ReviewStatus.REFUSED
    if not review.unmet:
        return ReviewStatus.AGREED
    return ReviewStatus.EXPIRED if now >= review.expires_at else ReviewStatus.PENDING


def consent(
    review: Review, *, about: str, digest: str, now: datetime, requires: Iterable[Role] = ()
) -> ReviewRefusal | None:
    """None where this review agrees to exactly this; else why it does not.

    What is carried out under a review asks this, so that no other content slips under an old agreement, nor
    one that fewer roles gave than are needed (`requires`).
    """
    missing = Counter(requires) - Counter(review.requires)
    if review.about != about or review.digest != digest or missing:
        reason = f"the review {review.id} agreed to something else; ask for a review of this"
        return ReviewRefusal(code=ReviewRefusalCode.OTHER_CONTENT, reason=reason)
    status = review_status(review, now)
    if status is ReviewStatus.AGREED:
        return None
    if status is ReviewStatus.PENDING:
        waits = ", ".join(role.value for role in review.unmet)
        reason = f"the review {review.id} waits for: {waits}"
        return ReviewRefusal(code=ReviewRefusalCode.REVIEW_PENDING, reason=reason, retry_can_help=True)
    return ReviewRefusal(code=ReviewRefusalCode.REVIEW_CLOSED, reason=f"the review {review.id} is {status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """In which role somebody may answer, and in whose place if not their own."""

    role: Role
    deputy_of: str | None = None


def standings(review: Review, person: Person, people: Iterable[Person], now: datetime) -> list[Standing]:
    """Every way in which a person may answer now, their own roles first; empty where they may not.

    A deputy acts in the place of somebody who is still here, holds the role, is not the author and has not
    answered; being a deputy never lends the author a say.
    """
    if review_status(review, now) is not ReviewStatus.PENDING or not person.works_at(now):
        return []
    if person.id == review.requested_by or person.id in review.people:
        return []
    taken = review.people | {review.requested_by}
    own = [Standing(role=role) for role in _roles_of(review, person)]
    for other in people:
        stands_in = other.deputy == person.id and other.id not in taken and other.works_at(now)
        if stands_in and other.id != person.id:
            own += [Standing(role=role, deputy_of=other.id) for role in _roles_of(review, other)]
    return own


def _roles_of(review: Review, person: Person) -> list[Role]:
    """The roles still asked for that this person can agree for."""
    asked = list(dict.fromkeys(review.unmet))
    return [role for role in asked if person.holds(role) and _is_the_one(review, person, role)]


def _is_the_one(review: Review, person: Person, role: Role) -> bool:
    return role is not Role.EXECUTIVE or review.executive in (None, person.id)


def why_not(review: Review, person: Person | None, digest: str, now: datetime) -> ReviewRefusal | None:
    """Why somebody may not answer at all, whatever their roles; None where only roles decide."""
    if person is None or not person.works_at(now):
        reason = "only a person answers a review; sign in as one"
        return ReviewRefusal(code=ReviewRefusalCode.NOT_A_PERSON, reason=reason)
    status = review_status(review, now)
    if status is not ReviewStatus.PENDING:
        reason = f"the review {review.id} is {status} already"
        return ReviewRefusal(code=ReviewRefusalCode.REVIEW_CLOSED, reason=reason)
    if digest != review.digest:
        reason = "what you saw is not what this review is about; look at it again"
        return ReviewRefusal(code=ReviewRefusalCode.OTHER_CONTENT, reason=reason)
    if person.id == review.requested_by:
        reason = "who asked for the review does not answer it; it takes another pair of eyes"
        return ReviewRefusal(code=ReviewRefusalCode.OWN_REQUEST, reason=reason)
    if person.id in review.people:
        reason = "you had a say in this review already; each role takes another person"
        return ReviewRefusal(code=ReviewRefusalCode.ANSWERED_ALREADY, reason=reason)
    return None


def role_not_asked(review: Review) -> ReviewRefusal:
    """The refusal of somebody who may not agree for any role that is still asked for."""
    waits = ", ".join(role.value for role in review.unmet)
    return ReviewRefusal(
        code=ReviewRefusalCode.ROLE_NOT_ASKED,
        reason=f"this review waits for {waits}, which neither you nor anybody you stand in for may answer",
    )
