"""Formulas over meters: each meter is asked in its own way, and the formula computed for every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from steelyard.adapters.duckdb.asking import (
    GROUPED,
    Question,
    View,
    customer_of,
    group_of,
    groups,
    near,
    owner,
    run,
    scope_of,
    window_number,
)
from steelyard.kernel import ZERO
from steelyard.metering import Meter, QuantityRow, of_formula, windows

Ask = Callable[[View, Question], list[QuantityRow]]
_Key = tuple[str, tuple[str, ...], datetime]


def rows(view: View, question: Question, ask: Ask) -> list[QuantityRow]:
    """The rows of a question to a formula: wherever one of its meters has a row, the others being 0.

    `ask` answers the question for one meter that reads events.
    """
    meter = question.meter
    found: dict[_Key, dict[int, QuantityRow]] = {}
    for number, leaf in enumerate(meter.leaves):
        for row in ask(view, replace(question, meter=leaf)):
            found.setdefault(_key(row), {})[number] = row
    events = _events(view, question)
    answer: list[QuantityRow] = []
    for key, by_leaf in found.items():
        numbers = [
            (leaf, by_leaf[number].quantity if number in by_leaf else ZERO)
            for number, leaf in enumerate(meter.leaves)
        ]
        apart = [
            row for number, row in by_leaf.items() if key not in events or meter.leaves[number].keeps_levels
        ]
        some = next(iter(by_leaf.values()))
        answer.append(
            QuantityRow(
                customer=some.customer,
                group=some.group,
                window_start=some.window_start,
                window_end=some.window_end,
                quantity=of_formula(meter, numbers),
                amount=None,
                events=sum(row.events for row in apart) + events.get(key, 0),
                first_seq=min(row.first_seq for row in by_leaf.values()),
                last_seq=max(row.last_seq for row in by_leaf.values()),
            )
        )
    return answer


def _key(row: QuantityRow) -> _Key:
    return row.customer, tuple(row.group.values()), row.window_start


def _events(view: View, question: Question) -> dict[_Key, int]:
    """How many events the meters without levels rest on together, each once; empty for one such meter."""
    plain: list[Meter] = [leaf for leaf in question.meter.leaves if not leaf.keeps_levels]
    if len(plain) < 2:
        return {}
    where = scope_of(view, question, plain, question.period)
    parts = windows(near(view, question, where), question.window, question.timezone)
    number, values = window_number(parts)
    sql = (
        f"SELECT {owner(question)}{groups(view, question)}, {number} AS part, count(*) "  # noqa: S608 - own columns
        f"FROM event WHERE {where.sql} {GROUPED}"
    )
    found: dict[_Key, int] = {}
    for customer, *group, part, events in run(view.connection, sql, [*values, *where.values]):
        texts = tuple(group_of(view, question, group).values())
        found[customer_of(view, customer), texts, parts[part].start] = events
    return found
