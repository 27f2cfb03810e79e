"""Who is asking: from an Authorization header to a principal, whether that principal may, and about whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from steelyard.access import Principal, Reach, Refusal, authenticate, authorise, reach_of
from steelyard.access.meter_sessions import METER_SESSION_PREFIX, session_principal
from steelyard.access.secrets import SESSION_PREFIX
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.kernel import InvalidInput, NotFound, Refused

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

_NAMING: Final = ("customer", "filter_customer_id")
"""Fields of queries, bodies and members of contracts that name the customers whom a request is about."""


def admit(workspace: Workspace, authorization: bytes, now: datetime) -> Principal:
    """The principal behind an `Authorization: Bearer …` header with an API key, or a session's token.

    Raises InvalidInput `unauthenticated` for neither, an unknown one, or one that no longer holds.
    """
    given = _given(authorization)
    if given is not None and given.startswith(SESSION_PREFIX):
        found = workspace.roster.principal(given, now)
    elif given is not None and given.startswith(METER_SESSION_PREFIX):
        found = session_principal(workspace.session_secret, given, now, workspace.keys.of_id)
    else:
        found = authenticate(given, workspace.keys.find, now)
    if isinstance(found, Refusal):
        raise InvalidInput(found.reason, code="unauthenticated")
    return found


def _given(authorization: bytes) -> str | None:
    scheme, _, secret = authorization.partition(b" ")
    return secret.strip().decode("latin-1") if scheme.lower() == b"bearer" else None


def require_for(principal: Principal, endpoint: Endpoint) -> None:
    """Nothing, if the principal may ask this endpoint.

    Raises Refused `forbidden`, saying what is missing.
    """
    if endpoint.scope is None:
        return
    allowed = authorise(principal, endpoint.scope)
    if isinstance(allowed, Refusal):
        raise Refused(allowed.reason, code="forbidden")
    if endpoint.customer_may or allowed.reach is Reach.ALL:
        return
    if endpoint.reach_may and principal.customer is None:
        return
    if principal.customer is not None:
        reason = f"{principal.called} is for the customer {principal.customer} alone"
    else:
        reason = f"{principal.called} may do this for some customers only"
    raise Refused(f"{reason}, and this is about the whole workspace", code="forbidden")


def narrowed(
    workspace: Workspace,
    principal: Principal,
    endpoint: Endpoint,
    *,
    path: Mapping[str, str],
    query: Any,
    body: Any,
    now: datetime,
) -> Principal:
    """The principal as this request needs it: confined to the customers that their reach covers.

    Where the request names one, to that one. Raises NotFound for a customer out of reach, as if there were
    none; Refused `forbidden` where somebody with several customers names none of them.
    """
    if endpoint.scope is None or principal.person is None or principal.customer is not None:
        return principal
    reach = reach_of(principal, endpoint.scope)
    if reach is Reach.ALL:
        return principal
    theirs = _in_reach(workspace, principal, reach, now)
    named = sorted({*_named(endpoint, path, query, body)})
    for customer in named:
        if customer not in theirs:
            raise NotFound(f"there is no customer {customer!r}")
    if len(named) == 1:
        return replace(principal, customer=named[0])
    if endpoint.many_customers:
        return replace(principal, customers=theirs)
    if len(theirs) == 1 and not named:
        return replace(principal, customer=next(iter(theirs)))
    raise Refused(
        f"{principal.called} may do this for {len(theirs)} customers; name one of them", code="forbidden"
    )


def _in_reach(workspace: Workspace, principal: Principal, reach: Reach, now: datetime) -> frozenset[str]:
    """The customers of this reach that exist: one's own, and those of one's segments."""
    own = {key for key in principal.looks_after if workspace.directory.customer(key) is not None}
    if reach is Reach.SEGMENT and principal.segments:
        own |= {
            one.key
            for one in workspace.directory.customers
            if one.attributes_at(now).get("segment") in principal.segments
        }
    return frozenset(own)


def _named(endpoint: Endpoint, path: Mapping[str, str], query: Any, body: Any) -> Iterator[str]:
    if endpoint.path.startswith("/api/v1/customers/{key}"):
        yield path["key"]
    for given in (query, body, *(getattr(body, "members", None) or ())):
        for field in _NAMING:
            value = getattr(given, field, None)
            yield from [value] if isinstance(value, str) else value or ()
