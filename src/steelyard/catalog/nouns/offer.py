"""Features and products: what is offered, before it has a price."""

from __future__ import annotations

from typing import Any

from steelyard.catalog.fields import KEY, Field, Noun, is_right, list_of
from steelyard.catalog.model import Feature, Product
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.source import Path, Reading

FEATURE = Noun("feature", DEFINED)

PRODUCT = Noun("product", (*DEFINED, Field("features", list_of(KEY), "keys of its features", default=())))


def feature(reading: Reading, path: Path, values: dict[str, Any]) -> Feature | None:
    """The feature that the fields describe, or None where one is wrong."""
    return Feature(**values) if is_right(*values.values()) else None


def product(reading: Reading, path: Path, values: dict[str, Any]) -> Product | None:
    """The product that the fields describe, or None where one is wrong."""
    return Product(**values) if is_right(*values.values()) else None
