"""Commands about people: who is here, inviting somebody, sending somebody away, roles, and who did what."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.pages import Column, everything, show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, talk
from steelyard.entrypoints.terminal import print_json, say, table

Role = Annotated[list[str], Parameter(name="--role", help="A role; may be given many times.")]
Customers = Annotated[
    list[str] | None, Parameter(name="--looks-after", help="A customer of theirs; may be given many times.")
]
Segments = Annotated[
    list[str] | None, Parameter(name="--segment", help="A segment of theirs; may be given many times.")
]


def list_people(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Everybody with an account, also those who left."""
    columns: dict[str, Column] = {
        "id": "id",
        "name": "name",
        "e-mail": "email",
        "roles": lambda one: " ".join(one["roles"]),
        "customer": "customer",
        "left": "left_at",
    }
    show_list("/api/v1/people", columns, folder=folder, json=json)


def invite(
    name: str,
    email: str,
    /,
    *,
    role: Role,
    customer: str | None = None,
    looks_after: Customers = None,
    segment: Segments = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Invite somebody: the link is printed now and never again. It works once, for seven days.

    An address that is somebody's already gets a way to a new password.

    Parameters
    ----------
    name
        What they are called.
    email
        Their address, by which they sign in.
    customer
        The customer whose person they are; then with roles of a customer only.
    """
    body: dict[str, Any] = {"name": name, "email": email, "roles": role, "customer": customer}
    body |= {"customers": looks_after or [], "segments": segment or []}
    with talk(folder) as workspace:
        made = workspace.ask("POST", "/api/v1/invitations", body=body)
    if json:
        print_json(made)
        return
    say(f"{made['name']} may come in until {made['expires_at']} by this link on the server's address:")
    say(made["path"])


def change(
    id: str,
    /,
    *,
    role: Annotated[list[str] | None, Parameter(name="--role", help="The roles from now on.")] = None,
    name: str = "",
    looks_after: Customers = None,
    segment: Segments = None,
    deputy: str | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Change what somebody is; what is not given stays. It holds at once.

    Parameters
    ----------
    id
        The person's id.
    name
        The name from now on.
    deputy
        Who answers reviews in their place: a person's id, or `none`.
    """
    with talk(folder) as workspace:
        before = workspace.ask("GET", "/api/v1/people/{id}", names={"id": id})
        body = {
            "name": name or before["name"],
            "roles": role or before["roles"],
            "customers": before["customers"] if looks_after is None else looks_after,
            "segments": before["segments"] if segment is None else segment,
            "deputy": before["deputy"] if deputy is None else None if deputy == "none" else deputy,
        }
        after = workspace.ask("PUT", "/api/v1/people/{id}", names={"id": id}, body=body)
    print_json(after) if json else say(f"{after['name']}: {', '.join(after['roles'])}")


def leave(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """End somebody's rights and sessions, at once.

    Parameters
    ----------
    id
        The person's id.
    """
    with talk(folder) as workspace:
        workspace.ask("DELETE", "/api/v1/people/{id}", names={"id": id})
        after = workspace.ask("GET", "/api/v1/people/{id}", names={"id": id})
    print_json(after) if json else say(f"{after['name']} has left")


def roles(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """The table of permissions: role, permission, and whose data it is for."""
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/roles")
    if json:
        print_json(found)
        return
    rows = [
        [one["role"], granted["scope"], granted["reach"]]
        for one in found["roles"]
        for granted in one["permissions"]
    ]
    table(["role", "permission", "reach"], rows)


def deeds(
    *,
    by: Annotated[str, Parameter(help="Only of this person or key.")] = "",
    about: Annotated[str, Parameter(help="Only about this path, such as /api/v1/customers/acme.")] = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Who did or looked at what, oldest first, as the record has it."""
    query = {name: value for name, value in (("by", by), ("about", about)) if value}
    with talk(folder) as workspace:
        items = everything(workspace, "/api/v1/deeds", query)
        known = workspace.ask("GET", "/api/v1/names")["items"]
    if json:
        print_json({"items": items})
        return
    names = {one["id"]: one["name"] for one in known}
    rows = [
        [
            one["at"],
            names.get(one["by"], one["by"]),
            "looked" if one["looked"] else "did",
            one["did"],
            one["about"],
        ]
        for one in items
    ]
    table(["when", "who", "", "what", "about"], rows)


def revoke(id: str, /, *, folder: Folder = DEFAULT_FOLDER) -> None:
    """Make an invitation's link worthless.

    Parameters
    ----------
    id
        The invitation's id.
    """
    with talk(folder) as workspace:
        workspace.ask("DELETE", "/api/v1/invitations/{id}", names={"id": id})
    say("the link is worthless now")


def invitations(*, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """All invitations, without their links."""
    columns: dict[str, Column] = {
        "id": "id",
        "e-mail": "email",
        "roles": lambda one: " ".join(one["roles"]),
        "state": _link_state,
    }
    show_list("/api/v1/invitations", columns, folder=folder, json=json)


def _link_state(invitation: Any) -> str:
    if invitation["used_at"]:
        return "used"
    return "taken back" if invitation["revoked_at"] else f"until {invitation['expires_at']}"
