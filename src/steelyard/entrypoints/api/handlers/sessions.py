"""Signing in and out; one's own sessions, password and deputy."""

from __future__ import annotations

import secrets

from steelyard.access import (
    LINK_OWNER,
    LINKED_OWNER,
    Credential,
    NewPerson,
    Person,
    change_person,
    end_session,
    find_person,
    password_problems,
    set_password,
)
from steelyard.access import SignedIn as Opening
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import shaped
from steelyard.entrypoints.api.shapes import people as shapes
from steelyard.kernel import InvalidInput, Refused, iso


def create(call: Call) -> shapes.SignedIn:
    """Sign in with an address and a password."""
    asked: shapes.SessionIn = call.body
    person, opened = call.workspace.door.sign_in(
        email=asked.email, password=asked.password, client=call.client, now=call.now
    )
    return signed_in(person, opened)


def signed_in(person: Person, opened: Opening) -> shapes.SignedIn:
    """A session just opened, with its token."""
    return shapes.SignedIn(
        session=opened.session.id,
        token=opened.token,
        ends_at=iso(opened.session.ends_at),
        person=shaped(person, shapes.Person),
    )


def list_sessions(call: Call) -> shapes.SessionList:
    """The asker's own open sessions."""
    found = call.workspace.roster.open_sessions(_whose(call), call.now)
    return shapes.SessionList(
        items=[
            shapes.Session(
                id=one.id,
                opened=one.opened.value,
                started_at=iso(one.started_at),
                ends_at=iso(one.ends_at),
                current=one.id == call.principal.session,
            )
            for one in found
        ]
    )


def end(call: Call) -> None:
    """End one of the asker's own sessions; the present one is named `current`."""
    id = call.principal.session if call.path["id"] == "current" else call.path["id"]
    planned = end_session(call.workspace.state, id, by=_whose(call), at=call.now)
    if planned.write is not None:
        call.commit(planned.write)


def change_password(call: Call) -> None:
    """Choose a new password; every other session of the person ends."""
    asked: shapes.PasswordIn = call.body
    workspace, person = call.workspace, _person(call)
    workspace.door.heard(person.email, call.client)
    if not workspace.door.is_right(workspace.state.get(Credential, person.id), asked.current):
        raise InvalidInput("the present password is another one", code="wrong_password")
    workspace.door.trusted(person.email, call.client)
    if problems := password_problems(asked.password, name=person.name, email=person.email):
        raise InvalidInput(f"not changed: {problems[0]}", code="invalid_person", problems=problems)
    with workspace.door.judging():
        write = set_password(
            workspace.state,
            person,
            asked.password,
            at=call.now,
            salt=secrets.token_bytes(16),
            cost=workspace.door.cost,
            but=call.principal.session,
        )
    call.commit(write)


def name_deputy(call: Call) -> shapes.Person:
    """Say who answers reviews in the asker's place, or nobody."""
    asked: shapes.DeputyIn = call.body
    person = _person(call)
    same = NewPerson(
        name=person.name,
        email=person.email,
        roles=person.roles,
        customer=person.customer,
        customers=person.customers,
        segments=person.segments,
    )
    planned = change_person(
        call.workspace.state, person.id, same, deputy=asked.deputy, by=call.principal, at=call.now
    )
    if isinstance(planned, tuple):
        raise InvalidInput(f"not named: {planned[0]}", code="invalid_person", problems=planned)
    if planned.write is not None:
        call.commit(planned.write)
    return shaped(planned.record, shapes.Person)


def _person(call: Call) -> Person:
    """The asker, who must be a person; raises Refused `not_a_person`."""
    if call.principal.person is None:
        raise Refused("only a person has a password and a deputy; sign in as one", code="not_a_person")
    return find_person(call.workspace.state, call.principal.person)


def _whose(call: Call) -> str:
    """Whose sessions the asker's are; an API key has none."""
    if call.principal.key_id == LINKED_OWNER.key_id:
        return LINK_OWNER
    return call.principal.person or call.principal.key_id
