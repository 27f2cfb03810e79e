"""API keys: made, listed, revoked."""

from __future__ import annotations

import secrets

import msgspec

from steelyard.access import ApiKey, RateLimit, create_key, revoke_key
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import keys as shapes
from steelyard.kernel import InvalidInput, Problem, iso


def create(call: Call) -> shapes.NewApiKey:
    """Make a key; a repeat under the same Idempotency-Key shows the key without its secret."""
    asked: shapes.KeyIn = call.body
    if asked.customer is not None and call.workspace.state.get(Customer, asked.customer) is None:
        unknown = Problem(
            code="unknown_customer", message=f"there is no customer {asked.customer!r}", field="customer"
        )
        raise InvalidInput(str(unknown), code="invalid_key", problems=(unknown,))
    made = create_key(
        name=asked.name,
        scopes=asked.scopes,
        at=call.now,
        entropy=secrets.token_bytes(64),
        expires_at=asked.expires_at,
        customer=asked.customer,
        rate_limit=_limit(asked.rate_limit),
        made_by=call.principal.author,
    )
    if isinstance(made, tuple):
        raise InvalidInput(f"not made: {made[0]}", code="invalid_key", problems=made)
    head = msgspec.structs.asdict(_shown(made.key))
    call.commit(made.write, shapes.NewApiKey(**head, secret=""))
    return shapes.NewApiKey(**head, secret=made.secret)


def _limit(asked: shapes.RateLimitIn | None) -> RateLimit | None:
    if asked is None:
        return None
    return RateLimit(
        events_per_second=asked.events_per_second, burst=asked.burst or 0, body_bytes=asked.body_bytes
    )


def list_keys(call: Call) -> shapes.ApiKeyList:
    """API keys, without their secrets."""
    after = place_of(call.query.cursor) if call.query.cursor else None
    found = call.workspace.state.find(ApiKey, limit=call.query.limit + 1, after=after)
    items, following = page(found, call.query.limit, lambda one: one.id)
    return shapes.ApiKeyList(items=[_shown(one) for one in items], next=following)


def revoke(call: Call) -> None:
    """Revoke a key; one that is revoked already stays so."""
    planned = revoke_key(call.workspace.state, call.path["id"], at=call.now)
    if planned.write is not None:
        call.commit(planned.write)


def _shown(key: ApiKey) -> shapes.ApiKey:
    return shapes.ApiKey(
        id=key.id,
        name=key.name,
        scopes=[scope.value for scope in key.scopes],
        created_at=iso(key.created_at),
        expires_at=iso(key.expires_at) if key.expires_at else None,
        revoked_at=iso(key.revoked_at) if key.revoked_at else None,
        customer=key.customer,
        rate_limit=None if key.rate_limit is None else _limit_shown(key.rate_limit),
    )


def _limit_shown(limit: RateLimit) -> shapes.RateLimit:
    return shapes.RateLimit(
        events_per_second=limit.events_per_second, burst=limit.burst, body_bytes=limit.body_bytes
    )
