"""Who comes, changes and leaves: what to write, or everything that is wrong with it.

Nobody gives away more than they have: only an owner makes or changes an owner, and a customer's admin makes
people of that customer only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from steelyard.access.invitations import Invitation, Invited, invite, used
from steelyard.access.model import Principal, Role, Scope
from steelyard.access.passwords import COST, Cost, Credential, make_credential, password_problems
from steelyard.access.people import NewPerson, Person, may_stand_in, person_problems
from steelyard.access.sessions import Session, end_all
from steelyard.kernel import NotFound, Problem, content_id
from steelyard.record import WORKSPACE_CHAIN, Kind, State, Write
from steelyard.record.planned import Planned, saving, together

Problems = tuple[Problem, ...]


def invite_person(
    state: State, new: NewPerson, *, by: Principal, at: datetime, entropy: bytes
) -> Invited | Problems:
    """The plan that invites somebody, or all that is wrong with it; `entropy` is 48 random bytes.

    An address that is somebody's already gets a link to a new password, and changes nothing else. Whether
    the customers exist is for the caller to know.
    """
    known = person_of(state, new.email)
    again = known if known is not None and known.works_at(at) else None
    wanted = new if again is None else _as_asked(again)
    problems = (*person_problems(wanted), *too_wide(by, wanted.roles, wanted.customer))
    return problems or invite(new, by=by.author, at=at, entropy=entropy, again=again)


def accept(
    state: State,
    invitation: Invitation,
    *,
    name: str,
    password: str,
    at: datetime,
    salt: bytes,
    cost: Cost = COST,
) -> Planned[Person] | Problems:
    """The plan that turns an open invitation into a person with a password; `salt` is 16 random bytes.

    Works once: the write spends the invitation, so that a replay at the same moment gets Conflict.
    """
    person = _accepting(state, invitation, name, at)
    if isinstance(person, tuple):
        return person
    if problems := password_problems(password, name=person.name, email=person.email):
        return problems
    version = state.version(Person, person.id)
    saved = None if invitation.again else saving(Kind.ACCESS, WORKSPACE_CHAIN, person, person.id, version)
    password_set = set_password(state, person, password, at=at, salt=salt, cost=cost)
    write = together([saved, password_set, used(state, invitation, person.id, at)])
    return Planned(record=person, write=write)


def _accepting(state: State, invitation: Invitation, name: str, at: datetime) -> Person | Problems:
    known = person_of(state, invitation.email)
    if invitation.again is not None:
        if known is not None and known.id == invitation.again and known.works_at(at):
            return known
        return (Problem(code="unknown_person", message="this person has left", field="token"),)
    if known is not None and known.works_at(at):
        message = f"{invitation.email} has an account already; sign in"
        return (Problem(code="exists", message=message, field="email"),)
    new = NewPerson(
        name=name.strip() or invitation.name,
        email=invitation.email,
        roles=invitation.roles,
        customer=invitation.customer,
        customers=invitation.customers,
        segments=invitation.segments,
    )
    if problems := person_problems(new):
        return problems
    given = {field.name: getattr(new, field.name) for field in dataclasses.fields(new)}
    return Person(id=person_id(new.email), created_at=at, **given)


def set_password(
    state: State,
    person: Person,
    password: str,
    *,
    at: datetime,
    salt: bytes,
    cost: Cost = COST,
    but: str = "",
) -> Write:
    """The write of a new password, which was checked; every session of the person but one ends."""
    credential = make_credential(person.id, password, salt=salt, at=at, cost=cost)
    version = state.version(Credential, person.id)
    saved = saving(Kind.ACCESS, WORKSPACE_CHAIN, credential, person.id, version)
    both = together([saved, end_all(state.find(Session, by=person.id), at=at, but=but)])
    assert both is not None, "a password is written"
    return both


def change_person(
    state: State, id: str, changed: NewPerson, *, deputy: str | None, by: Principal, at: datetime
) -> Planned[Person] | Problems:
    """The plan that changes what somebody is; the address and the customer stay. NotFound for nobody."""
    version = state.version(Person, id)
    person = find_person(state, id)
    changed = dataclasses.replace(changed, email=person.email, customer=person.customer)
    problems = [
        *person_problems(changed),
        *too_wide(by, person.roles, person.customer),
        *too_wide(by, changed.roles, changed.customer),
    ]
    if deputy is not None and (why := may_stand_in(state.get(Person, deputy), person, at)) is not None:
        problems.append(why)
    if not person.works_at(at):
        problems.append(Problem(code="has_left", message=f"{person.name} has left", field="id"))
    if problems:
        return tuple(dict.fromkeys(problems))
    after = dataclasses.replace(
        person,
        name=changed.name,
        roles=changed.roles,
        customers=changed.customers,
        segments=changed.segments,
        deputy=deputy,
    )
    if after == person:
        return Planned(record=person, write=None)
    return Planned(record=after, write=saving(Kind.ACCESS, WORKSPACE_CHAIN, after, id, version))


def leave(state: State, id: str, *, by: Principal, at: datetime) -> Planned[Person] | Problems:
    """The plan that ends somebody's rights and sessions now; who left stays so. NotFound for nobody."""
    version = state.version(Person, id)
    person = find_person(state, id)
    if problems := too_wide(by, person.roles, person.customer):
        return problems
    if not person.works_at(at):
        return Planned(record=person, write=None)
    gone = dataclasses.replace(person, left_at=at)
    saved = saving(Kind.ACCESS, WORKSPACE_CHAIN, gone, id, version)
    return Planned(record=gone, write=together([saved, end_all(state.find(Session, by=id), at=at)]))


def find_person(state: State, id: str) -> Person:
    """The person of this id, whether or not they have left; raises NotFound for nobody."""
    person = state.get(Person, id)
    if person is None:
        raise NotFound(f"there is no person {id[:60]!r}", code="unknown_person")
    return person


def person_of(state: State, email: str) -> Person | None:
    """Who has this address (in its plain form), whether or not they have left; None for nobody.

    An id is made of the address, so that no address is two people's, whatever races.
    """
    return state.get(Person, person_id(email))


def person_id(email: str) -> str:
    """The id of whoever has this address, in its plain form.

    >>> person_id("ada@acme.example") == person_id("ada@acme.example") != person_id("bob@acme.example")
    True
    """
    return content_id("person", email.encode())


def too_wide(by: Principal, roles: Iterable[Role], customer: str | None) -> Problems:
    """Why somebody may not give these roles (or change who has them); empty where they may."""
    if Role.OWNER in roles and not by.may(Scope.OWNER):
        message = "only an owner makes, changes or sends away an owner"
        return (Problem(code="scope_too_wide", message=message, field="roles"),)
    if by.customer is not None and customer != by.customer:
        message = f"{by.called} makes people of the customer {by.customer} only"
        return (Problem(code="scope_too_wide", message=message, field="customer"),)
    return ()


def _as_asked(person: Person) -> NewPerson:
    return NewPerson(
        name=person.name,
        email=person.email,
        roles=person.roles,
        customer=person.customer,
        customers=person.customers,
        segments=person.segments,
    )
