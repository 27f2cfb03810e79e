"""What was read of a catalog before it is known to be consistent: each thing with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from steelyard.catalog.books import PriceBook
from steelyard.catalog.credit_units import CreditUnit
from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.model import Feature, Product, RateCard, ValueMetric
from steelyard.catalog.nouns.metric import WrittenFormula
from steelyard.catalog.nouns.plan import WrittenPlan
from steelyard.catalog.nouns.rate import Written
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.source import Path
from steelyard.catalog.weights import WeightTable
from steelyard.metering import EventType


@dataclass(slots=True)
class Sheet:
    """Everything that could be read, by key, and the keys of all that was written, even wrongly.

    `metrics` are those of `written_metrics` that can measure: formulas among them have found their metrics.
    """

    event_types: dict[str, tuple[EventType, Path]] = field(default_factory=dict[str, tuple[EventType, Path]])
    metrics: dict[str, tuple[ValueMetric, Path]] = field(default_factory=dict[str, tuple[ValueMetric, Path]])
    written_metrics: dict[str, tuple[ValueMetric | WrittenFormula, Path]] = field(
        default_factory=dict[str, "tuple[ValueMetric | WrittenFormula, Path]"]
    )
    features: dict[str, tuple[Feature, Path]] = field(default_factory=dict[str, tuple[Feature, Path]])
    products: dict[str, tuple[Product, Path]] = field(default_factory=dict[str, tuple[Product, Path]])
    weight_tables: dict[str, tuple[WeightTable, Path]] = field(
        default_factory=dict[str, tuple[WeightTable, Path]]
    )
    cards: dict[str, tuple[RateCard, Path]] = field(default_factory=dict[str, tuple[RateCard, Path]])
    prices: dict[str, Written] = field(default_factory=dict[str, Written])
    plans: dict[str, tuple[WrittenPlan, Path]] = field(default_factory=dict[str, tuple[WrittenPlan, Path]])
    credit_units: dict[str, tuple[CreditUnit, Path]] = field(
        default_factory=dict[str, "tuple[CreditUnit, Path]"]
    )
    rate_changes: list[RateChange] = field(default_factory=list[RateChange])
    price_books: dict[str, tuple[PriceBook, Path]] = field(default_factory=dict[str, tuple[PriceBook, Path]])
    discounts: dict[str, tuple[Discount, Path]] = field(default_factory=dict[str, tuple[Discount, Path]])
    floors: dict[str, tuple[Floor, Path]] = field(default_factory=dict[str, tuple[Floor, Path]])
    declared: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    families: dict[str, list[Written]] = field(default_factory=dict[str, "list[Written]"])

    def declare(self, section: str, value: Any, *, key: str = "key") -> None:
        """Remembers that this key was written, whatever else is wrong with it."""
        if isinstance(value, Mapping):
            name = cast("Mapping[str, Any]", value).get(key)
            if isinstance(name, str):
                self.declared.setdefault(section, set()).add(name)

    def family(self, key: str) -> list[Written]:
        """The prices of the entry of that key; asked once everything is read."""
        if not self.families:
            for written in self.prices.values():
                self.families.setdefault(written.price.family, []).append(written)
        return self.families.get(key, [])

    @property
    def metric_names(self) -> dict[str, str]:
        """What documents call each metric."""
        return {key: metric.name for key, (metric, _) in self.metrics.items()}
