"""API keys: made once, shown once, hashed at rest, refused when they should be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from steelyard.access import (
    ApiKey,
    CreatedKey,
    KeyRing,
    Principal,
    Refusal,
    RefusalCode,
    Role,
    Scope,
    authenticate,
    authorise,
    create_key,
    create_owner_key,
    revoke_key,
)
from steelyard.kernel import NotFound, Problem, encode, instant
from steelyard.record import State

AT = instant("2026-10-01T00:00:00Z")
ENTROPY = bytes(range(64))


def created(**changes: Any) -> CreatedKey:
    asked: dict[str, Any] = {"name": "ci", "scopes": [Scope.EVENTS_WRITE], "at": AT, "entropy": ENTROPY}
    made = create_key(**{**asked, **changes})
    assert isinstance(made, CreatedKey)
    return made


def asks(secret: str, key: ApiKey, at: Any = AT) -> Principal | Refusal:
    return authenticate(secret, KeyRing([key]).find, at)


def test_the_secret_opens_and_is_nowhere_in_what_is_kept() -> None:
    made = created()
    assert isinstance(asks(made.secret, made.key), Principal)
    assert made.secret.startswith("sk_")
    kept = encode(made.key) + b"".join(made.write.batches[0].payloads)
    assert made.secret.encode() not in kept
    assert made.secret.removeprefix("sk_").encode() not in kept
    assert made.secret not in repr(made)


def test_other_randomness_gives_another_secret_and_another_id() -> None:
    one, two = created(), created(entropy=bytes(reversed(ENTROPY)))
    assert one.secret != two.secret
    assert one.key.id != two.key.id


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_key_the_refusal_says_how_to_send_one(secret: str | None) -> None:
    refusal = authenticate(secret, KeyRing().find, AT)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "Bearer" in refusal.reason) == (RefusalCode.NO_KEY, True)


@pytest.mark.parametrize("secret", ["sk_wrong", "\ud800", "é" * 5000])
def test_a_wrong_key_is_refused_whatever_it_is_made_of(secret: str) -> None:
    refusal = asks(secret, created().key)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.UNKNOWN_KEY
    assert refusal.is_unknown_asker


def test_an_expired_key_is_refused_from_its_very_moment() -> None:
    made = created(expires_at=AT + timedelta(days=1))
    assert isinstance(asks(made.secret, made.key, AT + timedelta(hours=23)), Principal)
    refusal = asks(made.secret, made.key, AT + timedelta(days=1))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.KEY_EXPIRED


def test_a_revoked_key_is_refused_and_revoking_again_changes_nothing() -> None:
    made = created()

    class OneKey:
        key = made.key

        def get(self, type: type, id: str) -> ApiKey | None:
            return self.key if id == self.key.id else None

        def version(self, type: type, id: str) -> int | None:
            return 7 if id == self.key.id else None

    state = OneKey()
    revoked = revoke_key(cast("State", state), made.key.id, at=AT + timedelta(hours=1))
    assert revoked.write is not None
    assert revoked.write.expect[0].version == 7
    refusal = asks(made.secret, revoked.key, AT + timedelta(hours=1))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.KEY_REVOKED
    state.key = revoked.key
    assert revoke_key(cast("State", state), made.key.id, at=AT + timedelta(hours=2)).write is None
    with pytest.raises(NotFound):
        revoke_key(cast("State", state), "key_no", at=AT)


def test_scopes_bound_what_a_key_may_do_and_owner_may_do_all() -> None:
    reader = Principal(key_id="k", name="r", role=Role.KEY, scopes=frozenset({Scope.USAGE_READ}))
    owner = asks(
        create_owner_key(at=AT, entropy=ENTROPY).secret, create_owner_key(at=AT, entropy=ENTROPY).key
    )
    assert isinstance(owner, Principal)
    assert owner.role is Role.OWNER
    for scope in Scope:
        assert not isinstance(authorise(owner, scope), Refusal)
        assert isinstance(authorise(reader, scope), Refusal) == (scope is not Scope.USAGE_READ)


def test_a_key_for_one_customer_sees_no_other() -> None:
    made = created(scopes=[Scope.BILLING_READ], customer="acme")
    principal = asks(made.secret, made.key)
    assert isinstance(principal, Principal)
    assert principal.role is Role.CUSTOMER
    assert not isinstance(authorise(principal, Scope.BILLING_READ, customer="acme"), Refusal)
    refusal = authorise(principal, Scope.BILLING_READ, customer="beta")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.is_unknown_asker) == (RefusalCode.OTHER_CUSTOMER, False)


def test_all_mistakes_in_a_key_are_told_at_once() -> None:
    problems = create_key(
        name="", scopes=["no:such", "owner"], at=AT, entropy=ENTROPY, expires_at=AT, customer="acme"
    )
    assert isinstance(problems, tuple)
    found = [(p.field, p.code) for p in cast("tuple[Problem, ...]", problems)]
    assert found == [
        ("name", "bad_text"),
        ("scopes[0]", "unknown_scope"),
        ("scopes[1]", "scope_too_wide"),
        ("expires_at", "already_expired"),
    ]
    assert isinstance(create_key(name="x", scopes=[], at=AT, entropy=ENTROPY), tuple)
