"""People of a workspace under test: made quickly, signed in without the cost of a real password."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from steelyard.access import Cost, Opened, Person, Role, open_session
from steelyard.entrypoints.bootstrap import Workspace
from steelyard.kernel import instant
from steelyard.record import WORKSPACE_CHAIN, Kind
from steelyard.record.planned import saving
from tests.api.local import Local

JOINED = instant("2026-01-01T00:00:00Z")
CHEAP = Cost(n=16, r=8, p=1)
PASSWORD = "correct horse battery"


def person(workspace: Workspace, name: str, *roles: Role, **more: Any) -> Person:
    """Somebody with these roles, in the state; who was there is changed."""
    made = Person(
        id=f"person_{name}",
        name=name.title(),
        email=f"{name}@acme.example",
        roles=roles,
        created_at=JOINED,
        **more,
    )
    version = workspace.state.version(Person, made.id)
    workspace.writer.submit(saving(Kind.ACCESS, WORKSPACE_CHAIN, made, made.id, version)).result()
    return made


def token(workspace: Workspace, by: str) -> str:
    """The token of a new session of a person."""
    opened = open_session(by, Opened.PASSWORD, at=datetime.now(UTC), entropy=secrets.token_bytes(48))
    workspace.writer.submit(opened.write).result()
    return opened.token


def signed_in(workspace: Workspace, name: str, *roles: Role, **more: Any) -> str:
    """The token of somebody new with these roles."""
    return token(workspace, person(workspace, name, *roles, **more).id)


def invited(local: Local, name: str, *roles: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Somebody who came by an invitation: the token of their session, and the whole answer."""
    asked = {"name": name.title(), "email": f"{name}@acme.example", "roles": list(roles), **more}
    made = local.ask("POST", "/api/v1/invitations", asked)
    assert made.status == 201, made.content
    body = {"token": made.json["token"], "password": PASSWORD}
    accepted = local.ask("POST", "/api/v1/invitations/accept", body, key="")
    assert accepted.status == 201, accepted.content
    return accepted.json["token"], accepted.json
