"""Commands about reviews: what waits for an agreement, and agreeing or refusing as a person.

Only people answer, so an answer signs in by address and password for as long as it takes. The password comes
from STEELYARD_PASSWORD, or is asked for in a terminal; it is never an argument, which others could see.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from typing import Annotated, Any

from cyclopts import Parameter

from steelyard.entrypoints.cli.pages import Column, show_list
from steelyard.entrypoints.cli.talk import DEFAULT_FOLDER, Folder, Json, Talk, talk
from steelyard.entrypoints.terminal import print_json, say
from steelyard.kernel import InvalidInput

Address = Annotated[str, Parameter(name="--as", help="Your e-mail address, by which you sign in.")]


def list_reviews(
    *,
    status: Annotated[str, Parameter(help="Only pending, agreed, refused or expired ones.")] = "",
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Requests to agree, newest first."""
    columns: dict[str, Column] = {
        "id": "id",
        "status": "status",
        "about": "about",
        "what": "summary",
        "waits for": lambda one: " ".join(one["unmet"]),
        "until": "expires_at",
    }
    show_list("/api/v1/reviews", columns, folder=folder, json=json, asked={"status": status})


def show(id: str, /, *, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One review: what was shown, who is asked, who said what.

    Parameters
    ----------
    id
        The review's id.
    """
    with talk(folder) as workspace:
        found = workspace.ask("GET", "/api/v1/reviews/{id}", names={"id": id})
    if json:
        print_json(found)
        return
    say(f"{found['summary']} ({found['about']}): {found['status']}")
    say(f"{found['requested_by_name']} asks {', '.join(found['requires'])}: {found['reason']}")
    if found["shown"]:
        say(found["shown"])
    say(f"content {found['digest']}, until {found['expires_at']}")
    for one in found["answers"]:
        instead = f" in the place of {one['deputy_of_name']}" if one["deputy_of_name"] else ""
        what = "agreed" if one["agreed"] else "refused"
        say(f"{one['at']} {one['by_name']} {what} as {one['role']}{instead}: {one['reason']}")


def agree(
    id: str,
    /,
    *,
    who: Address,
    reason: str,
    role: str | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Agree to what a review shows.

    Parameters
    ----------
    id
        The review's id.
    reason
        Why; it is recorded.
    role
        The role you answer in, if you have several that are asked.
    """
    _answer(id, who, folder, json, {"agreed": True, "reason": reason, "role": role})


def refuse(
    id: str,
    /,
    *,
    who: Address,
    reason: str,
    role: str | None = None,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Refuse what a review shows; one refusal is enough.

    Parameters
    ----------
    id
        The review's id.
    reason
        Why; it is recorded.
    role
        The role you answer in, if you have several that are asked.
    """
    _answer(id, who, folder, json, {"agreed": False, "reason": reason, "role": role})


def _answer(id: str, email: str, folder: Any, json: bool, said: dict[str, Any]) -> None:
    password = _password(email)
    with talk(folder) as workspace, _signed_in(workspace, email, password) as person:
        found = person.ask("GET", "/api/v1/reviews/{id}", names={"id": id})
        body = {**said, "digest": found["digest"]}
        after = person.ask("POST", "/api/v1/reviews/{id}/answers", names={"id": id}, body=body)
    print_json(after) if json else say(f"{after['summary']}: {after['status']}")


@contextmanager
def _signed_in(workspace: Talk, email: str, password: str) -> Iterator[Talk]:
    """The workspace asked as this person, for as long as it takes."""
    opened = workspace.ask("POST", "/api/v1/sessions", body={"email": email, "password": password})
    person = workspace.as_holder_of(opened["token"])
    try:
        yield person
    finally:
        person.ask("DELETE", "/api/v1/sessions/{id}", names={"id": "current"})


def _password(email: str) -> str:
    given = os.environ.get("STEELYARD_PASSWORD", "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise InvalidInput("set STEELYARD_PASSWORD to your password, or call this in a terminal")
    return getpass(f"password of {email}: ")
