"""People: listed, changed, sent away; the table of roles; what people did."""

from __future__ import annotations

from steelyard.access import (
    CUSTOMER_ROLES,
    PERMISSIONS,
    Deed,
    NewPerson,
    Person,
    Scope,
    change_person,
    find_person,
    leave,
    permissions_of,
    reach_of,
)
from steelyard.contracts import Customer
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import people as shapes
from steelyard.kernel import InvalidInput, NotFound, Problem
from steelyard.record.planned import Planned


def list_people(call: Call) -> shapes.PersonList:
    """People, by id; a customer's admin sees the people of that customer."""
    query: shapes.PeopleQuery = call.query
    items, following = listed(call, Person, customer=call.about_whom(query.customer))
    return shapes.PersonList(items=[shaped(one, shapes.Person) for one in items], next=following)


def show(call: Call) -> shapes.Person:
    """One person."""
    return shaped(_theirs(call), shapes.Person)


def change(call: Call) -> shapes.Person:
    """Change what somebody is; only an owner changes an owner."""
    asked: shapes.PersonIn = call.body
    person = _theirs(call)
    known_customers(call, asked.customers)
    wanted = NewPerson(
        name=asked.name.strip(),
        email=person.email,
        roles=tuple(dict.fromkeys(asked.roles)),
        customer=person.customer,
        customers=tuple(sorted(set(asked.customers))),
        segments=tuple(sorted(set(asked.segments))),
    )
    planned = change_person(
        call.workspace.state, person.id, wanted, deputy=asked.deputy, by=call.principal, at=call.now
    )
    return shaped(_written(call, planned), shapes.Person)


def send_away(call: Call) -> None:
    """End somebody's rights and sessions, at once."""
    _written(call, leave(call.workspace.state, _theirs(call).id, by=call.principal, at=call.now))


def _theirs(call: Call) -> Person:
    """The person asked for, if the asker may see them; NotFound otherwise."""
    person = find_person(call.workspace.state, call.path["id"])
    if call.principal.customer not in (None, person.customer):
        raise NotFound(f"there is no person {person.id!r}", code="unknown_person")
    return person


def _written(call: Call, planned: Planned[Person] | tuple[Problem, ...]) -> Person:
    if isinstance(planned, tuple):
        raise InvalidInput(f"not done: {planned[0]}", code="invalid_person", problems=planned)
    if planned.write is not None:
        call.commit(planned.write)
    return planned.record


def known_customers(call: Call, keys: list[str], field: str = "customers") -> None:
    """Nothing, where all these customers exist.

    Raises InvalidInput `invalid_person` with those that do not.
    """
    unknown = tuple(
        Problem(code="unknown_customer", message=f"there is no customer {key[:60]!r}", field=field)
        for key in keys
        if call.workspace.state.get(Customer, key) is None
    )
    if unknown:
        raise InvalidInput(f"not done: {unknown[0]}", code="invalid_person", problems=unknown)


def me(call: Call) -> shapes.Me:
    """Who asks, and what they may do."""
    principal = call.principal
    scopes = list(Scope) if Scope.OWNER in principal.scopes else sorted(principal.scopes)
    person = call.workspace.roster.person(principal.person or "")
    return shapes.Me(
        id=principal.key_id,
        name=principal.name,
        roles=[role.value for role in principal.roles or (principal.role,)],
        customer=principal.customer,
        permissions=[
            shapes.Permission(scope=scope.value, reach=reach_of(principal, scope).value) for scope in scopes
        ],
        person=None if person is None else shaped(person, shapes.Person),
    )


def roles(call: Call) -> shapes.RoleTable:
    """The table of permissions, as `authorise` reads it."""
    rows = [
        shapes.RoleRow(
            role=role.value,
            of_customer=role in CUSTOMER_ROLES,
            permissions=[
                shapes.Permission(scope=scope.value, reach=reach.value)
                for scope, reach in sorted(permissions_of([role]).items())
            ],
        )
        for role in PERMISSIONS
    ]
    return shapes.RoleTable(scopes=[scope.value for scope in Scope], roles=rows)


def names(call: Call) -> shapes.NameList:
    """Who the record's ids stand for; a customer's people learn of each other only, most keys of nobody."""
    customer = call.principal.customer
    if call.principal.person is None and not call.principal.may(Scope.ACCESS_READ):
        return shapes.NameList(items=[])
    people = call.workspace.roster.people()
    known = [(one.id, one.name) for one in people if customer in (None, one.customer)]
    if customer is None:
        known += call.workspace.keys.names()
    return shapes.NameList(items=[shapes.NameRow(id=id, name=name) for id, name in sorted(known)])


def list_deeds(call: Call) -> shapes.DeedList:
    """Who did or looked at what, oldest first."""
    query: shapes.DeedsQuery = call.query
    items, following = listed(call, Deed, by=query.by, did=query.did, about=query.about)
    return shapes.DeedList(items=[shaped(one, shapes.Deed) for one in items], next=following)
