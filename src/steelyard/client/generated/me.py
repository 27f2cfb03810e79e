"""What can be asked about me, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.generated.roles import Permission
from steelyard.client.generated.sessions import Person
from steelyard.client.transport import Transport


class Me(TypedDict):
    """Who asks: a person, or an API key, and what they may do."""

    id: str
    name: str
    roles: builtins.list[str]
    customer: str | None
    permissions: builtins.list[Permission]
    person: Person | None


class MeApi:
    """What can be asked about me."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def show(self) -> Me:
        """Who asks, and what they may do."""
        return self._transport.json("GET", "/api/v1/me")

    def password(self, *, current: str, password: str) -> None:
        """Choose a new password; one's other sessions end."""
        self._transport.json("PUT", "/api/v1/me/password", body={"current": current, "password": password})

    def deputy(self, *, deputy: str | None) -> Person:
        """Say who answers reviews in one's place."""
        return self._transport.json("PUT", "/api/v1/me/deputy", body={"deputy": deputy})
