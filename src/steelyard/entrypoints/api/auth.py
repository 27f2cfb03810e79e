"""Who is asking: from an Authorization header to a principal, and whether that principal may."""

from __future__ import annotations

from datetime import datetime

from steelyard.access import KeyRing, Principal, Refusal, authenticate, authorise
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.kernel import InvalidInput, Refused


def admit(keys: KeyRing, authorization: bytes, now: datetime) -> Principal:
    """The principal behind an `Authorization: Bearer KEY` header.

    Raises InvalidInput `unauthenticated` for no key, an unknown one, or one that no longer holds.
    """
    scheme, _, secret = authorization.partition(b" ")
    given = secret.strip().decode("latin-1") if scheme.lower() == b"bearer" else None
    found = authenticate(given, keys.find, now)
    if isinstance(found, Refusal):
        raise InvalidInput(found.reason, code="unauthenticated")
    return found


def require_for(principal: Principal, endpoint: Endpoint) -> None:
    """Nothing, if the principal may ask this endpoint.

    Raises Refused `forbidden`, saying what is missing.
    """
    if endpoint.scope is not None:
        allowed = authorise(principal, endpoint.scope)
        if isinstance(allowed, Refusal):
            raise Refused(allowed.reason, code="forbidden")
    if principal.customer is not None and not endpoint.customer_may:
        raise Refused(
            f"the key {principal.name} is for the customer {principal.customer} alone, and this is about the "
            "whole workspace",
            code="forbidden",
        )
