"""People and reviews on the command line: by name, with a password that is no argument."""

from __future__ import annotations

import io
import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from steelyard.access import NewReview, Role, request_review
from steelyard.entrypoints.cli import main
from steelyard.record.planned import Planned
from tests.api.local import Local
from tests.api.staff import CHEAP, PASSWORD, invited


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed folder with people, and a review that waits for one of them."""
    local = Local(tmp_path_factory.mktemp("cli") / "workspace")
    local.workspace.door.cost = CHEAP
    _, paula = invited(local, "paula", "product")
    invited(local, "fritz", "finance")
    new = NewReview(
        about="catalog:publish",
        digest="sha256:ab",
        summary="Pro 10 → 12 EUR",
        by=paula["person"]["id"],
        reason="costs rose",
        requires=(Role.FINANCE,),
    )
    planned = request_review(
        local.workspace.state, new, at=datetime.now(UTC), entropy=secrets.token_bytes(10)
    )
    assert isinstance(planned, Planned)
    assert planned.write is not None
    local.workspace.writer.submit(planned.write).result()
    local.close()
    return local.folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in this process: its exit code, and the JSON or the words that it printed."""

    def command(*words: str, password: str = "") -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["steelyard", *words, "--dir", str(folder)])
        monkeypatch.setenv("STEELYARD_PASSWORD", password)
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        said = capsys.readouterr()
        text = said.out or said.err
        return code, json.loads(text) if text.startswith("{") else text

    return command


def test_inviting_prints_a_link_once_and_the_list_has_no_secret(run: Any) -> None:
    code, made = run("person", "invite", "Sam", "sam@acme.example", "--role", "sales", "--json")
    assert code == 0
    assert made["path"].startswith("/console/invitation?token=iv_")
    code, text = run("person", "invitations")
    assert code == 0
    assert "sam@acme.example" in text
    assert made["token"] not in text
    code, text = run("person", "invite", "Eve", "eve@acme.example", "--role", "customer_viewer")
    assert code == 3
    assert "customer" in text


def test_a_review_is_agreed_to_by_a_person_with_a_reason(run: Any) -> None:
    code, listed = run("review", "list", "--status", "pending", "--json")
    assert code == 0
    (review,) = listed["items"]
    words = ("review", "agree", review["id"], "--reason", "margin holds", "--json")
    assert run(*words, "--as", "paula@acme.example", password=PASSWORD)[0] == 4
    assert run(*words, "--as", "fritz@acme.example", password="not his password")[0] != 0
    assert run(*words, "--as", "fritz@acme.example")[0] == 3
    code, after = run(*words, "--as", "fritz@acme.example", password=PASSWORD)
    assert code == 0, after
    assert after["status"] == "agreed"
    code, text = run("review", "show", review["id"])
    assert "Fritz agreed as finance: margin holds" in text


def test_who_left_is_shown_and_what_was_done_names_somebody(run: Any) -> None:
    code, listed = run("person", "list", "--json")
    paula = next(one for one in listed["items"] if one["name"] == "Paula")
    code, after = run("person", "change", paula["id"], "--role", "engineer", "--json")
    assert (code, after["roles"], after["name"]) == (0, ["engineer"], "Paula")
    code, text = run("person", "leave", paula["id"])
    assert (code, text) == (0, "Paula has left\n")
    code, text = run("person", "deeds", "--about", f"/api/v1/people/{paula['id']}")
    assert code == 0
    assert "people.change" in text
    assert "people.leave" in text
