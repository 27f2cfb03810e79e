"""What is sold and how it is priced: value metrics, features, products, rate cards, plans, as one Catalog.

Every record has a named owner and one public definition, which every document reuses. Keys are unique per
noun. A Catalog that exists is consistent: `validate` makes them, and says what is wrong otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from steelyard.catalog.books import PriceBook
from steelyard.catalog.credit_units import CreditUnit
from steelyard.catalog.discounts import Discount, Floor
from steelyard.catalog.governance import Governance
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.weights import WeightTable
from steelyard.kernel import LATER, ZERO, NotFound
from steelyard.metering import EventType, Meter, Watch
from steelyard.rating import (
    Breakdown,
    Conversion,
    Exchange,
    PriceModel,
    Pricing,
    Scope,
    Term,
    Weights,
    breakdown_of,
    sold_unit,
)

T = TypeVar("T")


class CardKind(StrEnum):
    """Whether a card says what customers pay or what their usage costs the seller."""

    PRICE = "price"
    COST = "cost"


class Group(StrEnum):
    """Under which heading of an invoice a charge stands."""

    CORE = "core"
    COMMITTED = "committed"
    OVERAGE = "overage"
    ADD_ON = "add-on"
    SUPPORT = "support"
    SERVICES = "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMetric:
    """A meter and its business meaning: what one unit of value is, and who answers for the definition.

    `outcome` is the key of the metric that shows what customers care about, with which it should correlate.
    """

    key: str
    name: str
    owner: str
    definition: str
    meter: Meter
    anomalies: Watch | None = None
    outcome: str = field(default="", metadata=LATER)

    @property
    def unit(self) -> str:
        """What is counted, in the plural, as documents print it."""
        return self.meter.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something a plan can grant."""

    key: str
    name: str
    owner: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something that is sold, in one or more plans."""

    key: str
    name: str
    owner: str
    definition: str
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One rate of a card: a price model for a metric, perhaps only for some values of its dimensions.

    `included` units are free, once per subscription and period, before the model rates the rest.
    `dimensions` names the only values that the price is for, `excluded` those that it is not for. `family`
    is the key as written where one entry of the catalog stands for many prices, else the key itself.
    `weights` are those of the table `weight_table`, `exchange` is that of the `credit_unit` in which the
    amounts of the model are; this and the other options are told by `Pricing`. What is fixed, not metered,
    is billed by its `timing`.
    """

    key: str
    name: str
    owner: str
    definition: str
    card: str
    family: str
    currency: str
    model: PriceModel
    kind: CardKind = CardKind.PRICE
    metric: str | None = None
    group: Group = Group.CORE
    included: Decimal = ZERO
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    weight_table: str = field(default="", metadata=LATER)
    weights: Weights | None = field(default=None, metadata=LATER)
    conversion: Conversion | None = field(default=None, metadata=LATER)
    cap: Decimal | None = field(default=None, metadata=LATER)
    scope: Scope | None = field(default=None, metadata=LATER)
    minimum: Decimal | None = field(default=None, metadata=LATER)
    maximum: Decimal | None = field(default=None, metadata=LATER)
    credit_unit: str = field(default="", metadata=LATER)
    exchange: Exchange | None = field(default=None, metadata=LATER)
    feature: str | None = field(default=None, metadata=LATER)
    timing: Term = field(default=Term.IN_ARREARS, metadata=LATER)

    def is_for(self, group: Mapping[str, str]) -> bool:
        """Whether usage with these values of its dimensions falls under this price.

        >>> from steelyard.rating import FlatPrice
        >>> price = Price(
        ...     key="p", name="P", owner="o", definition="d", card="c", family="p", currency="USD",
        ...     model=FlatPrice(amount=ZERO), dimensions={"model": ("gpt-4o",)},
        ... )  # fmt: skip
        >>> price.is_for({"model": "gpt-4o", "team": "x"}), price.is_for({"model": "o3"}), price.is_for({})
        (True, False, False)
        """
        return all(group.get(name, "") in values for name, values in self.dimensions.items()) and all(
            group.get(name, "") not in values for name, values in self.excluded.items()
        )

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """By which dimensions usage must be grouped to tell what falls under this price, sorted."""
        return tuple(sorted({*self.dimensions, *self.excluded}))

    @property
    def breakdown(self) -> Breakdown:
        """How usage must be divided for this price, where its quantity alone is not enough."""
        return breakdown_of(
            self.model, weights_over=self.weights.over if self.weights else (), scope=self.scope
        )

    @property
    def sold_unit(self) -> str:
        """What is sold, in the plural, where it is another unit than what the metric measures; else blank."""
        return sold_unit(self.pricing())

    def pricing(self, *, included: Decimal | None = None) -> Pricing:
        """The price model with its options; `included` units in place of the price's own."""
        return Pricing(
            model=self.model,
            weights=self.weights,
            conversion=self.conversion,
            included=self.included if included is None else included,
            cap=self.cap,
            scope=self.scope,
            minimum=self.minimum,
            maximum=self.maximum,
            exchange=self.exchange,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Prices in one currency that belong together: what customers pay, or what usage costs us."""

    key: str
    name: str
    owner: str
    definition: str
    kind: CardKind
    currency: str
    prices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One price of a plan, with what the plan changes about it.

    The quantity is what the metric measures, unless the plan fixes it (`quantity`) or the subscription
    names it (`quantity_from`, such as "seats"). None for `included` or `group` keeps what the price says.
    """

    price: str
    quantity: Decimal | None = None
    quantity_from: str | None = None
    included: Decimal | None = None
    group: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """An amount that is due each period in any case and covers usage of the named prices up to it.

    `amount=None`: by contract, so the subscription names it.
    """

    amount: Decimal | None
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A package that customers subscribe to; plans of a product stand in the order of their `tier`.

    `limits` are per calendar month where they name a metric, standing where they name a feature.
    `visible_days` is how far back customers see their data; None means all of it.
    """

    key: str
    name: str
    owner: str
    definition: str
    product: str
    currency: str
    tier: int = 0
    items: tuple[PlanItem, ...] = ()
    commitment: Commitment | None = None
    limits: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    features: tuple[str, ...] = ()
    visible_days: int | None = None
    by_contract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that is sold, by key; consistent as a whole."""

    event_types: Mapping[str, EventType] = field(default_factory=dict[str, EventType])
    metrics: Mapping[str, ValueMetric] = field(default_factory=dict[str, ValueMetric])
    features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    products: Mapping[str, Product] = field(default_factory=dict[str, Product])
    cards: Mapping[str, RateCard] = field(default_factory=dict[str, RateCard])
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    plans: Mapping[str, Plan] = field(default_factory=dict[str, Plan])
    rate_changes: tuple[RateChange, ...] = field(default=(), metadata=LATER)
    price_books: Mapping[str, PriceBook] = field(default_factory=dict[str, PriceBook], metadata=LATER)
    credit_units: Mapping[str, CreditUnit] = field(default_factory=dict[str, CreditUnit], metadata=LATER)
    discounts: Mapping[str, Discount] = field(default_factory=dict[str, Discount], metadata=LATER)
    floors: Mapping[str, Floor] = field(default_factory=dict[str, Floor], metadata=LATER)
    weight_tables: Mapping[str, WeightTable] = field(default_factory=dict[str, WeightTable], metadata=LATER)
    governance: Governance | None = field(default=None, metadata=LATER)

    def metric(self, key: str) -> ValueMetric:
        """The value metric of that key; NotFound if there is none."""
        return _found(self.metrics, key, "value metric")

    def plan(self, key: str) -> Plan:
        """The plan of that key; NotFound if there is none."""
        return _found(self.plans, key, "plan")

    def price(self, key: str) -> Price:
        """The price of that key, of a rate card or a cost card; NotFound if there is none."""
        return _found(self.prices, key, "price")

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters of all value metrics, by key."""
        return tuple(self.metrics[key].meter for key in sorted(self.metrics))

    @property
    def asks_ahead(self) -> bool:
        """Whether any price is paid in advance."""
        return any(price.timing is Term.IN_ADVANCE for price in self.prices.values())

    @property
    def cost_prices(self) -> tuple[Price, ...]:
        """The prices of all cost cards, by key."""
        return tuple(
            self.prices[key] for key in sorted(self.prices) if self.prices[key].kind is CardKind.COST
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogVersion:
    """A published catalog: immutable, named by its content, counted from one."""

    id: str
    number: int
    published_at: datetime
    published_by: str
    catalog: Catalog
    note: str = ""


def _found(things: Mapping[str, T], key: str, noun: str) -> T:
    try:
        return things[key]
    except KeyError:
        raise NotFound(f"the catalog has no {noun} {key!r}", code=f"unknown_{noun.split()[-1]}") from None
