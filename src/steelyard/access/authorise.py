"""Who is asking, and may they: both answers are values, and a refusal says why and what would help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from steelyard.access.model import ApiKey, Principal, Role, Scope
from steelyard.access.people import Person
from steelyard.access.permissions import Reach, permissions_of, with_implied
from steelyard.access.secrets import hash_secret


class RefusalCode(StrEnum):
    """Why somebody was refused."""

    NO_KEY = "no_key"
    UNKNOWN_KEY = "unknown_key"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    MISSING_SCOPE = "missing_scope"
    OTHER_CUSTOMER = "other_customer"
    TOKEN_SPENT = "token_spent"
    SESSION_ENDED = "session_ended"
    WRONG_PASSWORD = "wrong_password"
    TOO_MANY_TRIES = "too_many_tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refused request: the reason in words; asking again as it is never helps."""

    code: RefusalCode
    reason: str
    retry_can_help: bool = False

    @property
    def is_unknown_asker(self) -> bool:
        """Whether the asker is not known (rather than known and not allowed)."""
        return self.code not in (RefusalCode.MISSING_SCOPE, RefusalCode.OTHER_CUSTOMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A request that may go on, as this principal, about whom the reach says."""

    principal: Principal
    reach: Reach = Reach.ALL


def authenticate(
    secret: str | None, find: Callable[[str], ApiKey | None], now: datetime
) -> Principal | Refusal:
    """The principal behind the secret of an API key; `find` looks a key up by the hash of its secret.

    >>> authenticate("sk_wrong", lambda digest: None, datetime.max).code.value
    'unknown_key'
    """
    if not secret:
        return Refusal(code=RefusalCode.NO_KEY, reason="no API key; send it as Authorization: Bearer KEY")
    key = find(hash_secret(secret))
    if key is None:
        return Refusal(code=RefusalCode.UNKNOWN_KEY, reason="this API key is not known here")
    if key.live_at(now):
        return principal_of(key)
    if key.revoked_at is not None:
        return Refusal(code=RefusalCode.KEY_REVOKED, reason=f"the API key {key.id} was revoked")
    return Refusal(code=RefusalCode.KEY_EXPIRED, reason=f"the API key {key.id} has expired")


def principal_of(key: ApiKey) -> Principal:
    """Who asks with this key."""
    if Scope.OWNER in key.scopes:
        role = Role.OWNER
    else:
        role = Role.CUSTOMER if key.customer is not None else Role.KEY
    return Principal(
        key_id=key.id,
        name=key.name,
        role=role,
        scopes=with_implied(key.scopes),
        customer=key.customer,
        rate_limit=key.rate_limit,
        made_by=key.made_by,
    )


def principal_of_person(person: Person) -> Principal:
    """Who asks when this person does."""
    return Principal(
        key_id=person.id,
        name=person.name,
        role=person.roles[0],
        scopes=frozenset(permissions_of(person.roles)),
        customer=person.customer,
        roles=person.roles,
        person=person.id,
        looks_after=frozenset(person.customers),
        segments=frozenset(person.segments),
    )


def reach_of(principal: Principal, scope: Scope) -> Reach:
    """How far a scope that the principal has reaches; a person's by the table of permissions."""
    if principal.customer is not None:
        return Reach.OWN
    if principal.person is None:
        return Reach.ALL
    return permissions_of(principal.roles).get(scope, Reach.OWN)


def authorise(principal: Principal, scope: Scope, *, customer: str | None = None) -> Allowed | Refusal:
    """Whether the principal may do this, about this customer if one is named, and how far that reaches.

    Who is restricted to a customer is refused what concerns another one; what concerns no one customer is
    for the caller to narrow to the reach.

    >>> ada = Principal(key_id="key_1", name="ada", role=Role.KEY, scopes=frozenset({Scope.USAGE_READ}))
    >>> authorise(ada, Scope.BILLING_READ).reason
    'the key ada lacks the scope billing:read'
    """
    if not principal.may(scope):
        reason = f"{principal.called} lacks the scope {scope}"
        if principal.person is not None:
            reason = f"{principal.called} ({', '.join(principal.roles)}) lacks the permission {scope}"
        return Refusal(code=RefusalCode.MISSING_SCOPE, reason=reason)
    if principal.customer is not None and customer is not None and principal.customer != customer:
        reason = f"{principal.called} is for the customer {principal.customer} alone"
        return Refusal(code=RefusalCode.OTHER_CUSTOMER, reason=reason)
    return Allowed(principal=principal, reach=reach_of(principal, scope))
