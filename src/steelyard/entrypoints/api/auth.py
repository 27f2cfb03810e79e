"""Who is asking: from an Authorization header to a principal, and whether that principal may."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from steelyard.access import ApiKey, Principal, Role, Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.kernel.errors import InvalidInput, Refused
from steelyard.record.ports import State

_REMEMBERED_MAX: Final = 4096


class Doorkeeper:
    """Answers who a secret belongs to; remembers keys it has seen, and forgets them when keys change.

    One process holds a workspace, so a key can only change through this very process.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen: dict[bytes, ApiKey] = {}

    def admit(self, authorization: bytes, now: datetime) -> Principal:
        """The principal behind an `Authorization: Bearer KEY` header.

        Raises InvalidInput `unauthenticated` for no key, an unknown one, or one that no longer holds.
        """
        scheme, _, secret = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not secret.strip():
            raise InvalidInput(
                "this needs a key: send it as `Authorization: Bearer KEY`", code="unauthenticated"
            )
        key = self._key_of(secret.strip())
        if key is None or not key.live_at(now):
            raise InvalidInput("this key is unknown, expired or revoked", code="unauthenticated")
        return principal_of(key)

    def forget(self) -> None:
        """Look every key up anew: one was made or revoked."""
        self._seen.clear()

    def _key_of(self, secret: bytes) -> ApiKey | None:
        digest = hashlib.sha256(secret).digest()
        known = self._seen.get(digest)
        if known is None:
            found = self._state.find(ApiKey, hash=digest.hex(), limit=1)
            if not found:
                return None
            if len(self._seen) >= _REMEMBERED_MAX:
                self._seen.clear()
            known = self._seen[digest] = found[0]
        return known


def principal_of(key: ApiKey) -> Principal:
    """The principal that a key stands for."""
    role = Role.OWNER if Scope.OWNER in key.scopes else Role.CUSTOMER if key.customer else Role.KEY
    return Principal(
        key_id=key.id, name=key.name, role=role, scopes=frozenset(key.scopes), customer=key.customer
    )


def require_for(principal: Principal, endpoint: Endpoint) -> None:
    """Nothing, if the principal may ask this endpoint; else raises Refused `forbidden`, saying what is missing."""
    if endpoint.scope is not None and not principal.may(endpoint.scope):
        raise Refused(f"this key lacks the scope {endpoint.scope.value}", code="forbidden")
    if principal.customer is not None and not endpoint.customer_may:
        raise Refused(
            "this key sees one customer only, and this is about the whole workspace", code="forbidden"
        )
