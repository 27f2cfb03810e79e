"""Reviews: listed, shown, answered."""

from __future__ import annotations

from typing import Any, Final

from steelyard.access import (
    Person,
    Review,
    ReviewAnswer,
    ReviewRefusal,
    ReviewRefusalCode,
    answer_review,
    review_status,
    standings,
)
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.pages import cursor_of, place_of
from steelyard.entrypoints.api.shapes import reviews as shapes
from steelyard.kernel import Conflict, InvalidInput, NotFound, Refused, iso

_NOT_ALLOWED: Final = (
    ReviewRefusalCode.NOT_A_PERSON,
    ReviewRefusalCode.OWN_REQUEST,
    ReviewRefusalCode.ROLE_NOT_ASKED,
)


def list_reviews(call: Call) -> shapes.ReviewList:
    """Reviews, the newest first; `mine` are those that wait for the asker, the first to expire first."""
    query: shapes.ReviewsQuery = call.query
    if query.mine:
        waiting = call.workspace.roster.reviews_for(call.principal.person, call.now)
        return shapes.ReviewList(items=[_shown(call, one) for one in waiting[: query.limit]], next=None)
    columns = {name: getattr(query, name) for name in ("about", "digest") if getattr(query, name)}
    before = place_of(query.cursor) if query.cursor else None
    found = [
        one
        for one in reversed(call.workspace.state.find(Review, **columns))
        if (before is None or one.id < before) and query.status in (None, review_status(one, call.now).value)
    ]
    items = found[: query.limit]
    following = cursor_of(items[-1].id) if len(found) > len(items) else None
    return shapes.ReviewList(items=[_shown(call, one) for one in items], next=following)


def show(call: Call) -> shapes.ReviewFull:
    """One review, with what was shown."""
    return _full(call, review_of(call, call.path["id"]))


def answer(call: Call) -> shapes.ReviewFull:
    """Agree or refuse, with a reason; of two answers at one moment the second gets a conflict."""
    asked: shapes.ReviewAnswerIn = call.body
    planned = answer_review(
        call.workspace.state,
        call.path["id"],
        by=call.principal.person,
        agreed=asked.agreed,
        reason=asked.reason,
        digest=asked.digest,
        at=call.now,
        role=asked.role,
    )
    if isinstance(planned, ReviewRefusal):
        kind = Refused if planned.code in _NOT_ALLOWED else Conflict
        raise kind(planned.reason, code=planned.code.value)
    if isinstance(planned, tuple):
        raise InvalidInput(f"not answered: {planned[0]}", code="invalid_answer", problems=planned)
    shown = _full(call, planned.record)
    if planned.write is not None:
        call.commit(planned.write, shown)
    return shown


def review_of(call: Call, id: str) -> Review:
    """The review of that id; NotFound if there is none."""
    found = call.workspace.state.get(Review, id)
    if found is None:
        raise NotFound(f"there is no review {id[:60]!r}", code="unknown_review")
    return found


def _shown(call: Call, review: Review) -> shapes.Review:
    return shapes.Review(**_fields(call, review))


def _full(call: Call, review: Review) -> shapes.ReviewFull:
    return shapes.ReviewFull(**_fields(call, review), shown=review.shown)


def _fields(call: Call, review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "about": review.about,
        "digest": review.digest,
        "summary": review.summary,
        "requested_by": review.requested_by,
        "requested_by_name": _name(call, review.requested_by),
        "reason": review.reason,
        "requires": [role.value for role in review.requires],
        "unmet": [role.value for role in review.unmet],
        "executive": review.executive,
        "requested_at": iso(review.requested_at),
        "expires_at": iso(review.expires_at),
        "status": review_status(review, call.now).value,
        "answers": [_answer(call, one) for one in review.answers],
        "you_may": _ways(call, review),
    }


def _answer(call: Call, said: ReviewAnswer) -> shapes.ReviewAnswer:
    return shapes.ReviewAnswer(
        by=said.by,
        by_name=_name(call, said.by),
        role=said.role.value,
        agreed=said.agreed,
        reason=said.reason,
        at=iso(said.at),
        deputy_of=said.deputy_of,
        deputy_of_name=None if said.deputy_of is None else _name(call, said.deputy_of),
    )


def _ways(call: Call, review: Review) -> list[shapes.Standing]:
    person = call.workspace.roster.person(call.principal.person or "")
    if person is None:
        return []
    behind = call.workspace.state.find(Person, deputy=person.id)
    return [
        shapes.Standing(
            role=way.role.value,
            deputy_of=way.deputy_of,
            deputy_of_name=None if way.deputy_of is None else _name(call, way.deputy_of),
        )
        for way in standings(review, person, behind, call.now)
    ]


def _name(call: Call, id: str) -> str:
    """The name of a person, or of a key; the id where it is neither's."""
    person = call.workspace.roster.person(id)
    if person is not None:
        return person.name
    return call.workspace.keys.name_of(id) or id
