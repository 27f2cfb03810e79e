"""Endpoints of people: invitations, sessions, roles, and what people did."""

from __future__ import annotations

from typing import Final

from steelyard.access import Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.handlers import invitations, people, sessions
from steelyard.entrypoints.api.shapes import people as p

_ONE: Final = "/api/v1/people/{id}"

ROWS: Final = (
    Endpoint(
        method="GET", path="/api/v1/people", name="people.list", summary="People, with their roles.",
        handler=people.list_people, scope=Scope.ACCESS_READ, query=p.PeopleQuery, answer=p.PersonList,
        customer_may=True, sensitive=True,
    ),
    Endpoint(
        method="GET", path=_ONE, name="people.show", summary="One person.",
        handler=people.show, scope=Scope.ACCESS_READ, answer=p.Person, customer_may=True, sensitive=True,
    ),
    Endpoint(
        method="PUT", path=_ONE, name="people.change",
        summary="Change somebody's name, roles, customers, segments and deputy.",
        handler=people.change, scope=Scope.ACCESS_ADMIN, body=p.PersonIn, answer=p.Person, customer_may=True,
        problems=(404,),
    ),
    Endpoint(
        method="DELETE", path=_ONE, name="people.leave",
        summary="End somebody's rights and sessions, at once.",
        handler=people.send_away, scope=Scope.ACCESS_ADMIN, status=204, customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/invitations", name="invitations.create",
        summary="Invite somebody; the token of the link is shown now and never again.",
        handler=invitations.create, scope=Scope.ACCESS_ADMIN, body=p.InvitationIn, answer=p.NewInvitation,
        status=201, customer_may=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/invitations", name="invitations.list",
        summary="Invitations, oldest first, without their tokens.",
        handler=invitations.list_invitations, scope=Scope.ACCESS_READ, query=p.PeopleQuery,
        answer=p.InvitationList, customer_may=True, sensitive=True,
    ),
    Endpoint(
        method="DELETE", path="/api/v1/invitations/{id}", name="invitations.revoke",
        summary="Make an invitation's link worthless.",
        handler=invitations.revoke, scope=Scope.ACCESS_ADMIN, status=204, customer_may=True,
    ),
    Endpoint(
        method="POST", path="/api/v1/invitations/accept", name="invitations.accept",
        summary="Accept an invitation: choose a password and be signed in. Works once.",
        handler=invitations.accept_one, body=p.AcceptIn, answer=p.SignedIn, status=201, problems=(403,),
    ),
    Endpoint(
        method="POST", path="/api/v1/sessions", name="sessions.create",
        summary="Sign in with an address and a password.",
        handler=sessions.create, body=p.SessionIn, answer=p.SignedIn, status=201, problems=(401,),
    ),
    Endpoint(
        method="GET", path="/api/v1/sessions", name="sessions.list", summary="One's own open sessions.",
        handler=sessions.list_sessions, answer=p.SessionList, signed_in=True,
    ),
    Endpoint(
        method="DELETE", path="/api/v1/sessions/{id}", name="sessions.end",
        summary="End one of one's own sessions; `current` is the present one.",
        handler=sessions.end, status=204, signed_in=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/me", name="me.show", summary="Who asks, and what they may do.",
        handler=people.me, answer=p.Me, signed_in=True,
    ),
    Endpoint(
        method="PUT", path="/api/v1/me/password", name="me.password",
        summary="Choose a new password; one's other sessions end.",
        handler=sessions.change_password, body=p.PasswordIn, status=204, signed_in=True,
    ),
    Endpoint(
        method="PUT", path="/api/v1/me/deputy", name="me.deputy",
        summary="Say who answers reviews in one's place.",
        handler=sessions.name_deputy, body=p.DeputyIn, answer=p.Person, signed_in=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/names", name="names.list",
        summary="Who the ids of people and keys stand for, as far as one may know.",
        handler=people.names, answer=p.NameList, signed_in=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/roles", name="roles.list", summary="The table of permissions, by role.",
        handler=people.roles, answer=p.RoleTable, signed_in=True,
    ),
    Endpoint(
        method="GET", path="/api/v1/deeds", name="deeds.list",
        summary="Who did or looked at what, oldest first.",
        handler=people.list_deeds, scope=Scope.ACCESS_READ, query=p.DeedsQuery, answer=p.DeedList,
        sensitive=True,
    ),
)  # fmt: skip
