"""Customers: made, listed, shown; what they used; what the next bill will say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

import msgspec

from steelyard.billing.run import preview as drafted
from steelyard.catalog import ValueMetric, live_version
from steelyard.contracts import Customer, NewCustomer, Subscription, Tax, create_customers
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.handlers.visibility import shown_part, visible_from
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import billing as billing_shapes
from steelyard.entrypoints.api.shapes import customers as shapes
from steelyard.kernel import (
    Conflict,
    InvalidInput,
    NotFound,
    Period,
    Problem,
    iso,
    month_of,
    parse_month,
    plain,
)
from steelyard.kernel.period import zone
from steelyard.metering import Window
from steelyard.record import State

_LOOKED_AT: Final = 1000
"""So many customers are looked at in one read when some are searched for."""


def create(call: Call) -> shapes.Customer:
    """Make one customer."""
    return _make(call, [call.body], many=False)[0]


def create_many(call: Call) -> shapes.CustomerList:
    """Make many customers at once, all or none."""
    return shapes.CustomerList(items=_make(call, call.body.customers, many=True), next=None)


def _make(call: Call, asked: list[shapes.CustomerIn], *, many: bool) -> list[shapes.Customer]:
    news = [_new(one) for one in asked]
    planned = create_customers(call.workspace.directory, news, at=call.now)
    if isinstance(planned, tuple):
        fields = [one.field if many else one.field.partition("].")[2] for one in planned]
        found = tuple(_at(one, field) for one, field in zip(planned, fields, strict=True))
        if all(one.code == "exists" for one in found):
            raise Conflict("; ".join(one.message for one in found[:3]), code="exists", problems=found)
        raise InvalidInput(f"not made: {found[0]}", code="invalid_customer", problems=found)
    made = [shaped(one, shapes.Customer) for one in planned.customers]
    if planned.write is not None:
        answer = shapes.CustomerList(items=made, next=None) if many else made[0]
        call.commit(planned.write, answer)
    return made


def _at(problem: Problem, field: str) -> Problem:
    return dataclasses.replace(problem, field=field)


def _new(asked: shapes.CustomerIn) -> NewCustomer:
    return NewCustomer(
        key=asked.key,
        name=asked.name,
        currency=asked.currency,
        parent=asked.parent,
        timezone=asked.timezone,
        attributes=asked.attributes,
        subjects=tuple(asked.subjects),
        tax=None if asked.tax is None else Tax(name=asked.tax.name, percent=asked.tax.percent),
        email=asked.email,
    )


def list_customers(call: Call) -> shapes.CustomerList:
    """Customers, by key; a key confined to one customer sees that one."""
    query: shapes.CustomersQuery = call.query
    if call.principal.customer is not None:
        return shapes.CustomerList(
            items=[shaped(customer_of(call, call.principal.customer), shapes.Customer)], next=None
        )
    if call.principal.customers is not None:
        return _of_many(call, call.principal.customers)
    after = place_of(query.cursor) if query.cursor else None
    found = _matching(call.workspace.state, query, after)
    items, following = page(found, query.limit, lambda one: one.key)
    return shapes.CustomerList(items=[shaped(one, shapes.Customer) for one in items], next=following)


def _matching(state: State, query: shapes.CustomersQuery, after: str | None) -> list[Customer]:
    """The customers that the query asks for, one more than a page holds where there are more."""
    columns = {} if query.parent is None else {"parent": query.parent}
    if not query.search:
        return state.find(Customer, limit=query.limit + 1, after=after, **columns)
    is_found = _search(state, query.search)
    found: list[Customer] = []
    while len(found) <= query.limit:
        rows = state.find(Customer, limit=_LOOKED_AT, after=after, **columns)
        found += [one for one in rows if is_found(one)]
        if len(rows) < _LOOKED_AT:
            break
        after = rows[-1].key
    return found[: query.limit + 1]


def _search(state: State, text: str) -> Callable[[Customer], bool]:
    """Whether a customer has the text in its name, its key or the key of a plan."""
    sought = text.strip().lower()
    plans = state.columns(Subscription, "customer", "plan")
    holders = {customer for customer, plan in plans if plan and sought in plan.lower()}
    return lambda one: sought in f"{one.name} {one.key}".lower() or one.key in holders


def _of_many(call: Call, keys: frozenset[str]) -> shapes.CustomerList:
    """The customers that somebody looks after, by key."""
    query: shapes.CustomersQuery = call.query
    after = place_of(query.cursor) if query.cursor else ""
    customers = [call.workspace.directory.customer(key) for key in sorted(keys) if key > after]
    is_found = _search(call.workspace.state, query.search)
    found = [one for one in customers if one is not None and query.parent in (None, one.parent)]
    found = [one for one in found if is_found(one)]
    items, following = page(found[: query.limit + 1], query.limit, lambda one: one.key)
    return shapes.CustomerList(items=[shaped(one, shapes.Customer) for one in items], next=following)


def show(call: Call) -> shapes.Customer:
    """One customer."""
    return shaped(customer_of(call, call.path["key"]), shapes.Customer)


def customer_of(call: Call, key: str) -> Customer:
    """The customer of that key, if the asker may see it; NotFound otherwise."""
    found = call.workspace.state.get(Customer, call.about(key))
    if found is None:
        raise NotFound(f"there is no customer {key!r}")
    return found


def customer_behind(call: Call, name: str, source: str) -> Customer:
    """The customer whose key or subject this is, if the asker may see it.

    Raises NotFound with the name alone: not everybody may learn whose it is.
    """
    owner = call.workspace.directory.customer_of(name, source)
    if owner is None or not call.principal.sees(owner):
        raise NotFound(f"there is no customer {name[:100]!r}")
    return customer_of(call, owner)


def period_of(call: Call, customer: Customer) -> Period:
    """The month asked for, on the customer's calendar; the current one if none was."""
    if call.query.period is None:
        return month_of(call.now, customer.timezone)
    return parse_month(call.query.period, customer.timezone)


def usage(call: Call) -> shapes.CustomerUsage:
    """What a customer used in a month, by metric and day of the customer's calendar."""
    customer = customer_of(call, call.path["key"])
    month = period_of(call, customer)
    since = visible_from(call)
    period = shown_part(month, since) or month
    call.workspace.catch_up()
    live = live_version(call.workspace.state)
    metrics = [live.catalog.metrics[key] for key in sorted(live.catalog.metrics)] if live else []
    used = [_metric_usage(call, customer, metric, period) for metric in metrics]
    name = month.start.astimezone(zone(customer.timezone)).strftime("%Y-%m")
    return shapes.CustomerUsage(
        customer=customer.key,
        period=name,
        events=call.workspace.usage.counts(period, customers=[customer.key]).events,
        metrics=[one for one in used if one],
        visible_from=iso(since) if since else msgspec.UNSET,
    )


def _metric_usage(
    call: Call, customer: Customer, metric: ValueMetric, period: Period
) -> shapes.MetricUsage | None:
    ask = call.workspace.usage.quantities
    one = [customer.key]
    total = ask(metric.meter.key, period, customers=one)
    if not total:
        return None
    days = ask(metric.meter.key, period, customers=one, window=Window.DAY, timezone=customer.timezone)
    local = zone(customer.timezone)
    return shapes.MetricUsage(
        metric=metric.key,
        name=metric.name,
        unit=metric.unit,
        total=plain(total[0].quantity),
        days=[
            shapes.DayQuantity(
                day=row.window_start.astimezone(local).date().isoformat(), quantity=plain(row.quantity)
            )
            for row in days
        ],
    )


def preview(call: Call) -> billing_shapes.Draft:
    """What the customer's bill of a month would say as things stand."""
    customer = customer_of(call, call.path["key"])
    call.workspace.catch_up()
    month = call.query.period or month_of(call.now, customer.timezone).start.astimezone(
        zone(customer.timezone)
    ).strftime("%Y-%m")
    return shaped(drafted(call.workspace.books, customer.key, month), billing_shapes.Draft)
