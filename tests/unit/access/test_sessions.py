"""Signing in to the console."""

from __future__ import annotations

from datetime import timedelta

from steelyard.access import (
    SESSION_LIFETIME,
    SIGN_IN_LIFETIME,
    Principal,
    Refusal,
    RefusalCode,
    Role,
    Scope,
    Sessions,
    SignedIn,
)
from steelyard.access.sessions import SESSIONS_MAX
from steelyard.kernel import instant

NOW = instant("2026-11-01T00:00:00Z")
ADA = Principal(key_id="key_1", name="ada", role=Role.OWNER, scopes=frozenset({Scope.OWNER}))


def entropy(number: int) -> bytes:
    return number.to_bytes(32)


def signed_in(sessions: Sessions, number: int = 1) -> SignedIn:
    return sessions.open(ADA, NOW, entropy(number))


def test_a_link_signs_in_once() -> None:
    sessions = Sessions()
    link = sessions.issue(ADA, NOW, entropy(1))
    first = sessions.sign_in(link, NOW, entropy(2))
    assert isinstance(first, SignedIn)
    assert sessions.principal(first.token, NOW) == ADA
    second = sessions.sign_in(link, NOW, entropy(3))
    assert isinstance(second, Refusal)
    assert second.code is RefusalCode.TOKEN_SPENT


def test_a_link_that_is_too_old_signs_nobody_in() -> None:
    sessions = Sessions()
    link = sessions.issue(ADA, NOW, entropy(1))
    assert isinstance(sessions.sign_in(link, NOW + SIGN_IN_LIFETIME, entropy(2)), Refusal)


def test_a_session_ends_by_itself_by_sign_out_and_with_its_key() -> None:
    sessions = Sessions()
    by_time, by_hand, by_key = (signed_in(sessions, n) for n in (1, 2, 3))
    assert sessions.principal(by_time.token, NOW + SESSION_LIFETIME - timedelta(seconds=1)) == ADA
    assert isinstance(sessions.principal(by_time.token, NOW + SESSION_LIFETIME), Refusal)
    sessions.end(by_hand.token)
    assert isinstance(sessions.principal(by_hand.token, NOW), Refusal)
    link = sessions.issue(ADA, NOW, entropy(4))
    sessions.end_of_key("key_1")
    assert isinstance(sessions.principal(by_key.token, NOW), Refusal)
    assert isinstance(sessions.sign_in(link, NOW, entropy(5)), Refusal)


def test_tokens_of_links_and_sessions_are_not_interchangeable() -> None:
    sessions = Sessions()
    link = sessions.issue(ADA, NOW, entropy(1))
    assert isinstance(sessions.principal(link, NOW), Refusal)
    opened = signed_in(sessions, 1)
    assert isinstance(sessions.sign_in(opened.token, NOW, entropy(2)), Refusal)


def test_open_sessions_are_bounded_and_the_oldest_goes_first() -> None:
    sessions = Sessions()
    first = signed_in(sessions, 0)
    rest = [signed_in(sessions, number) for number in range(1, SESSIONS_MAX + 1)]
    assert isinstance(sessions.principal(first.token, NOW), Refusal)
    assert sessions.principal(rest[-1].token, NOW) == ADA


def test_no_token_is_kept() -> None:
    sessions = Sessions()
    opened = signed_in(sessions)
    assert opened.token not in repr(opened.session)
