"""What can be asked about roles, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.transport import Transport


class Permission(TypedDict):
    """One permission: the scope, and whose data it is for (`all`, `segment` or `own`)."""

    scope: str
    reach: str


class RoleRow(TypedDict):
    """A role, and all that it permits."""

    role: str
    of_customer: bool
    permissions: builtins.list[Permission]


class RoleTable(TypedDict):
    """The table of permissions."""

    scopes: builtins.list[str]
    roles: builtins.list[RoleRow]


class RolesApi:
    """What can be asked about roles."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> RoleTable:
        """The table of permissions, by role."""
        return self._transport.json("GET", "/api/v1/roles")
