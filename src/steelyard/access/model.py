"""Who asks: scopes, roles, API keys as they rest in the state, and principals.

No secret is ever a field of a stored record: keys hold the SHA-256 of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from steelyard.access.rate_limit import RateLimit
from steelyard.kernel import LATER


class Scope(StrEnum):
    """What a key may do; `owner` may do everything."""

    EVENTS_WRITE = "events:write"
    USAGE_READ = "usage:read"
    USAGE_WRITE = "usage:write"
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    CONTRACTS_READ = "contracts:read"
    CONTRACTS_WRITE = "contracts:write"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    INSIGHT_READ = "insight:read"
    REVIEWS_READ = "reviews:read"
    REVIEWS_DECIDE = "reviews:decide"
    RECORD_READ = "record:read"
    RECORD_ADMIN = "record:admin"
    ACCESS_READ = "access:read"
    ACCESS_ADMIN = "access:admin"
    OWNER = "owner"


class Role(StrEnum):
    """What somebody is here; `key` and `customer` are what API keys are, all others are people's."""

    OWNER = "owner"
    PRODUCT = "product"
    ENGINEER = "engineer"
    FINANCE = "finance"
    REVENUE_OPERATIONS = "revenue_operations"
    SALES = "sales"
    SUCCESS = "success"
    SUPPORT = "support"
    EXECUTIVE = "executive"
    AUDITOR = "auditor"
    GUEST = "guest"
    CUSTOMER_ADMIN = "customer_admin"
    CUSTOMER_FINANCE = "customer_finance"
    CUSTOMER_ENGINEER = "customer_engineer"
    CUSTOMER_VIEWER = "customer_viewer"
    KEY = "key"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking, once known: a person or an API key, and what they may do.

    `key_id` is what the record names them by: the person's id, or the key's. If `customer` is set they see
    that customer's data alone; if `customers` is, those customers' alone. `made_by` is who made the key,
    `session` the id of a person's session.
    How far a person's scopes reach is for `authorise` to say, from `roles`.

    >>> Principal(key_id="key_1", name="ci", role=Role.KEY, scopes=frozenset({Scope.USAGE_READ})).may(
    ...     Scope.EVENTS_WRITE
    ... )
    False
    """

    key_id: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    customer: str | None = None
    rate_limit: RateLimit | None = None
    roles: tuple[Role, ...] = ()
    person: str | None = None
    made_by: str | None = None
    looks_after: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    customers: frozenset[str] | None = None
    session: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether the scope, or `owner`, is among the principal's."""
        return scope in self.scopes or Scope.OWNER in self.scopes

    def sees(self, customer: str) -> bool:
        """Whether the customer's data may be shown to the principal."""
        if self.customer is not None:
            return customer == self.customer
        return self.customers is None or customer in self.customers

    @property
    def author(self) -> str:
        """Whose doing it is: the person, also behind a key that a person made; else the key."""
        return self.person or self.made_by or self.key_id

    @property
    def called(self) -> str:
        """How a refusal names them."""
        return self.name if self.person else f"the key {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key at rest: `hash` is the SHA-256 of the secret in hexadecimal; the secret is nowhere."""

    id: str
    name: str
    hash: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    customer: str | None = None
    rate_limit: RateLimit | None = None
    made_by: str | None = field(default=None, metadata=LATER)

    def live_at(self, moment: datetime) -> bool:
        """Whether the key is neither expired at the moment nor revoked, which holds at any moment."""
        expired = self.expires_at is not None and self.expires_at <= moment
        return self.revoked_at is None and not expired


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInToken:
    """A link that signs in once: `hash` is the SHA-256 of the token in hexadecimal."""

    hash: str
    principal: Principal
    ends_at: datetime
