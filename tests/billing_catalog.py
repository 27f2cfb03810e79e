"""A small catalog for tests of whole bills: a fee, seats, tokens by model, goods with prices of their own."""

from __future__ import annotations

from typing import Any

_KEPT: dict[str, str] = {"owner": "Ada", "definition": "As agreed."}


def _rate(key: str, model: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "name": key.replace("_", " ").capitalize(), "model": model, **_KEPT, **fields}


def catalog(*, token_price: str = "2.50") -> dict[str, Any]:
    """The catalog; `token_price` is that of a million tokens of the big model."""
    million = "1000000"
    return {
        "event_types": [{"name": name, "class": "billable", "description": "d"} for name in ("llm", "sale")],
        "metrics": [
            {
                **_KEPT,
                "key": "tokens",
                "name": "Tokens",
                "unit": "tokens",
                "meter": {
                    "event_types": ["llm"],
                    "aggregation": "sum",
                    "value": "$.tokens",
                    "group_by": {"model": "$.model"},
                },
            },
            {
                **_KEPT,
                "key": "users",
                "name": "Active users",
                "unit": "users",
                "meter": {"event_types": ["llm"], "aggregation": "unique", "value": "$.user"},
            },
            {
                **_KEPT,
                "key": "goods",
                "name": "Goods",
                "unit": "pieces",
                "meter": {
                    "event_types": ["sale"],
                    "aggregation": "sum",
                    "value": "$.pieces",
                    "unit_price": "$.price",
                },
            },
        ],
        "products": [{**_KEPT, "key": key, "name": key.upper()} for key in ("ai", "shop")],
        "rate_cards": [
            {
                **_KEPT,
                "key": "list",
                "name": "List prices",
                "kind": "price",
                "currency": "USD",
                "rates": [
                    _rate("base_fee", "flat", amount="49"),
                    _rate("seats", "per_unit", unit_amount="20"),
                    _rate("big", "per_unit", metric="tokens", unit_amount=token_price, per=million,
                          dimensions={"model": "big"}, group="overage", included="1000"),
                    _rate("small", "per_unit", metric="tokens", unit_amount="0.30", per=million,
                          dimensions={"model": "small"}, group="overage"),
                    _rate("users", "per_unit", metric="users", unit_amount="1.5", group="add-on"),
                    _rate("goods", "dynamic", metric="goods"),
                ],
            }
        ],
        "plans": [
            {
                **_KEPT,
                "key": "team",
                "name": "Team",
                "product": "ai",
                "currency": "USD",
                "items": [
                    {"price": "base_fee"},
                    {"price": "seats", "quantity": "seats"},
                    {"price": "big"},
                    {"price": "small"},
                    {"price": "users"},
                ],
            },
            {
                **_KEPT,
                "key": "counter",
                "name": "Counter",
                "product": "shop",
                "currency": "USD",
                "items": [{"price": "goods"}],
            },
        ],
    }  # fmt: skip
