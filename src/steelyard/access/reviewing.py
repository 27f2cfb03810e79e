"""Asking for a review and answering one: what to write, or why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from steelyard.access.model import Role
from steelyard.access.people import Person
from steelyard.access.reviews import (
    Review,
    ReviewAnswer,
    ReviewRefusal,
    Standing,
    role_not_asked,
    standings,
    why_not,
)
from steelyard.kernel import NotFound, Problem, make_id
from steelyard.record import WORKSPACE_CHAIN, Kind, State
from steelyard.record.planned import Planned, saving

REVIEW_LASTS: Final = timedelta(days=7)
REVIEW_LASTS_MAX: Final = timedelta(days=90)
REASON_LENGTH_MAX: Final = 2000
SUMMARY_LENGTH_MAX: Final = 500
SHOWN_LENGTH_MAX: Final = 20_000
_NOBODY: Final = (Role.KEY, Role.CUSTOMER, Role.GUEST)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewReview:
    """What somebody asks to be agreed to; nothing in it is checked yet.

    `by` is the author: a person's id, or a key's. Without `expires_at` a review lasts a week. `executive`
    names the one person who (or whose deputy) agrees for the role executive.
    """

    about: str
    digest: str
    summary: str
    by: str
    reason: str
    requires: tuple[Role, ...]
    expires_at: datetime | None = None
    executive: str | None = None
    shown: str = ""


def request_review(
    state: State, new: NewReview, *, at: datetime, entropy: bytes
) -> Planned[Review] | tuple[Problem, ...]:
    """The plan that asks for a review, or all that is wrong with it; `entropy` is ten random bytes.

    An unanswered review of the same thing by the same author is the answer: asking twice makes one.
    """
    problems = (*_text_problems(new), *_requirement_problems(state, new, at), *_end_problems(new, at))
    if problems:
        return problems
    if (known := _asked_before(state, new, at)) is not None:
        return Planned(record=known, write=None)
    review = Review(
        id=make_id("rev", at, entropy),
        about=new.about,
        digest=new.digest,
        summary=new.summary.strip(),
        requested_by=new.by,
        reason=new.reason.strip(),
        requires=new.requires,
        requested_at=at,
        expires_at=new.expires_at or at + REVIEW_LASTS,
        executive=new.executive,
        shown=new.shown,
    )
    return Planned(record=review, write=saving(Kind.APPROVAL, WORKSPACE_CHAIN, review, review.id, None))


def _asked_before(state: State, new: NewReview, at: datetime) -> Review | None:
    for one in state.find(Review, digest=new.digest, about=new.about, requested_by=new.by):
        same = one.requires == new.requires and one.executive == new.executive
        if same and not one.answers and one.expires_at > at:
            return one
    return None


def answer_review(
    state: State,
    id: str,
    *,
    by: str | None,
    agreed: bool,
    reason: str,
    digest: str,
    at: datetime,
    role: Role | None = None,
) -> Planned[Review] | ReviewRefusal | tuple[Problem, ...]:
    """The plan that adds a person's answer, or why it is not accepted.

    `digest` is the hash of what the person saw, `role` the role they answer in where they could in several.
    A race of two answers is decided by the record: the second gets Conflict and may be asked again.
    Raises NotFound for an unknown review.
    """
    version = state.version(Review, id)
    review = state.get(Review, id)
    if review is None:
        raise NotFound(f"there is no review {id[:60]!r}", code="unknown_review")
    person = None if by is None else state.get(Person, by)
    if (refused := why_not(review, person, digest, at)) is not None:
        return refused
    if not reason.strip() or len(reason) > REASON_LENGTH_MAX:
        return (_no_text("reason", REASON_LENGTH_MAX),)
    assert person is not None, "somebody who is no person was refused above"
    stands = _chosen(standings(review, person, state.find(Person, deputy=person.id), at), role)
    if stands is None:
        return role_not_asked(review)
    answer = ReviewAnswer(
        by=person.id,
        role=stands.role,
        agreed=agreed,
        reason=reason.strip(),
        at=at,
        deputy_of=stands.deputy_of,
    )
    answered = dataclasses.replace(review, answers=(*review.answers, answer))
    return Planned(record=answered, write=saving(Kind.APPROVAL, WORKSPACE_CHAIN, answered, id, version))


def _chosen(ways: Sequence[Standing], role: Role | None) -> Standing | None:
    return next((way for way in ways if role in (None, way.role)), None)


def _text_problems(new: NewReview) -> list[Problem]:
    most = {"about": SUMMARY_LENGTH_MAX, "digest": SUMMARY_LENGTH_MAX, "summary": SUMMARY_LENGTH_MAX}
    most["reason"] = REASON_LENGTH_MAX
    problems = [_no_text(name, length) for name, length in most.items() if not _is_text(new, name, length)]
    if len(new.shown) > SHOWN_LENGTH_MAX:
        problems.append(_no_text("shown", SHOWN_LENGTH_MAX))
    return problems


def _is_text(new: NewReview, name: str, length_max: int) -> bool:
    text: str = getattr(new, name)
    return bool(text.strip()) and len(text) <= length_max


def _no_text(field: str, length_max: int) -> Problem:
    allowed = f"1 to {length_max} characters"
    return Problem(code="bad_text", message=f"{field} is empty or too long", field=field, allowed=allowed)


def _requirement_problems(state: State, new: NewReview, at: datetime) -> list[Problem]:
    problems: list[Problem] = []
    if not new.requires:
        message = "a review that asks for no role would agree to itself"
        problems.append(Problem(code="no_roles", message=message, field="requires"))
    for place, role in enumerate(new.requires):
        if role in _NOBODY or role.value.startswith("customer_"):
            message = f"{role} does not answer reviews"
            problems.append(Problem(code="unknown_role", message=message, field=f"requires[{place}]"))
    if new.executive is not None:
        problems += _executive_problems(state, new, new.executive, at)
    return problems


def _executive_problems(state: State, new: NewReview, executive: str, at: datetime) -> list[Problem]:
    if Role.EXECUTIVE not in new.requires:
        message = "an executive is named, but the role executive is not asked"
        return [Problem(code="no_roles", message=message, field="executive")]
    named = state.get(Person, executive)
    if named is None or not named.holds(Role.EXECUTIVE) or not named.works_at(at):
        message = f"{executive[:60]!r} is no executive here"
        return [Problem(code="not_an_executive", message=message, field="executive")]
    if executive == new.by:
        message = "the author cannot be the one to agree; name another executive"
        return [Problem(code="own_request", message=message, field="executive")]
    return []


def _end_problems(new: NewReview, at: datetime) -> list[Problem]:
    ends = new.expires_at
    if ends is None or (ends.tzinfo is not None and at < ends <= at + REVIEW_LASTS_MAX):
        return []
    allowed = f"a time with an offset, within {REVIEW_LASTS_MAX.days} days"
    message = "a review cannot end then"
    return [Problem(code="bad_expiry", message=message, field="expires_at", allowed=allowed)]
