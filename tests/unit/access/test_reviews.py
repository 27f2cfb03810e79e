"""Reviews: others agree to exactly what was shown, in time, and never the author."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steelyard.access import (
    NewReview,
    Review,
    ReviewRefusal,
    Role,
    answer_review,
    consent,
    request_review,
    review_status,
)
from steelyard.kernel import Conflict, NotFound
from steelyard.record.planned import Planned
from tests.access_world import AT, AccessWorld

DIGEST = "sha256:" + "ab" * 32
LATER = AT + timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccessWorld]:
    world = AccessWorld(tmp_path)
    world.person("author", Role.PRODUCT, Role.FINANCE, Role.EXECUTIVE)
    world.person("fin", Role.FINANCE)
    world.person("boss", Role.EXECUTIVE)
    world.person("seller", Role.SALES)
    yield world
    world.close()


def new(**changes: Any) -> NewReview:
    asked: dict[str, Any] = {"about": "catalog:publish", "digest": DIGEST, "summary": "Pro 10 → 12 EUR"}
    asked |= {"by": "person_author", "reason": "costs rose", "requires": (Role.FINANCE,)}
    return NewReview(**{**asked, **changes})


def requested(world: AccessWorld, **changes: Any) -> Review:
    planned = request_review(world.state, new(**changes), at=AT, entropy=bytes(10))
    assert isinstance(planned, Planned), planned
    world.write(planned.write)
    return planned.record


def answered(world: AccessWorld, review: Review, by: str | None, **changes: Any) -> Any:
    said: dict[str, Any] = {"agreed": True, "reason": "as agreed", "digest": DIGEST, "at": LATER}
    planned = answer_review(
        world.state, review.id, by=None if by is None else f"person_{by}", **{**said, **changes}
    )
    if isinstance(planned, Planned):
        world.write(planned.write)
        return planned.record
    return planned


def code(refusal: Any) -> str:
    assert isinstance(refusal, ReviewRefusal), refusal
    return refusal.code.value


def test_a_review_is_agreed_once_everyone_asked_agrees(world: AccessWorld) -> None:
    review = requested(world, requires=(Role.FINANCE, Role.EXECUTIVE))
    first = answered(world, review, "fin")
    assert review_status(first, LATER) == "pending"
    assert first.unmet == (Role.EXECUTIVE,)
    last = answered(world, review, "boss")
    assert review_status(last, LATER) == "agreed"
    assert world.state.get(Review, review.id) == last


def test_one_refusal_refuses_and_nothing_follows(world: AccessWorld) -> None:
    review = requested(world, requires=(Role.FINANCE, Role.EXECUTIVE))
    refused = answered(world, review, "fin", agreed=False, reason="margin too thin")
    assert review_status(refused, LATER) == "refused"
    assert code(answered(world, review, "boss")) == "review_closed"


def test_the_author_never_answers_whatever_roles_they_hold(world: AccessWorld) -> None:
    review = requested(world, requires=(Role.FINANCE,))
    assert code(answered(world, review, "author")) == "own_request"


def test_one_person_never_agrees_twice_even_with_two_roles(world: AccessWorld) -> None:
    world.person("both", Role.FINANCE, Role.EXECUTIVE)
    review = requested(world, requires=(Role.FINANCE, Role.EXECUTIVE))
    answered(world, review, "both")
    assert code(answered(world, review, "both")) == "answered_already"


def test_two_of_one_role_take_two_people(world: AccessWorld) -> None:
    world.person("fin2", Role.FINANCE)
    review = requested(world, requires=(Role.FINANCE, Role.FINANCE))
    assert review_status(answered(world, review, "fin"), LATER) == "pending"
    assert review_status(answered(world, review, "fin2"), LATER) == "agreed"


def test_other_roles_are_refused_and_told_who_is_awaited(world: AccessWorld) -> None:
    refused = answered(world, requested(world), "seller")
    assert code(refused) == "role_not_asked"
    assert "finance" in refused.reason


@pytest.mark.parametrize("by", [None, "nobody"])
def test_only_people_answer(world: AccessWorld, by: str | None) -> None:
    assert code(answered(world, requested(world), by)) == "not_a_person"


def test_who_left_answers_nothing(world: AccessWorld) -> None:
    world.person("fin", Role.FINANCE, left_at=AT)
    assert code(answered(world, requested(world), "fin")) == "not_a_person"


def test_time_that_runs_out_refuses(world: AccessWorld) -> None:
    review = requested(world)
    assert review_status(review, review.expires_at) == "expired"
    assert code(answered(world, review, "fin", at=review.expires_at)) == "review_closed"


def test_an_answer_in_time_stays_after_the_end(world: AccessWorld) -> None:
    agreed = answered(world, requested(world), "fin")
    assert review_status(agreed, agreed.expires_at + timedelta(days=1)) == "agreed"


def test_an_answer_to_something_else_is_refused(world: AccessWorld) -> None:
    assert code(answered(world, requested(world), "fin", digest="sha256:00")) == "other_content"


def test_a_deputy_answers_in_the_place_of_who_named_them(world: AccessWorld) -> None:
    world.person("boss", Role.EXECUTIVE, deputy="person_seller")
    agreed = answered(world, requested(world, requires=(Role.EXECUTIVE,)), "seller")
    assert review_status(agreed, LATER) == "agreed"
    assert (agreed.answers[0].by, agreed.answers[0].deputy_of) == ("person_seller", "person_boss")


def test_a_deputy_who_is_the_author_has_no_say(world: AccessWorld) -> None:
    world.person("boss", Role.EXECUTIVE, deputy="person_author")
    assert code(answered(world, requested(world, requires=(Role.EXECUTIVE,)), "author")) == "own_request"


def test_the_deputy_of_the_author_does_not_agree_in_the_authors_place(world: AccessWorld) -> None:
    world.person("author", Role.EXECUTIVE, deputy="person_seller")
    assert code(answered(world, requested(world, requires=(Role.EXECUTIVE,)), "seller")) == "role_not_asked"


def test_a_deputy_of_somebody_who_answered_does_not_add_their_voice_again(world: AccessWorld) -> None:
    world.person("fin", Role.FINANCE, deputy="person_seller")
    review = requested(world, requires=(Role.FINANCE, Role.FINANCE))
    answered(world, review, "fin")
    assert code(answered(world, review, "seller")) == "role_not_asked"


def test_the_deputy_of_somebody_who_left_has_no_say(world: AccessWorld) -> None:
    world.person("boss", Role.EXECUTIVE, deputy="person_seller", left_at=AT)
    assert code(answered(world, requested(world, requires=(Role.EXECUTIVE,)), "seller")) == "role_not_asked"


def test_a_named_executive_or_their_deputy_agrees_and_no_other(world: AccessWorld) -> None:
    world.person("chief", Role.EXECUTIVE, deputy="person_seller")
    review = requested(world, requires=(Role.EXECUTIVE,), executive="person_chief")
    assert code(answered(world, review, "boss")) == "role_not_asked"
    assert review_status(answered(world, review, "seller"), LATER) == "agreed"


def test_of_two_racing_answers_the_second_is_told_so(world: AccessWorld) -> None:
    world.person("fin2", Role.FINANCE)
    review = requested(world)
    said: dict[str, Any] = {"agreed": True, "reason": "yes", "digest": DIGEST, "at": LATER}
    one = answer_review(world.state, review.id, by="person_fin", **said)
    two = answer_review(world.state, review.id, by="person_fin2", **(said | {"agreed": False}))
    assert isinstance(one, Planned)
    assert isinstance(two, Planned)
    world.write(one.write)
    with pytest.raises(Conflict):
        world.write(two.write)
    kept = world.state.get(Review, review.id)
    assert kept is not None
    assert [answer.by for answer in kept.answers] == ["person_fin"]


def test_an_answer_needs_a_reason(world: AccessWorld) -> None:
    problems = answered(world, requested(world), "fin", reason="  ")
    assert [problem.field for problem in problems] == ["reason"]


def test_an_unknown_review_is_not_found(world: AccessWorld) -> None:
    with pytest.raises(NotFound):
        answer_review(world.state, "rev_x", by=None, agreed=True, reason="", digest="", at=AT)


def test_asking_twice_makes_one_review(world: AccessWorld) -> None:
    review = requested(world)
    again = request_review(world.state, new(), at=LATER, entropy=bytes(range(10)))
    assert isinstance(again, Planned)
    assert again.changes_nothing
    assert again.record == review
    other = request_review(world.state, new(digest="sha256:cd"), at=LATER, entropy=bytes(range(10)))
    assert isinstance(other, Planned)
    assert not other.changes_nothing


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requires": ()}, "requires"),
        ({"requires": (Role.GUEST,)}, "requires[0]"),
        ({"requires": (Role.FINANCE, Role.CUSTOMER_ADMIN)}, "requires[1]"),
        ({"reason": " "}, "reason"),
        ({"summary": "x" * 501}, "summary"),
        ({"digest": ""}, "digest"),
        ({"shown": "x" * 20_001}, "shown"),
        ({"expires_at": AT}, "expires_at"),
        ({"expires_at": AT + timedelta(days=91)}, "expires_at"),
        ({"expires_at": (AT + timedelta(days=1)).replace(tzinfo=None)}, "expires_at"),
        ({"executive": "person_boss"}, "executive"),
        ({"executive": "person_fin", "requires": (Role.EXECUTIVE,)}, "executive"),
        ({"executive": "person_author", "requires": (Role.EXECUTIVE,)}, "executive"),
        ({"executive": "person_nobody", "requires": (Role.EXECUTIVE,)}, "executive"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    world: AccessWorld, changes: dict[str, Any], field: str
) -> None:
    problems = request_review(world.state, new(**changes), at=AT, entropy=bytes(10))
    assert isinstance(problems, tuple)
    assert [problem.field for problem in problems] == [field]


def test_all_mistakes_of_a_request_are_told_at_once(world: AccessWorld) -> None:
    problems = request_review(world.state, new(reason="", summary="", requires=()), at=AT, entropy=bytes(10))
    assert isinstance(problems, tuple)
    assert {problem.field for problem in problems} == {"reason", "summary", "requires"}


def test_consent_is_for_exactly_what_was_agreed(world: AccessWorld) -> None:
    review = requested(world)
    publish = "catalog:publish"
    waiting = consent(review, about=publish, digest=DIGEST, now=LATER)
    assert waiting is not None
    assert waiting.retry_can_help
    agreed = answered(world, review, "fin")
    assert consent(agreed, about=publish, digest=DIGEST, now=LATER) is None
    assert code(consent(agreed, about=publish, digest="sha256:other", now=LATER)) == "other_content"
    assert code(consent(agreed, about="discount:grant", digest=DIGEST, now=LATER)) == "other_content"
    refused = dataclasses.replace(agreed, answers=(dataclasses.replace(agreed.answers[0], agreed=False),))
    assert code(consent(refused, about=publish, digest=DIGEST, now=LATER)) == "review_closed"


def test_an_agreement_of_too_few_roles_is_none(world: AccessWorld) -> None:
    agreed = answered(world, requested(world), "fin")

    def of(*requires: Role) -> Any:
        return consent(agreed, about="catalog:publish", digest=DIGEST, now=LATER, requires=requires)

    assert of(Role.FINANCE) is None
    assert code(of(Role.FINANCE, Role.EXECUTIVE)) == "other_content"
    assert code(of(Role.FINANCE, Role.FINANCE)) == "other_content"
