"""What a world of agreements sells: fees before and after the month, seats, tokens, tiers, results."""

from __future__ import annotations

from typing import Any

from tests.billing_catalog import catalog as base

_KEPT = {"owner": "Ada", "definition": "As agreed."}


def catalog(*, flow: str = "0.37") -> dict[str, Any]:
    """The catalog; `flow` is what a unit of flow costs beyond the first thousand."""
    said = base()
    said["event_types"] += [
        {"name": name, "class": "billable", "description": "d"} for name in ("flow", "ticket.solved")
    ]
    said["metrics"] += [
        _metric("flow", "flow", aggregation="sum", value="$.units"),
        _metric("tickets", "ticket.solved", aggregation="count"),
    ]
    tiers = [{"up_to": "1000", "unit_amount": "1.1"}, {"unit_amount": flow}]
    said["rate_cards"][0]["rates"] += [
        _named("ahead", model="flat", amount="99", timing="in_advance"),
        _named("pro_seats", model="per_unit", unit_amount="31"),
        _named("flow", model="graduated", metric="flow", tiers=tiers, group="overage"),
        _named("tickets", model="per_unit", metric="tickets", unit_amount="0.99"),
        _named("care", model="flat", amount="15", group="support"),
    ]
    said["plans"] += [
        _plan(
            "pro", {"price": "ahead"}, {"price": "pro_seats", "quantity": "seats"}, *_items("big", "small")
        ),
        _plan("stream", *_items("flow")),
        _plan("results", *_items("tickets", "small")),
    ]
    said["discounts"] = [
        _named("tenth", form="percent", percent="10", months=2, per_customer=3),
        _named("gift", form="amount", amount="40", once=True),
        _named("fresh", form="free_units", units="500", applies_to=["big"], slots=2),
        _named("coupon", form="percent", percent="25", code="SAVE", slots=1, order=0),
    ]
    said["credit_units"] = [_named("points", rates={"USD": "0.02"})]
    return said


def _named(key: str, **fields: Any) -> dict[str, Any]:
    return {**_KEPT, "key": key, "name": key.replace("_", " ").capitalize(), **fields}


def _metric(key: str, event_type: str, **meter: Any) -> dict[str, Any]:
    return {**_named(key), "unit": key, "meter": {"event_types": [event_type], **meter}}


def _items(*prices: str) -> list[dict[str, Any]]:
    return [{"price": one} for one in prices]


def _plan(key: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {**_named(key), "product": "ai", "currency": "USD", "items": list(items)}
