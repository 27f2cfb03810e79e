"""Every endpoint, tried by every role: what happens is what the table says, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from steelyard.access import CUSTOMER_ROLES, PERMISSIONS, Deed, Reach, Role, Scope
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from tests.api.conftest import Answer
from tests.api.local import Local
from tests.api.staff import CHEAP, person, signed_in, token

CATALOG = """
event_types: [{name: call, class: billable}]
metrics:
  - {key: calls, name: Calls, owner: p, definition: Calls., unit: calls,
     meter: {event_types: [call], aggregation: count}}
products: [{key: api, name: API, owner: p, definition: The API.}]
rate_cards:
  - key: list
    name: List
    owner: p
    definition: List prices.
    currency: USD
    rates:
      - {key: calls, name: Calls, metric: calls, model: per_unit, unit_amount: "0.5", owner: p,
         definition: A.}
plans:
  - {key: pro, name: Pro, owner: p, definition: A., product: api, currency: USD, items: [{price: calls}]}
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """Two customers of two segments who used something and were billed for it."""
    local = Local(tmp_path_factory.mktemp("permissions") / "workspace")
    local.workspace.door.cost = CHEAP
    local.publish(CATALOG)
    for key, segment in (("acme", "small"), ("bolt", "large")):
        body = {"key": key, "name": key.title(), "currency": "USD", "attributes": {"segment": segment}}
        assert local.ask("POST", "/api/v1/customers", body).status == 201
        begun = {"customer": key, "plan": "pro", "start": "2026-09-01T00:00:00Z"}
        assert local.ask("POST", "/api/v1/subscriptions", begun).status == 201
        event = {"id": f"{key}-1", "type": "call", "subject": key, "time": "2026-10-05T12:00:00Z"}
        assert local.ask("POST", "/api/v1/events", event).status == 204
    assert local.workspace.catch_up(10)
    assert local.ask("POST", "/api/v1/billing/runs", {"period": "2026-10"}).status == 201
    yield local
    local.close()


@pytest.fixture(scope="module")
def tokens(local: Local) -> dict[Role, str]:
    """Somebody of each role, who looks after acme (by name or by segment) or belongs to it."""
    found: dict[Role, str] = {}
    for role, permissions in PERMISSIONS.items():
        more: dict[str, Any] = {}
        if role in CUSTOMER_ROLES:
            more = {"customer": "acme"}
        elif Reach.SEGMENT in permissions.values():
            more = {"segments": ("small",)}
        elif Reach.OWN in permissions.values():
            more = {"customers": ("acme",)}
        found[role] = signed_in(local.workspace, role.value, role, **more)
    return found


def path_of(endpoint: Endpoint, **names: str) -> str:
    """A path of an endpoint, about nothing that exists unless it is named."""
    made_up = {"key": "acme", "slug": "calls", "line": "1", "index": "1", "rest": "0/000.p/1", "type": "call"}
    made_up |= {"id": "calls"} if endpoint.name.startswith("stripe.") else {}
    made_up |= {name: "none" for name in endpoint.path_parameters if name not in made_up} | names
    return endpoint.path.format(**{name: made_up[name] for name in endpoint.path_parameters})


def tries(local: Local, endpoint: Endpoint, key: str, path: str = "") -> Answer:
    body = {} if endpoint.method in ("POST", "PUT") else None
    return local.ask(endpoint.method, path or path_of(endpoint), body, key=key)


def is_permitted(endpoint: Endpoint, role: Role) -> bool:
    """What the table says of a role and an endpoint."""
    if endpoint.scope is None:
        return True
    reach = PERMISSIONS[role].get(endpoint.scope)
    if reach in (None, Reach.ALL):
        return reach is Reach.ALL
    return endpoint.customer_may or (endpoint.reach_may and role not in CUSTOMER_ROLES)


@pytest.mark.parametrize("role", list(PERMISSIONS))
def test_every_endpoint_does_for_a_role_what_the_table_says(
    role: Role, local: Local, tokens: dict[Role, str]
) -> None:
    wrong: list[str] = []
    for endpoint in ENDPOINTS:
        answer = tries(local, endpoint, tokens[role])
        permitted = is_permitted(endpoint, role)
        if (answer.status == 403) == permitted or (not endpoint.public and answer.status == 401):
            said = "permitted" if permitted else "not permitted"
            wrong.append(f"{endpoint.name} ({endpoint.scope}) is {said}, and got {answer.status}")
    assert not wrong, "\n".join(wrong)


def test_the_matrix_knows_of_every_scope_and_every_role_of_people() -> None:
    used = {row.scope for row in ENDPOINTS if row.scope is not None}
    granted = {scope for role in PERMISSIONS if role is not Role.OWNER for scope in PERMISSIONS[role]}
    assert used <= set(Scope)
    assert used - granted <= {Scope.RECORD_ADMIN}
    assert set(PERMISSIONS) == set(Role) - {Role.KEY, Role.CUSTOMER}


WRITES = {scope for scope in Scope if scope.value.endswith((":write", ":admin", ":decide"))} | {Scope.OWNER}


@pytest.mark.parametrize("role", [Role.GUEST, Role.AUDITOR])
def test_who_only_reads_reads_everything_and_changes_nothing(role: Role) -> None:
    assert not WRITES & set(PERMISSIONS[role])
    assert set(PERMISSIONS[role]) == set(Scope) - WRITES
    assert set(PERMISSIONS[role].values()) == {Reach.ALL}


def test_a_guest_leaves_the_workspace_as_it_was(local: Local, tokens: dict[Role, str]) -> None:
    """Only looks are recorded of a guest, whatever they try."""
    for endpoint in ENDPOINTS:
        tries(local, endpoint, tokens[Role.GUEST])
    deeds = local.workspace.state.find(Deed, by="person_guest")
    assert deeds
    assert all(one.looked for one in deeds)


CONFINED = [role for role, found in PERMISSIONS.items() if set(found.values()) & {Reach.OWN, Reach.SEGMENT}]


MORE = {"stripe.summaries": "&start_time=1790812800&end_time=1793491200"}
"""What else a query must say to be read at all."""


def about_bolt(local: Local) -> dict[str, dict[str, str]]:
    """By endpoint, the names of something that is bolt's."""
    invoice = local.ask("GET", "/api/v1/invoices?customer=bolt").json["items"][0]["id"]
    event = str(local.ask("GET", "/api/v1/events?customer=bolt").json["items"][0]["index"])
    subscription = local.ask("GET", "/api/v1/subscriptions?customer=bolt").json["items"][0]["id"]
    return {
        "invoices": {"id": invoice},
        "subscriptions": {"id": subscription},
        "events": {"index": event},
        "record": {"index": event},
        "customers": {"key": "bolt"},
    }


@pytest.mark.parametrize("role", CONFINED)
def test_whoever_is_confined_to_acme_learns_nothing_of_bolt(
    role: Role, local: Local, tokens: dict[Role, str]
) -> None:
    named = about_bolt(local)
    told: list[str] = []
    for endpoint in ENDPOINTS:
        confined = endpoint.scope is not None and PERMISSIONS[role].get(endpoint.scope) not in (
            None,
            Reach.ALL,
        )
        if endpoint.method != "GET" or not confined:
            continue
        paths = [path_of(endpoint), path_of(endpoint, **named.get(endpoint.name.partition(".")[0], {}))]
        if "customer" in {field.name for field in msgspec.structs.fields(endpoint.query)}:
            paths.append(f"{paths[0]}?customer=bolt{MORE.get(endpoint.name, '')}")
        for path in paths:
            answer = tries(local, endpoint, tokens[role], path)
            if b"bolt" in answer.content.replace(b"'bolt'", b"").lower():
                told.append(f"{endpoint.name} {path}: {answer.content[:120]!r}")
            if "bolt" in path and answer.status not in (403, 404):
                told.append(f"{endpoint.name} {path}: {answer.status}")
    assert not told, "\n".join(told)


def test_several_customers_are_listed_together_and_asked_about_one_by_one(local: Local) -> None:
    person(local.workspace, "both", Role.SALES, customers=("acme", "bolt"))
    both = token(local.workspace, "person_both")
    listed = local.ask("GET", "/api/v1/customers", key=both).json["items"]
    assert [one["key"] for one in listed] == ["acme", "bolt"]
    assert [one["key"] for one in local.ask("GET", "/api/v1/customers?limit=1", key=both).json["items"]] == [
        "acme"
    ]
    refused = local.ask("GET", "/api/v1/invoices", key=both)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert "name one of them" in refused.json["detail"]
    for key in ("acme", "bolt"):
        found = local.ask("GET", f"/api/v1/invoices?customer={key}", key=both).json["items"]
        assert {one["customer"] for one in found} == {key}
        assert local.ask("GET", f"/api/v1/invoices/{found[0]['id']}", key=both).status == 200
    assert local.ask("GET", "/api/v1/customers/none", key=both).status == 404


def test_who_looks_after_nobody_sees_nobody(local: Local) -> None:
    lonely = signed_in(local.workspace, "lonely", Role.SALES)
    assert local.ask("GET", "/api/v1/customers", key=lonely).json["items"] == []
    assert local.ask("GET", "/api/v1/customers/acme", key=lonely).status == 404
    assert local.ask("GET", "/api/v1/invoices", key=lonely).status == 403


def test_a_segment_is_what_the_customer_is_now(local: Local) -> None:
    helper = signed_in(local.workspace, "helper", Role.SUCCESS, segments=("large",), customers=())
    assert [one["key"] for one in local.ask("GET", "/api/v1/customers", key=helper).json["items"]] == ["bolt"]
    assert local.ask("GET", "/api/v1/customers/acme", key=helper).status == 404


def test_a_wider_role_beside_a_narrow_one_counts(local: Local) -> None:
    seller = signed_in(local.workspace, "boss", Role.SALES, Role.FINANCE, customers=("acme",))
    assert local.ask("GET", "/api/v1/invoices", key=seller).json["items"]
    assert local.ask("GET", "/api/v1/customers/bolt", key=seller).status == 200


def test_sales_contract_with_their_own_customers_and_no_others(local: Local, tokens: dict[Role, str]) -> None:
    sam = tokens[Role.SALES]
    body = {
        "name": "Deal",
        "plans": ["pro"],
        "start": "2027-01-01T00:00:00Z",
        "reason": "won",
        "dry_run": True,
    }
    other = local.ask("POST", "/api/v1/contracts", body | {"customer": "bolt"}, key=sam)
    assert (other.status, other.json["detail"]) == (404, "there is no customer 'bolt'")
    own = local.ask("POST", "/api/v1/contracts", body | {"customer": "acme"}, key=sam)
    assert own.status not in (401, 403, 404), own.content
    shared = body | {"customer": "acme", "members": [{"customer": "bolt", "effective_from": body["start"]}]}
    assert local.ask("POST", "/api/v1/contracts", shared, key=sam).status == 404
    mine, theirs = (
        local.ask("GET", f"/api/v1/subscriptions?customer={key}").json["items"][0]["id"]
        for key in ("acme", "bolt")
    )
    change = {"action": "pause", "reason": "asked", "dry_run": True}
    assert local.ask("POST", f"/api/v1/subscriptions/{theirs}/changes", change, key=sam).status == 404
    assert local.ask("POST", f"/api/v1/subscriptions/{mine}/changes", change, key=sam).status != 404


def test_support_corrects_their_segments_events_alone(local: Local, tokens: dict[Role, str]) -> None:
    helper = tokens[Role.SUPPORT]
    body = {"action": "hold", "source": "api", "reason": "odd", "dry_run": True}
    events = {
        key: local.ask("GET", f"/api/v1/events?customer={key}").json["items"][0] for key in ("acme", "bolt")
    }
    for key, status in (("acme", 200), ("bolt", 404)):
        asked = body | {"id": events[key]["id"], "source": events[key]["source"]}
        assert local.ask("POST", "/api/v1/events/corrections", asked, key=helper).status == status
