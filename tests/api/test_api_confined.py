"""Every noun that carries a customer, asked about another customer by everybody who is confined to one.

Two customers have one of everything. Whoever is for acme, by role or by key, asks each endpoint that they may
ask about what is bolt's: they get nothing of it, and nothing of bolt changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from steelyard.access import CUSTOMER_ROLES, PERMISSIONS, Reach, Role, Scope
from steelyard.adapters.sql import REGISTRY
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from tests.api.local import Local
from tests.api.staff import CHEAP, person, signed_in
from tests.api.test_api_permissions import CATALOG, CONFINED, MORE, is_permitted

DISCOUNT = """
discounts:
  - {key: founders, name: Founders, owner: p, definition: D., form: percent, percent: 10, per_customer: 5}
"""
NEW_ONLY = """
change: {hypothesis: h, expected_effect: e, trade_off: t, success_measure: s, review_date: 2099-01-01,
  rollout: {to: new}}
"""
CUSTOMERS = ("acme", "bolt")
DAY, LATER = "2026-09-01T00:00:00Z", "2099-02-01T00:00:00Z"

SHOWN_BY = {
    "ApiKey": "keys",
    "Person": "people",
    "Invitation": "invitations",
    "CreditLot": "credits",
    "CreditOrder": "credits",
    "TopUp": "credits",
    "Anomaly": "anomalies",
    "AttributionRule": "attribution",
    "Outcome": "outcomes",
    "Subscription": "subscriptions",
    "Contract": "contracts",
    "CommitmentAlert": "commitments",
    "Revision": "",
    "Redemption": "discounts",
    "CustomerNotice": "notices",
    "Invoice": "invoices",
    "CreditNote": "invoices",
    "LegalHold": "holds",
    "Erasure": "erasures",
}
"""The endpoints that show each kept noun with a customer; a new noun stands here with those that show it.

A blank says that none does.
"""


def one_of_each(local: Local, key: str) -> dict[str, str]:
    """One of every noun of a customer: their ids by the words that paths use."""
    body = {"key": key, "name": key.title(), "currency": "USD", "attributes": {"segment": key}}
    local.done("POST", "/api/v1/customers", body)
    begun = {"customer": key, "plan": "pro", "start": DAY}
    subscription = local.done("POST", "/api/v1/subscriptions", begun)["id"]
    at = f"/api/v1/subscriptions/{subscription}"
    why = {"customer": key, "name": "n", "reason": "r"}
    money = {**why, "unit": "USD", "amount": "5"}
    ids = {"subscription": subscription, "key": key, "customer": key}
    commitment = {"key": "c1", "amount": "5", "start": DAY}
    local.done("POST", f"{at}/commitments", commitment)
    local.done("POST", f"{at}/discounts", {"discount": "founders", "start": DAY})
    change = {"action": "pause", "reason": "r", "effective_from": LATER}
    ids["change"] = local.done("POST", f"{at}/changes", change)["change"]["id"]
    ids["lot"] = local.done("POST", "/api/v1/credits/lots", money)["id"]
    ids["order"] = local.done("POST", "/api/v1/credits/orders", money)["order"]["id"]
    rule = {"customer": key, "name": "n", "unit": "USD", "threshold": "1", "amount": "5"}
    local.done("POST", "/api/v1/credits/top-ups", rule)
    claimed = {"customer": key, "type": "done", "key": f"of {key}", "occurred_at": "2026-10-05T12:00:00Z"}
    ids["outcome"] = local.done("POST", "/api/v1/outcomes", claimed | {"window_days": 3000})["id"]
    agreed = {**why, "plans": ["pro"], "start": "2027-01-01T00:00:00Z"}
    ids["contract"] = local.done("POST", "/api/v1/contracts", agreed)["id"]
    invitation = {"name": "N", "email": f"n@{key}.example", "roles": ["customer_viewer"], "customer": key}
    ids["invitation"] = local.done("POST", "/api/v1/invitations", invitation)["id"]
    ids["person"] = person(local.workspace, f"vic_{key[0]}", Role.CUSTOMER_VIEWER, customer=key).id
    event = {"id": f"{key}-1", "type": "call", "subject": key, "time": "2026-10-05T12:00:00Z"}
    assert local.ask("POST", "/api/v1/events", event).status == 204
    return ids


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    local = Local(tmp_path_factory.mktemp("confined") / "workspace")
    local.workspace.door.cost = CHEAP
    local.publish(CATALOG + DISCOUNT)
    yield local
    local.close()


@pytest.fixture(scope="module")
def theirs(local: Local) -> dict[str, dict[str, str]]:
    """The ids of everything that each customer has, billed, migrated, and to be told of it."""
    found = {key: one_of_each(local, key) for key in CUSTOMERS}
    local.publish(CATALOG.replace('unit_amount: "0.5"', 'unit_amount: "0.4"') + DISCOUNT + NEW_ONLY)
    moved = {"name": "n", "reason": "r", "effective_at": LATER}
    migration = local.done("POST", "/api/v1/migrations", moved)["id"]
    assert local.workspace.catch_up(10)
    local.done("POST", "/api/v1/billing/runs", {"period": "2026-10"})
    for key, ids in found.items():
        ids["migration"] = migration
        for noun in ("invoice", "notice", "event"):
            listed = local.done("GET", f"/api/v1/{noun}s?customer={key}")["items"]
            ids[noun] = str(listed[0]["id"] if noun != "event" else listed[0]["index"])
    return found


@pytest.fixture(scope="module")
def askers(local: Local, theirs: dict[str, dict[str, str]]) -> dict[str, str]:
    """A token of everybody who is confined to acme, and a key with every scope that acme's may have."""
    found: dict[str, str] = {}
    for role in CONFINED:
        more: dict[str, Any] = {"customer": "acme"}
        if role not in CUSTOMER_ROLES:
            by_segment = Reach.SEGMENT in PERMISSIONS[role].values()
            more = {"segments": ("acme",)} if by_segment else {"customers": ("acme",)}
        found[role.value] = signed_in(local.workspace, role.value, role, **more)
    scopes = [scope.value for scope in Scope if scope not in (Scope.OWNER, Scope.ACCESS_ADMIN)]
    body = {"name": "everything", "scopes": scopes, "customer": "acme"}
    found["key"] = local.done("POST", "/api/v1/keys", body)["secret"]
    return found


PATHS = {
    "invoices": {"id": "invoice"},
    "subscriptions": {"id": "subscription"},
    "commitments": {"id": "subscription"},
    "rate_cards": {"id": "subscription"},
    "discounts": {"id": "subscription"},
    "contracts": {"id": "contract"},
    "outcomes": {"id": "outcome"},
    "notices": {"id": "notice"},
    "migrations": {"id": "migration"},
    "people": {"id": "person"},
    "invitations": {"id": "invitation"},
    "events": {"index": "event"},
    "record": {"index": "event"},
}


def path_about(endpoint: Endpoint, ids: dict[str, str]) -> str:
    """The endpoint's path about these things."""
    noun = endpoint.path.removeprefix("/api/v1/").split("/")[0].replace("-", "_")
    known = {"slug": "calls", "line": "1", "name": "none", "type": "call", **ids, "key": ids["key"]}
    if endpoint.path.startswith("/api/v1/subscriptions/{id}/commitments/"):
        known["key"] = "c1"
    if endpoint.path.startswith("/api/v1/credits/"):
        known["id"] = ids["order" if "orders" in endpoint.path else "lot"]
    if endpoint.name.startswith("stripe."):
        known["id"] = "calls"
    for word, name in PATHS.get(noun, {}).items():
        known[word] = ids[name]
    path = endpoint.path.format(**{one: known.get(one, "none") for one in endpoint.path_parameters})
    return f"{path}?external_subscription_id={ids['key']}" if endpoint.name == "lago.current_usage" else path


def body_about(endpoint: Endpoint, ids: dict[str, str]) -> Any:
    """A body that the endpoint would take, about the customer where it names one."""
    if endpoint.method not in ("POST", "PUT"):
        return None
    bodies: dict[str, Any] = {
        "contracts.create": {"name": "x", "plans": ["pro"], "start": LATER, "reason": "r"},
        "contracts.amend": {"reason": "r", "flags": {"a": "b"}},
        "subscriptions.change": {"action": "resume", "reason": "r"},
        "subscription_changes.withdraw": {"reason": "r"},
        "outcomes.contest": {"reason": "r"},
        "notices.told": {"how": "mail"},
        "people.change": {"name": "N", "roles": ["customer_admin"]},
        "invitations.create": {"name": "N", "email": "x@y.example", "roles": ["customer_viewer"]},
        "meters.query": {"subject": [ids["key"]]},
    }
    body = bodies.get(endpoint.name, {})
    fields = msgspec.structs.fields(endpoint.body) if isinstance(endpoint.body, type) else ()
    if "customer" in {field.name for field in fields}:
        body = body | {"customer": ids["key"]}
    return body


def asks(asker: str) -> Iterator[Endpoint]:
    """The endpoints that somebody may ask, and that could tell of a customer."""
    for endpoint in ENDPOINTS:
        if endpoint.scope is None or endpoint.handler is None:
            continue
        if asker == "key":
            if endpoint.customer_may:
                yield endpoint
        elif PERMISSIONS[Role(asker)].get(endpoint.scope) not in (None, Reach.ALL) and is_permitted(
            endpoint, Role(asker)
        ):
            yield endpoint


def chain_of(local: Local, customer: str) -> tuple[int, bytes] | None:
    return local.workspace.reader.chain_head(customer)


@pytest.mark.parametrize("asker", [*(role.value for role in CONFINED), "key"])
def test_nobody_who_is_for_one_customer_learns_of_or_changes_another(
    asker: str, local: Local, theirs: dict[str, dict[str, str]], askers: dict[str, str]
) -> None:
    """Named by its own path, by the query or by the body, what is bolt's is not there."""
    before, told, asked = chain_of(local, "bolt"), [], 0
    for endpoint in asks(asker):
        path, own = (path_about(endpoint, theirs[key]) for key in ("bolt", "acme"))
        named_by_query = "customer" in {field.name for field in msgspec.structs.fields(endpoint.query)}
        body = body_about(endpoint, theirs["bolt"])
        paths = {path} if path != own or body is not None else set[str]()
        if named_by_query:
            paths.add(f"{path}?customer=bolt{MORE.get(endpoint.name, '')}")
        for one in sorted(paths or {path}):
            answer = local.ask(endpoint.method, one, body, key=askers[asker])
            asked += 1
            names_bolt = path != own or "customer=bolt" in one or (body is not None and "customer" in body)
            refused = answer.status in (403, 404) or b'"invalid_person"' in answer.content
            if names_bolt and not refused:
                told.append(f"{endpoint.name} {one}: {answer.status} {answer.content[:200]!r}")
            elif b"bolt" in answer.content.replace(b"'bolt'", b"").lower():
                told.append(f"{endpoint.name} {one} tells of bolt: {answer.content[:200]!r}")
    assert not told, "\n".join(told)
    assert asked
    assert chain_of(local, "bolt") == before, "nothing stands on bolt's chain that did not before"


@pytest.mark.parametrize("asker", ["sales", "customer_admin", "key"])
def test_the_same_questions_about_their_own_customer_are_answered(
    asker: str, local: Local, theirs: dict[str, dict[str, str]], askers: dict[str, str]
) -> None:
    """So that the test above proves something: what is asked there exists."""
    missing = []
    for endpoint in asks(asker):
        if endpoint.method == "GET" and "none" not in path_about(endpoint, theirs["acme"]):
            answer = local.ask("GET", path_about(endpoint, theirs["acme"]), key=askers[asker])
            if answer.status in (403, 404):
                missing.append(f"{endpoint.name}: {answer.status} {answer.content[:150]!r}")
    assert not missing, "\n".join(missing)


def test_every_kept_noun_with_a_customer_is_asked_about() -> None:
    kept = {
        one.record_table.type.__name__
        for one in REGISTRY.by_name.values()
        if "customer" in {field.name for field in _fields(one.record_table.type)}
    }
    assert kept == set(SHOWN_BY)
    published = {endpoint.name.partition(".")[0] for endpoint in ENDPOINTS}
    assert set(SHOWN_BY.values()) - {""} <= published


def _fields(kept: type) -> Any:
    return dataclasses.fields(kept) if dataclasses.is_dataclass(kept) else msgspec.structs.fields(kept)
