"""Every endpoint of the table answers, in the shape that the OpenAPI document promises."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from steelyard.access import Scope
from steelyard.access.permissions import with_implied
from steelyard.entrypoints.api.endpoint import Endpoint
from steelyard.entrypoints.api.endpoints import ENDPOINTS
from steelyard.entrypoints.api.openapi import build
from tests.api.conftest import PERIOD, Answer, Server, catalog_files


@cache
def document() -> dict[str, Any]:
    return build(ENDPOINTS)


def check(endpoint: Endpoint, answer: Answer) -> None:
    """The answer is one that the document promises for this endpoint and status."""
    responses = document()["paths"][endpoint.path][endpoint.method.lower()]["responses"]
    assert str(answer.status) in responses, (answer.status, answer.content)
    content = responses[str(answer.status)].get("content")
    if content is None:
        assert answer.content == b""
        return
    media = answer.headers["content-type"].partition(";")[0]
    assert media in content, media
    if media.endswith("json"):
        schema = {**content[media]["schema"], "components": document()["components"]}
        Draft202012Validator(schema).validate(answer.json)


NAMES = {
    "id": {
        **dict.fromkeys(("catalog.show", "catalog.source"), "live"),
        **dict.fromkeys(("subscriptions.show", "subscriptions.rate_card"), "sub_none"),
        "keys.revoke": "key_none",
        "subscriptions.end": "sub_none",
        "commitments.attach": "sub_none",
        "commitments.show": "sub_none",
        "commitments.end": "sub_none",
        "commitments.course": "sub_none",
        "discounts.redeem": "sub_none",
        "holds.lift": "hold_none",
        "attribution.retire_rule": "rule_none",
        "reconciliations.show": "rec_none",
        "lago.event": "none",
        **dict.fromkeys(("people.show", "people.change", "people.leave"), "person_none"),
        **dict.fromkeys(("reviews.show", "reviews.answer"), "rev_none"),
        "invitations.revoke": "inv_none",
        "sessions.end": "ses_none",
        "catalog.proposal": "chg_none",
        "catalog.publish_proposal": "chg_none",
        **dict.fromkeys(("notices.show", "notices.told", "notices.acknowledge"), "note_none"),
        "migrations.show": "mig_none",
        "migrations.compare": "mig_none",
        **dict.fromkeys(("migrations.reverse", "migrations.documents", "migrations.pdf"), "mig_none"),
        **dict.fromkeys(
            ("credits.show", "credits.draws", "credits.void", "credits.transfer", "top_ups.remove"),
            "lot_none",
        ),
        **dict.fromkeys(("credit_orders.show", "credit_orders.cancel"), "cor_none"),
        **dict.fromkeys(
            (f"outcomes.{one}" for one in ("show", "confirm", "contest", "accept", "reverse")), "out_none"
        ),
        **dict.fromkeys(
            (f"contracts.{one}" for one in ("show", "amend", "renew", "notice", "shadow")), "con_none"
        ),
        **dict.fromkeys(
            (f"subscription_changes.{one}" for one in ("create", "list", "withdraw")), "sub_none"
        ),
        **dict.fromkeys((row.name for row in ENDPOINTS if row.name.startswith("backfills.")), "bf_none"),
    },
    "key": {},
    "slug": {},
}


def path_of(endpoint: Endpoint, server: Server) -> str:
    client = server.client()
    invoice = client.invoices.list(customer="acme")["items"][0]
    event = client.events.list(customer="acme", limit=1)["items"][0]
    filled = {
        "key": "acme",
        "slug": "tokens",
        "line": "1",
        "index": event["index"] if endpoint.name == "events.show" else "2",
        "type": "llm.completion",
        "rest": "0/000.p/2",
        "name": "model",
        "change": "chg_none",
        "customer": "acme",
        "number": "99",
        "subject": "acme",
        "code": "tokens",
        "id": "tokens" if endpoint.name in METERS else NAMES["id"].get(endpoint.name, invoice["id"]),
    }
    return endpoint.path.format(**filled) + QUERIES.get(endpoint.name, "")


METERS = ("stripe.meter", "stripe.summaries")
QUERIES = {
    "stripe.summaries": "?customer=acme&start_time=1790812800&end_time=1793491200",
    "lago.current_usage": "?external_subscription_id=acme",
    "corrections.history": "?source=test&id=e0",
    "credits.balance": "?customer=acme",
    **dict.fromkeys(("migrations.documents", "migrations.pdf"), "?period=2026-10"),
}
METRIC = {
    "key": "probes",
    "name": "Probes",
    "owner": "product",
    "definition": "How often somebody looked.",
    "unit": "probes",
    "meter": {"event_types": ["llm.completion"], "aggregation": "count"},
}
RANGE = {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z", "customer": "acme"}
HOUR = {"source": "test", "who": "coil-bot", "type": "llm.completion", "hour": "2026-10-01T12"}
STRIPE_EVENT = {"event_name": "c", "identifier": "p2", "payload": {"stripe_customer_id": "acme"}}
BODIES: dict[str, Any] = {
    "estimate.compute": {"usage": {"tokens": "5000"}, "quantities": {"seats": "3"}},
    "rating.rate": {"price": {"model": "flat", "amount": "5", "currency": "USD"}, "quantity": "1"},
    "events.send": {"id": "probe", "type": "llm.completion", "subject": "acme", "data": {"tokens": 1}},
    "catalog.validate": {"files": catalog_files()},
    "catalog.publish": {"files": catalog_files(), "dry_run": True},
    "catalog.plan": {"files": catalog_files()},
    "catalog.edit": {"files": catalog_files()},
    "catalog.look_back": {"verdict": "keep", "finding": "probe", "dry_run": True},
    "catalog.publish_proposal": {},
    "migrations.create": {
        "name": "probe",
        "reason": "probe",
        "effective_at": "2099-01-01T00:00:00Z",
        "dry_run": True,
    },
    "migrations.reverse": {"reason": "probe", "dry_run": True},
    "notices.told": {"how": "mail", "dry_run": True},
    "notices.acknowledge": {"dry_run": True},
    "catalog.test": {"files": catalog_files()},
    "catalog.check_feature": {"specification": "pricing: {feature: sso}"},
    "catalog.rollback": {"version": "1"},
    "customers.create": {"key": "acme", "name": "Acme", "currency": "USD", "subjects": ["acme-bot"]},
    "customers.create_many": {
        "customers": [{"key": "acme", "name": "Acme", "currency": "USD", "subjects": ["acme-bot"]}]
    },
    "subscriptions.create": {
        "customer": "acme",
        "plan": "team",
        "start": "2026-01-01T00:00:00Z",
        "quantities": {"seats": 3},
    },
    "subscriptions.create_many": {
        "subscriptions": [
            {
                "customer": "bolt",
                "plan": "team",
                "start": "2026-01-01T00:00:00Z",
                "quantities": {"seats": "3"},
            }
        ]
    },
    "subscriptions.end": {"at": "2027-01-01T00:00:00Z"},
    "commitments.attach": {"key": "c", "amount": "10", "start": "2026-11-01T00:00:00Z", "dry_run": True},
    "commitments.end": {"at": "2027-01-01T00:00:00Z", "dry_run": True},
    "commitments.preview": {"terms": {"amount": "10"}, "values": ["5", "20"]},
    "discounts.redeem": {"discount": "none", "dry_run": True},
    "impact.compute": {"version": "live", "period": PERIOD},
    "estimate.by_history": {"months": 1},
    "estimate.public": {"usage": {"tokens": "5"}},
    "estimate.design": {"vary": "tokens", "budget": "9", "currency": "USD"},
    "estimate.curve": {"vary": "tokens", "plan": "team", "most": "9"},
    "estimate.packaging": {"vary": "tokens", "most": "9"},
    "metrics.compare": {"period": PERIOD, "candidates": [METRIC]},
    "billing.run": {"period": PERIOD, "dry_run": True},
    "events.check": {"id": "probe", "type": "llm.completion", "subject": "acme"},
    "keys.create": {"name": "probe", "scopes": ["events:write"]},
    "record.rotate": {"reason": "probe", "dry_run": True},
    "retention.set": {"dispute_days": 60, "statutory_years": 10, "reason": "as the law says"},
    "retention.apply": {"plan": "none", "reason": "probe", "dry_run": True},
    "holds.place": {"customer": "bolt", "reason": "probe"},
    "erasures.erase": {"reason": "probe", "dry_run": True},
    "meters.query_by_post": {"groupBy": ["subject"]},
    "meters.preview": {"metric": METRIC},
    "meters.create": {**METRIC, "dry_run": True},
    "corrections.create": {
        "action": "void",
        "id": "e0",
        "source": "test",
        "reason": "probe",
        "dry_run": True,
    },
    "backfills.open": {"reason": "probe"},
    "backfills.add": {"events": [{"id": "p3", "type": "llm.completion", "subject": "acme"}]},
    "backfills.deprecate": {"ranges": [RANGE]},
    "backfills.commit": {"reason": "probe"},
    "backfills.revert": {"reason": "probe"},
    "backfills.abandon": {"reason": "probe"},
    "events.reconcile": {"sources": ["test"], "from": RANGE["from"], "to": RANGE["to"], "hours": []},
    "events.reconcile_ids": {"hours": [HOUR]},
    "event_types.derive_schema": {},
    "reconciliations.run": {"dry_run": True},
    "credits.grant": {
        "customer": "acme",
        "name": "Probe",
        "unit": "USD",
        "amount": "1",
        "reason": "probe",
        "dry_run": True,
    },
    "credits.void": {"reason": "probe", "dry_run": True},
    "credits.transfer": {"to": "bolt", "amount": "1", "reason": "probe", "dry_run": True},
    "credit_orders.create": {
        "customer": "acme",
        "name": "Probe",
        "unit": "USD",
        "amount": "1",
        "reason": "probe",
        "dry_run": True,
    },
    "credit_orders.cancel": {"dry_run": True},
    "credit_orders.breakage": {"period": "2026-10", "dry_run": True},
    "top_ups.create": {
        "customer": "acme",
        "name": "Probe",
        "unit": "USD",
        "threshold": "1",
        "amount": "1",
        "dry_run": True,
    },
    "top_ups.run": {"dry_run": True},
    "outcomes.claim": {
        "customer": "acme",
        "type": "ticket.solved",
        "key": "probe",
        "occurred_at": "2026-10-20T12:00:00Z",
        "dry_run": True,
    },
    **{f"outcomes.{one}": {"reason": "probe"} for one in ("confirm", "contest", "accept", "reverse")},
    "outcomes.settle": {"dry_run": True},
    "attribution.create_rule": {"customer": "acme", "subject": "x", "reason": "probe", "dry_run": True},
    "attribution.replay": {"dry_run": True},
    "contracts.create": {
        "customer": "acme",
        "name": "probe",
        "start": "2026-12-01T00:00:00Z",
        "dry_run": True,
    },
    "contracts.amend": {"reason": "probe", "dry_run": True},
    "contracts.renew": {"reason": "probe", "dry_run": True},
    "contracts.renew_due": {"dry_run": True},
    "contracts.notice": {"reason": "probe", "dry_run": True},
    "subscription_changes.create": {"action": "pause", "dry_run": True},
    "customers.change": {
        "name": "Aurora",
        "attributes": {"size": "large"},
        "reason": "probe",
        "dry_run": True,
    },
    "customers.merge": {
        "into": "acme",
        "effective_from": "2026-12-01T00:00:00Z",
        "reason": "probe",
        "dry_run": True,
    },
    "customers.part": {"effective_from": "2026-12-01T00:00:00Z", "reason": "probe", "dry_run": True},
    "people.change": {"name": "P", "roles": ["guest"]},
    "invitations.create": {"name": "P", "email": "probe@x.example", "roles": ["guest"]},
    "invitations.accept": {"token": "iv_none", "password": "correct horse battery"},
    "sessions.create": {"email": "probe@x.example", "password": "wrong"},
    "me.password": {"current": "wrong", "password": "correct horse battery"},
    "me.deputy": {"deputy": None},
    "reviews.answer": {"agreed": True, "reason": "probe", "digest": "sha256:none"},
    "lago.batch": {"events": [{"transaction_id": "p", "code": "c", "external_subscription_id": "acme"}]},
    "stripe.meter_event_v2": STRIPE_EVENT,
    "stripe.meter_event_stream": {"events": [STRIPE_EVENT]},
    "stripe.adjustment_v2": {"event_name": "c", "type": "cancel", "cancel": {"identifier": "none"}},
}
FORMS = {
    "stripe.meter_event": b"event_name=c&identifier=p1&payload[stripe_customer_id]=acme",
    "stripe.adjustment": b"event_name=c&type=cancel&cancel[identifier]=none",
}


def ask(endpoint: Endpoint, server: Server, **more: Any) -> Answer:
    form = FORMS.get(endpoint.name)
    if form is not None:
        more |= {"content": form, "content_type": "application/x-www-form-urlencoded"}
    return server.ask(endpoint.method, path_of(endpoint, server), BODIES.get(endpoint.name), **more)


def code_of(answer: Answer) -> str:
    """The stable code of a refusal, wherever the product whose words these are puts it."""
    said = answer.json
    return said["error"]["code"] if isinstance(said.get("error"), dict) else said["code"]


UNKNOWN = [
    name
    for name in NAMES["id"]
    if name not in ("catalog.show", "catalog.source", "backfills.list", "backfills.open")
]
REFUSED = {
    "retention.apply": 409,
    "invitations.accept": 403,
    "sessions.create": 401,
    **dict.fromkeys(("me.password", "me.deputy"), 403),
    **dict.fromkeys(("customers.merge", "customers.part", "migrations.create"), 422),
    **dict.fromkeys(("catalog.look_back", "estimate.public", "estimate.comparison"), 404),
    **dict.fromkeys(("stripe.adjustment", "stripe.adjustment_v2"), 404),
    **dict.fromkeys(UNKNOWN, 404),
}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_each_endpoint_answers_as_documented(endpoint: Endpoint, billed: Server) -> None:
    answer = ask(endpoint, billed)
    if endpoint.name == "events.send":
        assert answer.status == 204
    else:
        assert answer.status == REFUSED.get(endpoint.name, endpoint.status), answer.content
    check(endpoint, answer)


PROTECTED = [row for row in ENDPOINTS if row.scope is not None]


@pytest.mark.parametrize("endpoint", PROTECTED, ids=lambda one: one.name)
def test_nobody_gets_in_without_a_key(endpoint: Endpoint, billed: Server) -> None:
    for key in ("", "sk_wrong", "Ünicode"):
        answer = ask(endpoint, billed, key=key)
        assert answer.status == 401
        assert code_of(answer) in ("unauthenticated", "api_key_invalid")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        check(endpoint, answer)


@pytest.fixture(scope="module")
def keys(billed: Server) -> dict[Scope, str]:
    """One key for each scope, with that scope alone."""
    return {scope: made_key(billed, name=f"only {scope}", scopes=[scope.value]) for scope in Scope}


def made_key(server: Server, **asked: Any) -> str:
    return server.ask("POST", "/api/v1/keys", asked).json["secret"]


@pytest.mark.parametrize("endpoint", PROTECTED, ids=lambda one: one.name)
def test_a_key_does_what_its_scope_says_and_nothing_else(
    endpoint: Endpoint, billed: Server, keys: dict[Scope, str]
) -> None:
    for scope in Scope:
        answer = ask(endpoint, billed, key=keys[scope])
        if scope is Scope.OWNER or endpoint.scope in with_implied([scope]):
            assert answer.status not in (401, 403)
        else:
            assert answer.status == 403
            assert code_of(answer) == "forbidden"
        check(endpoint, answer)


@pytest.mark.parametrize("endpoint", PROTECTED, ids=lambda one: one.name)
def test_a_key_of_one_customer_learns_nothing_of_another(endpoint: Endpoint, billed: Server) -> None:
    scopes = [scope.value for scope in Scope if scope not in (Scope.OWNER, Scope.ACCESS_ADMIN)]
    key = made_key(billed, name="bolt's own", scopes=scopes, customer="bolt")
    answer = billed.ask(endpoint.method, path_of(endpoint, billed), BODIES.get(endpoint.name), key=key)
    check(endpoint, answer)
    if not endpoint.customer_may:
        assert answer.status == 403
    is_shown = answer.status < 400 and answer.headers.get("content-type") == "application/json"
    if is_shown and endpoint.name != "meters.list":
        assert b"acme" not in answer.content
        assert b"Acme" not in answer.content


def test_a_revoked_key_is_out_at_once(billed: Server) -> None:
    client = billed.client()
    made = client.keys.create(name="short-lived", scopes=["usage:read"])
    assert billed.ask("GET", "/api/v1/meters", key=made["secret"]).status == 200
    client.keys.revoke(made["id"])
    assert billed.ask("GET", "/api/v1/meters", key=made["secret"]).status == 401
    assert made["secret"] not in str(client.keys.list(limit=1000))


def test_secrets_are_nowhere_at_rest(billed: Server) -> None:
    made = billed.client().keys.create(name="hidden", scopes=["usage:read"])
    for path in billed.folder.glob("steelyard.sqlite*"):
        assert made["secret"].encode() not in path.read_bytes()
        assert billed.key.encode() not in path.read_bytes()


def test_what_does_not_exist_says_so(billed: Server) -> None:
    for path in ("/nope", "/api/v1/invoices/inv_none", "/api/v1/customers/none", "/record/tile/9/999"):
        answer = billed.ask("GET", path)
        assert answer.status in (400, 404, 422)
        assert answer.headers["content-type"] == "application/problem+json"
    answer = billed.ask("PUT", "/api/v1/customers")
    assert answer.status == 405
    assert answer.json["code"] == "method_not_allowed"
    assert answer.headers["allow"]


def test_a_key_of_one_customer_sees_all_of_that_customer(billed: Server) -> None:
    scopes = ["usage:read", "billing:read", "customers:read", "events:write"]
    client = billed.client(made_key(billed, name="bolt", scopes=scopes, customer="bolt"))
    assert {one["customer"] for one in client.events.each()} == {"bolt"}
    assert [one["key"] for one in client.customers.each()] == ["bolt"]
    assert {one["customer"] for one in client.subscriptions.each()} == {"bolt"}
    assert {one["customer"] for one in client.invoices.each()} == {"bolt"}
    (row,) = client.meters.query("tokens")["data"]
    assert int(row["quantity"]) == sum(1000 + number for number in range(1, 120, 3))
    for customer in ("acme", "none"):
        for path in (f"customers/{customer}", f"events?customer={customer}", f"invoices?customer={customer}"):
            answer = billed.ask("GET", f"/api/v1/{path}", key=client._transport._key)
            assert answer.status == 404
            assert answer.json["detail"] == f"there is no customer '{customer}'"


def test_a_key_of_one_customer_sends_events_of_that_customer_alone(billed: Server) -> None:
    key = made_key(billed, name="bolt sends", scopes=["events:write"], customer="bolt")
    events = [
        {"id": f"own-{who}", "type": "other", "subject": who}
        for who in ("bolt", "acme", "bolt-bot", "nobody")
    ]
    answer = billed.ask("POST", "/api/v1/events", events, key=key)
    assert answer.status == 422
    assert answer.json["accepted"] == 2
    assert [(one["index"], one["code"]) for one in answer.json["errors"]] == [
        (1, "other_customer"),
        (3, "other_customer"),
    ]
