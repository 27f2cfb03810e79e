"""Making and revoking API keys: what to write, and the secret that is shown this once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from steelyard.access.model import ApiKey, Scope
from steelyard.access.rate_limit import RateLimit
from steelyard.access.secrets import KEY_PREFIX, hash_secret, make_secret
from steelyard.kernel import NotFound, Problem, make_id
from steelyard.record import WORKSPACE_CHAIN, Batch, Expect, Kind, Save, State, Write
from steelyard.record.telling import telling

NAME_LENGTH_MAX = 128


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey:
    """A key to be: the record, its secret (nowhere else, never again), and what to write."""

    key: ApiKey
    secret: str = dataclasses.field(repr=False)
    write: Write


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RevokedKey:
    """A key that is to be revoked, and what to write; nothing when it is revoked already."""

    key: ApiKey
    write: Write | None


def create_key(
    *,
    name: str,
    scopes: Sequence[Scope | str],
    at: datetime,
    entropy: bytes,
    expires_at: datetime | None = None,
    customer: str | None = None,
    rate_limit: RateLimit | None = None,
    made_by: str | None = None,
) -> CreatedKey | tuple[Problem, ...]:
    """The plan that makes an API key, or all that is wrong with it; `entropy` is 64 random bytes.

    Whether the customer exists is for the caller to know. `made_by` is who asks for it.

    >>> from steelyard.kernel import instant
    >>> made = create_key(
    ...     name="ci", scopes=["events:write"], at=instant("2026-01-01T00:00:00Z"), entropy=bytes(64)
    ... )
    >>> made.secret[:5], made.key.hash == hash_secret(made.secret), made.write.entry_count
    ('sk_AA', True, 1)
    """
    problems = [*_name_problems(name), *_scope_problems(scopes, customer), *_expiry_problems(expires_at, at)]
    if problems:
        return tuple(problems)
    secret = make_secret(KEY_PREFIX, entropy[:32])
    key = ApiKey(
        id=make_id("key", at, entropy[32:]),
        name=name,
        hash=hash_secret(secret),
        scopes=tuple(sorted({Scope(scope) for scope in scopes})),
        created_at=at,
        expires_at=expires_at,
        customer=customer,
        rate_limit=rate_limit,
        made_by=made_by,
    )
    return CreatedKey(key=key, secret=secret, write=_saving(key, None))


def create_owner_key(*, at: datetime, entropy: bytes) -> CreatedKey:
    """The plan that makes a workspace's first key, which may do everything and does not expire."""
    created = create_key(name="owner", scopes=[Scope.OWNER], at=at, entropy=entropy)
    assert isinstance(created, CreatedKey), "an owner key has nothing that could be wrong"
    return created


def revoke_key(state: State, id: str, *, at: datetime) -> RevokedKey:
    """The plan that revokes a key from now on; raises NotFound for an unknown one."""
    version = state.version(ApiKey, id)
    key = state.get(ApiKey, id)
    if key is None:
        raise NotFound(f"there is no API key {id[:60]!r}", code="unknown_key")
    if key.revoked_at is not None:
        return RevokedKey(key=key, write=None)
    revoked = dataclasses.replace(key, revoked_at=at)
    return RevokedKey(key=revoked, write=_saving(revoked, version))


def _saving(key: ApiKey, version: int | None) -> Write:
    batch = Batch(kind=Kind.ACCESS, customers=[WORKSPACE_CHAIN], payloads=[telling(key)])
    return Write(
        batches=(batch,),
        rows=(Save(record=key, told_by=0),),
        expect=(Expect(type=ApiKey, key=key.id, version=version),),
    )


def _name_problems(name: str) -> list[Problem]:
    if name.strip() and len(name) <= NAME_LENGTH_MAX and name.isprintable():
        return []
    allowed = f"1 to {NAME_LENGTH_MAX} printing characters"
    return [Problem(code="bad_text", message=f"{name[:60]!r} is no name", field="name", allowed=allowed)]


def _scope_problems(scopes: Sequence[Scope | str], customer: str | None) -> list[Problem]:
    known = {scope.value for scope in Scope}
    allowed = ", ".join(sorted(known))
    problems: list[Problem] = []
    if not scopes:
        message = "a key without scopes could do nothing"
        problems.append(Problem(code="no_scopes", message=message, field="scopes", allowed=allowed))
    for place, scope in enumerate(scopes):
        field = f"scopes[{place}]"
        if str(scope) not in known:
            message = f"{str(scope)[:60]!r} is no scope"
            problems.append(Problem(code="unknown_scope", message=message, field=field, allowed=allowed))
        elif customer is not None and scope in (Scope.OWNER, Scope.ACCESS_ADMIN):
            message = f"a key for one customer cannot have {scope}"
            problems.append(Problem(code="scope_too_wide", message=message, field=field))
    return problems


def _expiry_problems(expires_at: datetime | None, at: datetime) -> list[Problem]:
    if expires_at is None:
        return []
    if expires_at.tzinfo is None:
        return [Problem(code="not_a_time", message="expires_at has no UTC offset", field="expires_at")]
    if expires_at <= at:
        return [Problem(code="already_expired", message="it would have expired already", field="expires_at")]
    return []
