"""Invitations: made, listed, taken back, accepted."""

from __future__ import annotations

import secrets
from typing import Any

from steelyard.access import (
    Doer,
    Invitation,
    NewPerson,
    Opened,
    Refusal,
    accept,
    find_invitation,
    invite_person,
    plain_email,
    take_back,
)
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.people import known_customers
from steelyard.entrypoints.api.handlers.sessions import signed_in
from steelyard.entrypoints.api.handlers.shaping import listed, shaped
from steelyard.entrypoints.api.shapes import people as shapes
from steelyard.kernel import InvalidInput, NotFound, Refused
from steelyard.record.planned import Planned

_KEPT_APART = ("hash", "again")


def create(call: Call) -> shapes.NewInvitation:
    """Invite somebody; a repeat under the same Idempotency-Key shows the invitation without its token."""
    asked: shapes.InvitationIn = call.body
    if asked.customer is not None:
        known_customers(call, [asked.customer], "customer")
    known_customers(call, asked.customers)
    wanted = NewPerson(
        name=asked.name.strip(),
        email=plain_email(asked.email),
        roles=tuple(dict.fromkeys(asked.roles)),
        customer=asked.customer,
        customers=tuple(sorted(set(asked.customers))),
        segments=tuple(sorted(set(asked.segments))),
    )
    made = invite_person(
        call.workspace.state, wanted, by=call.principal, at=call.now, entropy=secrets.token_bytes(48)
    )
    if isinstance(made, tuple):
        raise InvalidInput(f"not invited: {made[0]}", code="invalid_person", problems=made)
    call.commit(made.write, _new(made.invitation, ""))
    return _new(made.invitation, made.token)


def list_invitations(call: Call) -> shapes.InvitationList:
    """Invitations, oldest first, without their tokens."""
    query: shapes.PeopleQuery = call.query
    items, following = listed(call, Invitation, customer=call.about_whom(query.customer))
    return shapes.InvitationList(items=[_shown(one) for one in items], next=following)


def revoke(call: Call) -> None:
    """Make an invitation's link worthless."""
    planned = take_back(call.workspace.state, call.path["id"], at=call.now)
    if call.principal.customer not in (None, planned.record.customer):
        raise NotFound(f"there is no invitation {planned.record.id!r}", code="unknown_invitation")
    if planned.write is not None:
        call.commit(planned.write)


def accept_one(call: Call) -> shapes.SignedIn:
    """Accept an invitation: choose a password, and be signed in. Works once."""
    asked: shapes.AcceptIn = call.body
    workspace = call.workspace
    workspace.door.heard("", call.client)
    found = _open_invitation(call, asked.token)
    with workspace.door.judging():
        accepted = accept(
            workspace.state,
            found,
            name=asked.name,
            password=asked.password,
            at=call.now,
            salt=secrets.token_bytes(16),
            cost=workspace.door.cost,
        )
    if not isinstance(accepted, Planned):
        _open_invitation(call, asked.token)  # Who accepted it meanwhile is why: that is what is said.
        raise InvalidInput(f"not accepted: {accepted[0]}", code="invalid_person", problems=accepted)
    person = accepted.record
    doer = Doer(by=person.id, did=call.did, about=call.address)
    opened = workspace.door.opened(person.id, Opened.INVITATION, call.now, doer, accepted.write)
    workspace.door.trusted(person.email, call.client)
    return signed_in(person, opened)


def _open_invitation(call: Call, token: str) -> Invitation:
    found = find_invitation(call.workspace.state, token, call.now)
    if isinstance(found, Refusal):
        raise Refused(found.reason, code=found.code.value)
    return found


def _shown(invitation: Invitation) -> shapes.Invitation:
    return shapes.Invitation(**_fields(invitation))


def _new(invitation: Invitation, token: str) -> shapes.NewInvitation:
    path = f"/console/invitation?token={token}" if token else ""
    return shapes.NewInvitation(**_fields(invitation), token=token, path=path)


def _fields(invitation: Invitation) -> dict[str, Any]:
    names = [name for name in shapes.Invitation.__struct_fields__ if name != "new_password"]
    told = {name: getattr(invitation, name) for name in names}
    shown = shaped({**told, "new_password": invitation.again is not None}, shapes.Invitation)
    return {name: getattr(shown, name) for name in shapes.Invitation.__struct_fields__}
