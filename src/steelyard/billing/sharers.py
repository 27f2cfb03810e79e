"""Who shares a commitment in a month: the members whose usage it bears, and whoever pays for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from steelyard.billing.readings import Sharer, Span
from steelyard.contracts import Contract, Customer
from steelyard.contracts.sharing import shares_commitments, why_no_sharer
from steelyard.kernel import Period, Problem

Known = Callable[[str], Customer | None]
SpansOf = Callable[[Customer], list[Span]]


def with_sharers(
    customer: Customer,
    spans: Sequence[Span],
    period: Period,
    contracts: Sequence[Contract],
    known: Known,
    spans_of: SpansOf,
) -> list[Span]:
    """The spans of a month, with the members that share what these contracts commit the customer to.

    Where the customer is such a member itself, its cards say if nobody would pay for what it uses. `known`
    gives a customer by its key, `spans_of` what one has in the month.

    >>> from steelyard.kernel import instant
    >>> acme = Customer(key="acme", name="Acme", currency="EUR", created_at=instant("2026-01-01T00:00:00Z"))
    >>> with_sharers(acme, [], Period.month(2026, 10), [], {"acme": acme}.get, lambda _: [])
    []
    """
    shared = [one for one in contracts if shares_commitments(one)]
    if not shared:
        return list(spans)
    return [
        _with_bearers(
            _with_members(span, customer, period, shared, known, spans_of), customer, known, spans_of
        )
        for span in spans
    ]


def _with_members(
    span: Span,
    customer: Customer,
    period: Period,
    shared: Sequence[Contract],
    known: Known,
    spans_of: SpansOf,
) -> Span:
    held = {one.contract for one in span.card.arrangement.commitments}
    mine = [one for one in shared if one.customer == customer.key and one.id in held]
    names = dict.fromkeys(name for one in mine for name in one.customers if name != customer.key)
    others = [other for name in names if (other := known(name)) is not None]
    problems = [no for other in others for no in _misfit(customer, other)]
    sharers = tuple(
        Sharer(customer=other, period=period, spans=tuple(spans_of(other)))
        for other in others
        if not why_no_sharer(customer, other)
    )
    return _refused(replace(span, sharers=sharers) if sharers else span, problems)


def _with_bearers(span: Span, customer: Customer, known: Known, spans_of: SpansOf) -> Span:
    problems: list[Problem] = []
    for one in span.card.bearings:
        payer = known(one.payer)
        problems += _misfit(payer, customer) if payer else ()
        theirs = spans_of(payer) if payer else []
        held = {each.contract for other in theirs for each in other.card.arrangement.commitments}
        if one.contract not in held:
            message = (
                f"{one.payer} bears by contract {one.name} what {customer.key} uses, "
                "and has no subscription that runs in the month"
            )
            problems.append(Problem(code="no_payer", message=message, field="contract"))
    return _refused(span, problems)


def _misfit(payer: Customer, other: Customer) -> Iterator[Problem]:
    if no := why_no_sharer(payer, other):
        yield Problem(code="not_pooled", message=no, field="currency")


def _refused(span: Span, problems: Sequence[Problem]) -> Span:
    if not problems:
        return span
    return replace(span, card=replace(span.card, problems=(*span.card.problems, *problems)))
