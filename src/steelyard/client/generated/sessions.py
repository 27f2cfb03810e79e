"""What can be asked about sessions, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.transport import Transport, path_part


class Person(TypedDict):
    """Somebody with a name and roles.

    `customer` is set for a customer's own people; `customers` and `segments` are whom one looks after."""

    id: str
    name: str
    email: str
    roles: builtins.list[str]
    created_at: str
    customer: str | None
    customers: builtins.list[str]
    segments: builtins.list[str]
    deputy: str | None
    left_at: str | None


class Session(TypedDict):
    """One of the asker's own sessions."""

    id: str
    opened: str
    started_at: str
    ends_at: str
    current: bool


class SessionList(TypedDict):
    """The asker's open sessions, oldest first."""

    items: builtins.list[Session]


class SignedIn(TypedDict):
    """A session just opened; send the token as `Authorization: Bearer TOKEN`. It is shown once."""

    session: str
    token: str
    ends_at: str
    person: Person


class SessionsApi:
    """What can be asked about sessions."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, *, email: str, password: str) -> SignedIn:
        """Sign in with an address and a password."""
        return self._transport.json("POST", "/api/v1/sessions", body={"email": email, "password": password})

    def list(self) -> SessionList:
        """One's own open sessions."""
        return self._transport.json("GET", "/api/v1/sessions")

    def end(self, id: str | int) -> None:
        """End one of one's own sessions; `current` is the present one."""
        self._transport.raw("DELETE", f"/api/v1/sessions/{path_part(id)}")
