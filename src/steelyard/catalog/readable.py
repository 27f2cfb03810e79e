"""What a change of the catalog means, in sentences: what it is about, by how much, which plans feel it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from steelyard.catalog.diff import Change, ChangeKind, compare
from steelyard.catalog.model import Catalog
from steelyard.kernel import InvalidInput, parse_decimal, plain

_AMOUNTS: Final = ("amount", "unit_amount", "flat_amount", "percent", "multiplier", "included", "fixed_fee")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """One difference in words; `percent` is by how much an amount moves, `plans` are those that feel it."""

    change: Change
    name: str
    plans: tuple[str, ...] = ()
    percent: Decimal | None = None

    @property
    def text(self) -> str:
        """The change as a plan prints it: with the thing's name, the percentage, and the plans concerned."""
        text = self.change.text
        if self.name and self.name != self.change.key:
            head = f"{self.change.noun} {self.change.key}"
            text = text.replace(head, f"{head} “{self.name}”", 1)
        if self.percent is not None:
            text += f" ({_signed(self.percent)} %)"
        if self.plans and self.change.noun != "plan":
            text += f", in plan {', '.join(self.plans)}"
        return text


def explained(before: Catalog, after: Catalog) -> tuple[Readable, ...]:
    """Every difference between two catalogs, each with what a reader needs to judge it.

    >>> explained(Catalog(), Catalog())
    ()
    """
    by_price, by_metric = _uses(before, after)
    return tuple(_readable(change, before, after, by_price, by_metric) for change in compare(before, after))


def _readable(
    change: Change,
    before: Catalog,
    after: Catalog,
    by_price: Mapping[str, set[str]],
    by_metric: Mapping[str, set[str]],
) -> Readable:
    plans: Iterable[str] = ()
    if change.noun == "price":
        plans = by_price.get(change.key, ())
    elif change.noun == "metric":
        plans = by_metric.get(change.key, ())
    elif change.noun == "plan":
        plans = (change.key,)
    return Readable(
        change=change,
        name=_name(change, after) or _name(change, before),
        plans=tuple(sorted(plans)),
        percent=_percent(change),
    )


def _uses(*catalogs: Catalog) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Which plans of any of the catalogs rest on each price, and on each metric."""
    by_price: dict[str, set[str]] = {}
    by_metric: dict[str, set[str]] = {}
    for catalog in catalogs:
        for plan in catalog.plans.values():
            for item in plan.items:
                by_price.setdefault(item.price, set()).add(plan.key)
                price = catalog.prices.get(item.price)
                if price is not None and price.metric is not None:
                    by_metric.setdefault(price.metric, set()).add(plan.key)
    return by_price, by_metric


_SECTIONS: Final = {
    "metric": "metrics",
    "feature": "features",
    "product": "products",
    "card": "cards",
    "price": "prices",
    "plan": "plans",
}


def _name(change: Change, catalog: Catalog) -> str:
    section = _SECTIONS.get(change.noun)
    thing = getattr(catalog, section).get(change.key) if section else None
    return getattr(thing, "name", "")


def _percent(change: Change) -> Decimal | None:
    """By how many percent an amount moves, to one decimal; None where it is no amount or was nothing."""
    if change.kind is not ChangeKind.CHANGED or change.field.rpartition(".")[2] not in _AMOUNTS:
        return None
    try:
        old, new = parse_decimal(change.before), parse_decimal(change.after)
    except InvalidInput:
        return None
    return None if old == 0 else ((new - old) / abs(old) * 100).quantize(Decimal("0.1"))


def _signed(percent: Decimal) -> str:
    return f"+{plain(percent)}" if percent > 0 else plain(percent)
