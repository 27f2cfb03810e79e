"""People: invited, signed in, changed, sent away; nobody guesses, replays or climbs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from steelyard.access import Credential, Deed, Person, Role, Session, hash_secret, principal_of
from steelyard.entrypoints.door import Door
from steelyard.record.telling import told
from tests.api.local import Local
from tests.api.staff import CHEAP, PASSWORD, invited, person, signed_in, token


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    local = Local(tmp_path_factory.mktemp("people") / "workspace")
    local.customer("acme")
    local.customer("bolt")
    yield local
    local.close()


@pytest.fixture
def local(kept: Local) -> Local:
    """The same workspace for all tests; whoever came in for one has left before the next."""
    for one in kept.workspace.state.find(Person):
        if one.left_at is None:
            kept.ask("DELETE", f"/api/v1/people/{one.id}")
    kept.workspace.door = Door(kept.workspace.state, kept.workspace.writer, kept.workspace.roster, CHEAP)
    return kept


def sign_in(local: Local, email: str, password: str = PASSWORD) -> Any:
    return local.ask("POST", "/api/v1/sessions", {"email": email, "password": password}, key="")


def test_an_invited_person_chooses_a_password_and_is_signed_in(local: Local) -> None:
    session, said = invited(local, "ada", "finance")
    me = local.ask("GET", "/api/v1/me", key=session).json
    assert (me["name"], me["roles"], me["id"]) == ("Ada", ["finance"], said["person"]["id"])
    assert {"scope": "billing:write", "reach": "all"} in me["permissions"]
    again = sign_in(local, " ADA@acme.example ")
    assert again.status == 201
    assert again.json["token"] != session


def test_an_invitation_works_once_even_at_the_same_moment(local: Local) -> None:
    asked = {"name": "Ada", "email": "ada@acme.example", "roles": ["finance"]}
    link = local.ask("POST", "/api/v1/invitations", asked).json["token"]
    body = {"token": link, "password": PASSWORD}
    statuses: list[int] = []

    def accept() -> None:
        statuses.append(local.ask("POST", "/api/v1/invitations/accept", body, key="").status)

    threads = [threading.Thread(target=accept) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 403, 409}
    spent = local.ask("POST", "/api/v1/invitations/accept", body, key="")
    assert (spent.status, spent.json["code"]) == (403, "token_spent")


def test_an_invitation_taken_back_or_made_up_opens_nothing(local: Local) -> None:
    asked = {"name": "Ada", "email": "ada@acme.example", "roles": ["finance"]}
    made = local.ask("POST", "/api/v1/invitations", asked).json
    assert local.ask("DELETE", f"/api/v1/invitations/{made['id']}").status == 204
    answers = [
        local.ask("POST", "/api/v1/invitations/accept", {"token": one, "password": PASSWORD}, key="")
        for one in (made["token"], "iv_made-up", made["id"])
    ]
    assert {(one.status, one.json["code"], one.json["detail"]) for one in answers} == {
        (403, "token_spent", "this invitation was used or taken back, or is too old; ask for another")
    }


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "ada@acme.example", "x" * 257])
def test_a_weak_password_spends_no_invitation(local: Local, weak: str) -> None:
    asked = {"name": "Ada", "email": "ada@acme.example", "roles": ["finance"]}
    link = local.ask("POST", "/api/v1/invitations", asked).json["token"]
    refused = local.ask("POST", "/api/v1/invitations/accept", {"token": link, "password": weak}, key="")
    assert refused.status == 422
    body = {"token": link, "password": PASSWORD}
    assert local.ask("POST", "/api/v1/invitations/accept", body, key="").status == 201


def test_an_unknown_address_and_a_wrong_password_look_the_same(local: Local) -> None:
    invited(local, "ada", "finance")
    wrong, unknown = sign_in(local, "ada@acme.example", "wrong"), sign_in(local, "bob@acme.example", "wrong")
    assert (wrong.status, wrong.json["code"]) == (401, "wrong_password")
    assert wrong.json == unknown.json
    assert wrong.headers == unknown.headers


def test_both_cost_one_hash(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    from steelyard.access import passwords

    invited(local, "ada", "finance")
    counted: list[int] = []
    real = passwords.hashlib.scrypt

    def counting(*given: Any, **more: Any) -> bytes:
        counted.append(more["n"] * more["r"] * more["p"])
        return real(*given, **more)

    monkeypatch.setattr(passwords.hashlib, "scrypt", counting)
    for email in ("ada@acme.example", "bob@acme.example"):
        sign_in(local, email, "wrong")
    assert counted == [CHEAP.n * CHEAP.r * CHEAP.p] * 2


@pytest.mark.parametrize("who", ["ada", "nobody"])
def test_who_guesses_must_wait_also_for_nobody(local: Local, who: str) -> None:
    invited(local, "ada", "finance")
    answers = [sign_in(local, f"{who}@acme.example", f"guess {number}") for number in range(7)]
    assert [one.status for one in answers] == [401] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert sign_in(local, f"{who}@acme.example").status == 429


def test_a_restart_forgives_nobody(local: Local) -> None:
    invited(local, "rita", "finance")
    for restarts in range(7):
        local.reopen()
        local.workspace.door.cost = CHEAP
        refused = sign_in(local, "rita@acme.example", f"guess {restarts}")
        assert refused.status == (401 if restarts < 5 else 429)
    local.workspace.door = Door(local.workspace.state, local.workspace.writer, local.workspace.roster, CHEAP)
    assert sign_in(local, "rita@acme.example").status == 201


def test_who_shows_who_they_are_is_free_again_also_after_a_restart(local: Local) -> None:
    invited(local, "tom", "finance")
    local.reopen()
    local.workspace.door.cost = CHEAP
    for number in range(4):
        assert sign_in(local, "tom@acme.example", f"guess {number}").status == 401
    assert sign_in(local, "tom@acme.example").status == 201
    local.reopen()
    local.workspace.door.cost = CHEAP
    for number in range(5):
        assert sign_in(local, "tom@acme.example", f"guess {number}").status == 401
    assert sign_in(local, "tom@acme.example").status == 429


def test_many_invitations_are_accepted_one_after_the_other(local: Local) -> None:
    for number in range(8):
        invited(local, f"new{number}", "guest")


def test_guesses_at_one_moment_do_not_slip_through_together(local: Local) -> None:
    statuses: list[int] = []

    def guess(number: int) -> None:
        statuses.append(sign_in(local, "ada@acme.example", f"guess {number}").status)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * 5 + [429] * 7


def test_a_session_survives_a_restart_and_ends_for_good(local: Local) -> None:
    session, _ = invited(local, "ada", "finance")
    local.reopen()
    assert local.ask("GET", "/api/v1/me", key=session).json["name"] == "Ada"
    assert local.ask("DELETE", "/api/v1/sessions/current", key=session).status == 204
    assert local.ask("GET", "/api/v1/me", key=session).status == 401
    local.reopen()
    assert local.ask("GET", "/api/v1/me", key=session).status == 401


def test_one_lists_and_ends_ones_own_sessions_and_no_others(local: Local) -> None:
    ada, _ = invited(local, "ada", "finance")
    other = sign_in(local, "ada@acme.example").json["token"]
    bob, _ = invited(local, "bob", "owner")
    mine = local.ask("GET", "/api/v1/sessions", key=ada).json["items"]
    assert [one["current"] for one in mine] == [True, False]
    theirs = local.ask("GET", "/api/v1/sessions", key=bob).json["items"]
    assert local.ask("DELETE", f"/api/v1/sessions/{theirs[0]['id']}", key=ada).status == 404
    assert local.ask("DELETE", f"/api/v1/sessions/{mine[1]['id']}", key=ada).status == 204
    assert local.ask("GET", "/api/v1/me", key=other).status == 401
    assert local.ask("GET", "/api/v1/me", key=bob).status == 200


def test_no_secret_lies_in_the_folder(local: Local) -> None:
    session, _ = invited(local, "ada", "finance")
    asked = {"name": "Bob", "email": "bob@acme.example", "roles": ["finance"]}
    link = local.ask("POST", "/api/v1/invitations", asked, idempotency_key="k1").json["token"]
    for path in local.folder.glob("steelyard.sqlite*"):
        content = path.read_bytes()
        for secret in (session, link, PASSWORD):
            assert secret.encode() not in content
    again = local.ask("POST", "/api/v1/invitations", asked, idempotency_key="k1")
    assert (again.status, again.json["token"], again.json["path"]) == (201, "", "")


def test_each_person_has_a_salt_of_their_own(local: Local) -> None:
    ids = [invited(local, name, "finance")[1]["person"]["id"] for name in ("ada", "bob")]
    one, other = (local.workspace.state.get(Credential, id) for id in ids)
    assert one is not None
    assert other is not None
    assert one.salt != other.salt
    assert one.hash != other.hash
    assert one.cost == CHEAP


def test_a_new_password_ends_the_other_sessions(local: Local) -> None:
    here, _ = invited(local, "ada", "finance")
    there = sign_in(local, "ada@acme.example").json["token"]
    wrong = {"current": "not it", "password": "another good password"}
    assert local.ask("PUT", "/api/v1/me/password", wrong, key=here).status == 401
    right = {"current": PASSWORD, "password": "another good password"}
    assert local.ask("PUT", "/api/v1/me/password", right, key=here).status == 204
    assert local.ask("GET", "/api/v1/me", key=here).status == 200
    assert local.ask("GET", "/api/v1/me", key=there).status == 401
    assert sign_in(local, "ada@acme.example").status == 401
    assert sign_in(local, "ada@acme.example", "another good password").status == 201


def test_an_invitation_to_somebody_who_is_here_gives_a_new_password_only(local: Local) -> None:
    old, said = invited(local, "ada", "finance")
    _, again = invited(local, "ada", "product")
    assert again["person"] == said["person"]
    assert local.ask("GET", "/api/v1/me", key=old).status == 401


def test_who_is_sent_away_is_out_at_once_and_may_come_again(local: Local) -> None:
    session, said = invited(local, "ada", "finance")
    assert local.ask("DELETE", f"/api/v1/people/{said['person']['id']}").status == 204
    assert local.ask("GET", "/api/v1/me", key=session).status == 401
    assert sign_in(local, "ada@acme.example").status == 401
    _, back = invited(local, "ada", "support")
    assert back["person"]["roles"] == ["support"]
    assert back["person"]["left_at"] is None


def test_a_change_of_roles_holds_at_once(local: Local) -> None:
    session, said = invited(local, "ada", "finance")
    assert local.ask("GET", "/api/v1/journal", key=session).status == 200
    path = f"/api/v1/people/{said['person']['id']}"
    assert local.ask("PUT", path, {"name": "Ada", "roles": ["engineer"]}).status == 200
    assert local.ask("GET", "/api/v1/journal", key=session).status == 403


def test_only_an_owner_makes_or_touches_an_owner(local: Local) -> None:
    _, owner = invited(local, "root", "owner")
    admin = local.ask("POST", "/api/v1/keys", {"name": "hr", "scopes": ["access:admin"]}).json["secret"]
    asked = {"name": "Eve", "email": "eve@acme.example", "roles": ["owner"]}
    climbs = [
        local.ask("POST", "/api/v1/invitations", asked, key=admin),
        local.ask("POST", "/api/v1/invitations", asked | {"email": "root@acme.example"}, key=admin),
        local.ask("DELETE", f"/api/v1/people/{owner['person']['id']}", key=admin),
        local.ask(
            "PUT", f"/api/v1/people/{owner['person']['id']}", {"name": "E", "roles": ["sales"]}, key=admin
        ),
    ]
    assert [(one.status, one.json["errors"][0]["code"]) for one in climbs] == [(422, "scope_too_wide")] * 4


def test_a_customers_admin_makes_people_of_that_customer_only(local: Local) -> None:
    admin, _ = invited(local, "ana", "customer_admin", customer="acme")
    invited(local, "bea", "customer_viewer", customer="bolt")
    invited(local, "fin", "finance")
    seen = local.ask("GET", "/api/v1/people", key=admin).json["items"]
    assert [one["name"] for one in seen] == ["Ana"]
    good = {"name": "Al", "email": "al@x.example", "roles": ["customer_viewer"], "customer": "acme"}
    assert local.ask("POST", "/api/v1/invitations", good, key=admin).status == 201
    for bad in ({"customer": "bolt"}, {"customer": None, "roles": ["finance"]}, {"roles": ["finance"]}):
        assert local.ask("POST", "/api/v1/invitations", good | bad, key=admin).status in (404, 422)
    everybody = local.ask("GET", "/api/v1/people").json["items"]
    for other in (one for one in everybody if one["customer"] != "acme"):
        path = f"/api/v1/people/{other['id']}"
        assert local.ask("GET", path, key=admin).status == 404
        assert local.ask("DELETE", path, key=admin).status == 404
        body = {"name": "X", "roles": ["customer_viewer"]}
        assert local.ask("PUT", path, body, key=admin).status == 404
    invitations = local.ask("GET", "/api/v1/invitations", key=admin).json["items"]
    assert {one["customer"] for one in invitations} == {"acme"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "no address"}, "bad_email"),
        ({"roles": ["key"]}, "unknown_role"),
        ({"roles": ["sales", "customer_viewer"], "customer": "acme"}, "mixed_roles"),
        ({"roles": ["customer_viewer"]}, "mixed_roles"),
        ({"customer": "nobody", "roles": ["customer_viewer"]}, "unknown_customer"),
        ({"customers": ["nobody"]}, "unknown_customer"),
        ({"name": "\u0000"}, "bad_text"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(
    local: Local, changes: dict[str, Any], code: str
) -> None:
    asked = {"name": "Ada", "email": "ada@acme.example", "roles": ["sales"], **changes}
    refused = local.ask("POST", "/api/v1/invitations", asked)
    assert refused.status == 422
    assert code in {one["code"] for one in refused.json["errors"]}


def test_a_deputy_is_a_colleague_who_answers_reviews(local: Local) -> None:
    boss, said = invited(local, "boss", "executive")
    _, aide = invited(local, "aide", "product")
    _, guest = invited(local, "guest", "guest")
    _, theirs = invited(local, "ana", "customer_admin", customer="acme")
    named = local.ask("PUT", "/api/v1/me/deputy", {"deputy": aide["person"]["id"]}, key=boss)
    assert named.json["deputy"] == aide["person"]["id"]
    for wrong in (said, guest, theirs, {"person": {"id": "person_none"}}):
        refused = local.ask("PUT", "/api/v1/me/deputy", {"deputy": wrong["person"]["id"]}, key=boss)
        assert refused.status == 422, refused.content
    assert local.ask("PUT", "/api/v1/me/deputy", {"deputy": None}, key=boss).json["deputy"] is None
    assert local.ask("PUT", "/api/v1/me/deputy", {"deputy": None}).status == 403


def test_every_write_and_every_sensitive_read_names_its_person_in_the_record(local: Local) -> None:
    ops = signed_in(local.workspace, "ops", Role.REVENUE_OPERATIONS)
    body = {"key": "coil", "name": "Coil", "currency": "EUR"}
    assert local.ask("POST", "/api/v1/customers", body, key=ops).status == 201
    assert local.ask("GET", "/api/v1/customers/coil", key=ops).status == 200
    assert local.ask("GET", "/api/v1/people", key=ops).status == 200
    deeds = local.workspace.state.find(Deed, by="person_ops")
    assert [(one.did, one.about, one.looked) for one in deeds] == [
        ("customers.create", "/api/v1/customers", False),
        ("customers.show", "/api/v1/customers/coil", True),
        ("people.list", "/api/v1/people", True),
    ]
    entry = local.workspace.reader.entry(local.workspace.state.version(Deed, deeds[0].id) or 0)
    said = told(entry.payload)
    assert said is not None
    assert json.loads(bytes(said.body))["by"] == "person_ops"
    shown = local.ask("GET", "/api/v1/deeds?by=person_ops&did=people.list", key=ops).json["items"]
    assert [one["did"] for one in shown] == ["people.list"]


def test_who_comes_and_goes_is_named_too(local: Local) -> None:
    session, said = invited(local, "ada", "finance")
    again = sign_in(local, "ada@acme.example").json["token"]
    for one in (session, again):
        assert local.ask("DELETE", "/api/v1/sessions/current", key=one).status == 204
    done = [one.did for one in local.workspace.state.find(Deed, by=said["person"]["id"])]
    assert done[-4:] == ["invitations.accept", "sessions.create", "sessions.end", "sessions.end"]


@pytest.mark.parametrize(
    ("path", "body", "did"),
    [
        ("/api/v1/reconciliations", {}, "reconciliations.run"),
        ("/api/v1/record/rotation", {"reason": "a test"}, "record.rotate"),
    ],
)
def test_what_the_server_carries_out_for_somebody_names_them(
    local: Local, path: str, body: dict[str, Any], did: str
) -> None:
    owner = signed_in(local.workspace, "root", Role.OWNER)
    before = len(local.workspace.state.find(Deed, by="person_root", did=did))
    assert local.ask("POST", path, body, key=owner).status in (200, 201)
    assert len(local.workspace.state.find(Deed, by="person_root", did=did)) == before + 1


def test_what_is_refused_or_only_tried_leaves_no_deed_of_a_write(local: Local) -> None:
    ops = signed_in(local.workspace, "careful", Role.REVENUE_OPERATIONS)
    local.ask("POST", "/api/v1/customers", {"key": "acme", "name": "Other", "currency": "USD"}, key=ops)
    local.ask("POST", "/api/v1/billing/runs", {"period": "2026-10", "dry_run": True}, key=ops)
    assert local.workspace.state.find(Deed, by="person_careful") == []


def test_a_key_that_a_person_makes_is_that_persons_doing(local: Local) -> None:
    owner = signed_in(local.workspace, "root", Role.OWNER)
    made = local.ask("POST", "/api/v1/keys", {"name": "ci", "scopes": ["usage:read"]}, key=owner).json
    found = local.workspace.keys.find(hash_secret(made["secret"]))
    assert found is not None
    assert principal_of(found).author == "person_root"


def test_twenty_sessions_and_no_more(local: Local) -> None:
    person(local.workspace, "ada", Role.FINANCE)
    invited(local, "bob", "finance")
    first = sign_in(local, "bob@acme.example").json["token"]
    for _ in range(20):
        assert sign_in(local, "bob@acme.example").status == 201
    assert local.ask("GET", "/api/v1/me", key=first).status == 401
    assert (
        len(local.ask("GET", "/api/v1/sessions", key=token(local.workspace, "person_ada")).json["items"]) == 1
    )


def test_the_state_agrees_with_the_record_after_all_this(local: Local) -> None:
    session, said = invited(local, "ada", "finance")
    local.ask("DELETE", "/api/v1/sessions/current", key=session)
    local.ask("DELETE", f"/api/v1/people/{said['person']['id']}")
    sessions = local.workspace.state.find(Session, by=said["person"]["id"])
    assert sessions
    assert all(one.ended_at is not None for one in sessions)
    assert local.ask("POST", "/api/v1/record/verify").json["ok"] is True
