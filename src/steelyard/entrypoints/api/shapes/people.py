"""People, invitations, sessions, roles, and what people did."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steelyard.access import Role
from steelyard.entrypoints.api.pages import PageQuery
from steelyard.entrypoints.api.shapes.base import Shape, Time

Name = Annotated[str, Meta(min_length=1, max_length=128)]
Email = Annotated[str, Meta(min_length=3, max_length=254)]
Password = Annotated[str, Meta(min_length=1, max_length=256, description="At least 12 characters.")]
Secret = Annotated[str, Meta(min_length=1, max_length=200)]


class PersonIn(Shape, frozen=True, kw_only=True):
    """What somebody is to be from now on; the address and the customer stay as they are."""

    name: Name
    roles: Annotated[list[Role], Meta(min_length=1)]
    customers: list[str] = []
    segments: list[str] = []
    deputy: str | None = None


class Person(Shape, frozen=True, kw_only=True):
    """Somebody with a name and roles.

    `customer` is set for a customer's own people; `customers` and `segments` are whom one looks after.
    """

    id: str
    name: str
    email: str
    roles: list[str]
    created_at: Time
    customer: str | None
    customers: list[str]
    segments: list[str]
    deputy: str | None
    left_at: Time | None


class PersonList(Shape, frozen=True, kw_only=True):
    """A page of people."""

    items: list[Person]
    next: str | None


class PeopleQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which people to list: of a customer, if one is named."""

    customer: str | None = None


class InvitationIn(Shape, frozen=True, kw_only=True):
    """Who is to be invited, and as what; `customer` makes them one of that customer's people."""

    name: Name
    email: Email
    roles: Annotated[list[Role], Meta(min_length=1)]
    customer: str | None = None
    customers: list[str] = []
    segments: list[str] = []


class Invitation(Shape, frozen=True, kw_only=True):
    """Somebody was asked in; `new_password` says that it is a person's way to a new password."""

    id: str
    email: str
    name: str
    roles: list[str]
    invited_by: str
    created_at: Time
    expires_at: Time
    customer: str | None
    customers: list[str]
    segments: list[str]
    new_password: bool
    person: str | None
    used_at: Time | None
    revoked_at: Time | None


class NewInvitation(Invitation, frozen=True, kw_only=True):
    """An invitation just made: the token and the path of its link are shown now and never again."""

    token: str
    path: str


class InvitationList(Shape, frozen=True, kw_only=True):
    """A page of invitations."""

    items: list[Invitation]
    next: str | None


class AcceptIn(Shape, frozen=True, kw_only=True):
    """The token of an invitation's link, and the password that one chooses."""

    token: Secret
    password: Password
    name: Annotated[str, Meta(max_length=128)] = ""


class SessionIn(Shape, frozen=True, kw_only=True):
    """Who signs in."""

    email: Email
    password: Password


class SignedIn(Shape, frozen=True, kw_only=True):
    """A session just opened; send the token as `Authorization: Bearer TOKEN`. It is shown once."""

    session: str
    token: str
    ends_at: Time
    person: Person


class Session(Shape, frozen=True, kw_only=True):
    """One of the asker's own sessions."""

    id: str
    opened: str
    started_at: Time
    ends_at: Time
    current: bool


class SessionList(Shape, frozen=True, kw_only=True):
    """The asker's open sessions, oldest first."""

    items: list[Session]


class PasswordIn(Shape, frozen=True, kw_only=True):
    """A new password, and the one until now."""

    current: Password
    password: Password


class DeputyIn(Shape, frozen=True, kw_only=True):
    """Who answers reviews in the asker's place; null for nobody."""

    deputy: str | None


class Permission(Shape, frozen=True, kw_only=True):
    """One permission: the scope, and whose data it is for (`all`, `segment` or `own`)."""

    scope: str
    reach: str


class Me(Shape, frozen=True, kw_only=True):
    """Who asks: a person, or an API key, and what they may do."""

    id: str
    name: str
    roles: list[str]
    customer: str | None
    permissions: list[Permission]
    person: Person | None


class NameRow(Shape, frozen=True, kw_only=True):
    """Who an id of the record stands for."""

    id: str
    name: str


class NameList(Shape, frozen=True, kw_only=True):
    """The people and keys that the asker may know of, by name."""

    items: list[NameRow]


class RoleRow(Shape, frozen=True, kw_only=True):
    """A role, and all that it permits."""

    role: str
    of_customer: bool
    permissions: list[Permission]


class RoleTable(Shape, frozen=True, kw_only=True):
    """The table of permissions."""

    scopes: list[str]
    roles: list[RoleRow]


class Deed(Shape, frozen=True, kw_only=True):
    """What somebody did or looked at: `by` is a person's or key's id, `did` an endpoint, `about` its path."""

    id: str
    by: str
    did: str
    about: str
    at: Time
    looked: bool


class DeedList(Shape, frozen=True, kw_only=True):
    """A page of deeds, oldest first."""

    items: list[Deed]
    next: str | None


class DeedsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deeds: of one person or key, of one endpoint, about one path."""

    by: str | None = None
    did: str | None = None
    about: str | None = None
