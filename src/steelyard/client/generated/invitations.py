"""What can be asked about invitations, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import TypedDict

from steelyard.client.generated.reviews import Role
from steelyard.client.generated.sessions import SignedIn
from steelyard.client.transport import Transport, follow, path_part, without_none


class Invitation(TypedDict):
    """Somebody was asked in; `new_password` says that it is a person's way to a new password."""

    id: str
    email: str
    name: str
    roles: builtins.list[str]
    invited_by: str
    created_at: str
    expires_at: str
    customer: str | None
    customers: builtins.list[str]
    segments: builtins.list[str]
    new_password: bool
    person: str | None
    used_at: str | None
    revoked_at: str | None


class InvitationList(TypedDict):
    """A page of invitations."""

    items: builtins.list[Invitation]
    next: str | None


class NewInvitation(TypedDict):
    """An invitation just made: the token and the path of its link are shown now and never again."""

    id: str
    email: str
    name: str
    roles: builtins.list[str]
    invited_by: str
    created_at: str
    expires_at: str
    customer: str | None
    customers: builtins.list[str]
    segments: builtins.list[str]
    new_password: bool
    person: str | None
    used_at: str | None
    revoked_at: str | None
    token: str
    path: str


class InvitationsApi:
    """What can be asked about invitations."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        name: str,
        email: str,
        roles: Sequence[Role],
        customer: str | None = None,
        customers: Sequence[str] | None = None,
        segments: Sequence[str] | None = None,
    ) -> NewInvitation:
        """Invite somebody; the token of the link is shown now and never again."""
        return self._transport.json(
            "POST",
            "/api/v1/invitations",
            body={
                "name": name,
                "email": email,
                "roles": roles,
                **without_none({"customer": customer, "customers": customers, "segments": segments}),
            },
        )

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, customer: str | None = None
    ) -> InvitationList:
        """Invitations, oldest first, without their tokens."""
        return self._transport.json(
            "GET", "/api/v1/invitations", query={"limit": limit, "cursor": cursor, "customer": customer}
        )

    def each(self, *, limit: int | None = None, customer: str | None = None) -> Iterator[Invitation]:
        """Invitations, oldest first, without their tokens, page after page."""
        return follow(lambda cursor: self.list(limit=limit, customer=customer, cursor=cursor))

    def revoke(self, id: str | int) -> None:
        """Make an invitation's link worthless."""
        self._transport.raw("DELETE", f"/api/v1/invitations/{path_part(id)}")

    def accept(self, *, token: str, password: str, name: str | None = None) -> SignedIn:
        """Accept an invitation: choose a password and be signed in. Works once."""
        return self._transport.json(
            "POST",
            "/api/v1/invitations/accept",
            body={"token": token, "password": password, **without_none({"name": name})},
        )
