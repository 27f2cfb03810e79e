"""The catalog's JSON Schema, made from the same tables of fields that reading and its messages use."""

from __future__ import annotations

from typing import Any

from steelyard.catalog.fields import Noun
from steelyard.catalog.nouns.book import BOOK, RATE_CHANGE
from steelyard.catalog.nouns.card import CARD
from steelyard.catalog.nouns.change import CHANGE
from steelyard.catalog.nouns.credit_unit import CREDIT_UNIT
from steelyard.catalog.nouns.discount import DISCOUNT, FLOOR
from steelyard.catalog.nouns.governance import GOVERNANCE
from steelyard.catalog.nouns.metric import EVENT_TYPE, METRIC
from steelyard.catalog.nouns.offer import FEATURE, PRODUCT
from steelyard.catalog.nouns.plan import PLAN
from steelyard.catalog.nouns.price_model import MODELS
from steelyard.catalog.nouns.rate import rate_noun
from steelyard.catalog.nouns.trial import TRIAL
from steelyard.catalog.nouns.weights import WEIGHT_TABLE
from steelyard.catalog.templates import INSTANCE, TEMPLATE
from steelyard.catalog.validate import BESIDE, SECTIONS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SINGLE = ("governance", "change")
"""Sections that are one record in place of a list."""


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a catalog document: one file, or all files of a folder merged.

    References between things, and what a schema cannot say, are checked by `validate` alone.

    >>> sorted(schema()["properties"])[:3]
    ['change', 'cost_cards', 'credit_units']
    """
    card = CARD.schema()
    card["properties"]["rates"] = {"type": "array", "items": {"$ref": "#/$defs/rate"}}
    items = {
        "event_types": EVENT_TYPE.schema(),
        "metrics": METRIC.schema(),
        "features": FEATURE.schema(),
        "products": PRODUCT.schema(),
        "weight_tables": WEIGHT_TABLE.schema(),
        "rate_cards": card,
        "cost_cards": card,
        "prices": _priced(alone=True),
        "plans": PLAN.schema(),
        "rate_changes": RATE_CHANGE.schema(),
        "price_books": BOOK.schema(),
        "templates": TEMPLATE.schema(),
        "instances": INSTANCE.schema(),
        "tests": TRIAL.schema(),
        "governance": GOVERNANCE.schema(),
        "change": CHANGE.schema(),
        "credit_units": CREDIT_UNIT.schema(),
        "discounts": DISCOUNT.schema(),
        "floors": FLOOR.schema(),
    }
    return {
        "$schema": _DIALECT,
        "title": "Steelyard catalog",
        "type": "object",
        "properties": {
            name: {**items[name], "description": meaning}
            if name in _SINGLE
            else {"type": "array", "description": meaning, "items": items[name]}
            for name, meaning in (SECTIONS | BESIDE).items()
        },
        "additionalProperties": False,
        "$defs": {"rate": _priced(alone=False)},
    }


def _priced(*, alone: bool) -> dict[str, Any]:
    """A rate or a price: one form for each model, and the tabular form."""
    forms = [
        _of_model(rate_noun(model, tabular=tabular, alone=alone), model, tabular=tabular)
        for model in MODELS
        for tabular in ((False, True) if model == "per_unit" else (False,))
    ]
    return {"oneOf": forms}


def _of_model(noun: Noun, model: str, *, tabular: bool) -> dict[str, Any]:
    form = noun.schema()
    form["properties"]["model"] = {"const": model, "description": "the price model"}
    if tabular:
        form["required"] = [*form["required"], "by", "table"]
    else:
        for name in ("by", "table", "metrics"):
            del form["properties"][name]
    return form
