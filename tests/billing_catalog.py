"""A small catalog for tests of whole bills: a fee, seats, tokens by model, goods with prices of their own."""

from __future__ import annotations

from typing import Any

_KEPT: dict[str, str] = {"owner": "Ada", "definition": "As agreed."}


def catalog(*, token_price: str = "2.50") -> dict[str, Any]:
    """The catalog; `token_price` is that of a million tokens of the big model."""
    return {
        "event_types": [{"name": name, "class": "billable", "description": "d"} for name in ("llm", "sale")],
        "metrics": [
            _metric("tokens", ["llm"], "sum", value="$.tokens", group_by={"model": "$.model"}),
            _metric("users", ["llm"], "unique", value="$.user"),
            _metric("goods", ["sale"], "sum", value="$.pieces", unit_price="$.price"),
        ],
        "products": [{**_KEPT, "key": key, "name": key.upper()} for key in ("ai", "shop")],
        "rate_cards": [
            {
                **_KEPT,
                "key": "list",
                "name": "List",
                "kind": "price",
                "currency": "USD",
                "rates": _rates(token_price),
            }
        ],
        "plans": [
            _plan("team", "ai", "base_fee", "seats", "big", "small", "users"),
            _plan("counter", "shop", "goods"),
        ],
    }


def _rates(token_price: str) -> list[dict[str, Any]]:
    tokens = {"metric": "tokens", "per": "1000000", "group": "overage"}
    big, small = {"dimensions": {"model": "big"}, "included": "1000"}, {"dimensions": {"model": "small"}}
    return [
        _rate("base_fee", "flat", amount="49"),
        _rate("seats", "per_unit", unit_amount="20"),
        _rate("big", "per_unit", unit_amount=token_price, **tokens, **big),
        _rate("small", "per_unit", unit_amount="0.30", **tokens, **small),
        _rate("users", "per_unit", metric="users", unit_amount="1.5", group="add-on"),
        _rate("goods", "dynamic", metric="goods"),
    ]


def _rate(key: str, model: str, **fields: Any) -> dict[str, Any]:
    return {**_KEPT, "key": key, "name": key.replace("_", " ").capitalize(), "model": model, **fields}


def _metric(key: str, event_types: list[str], aggregation: str, **fields: Any) -> dict[str, Any]:
    meter = {"event_types": event_types, "aggregation": aggregation, **fields}
    return {**_KEPT, "key": key, "name": key.capitalize(), "unit": key, "meter": meter}


def _plan(key: str, product: str, *prices: str) -> dict[str, Any]:
    items = [{"price": price, **({"quantity": "seats"} if price == "seats" else {})} for price in prices]
    return {
        **_KEPT,
        "key": key,
        "name": key.capitalize(),
        "product": product,
        "currency": "USD",
        "items": items,
    }
