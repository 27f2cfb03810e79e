"""People: who they are, which roles they hold, whose customers are theirs, and who stands in for them.

A person is never deleted, so that the record can always say who did something; one who left can do nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from steelyard.access.model import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a name and roles.

    `customer` is set for people of a customer, who see that customer alone. `customers` and `segments` are
    whom a person of the seller looks after, where a role reaches no further. While `deputy` is set, that
    person may answer reviews in this one's place. `left_at` ends all rights.

    >>> from steelyard.kernel import instant
    >>> at = instant("2026-01-01T00:00:00Z")
    >>> ada = Person(id="person_1", name="Ada", email="ada@x.io", roles=(Role.FINANCE,), created_at=at)
    >>> ada.holds(Role.FINANCE), ada.holds(Role.EXECUTIVE), ada.works_at(at)
    (True, False, True)
    """

    id: str
    name: str
    email: str
    roles: tuple[Role, ...]
    created_at: datetime
    customer: str | None = None
    customers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    deputy: str | None = None
    left_at: datetime | None = None

    def holds(self, role: Role) -> bool:
        """Whether the role is among this person's."""
        return role in self.roles

    def works_at(self, moment: datetime) -> bool:
        """Whether the person has rights at the moment: has not left before or at it."""
        return self.left_at is None or moment < self.left_at
