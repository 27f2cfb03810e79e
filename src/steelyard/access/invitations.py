"""Invitations: a link that works once, for a while, and makes somebody a person here.

For somebody who is one already it is the way to a new password.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from steelyard.access.authorise import Refusal, RefusalCode
from steelyard.access.model import Role
from steelyard.access.people import NewPerson, Person
from steelyard.access.secrets import INVITATION_PREFIX, hash_secret, make_secret
from steelyard.kernel import Conflict, NotFound, make_id
from steelyard.record import WORKSPACE_CHAIN, Kind, State, Write
from steelyard.record.planned import Planned, saving

INVITATION_LIFETIME: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody was asked in; `hash` is the SHA-256 of the link's token. `person` is set once they accepted.

    Where `again` names a person, the link gives that person a new password and changes nothing else.
    """

    id: str
    hash: str
    email: str
    name: str
    roles: tuple[Role, ...]
    invited_by: str
    created_at: datetime
    expires_at: datetime
    customer: str | None = None
    customers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    again: str | None = None
    person: str | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def open_at(self, moment: datetime) -> bool:
        """Whether the link still works."""
        return self.used_at is None and self.revoked_at is None and moment < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation to be made: the token of its link (nowhere else, never again), and what to write."""

    invitation: Invitation
    token: str = dataclasses.field(repr=False)
    write: Write


def invite(new: NewPerson, *, by: str, at: datetime, entropy: bytes, again: Person | None = None) -> Invited:
    """The plan that invites somebody who was checked; `entropy` is 48 random bytes.

    `again` is the person who has this address already, for whom it is a way to a new password.
    """
    token = make_secret(INVITATION_PREFIX, entropy[:32])
    invitation = Invitation(
        id=make_id("inv", at, entropy[32:]),
        hash=hash_secret(token),
        email=new.email,
        name=new.name if again is None else again.name,
        roles=new.roles if again is None else again.roles,
        invited_by=by,
        created_at=at,
        expires_at=at + INVITATION_LIFETIME,
        customer=new.customer if again is None else again.customer,
        customers=new.customers if again is None else again.customers,
        segments=new.segments if again is None else again.segments,
        again=None if again is None else again.id,
    )
    write = saving(Kind.ACCESS, WORKSPACE_CHAIN, invitation, invitation.id, None)
    return Invited(invitation=invitation, token=token, write=write)


def find_invitation(state: State, token: str, now: datetime) -> Invitation | Refusal:
    """The open invitation behind a link's token; one refusal for every token that opens nothing."""
    found = state.find(Invitation, hash=hash_secret(token))
    if found and found[0].open_at(now):
        return found[0]
    reason = "this invitation was used or taken back, or is too old; ask for another"
    return Refusal(code=RefusalCode.TOKEN_SPENT, reason=reason)


def used(state: State, invitation: Invitation, person: str, at: datetime) -> Write:
    """The write that spends an invitation; of two at the same moment the second gets Conflict."""
    # The version is read first: who spent it meanwhile changed either what is read now or the version.
    version = state.version(Invitation, invitation.id)
    if state.get(Invitation, invitation.id) != invitation:
        raise Conflict("this invitation was used at the same moment", code="changed_meanwhile")
    spent = dataclasses.replace(invitation, used_at=at, person=person)
    return saving(Kind.ACCESS, WORKSPACE_CHAIN, spent, spent.id, version)


def take_back(state: State, id: str, *, at: datetime) -> Planned[Invitation]:
    """The plan that makes a link worthless; one that is worthless already stays so.

    Raises NotFound for an unknown invitation.
    """
    version = state.version(Invitation, id)
    invitation = state.get(Invitation, id)
    if invitation is None:
        raise NotFound(f"there is no invitation {id[:60]!r}", code="unknown_invitation")
    if not invitation.open_at(at):
        return Planned(record=invitation, write=None)
    revoked = dataclasses.replace(invitation, revoked_at=at)
    return Planned(record=revoked, write=saving(Kind.ACCESS, WORKSPACE_CHAIN, revoked, id, version))
