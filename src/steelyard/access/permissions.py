"""Who may do what: one table, role by scope, with how far each permission reaches.

`authorise` reads this table and nothing else; the reference page and the console show it; a test tries every
endpoint with every role against it. Change a permission here, and only here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from steelyard.access.model import Role, Scope


class Reach(StrEnum):
    """Whose data a permission is for: everybody's, a segment's (and one's own customers'), one's own."""

    ALL = "all"
    SEGMENT = "segment"
    OWN = "own"


_WIDEST_FIRST: Final = (Reach.ALL, Reach.SEGMENT, Reach.OWN)
Permissions = Mapping[Scope, Reach]

IMPLIED: Final[Mapping[Scope, tuple[Scope, ...]]] = MappingProxyType(
    {
        Scope.ACCESS_ADMIN: (Scope.ACCESS_READ, Scope.REVIEWS_READ),
        Scope.REVIEWS_DECIDE: (Scope.REVIEWS_READ,),
    }
)
"""What a scope brings with it, for roles and for API keys."""


def _may(*, everywhere: str = "", segment: str = "", own: str = "") -> Permissions:
    reaches = ((everywhere, Reach.ALL), (segment, Reach.SEGMENT), (own, Reach.OWN))
    return MappingProxyType({Scope(word): reach for words, reach in reaches for word in words.split()})


_READS: Final = (
    "usage:read catalog:read customers:read contracts:read billing:read insight:read record:read "
    "reviews:read access:read"
)

PERMISSIONS: Final[Mapping[Role, Permissions]] = MappingProxyType(
    {
        Role.OWNER: _may(everywhere=" ".join(Scope)),
        Role.PRODUCT: _may(
            everywhere="usage:read catalog:read catalog:write customers:read contracts:read billing:read "
            "insight:read record:read reviews:read reviews:decide",
        ),
        Role.ENGINEER: _may(
            everywhere="events:write usage:read usage:write catalog:read catalog:write customers:read "
            "record:read reviews:read reviews:decide",
        ),
        Role.FINANCE: _may(
            everywhere="usage:read catalog:read customers:read customers:write contracts:read "
            "contracts:write billing:read billing:write insight:read record:read reviews:read reviews:decide",
        ),
        Role.REVENUE_OPERATIONS: _may(
            everywhere="usage:read usage:write catalog:read catalog:write customers:read customers:write "
            "contracts:read contracts:write billing:read billing:write insight:read record:read "
            "reviews:read reviews:decide access:read",
        ),
        Role.SALES: _may(
            everywhere="catalog:read reviews:read reviews:decide",
            own="usage:read customers:read contracts:read contracts:write billing:read insight:read",
        ),
        Role.SUCCESS: _may(
            everywhere="catalog:read reviews:read reviews:decide",
            segment="usage:read customers:read contracts:read billing:read insight:read",
        ),
        Role.SUPPORT: _may(
            everywhere="catalog:read record:read reviews:read reviews:decide",
            segment="usage:read usage:write customers:read contracts:read billing:read",
        ),
        Role.EXECUTIVE: _may(everywhere=f"{_READS} reviews:decide"),
        Role.AUDITOR: _may(everywhere=_READS),
        Role.GUEST: _may(everywhere=_READS),
        Role.CUSTOMER_ADMIN: _may(
            own="events:write usage:read customers:read contracts:read billing:read record:read "
            "access:read access:admin",
        ),
        Role.CUSTOMER_FINANCE: _may(own="usage:read customers:read contracts:read billing:read record:read"),
        Role.CUSTOMER_ENGINEER: _may(own="events:write usage:read customers:read record:read"),
        Role.CUSTOMER_VIEWER: _may(own="usage:read customers:read"),
    }
)
"""Every role of people. What stands nowhere in a row is not permitted."""

CUSTOMER_ROLES: Final = tuple(role for role in PERMISSIONS if role.value.startswith("customer_"))
SELLER_ROLES: Final = tuple(role for role in PERMISSIONS if role not in CUSTOMER_ROLES)


def permissions_of(roles: Iterable[Role]) -> dict[Scope, Reach]:
    """What these roles permit together: where two permit the same, the wider reach.

    >>> both = permissions_of([Role.SALES, Role.AUDITOR])
    >>> both[Scope.USAGE_READ].value, both[Scope.CONTRACTS_WRITE].value, Scope.BILLING_WRITE in both
    ('all', 'own', False)
    """
    found: dict[Scope, Reach] = {}
    for role in roles:
        for scope, reach in PERMISSIONS.get(role, {}).items():
            found[scope] = widest(found.get(scope, reach), reach)
    return found


def widest(one: Reach, other: Reach) -> Reach:
    """The reach that covers both.

    >>> widest(Reach.OWN, Reach.SEGMENT).value
    'segment'
    """
    return min(one, other, key=_WIDEST_FIRST.index)


def with_implied(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """The scopes and what they bring with them.

    >>> sorted(with_implied([Scope.REVIEWS_DECIDE]))
    [<Scope.REVIEWS_DECIDE: 'reviews:decide'>, <Scope.REVIEWS_READ: 'reviews:read'>]
    """
    given = frozenset(scopes)
    return given.union(*(IMPLIED.get(scope, ()) for scope in given))
