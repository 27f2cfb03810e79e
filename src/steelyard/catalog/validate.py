"""From a source to a catalog, or to every mistake in it at once.

First each noun is read by its table of fields, then the references between them are resolved and judged.
A mistake never hides another one, and one mistake is not told twice: a reference to something that was
written but is itself wrong stays silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from steelyard.catalog.change import ChangeDocument
from steelyard.catalog.fields import Noun, describe, read_noun
from steelyard.catalog.formulas import resolve_formulas
from steelyard.catalog.judge import judge_metrics, judge_prices, judge_products
from steelyard.catalog.judge_changes import judge_changes, judge_commitments, judge_rising
from steelyard.catalog.judge_trials import judge_trial
from steelyard.catalog.model import CardKind, Catalog, RateCard
from steelyard.catalog.nouns.book import BOOK, RATE_CHANGE, book, rate_change
from steelyard.catalog.nouns.card import read_card
from steelyard.catalog.nouns.change import read_change
from steelyard.catalog.nouns.credit_unit import CREDIT_UNIT, credit_unit
from steelyard.catalog.nouns.discount import DISCOUNT, FLOOR, discount, floor
from steelyard.catalog.nouns.governance import read_governance
from steelyard.catalog.nouns.metric import EVENT_TYPE, METRIC, event_type, metric
from steelyard.catalog.nouns.offer import FEATURE, PRODUCT, feature, product
from steelyard.catalog.nouns.plan import PLAN, plan
from steelyard.catalog.nouns.rate import Card, Written, read_rates
from steelyard.catalog.nouns.trial import TRIAL, trial
from steelyard.catalog.nouns.weights import WEIGHT_TABLE, weight_table
from steelyard.catalog.parting import resolve_exchanges, resolve_weights
from steelyard.catalog.rate_change import RateChange
from steelyard.catalog.resolve import resolve_plans
from steelyard.catalog.resolve_discounts import resolve_discounts, resolve_floors
from steelyard.catalog.sizes import ENTRIES_MAX, PRICES_MAX, SIZES
from steelyard.catalog.source import Path, Reading, Source, allowed_names, did_you_mean
from steelyard.catalog.templates import expanded
from steelyard.catalog.trial import Trial
from steelyard.catalog.written import Sheet
from steelyard.kernel import Problem

T = TypeVar("T")

SECTIONS = {
    "event_types": "what can happen",
    "metrics": "what is counted, and what it means",
    "features": "what plans grant",
    "products": "what is sold",
    "weight_tables": "what units are worth as one normalised unit",
    "rate_cards": "prices that belong together",
    "cost_cards": "what usage costs us",
    "prices": "prices that stand alone",
    "plans": "what customers subscribe to",
    "rate_changes": "dated changes of prices, only ever added to",
    "price_books": "changes of prices for some customers",
    "credit_units": "units in which credit is sold",
    "discounts": "what may be taken off, for whom, how often",
    "floors": "what must remain of a contract year",
    "governance": "who agrees to changes, and how strictly rules are kept",
}
BESIDE = {
    "templates": "entries written once, with parameters",
    "instances": "templates made, with values for their parameters",
    "tests": "usage given, and the invoice to expect",
    "change": "why prices change, and to whom it applies",
}
"""Sections that are no part of the content: they make it, or they speak about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a source holds: the catalog itself, and the tests and the change document beside it."""

    catalog: Catalog
    trials: tuple[Trial, ...] = ()
    change: ChangeDocument | None = None


def validate(source: Source) -> Catalog | tuple[Problem, ...]:
    """The catalog that a source describes, or all its problems, in the order of files and lines.

    >>> validate(Source(values={"plan": []}))[0].message
    'there is no section \\'plan\\'; did you mean "plans"?'
    """
    found = examine(source)
    return found.catalog if isinstance(found, Examined) else found


def examine(source: Source) -> Examined | tuple[Problem, ...]:
    """The catalog and what stands beside it, or all problems of both, in the order of files and lines.

    >>> examine(Source(values={"tests": [{"name": "x", "plan": "team", "expect": {"total": "1"}}]}))[0].code
    'unknown_plan'
    """
    reading = Reading(source=source, problems=list(source.problems))
    _check_sections(reading)
    reading.source = expanded(reading)
    sheet = _read(reading)
    judge_metrics(reading, sheet)
    judge_products(reading, sheet)
    judge_prices(reading, sheet)
    resolve_weights(reading, sheet)
    resolve_exchanges(reading, sheet)
    plans = resolve_plans(reading, sheet)
    judge_changes(reading, sheet)
    judge_rising(reading, sheet)
    judge_commitments(reading, sheet, plans)
    trials = _read_trials(reading, sheet)
    governance, change = read_governance(reading), read_change(reading)
    discounts, floors = resolve_discounts(reading, sheet), resolve_floors(reading, sheet)
    if reading.problems:
        return tuple(sorted(reading.problems, key=lambda problem: (problem.file, problem.line)))
    catalog = Catalog(
        event_types={name: each for name, (each, _) in sheet.event_types.items()},
        metrics={key: each for key, (each, _) in sheet.metrics.items()},
        features={key: each for key, (each, _) in sheet.features.items()},
        products={key: each for key, (each, _) in sheet.products.items()},
        cards={key: each for key, (each, _) in sheet.cards.items()},
        prices={key: each.price for key, each in sheet.prices.items()},
        plans=plans,
        rate_changes=tuple(sheet.rate_changes),
        price_books={key: each for key, (each, _) in sheet.price_books.items()},
        credit_units={key: each for key, (each, _) in sheet.credit_units.items()},
        discounts=discounts,
        floors=floors,
        governance=governance,
        weight_tables={key: each for key, (each, _) in sheet.weight_tables.items()},
    )
    return Examined(catalog=catalog, trials=trials, change=change)


def _check_sections(reading: Reading) -> None:
    known = [*SECTIONS, *BESIDE]
    for name in reading.source.values:
        if name not in known:
            message = f"there is no section {name!r}{did_you_mean(name, known)}"
            reading.wrong((name,), "unknown_section", message, allowed=allowed_names(known, at_most=20))


def _read_trials(reading: Reading, sheet: Sheet) -> tuple[Trial, ...]:
    trials: list[Trial] = []
    for path, value in _items(reading, "tests"):
        values = read_noun(reading, TRIAL, path, value)
        one = trial(reading, path, values) if values is not None else None
        if one is not None:
            judge_trial(reading, sheet, one, path)
            trials.append(one)
    return tuple(trials)


def _read(reading: Reading) -> Sheet:
    sheet = Sheet()
    _each(reading, sheet, "event_types", EVENT_TYPE, event_type, sheet.event_types, key="name")
    _each(reading, sheet, "metrics", METRIC, metric, sheet.written_metrics)
    sheet.metrics = resolve_formulas(reading, sheet)
    _each(reading, sheet, "features", FEATURE, feature, sheet.features)
    _each(reading, sheet, "products", PRODUCT, product, sheet.products)
    _each(reading, sheet, "weight_tables", WEIGHT_TABLE, weight_table, sheet.weight_tables)
    _read_cards(reading, sheet, "rate_cards", CardKind.PRICE)
    _read_cards(reading, sheet, "cost_cards", CardKind.COST)
    for path, value in _items(reading, "prices"):
        sheet.declare("prices", value)
        _add_prices(reading, sheet, read_rates(reading, path, value, Card(metric_names=sheet.metric_names)))
    _each(reading, sheet, "plans", PLAN, plan, sheet.plans)
    _each(reading, sheet, "price_books", BOOK, book, sheet.price_books)
    for path, value in _items(reading, "rate_changes"):
        values = read_noun(reading, RATE_CHANGE, path, value)
        change = None if values is None else rate_change(reading, path, values)
        if isinstance(change, RateChange):
            sheet.rate_changes.append(change)
    _each(reading, sheet, "credit_units", CREDIT_UNIT, credit_unit, sheet.credit_units)
    _each(reading, sheet, "discounts", DISCOUNT, discount, sheet.discounts)
    _each(reading, sheet, "floors", FLOOR, floor, sheet.floors)
    return sheet


def _items(reading: Reading, section: str) -> list[tuple[Path, Any]]:
    values = reading.source.values.get(section)
    if values is None:
        return []
    if not isinstance(values, Sequence) or isinstance(values, str):
        reading.wrong((section,), "wrong_type", f"this section is a list, not {describe(values)}")
        return []
    items = cast("Sequence[Any]", values)
    most = SIZES.get(section, ENTRIES_MAX)
    if len(items) > most:
        message = f"{len(items)} {section.replace('_', ' ')} are too many"
        reading.wrong((section,), "too_many", message, allowed=f"at most {most}")
        items = items[:most]
    return [((section, index), value) for index, value in enumerate(items)]


def _each(
    reading: Reading,
    sheet: Sheet,
    section: str,
    noun: Noun,
    build: Callable[[Reading, Path, dict[str, Any]], T | None],
    into: dict[str, tuple[T, Path]],
    *,
    key: str = "key",
) -> None:
    """Reads a section of one noun into a mapping by key; a key that stands twice is a mistake."""
    for path, value in _items(reading, section):
        sheet.declare(section, value, key=key)
        values = read_noun(reading, noun, path, value)
        if values is None:
            continue
        built = build(reading, path, values)
        if built is None:
            continue
        if values[key] in into:
            _twice(reading, (*path, key), noun.name, values[key], into[values[key]][1])
        else:
            into[values[key]] = (built, path)


def _read_cards(reading: Reading, sheet: Sheet, section: str, kind: CardKind) -> None:
    for path, value in _items(reading, section):
        sheet.declare("prices", value)
        for rate in _rates_of(value):
            sheet.declare("prices", rate)
        card, written = read_card(reading, path, value, kind, sheet.metric_names)
        _add_prices(reading, sheet, written)
        if card is not None:
            _add_card(reading, sheet, card, path)


def _rates_of(card: Any) -> list[Any]:
    rates = cast("Mapping[str, Any]", card).get("rates") if isinstance(card, Mapping) else None
    return list(cast("list[Any]", rates)) if isinstance(rates, list) else []


def _add_card(reading: Reading, sheet: Sheet, card: RateCard, path: Path) -> None:
    if card.key in sheet.cards:
        _twice(reading, (*path, "key"), "rate card", card.key, sheet.cards[card.key][1])
        return
    sheet.cards[card.key] = (card, path)


def _add_prices(reading: Reading, sheet: Sheet, written: list[Written]) -> None:
    for each in written:
        if len(sheet.prices) >= PRICES_MAX:
            message = f"the cards hold more than {PRICES_MAX} prices in all, each cell of each table counted"
            reading.wrong(each.path, "too_many", message, allowed=f"at most {PRICES_MAX}")
            return
        if each.price.key in sheet.prices:
            _twice(reading, each.path, "price", each.price.key, sheet.prices[each.price.key].path)
        else:
            sheet.prices[each.price.key] = each


def _twice(reading: Reading, path: Path, noun: str, key: str, first: Path) -> None:
    file, line = reading.source.place(first)
    where = f" (first in {file}, line {line})" if file else ""
    reading.wrong(path, "duplicate_key", f"there are two of the {noun} {key!r}{where}")
