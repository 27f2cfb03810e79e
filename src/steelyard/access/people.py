"""People: who they are, which roles they hold, whose customers are theirs, and who stands in for them.

A person is never deleted, so that the record can always say who did something; one who left can do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from steelyard.access.model import Role, Scope
from steelyard.access.permissions import CUSTOMER_ROLES, PERMISSIONS
from steelyard.kernel import Problem

NAME_LENGTH_MAX: Final = 128
EMAIL_LENGTH_MAX: Final = 254
MANY_MAX: Final = 1000
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Who is to become a person here; nothing in it is checked yet but that `email` is in its plain form."""

    name: str
    email: str
    roles: tuple[Role, ...]
    customer: str | None = None
    customers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


def plain_email(email: str) -> str:
    """An e-mail address in the one form in which it is compared: without blanks around it, in lower case.

    >>> plain_email(" Ada@Acme.example ")
    'ada@acme.example'
    """
    return email.strip().lower()


def person_problems(new: NewPerson) -> tuple[Problem, ...]:
    """All that is wrong with a person to be, as far as one can say without looking at others.

    >>> sales = NewPerson(name="Ada", email="ada@acme.example", roles=(Role.SALES, Role.CUSTOMER_VIEWER))
    >>> {problem.code for problem in person_problems(sales)}
    {'mixed_roles'}
    """
    problems = [*_name_problems(new.name), *_role_problems(new.roles, new.customer)]
    if len(new.email) > EMAIL_LENGTH_MAX or not _EMAIL.fullmatch(new.email) or not new.email.isprintable():
        message = f"{new.email[:60]!r} is no e-mail address"
        problems.append(Problem(code="bad_email", message=message, field="email", allowed="name@host"))
    if new.customer is not None and (new.customers or new.segments):
        message = "a customer's own people look after no customers"
        problems.append(Problem(code="mixed_roles", message=message, field="customers"))
    for field, values in (("customers", new.customers), ("segments", new.segments)):
        if len(values) > MANY_MAX or not all(values):
            allowed = f"at most {MANY_MAX}, none empty"
            message = f"these {field} are too many, or one is empty"
            problems.append(Problem(code="bad_text", message=message, field=field, allowed=allowed))
    return tuple(problems)


def _name_problems(name: str) -> list[Problem]:
    if name.strip() and len(name) <= NAME_LENGTH_MAX and name.isprintable():
        return []
    allowed = f"1 to {NAME_LENGTH_MAX} printing characters"
    return [Problem(code="bad_text", message=f"{name[:60]!r} is no name", field="name", allowed=allowed)]


def _role_problems(roles: Sequence[Role], customer: str | None) -> list[Problem]:
    if not roles:
        return [Problem(code="no_roles", message="somebody without a role could do nothing", field="roles")]
    problems: list[Problem] = []
    of_customer = [role in CUSTOMER_ROLES for role in roles]
    for place, role in enumerate(roles):
        if role not in PERMISSIONS:
            message = f"{role} is what an API key is, not a person"
            problems.append(Problem(code="unknown_role", message=message, field=f"roles[{place}]"))
    if any(of_customer) and customer is None:
        message = "a role of a customer's people needs the customer"
        problems.append(Problem(code="mixed_roles", message=message, field="customer"))
    if not all(of_customer) and customer is not None:
        allowed = ", ".join(CUSTOMER_ROLES)
        message = "a customer's people have roles of a customer only"
        problems.append(Problem(code="mixed_roles", message=message, field="roles", allowed=allowed))
    if any(of_customer) and not all(of_customer) and customer is None:
        message = "somebody is either of a customer or of the seller"
        problems.append(Problem(code="mixed_roles", message=message, field="roles"))
    return problems


def may_stand_in(deputy: Person | None, person: Person, now: datetime) -> Problem | None:
    """Why somebody cannot be this person's deputy; None where they can."""
    if deputy is None or not deputy.works_at(now):
        return Problem(code="unknown_person", message="there is no such person here", field="deputy")
    if deputy.id == person.id:
        return Problem(code="own_deputy", message="nobody stands in for themselves", field="deputy")
    if deputy.customer is not None or person.customer is not None:
        message = "customers' people answer no reviews, so they have and are no deputies"
        return Problem(code="no_deputy", message=message, field="deputy")
    if not any(Scope.REVIEWS_DECIDE in PERMISSIONS.get(role, {}) for role in deputy.roles):
        message = f"{deputy.name} has no role that answers reviews"
        return Problem(code="no_deputy", message=message, field="deputy")
    return None
