"""Which billed periods changed since: documents tell up to when usage was known, the store what came later.

All billed periods of a customer are as known at its latest document, because every document adjusts those
before it. So one question to the store, for everybody, finds who has a change; only their documents are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from steelyard.billing.accounts import Account, Cards
from steelyard.billing.adjust import BilledPeriod, adjustments, billed_periods, net
from steelyard.billing.credits import resettled
from steelyard.billing.documents import DOCUMENT_KINDS, documents_of
from steelyard.billing.draft import draft, with_adjustments
from steelyard.billing.earlier import known_until
from steelyard.billing.fellow_changes import changed_fellows, fellows, members_billed
from steelyard.billing.history import History
from steelyard.billing.model import Document, DraftInvoice, Line, PeriodChange
from steelyard.billing.past import renewed
from steelyard.billing.revision import Revision
from steelyard.billing.terms import Terms
from steelyard.contracts import Customer
from steelyard.kernel import Period, Problem, from_micros, micros
from steelyard.metering import KnownUsage, UsageChange, UsageStore
from steelyard.record import State

_FIRST_MOMENT: Final = from_micros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPeriod:
    """A billed period whose usage changed since: how it was billed, by which account, and how many events.

    `added` events of the customer came to count, `ended` ones ceased to, of the types that its prices are
    about; none of either where only others who share its prices changed, or its terms: those were agreed at
    `agreed_at`. Where usage that its documents rest on was `erased`, it cannot be worked out anew.
    """

    billed: BilledPeriod
    account: Account
    added: int
    ended: int
    erased: bool = False
    agreed_at: datetime | None = None


Changed = Mapping[str, Sequence[ChangedPeriod]]
"""The changed periods of each customer that has any, by time."""


def changed_periods(
    state: State,
    usage: UsageStore,
    history: History,
    customers: Collection[str],
    *,
    known_at: datetime | None,
) -> Changed:
    """The billed periods of these customers that changed since, as known at that moment (None: now)."""
    known = list(_known(state, set(customers)))
    if not known:
        return {}
    shared = fellows(state, {one.customer for one in known})
    hit = {change.customer for change in usage.changed_since(known, as_of=known_at)}
    hit |= {customer for customer, _ in changed_fellows(usage, shared, known, as_of=known_at)}
    revised = _revised(state, history, {one.customer for one in known})
    hit |= revised.keys()
    borne = members_billed(state, history, shared.keys()) if shared else {}
    hit |= borne.keys()
    some = {one.customer: one for one in known if one.customer in hit}
    if not some:
        return {}
    billed = {
        (one.customer, period.first.period): period
        for one in some.values()
        for period in billed_periods(documents_of(state, one.customer))
    }
    by_period = [
        KnownUsage(customer=customer, period=part, since=some[customer].since)
        for customer, period in billed
        for part in (period, _until(period))
    ]
    theirs = changed_fellows(usage, shared, by_period, as_of=known_at)
    found: dict[tuple[str, Period], list[UsageChange]] = {}
    for change in usage.changed_since(by_period, as_of=known_at):
        found.setdefault((change.customer, change.period), []).append(change)
    cards = Cards(state)
    changed: dict[str, list[ChangedPeriod]] = {}
    for (customer, period), of_period in billed.items():
        until = (customer, _until(period))
        told = (*revised.get(customer, ()), *borne.get(customer, ()))
        is_revised = of_period.name in told
        if until in found or until in theirs or is_revised:
            account = history.account(of_period, cards)
            own = _concerning(account, found.get((customer, period), []), found.get(until, []))
            others = _concerning(
                account, theirs.get((customer, period), []), theirs.get(until, []), shared=True
            )
            if own or others or is_revised:
                one = ChangedPeriod(
                    billed=of_period,
                    account=account,
                    added=sum(each.added for each in own),
                    ended=sum(each.ended for each in own),
                )
                changed.setdefault(customer, []).append(_told(one, history))
    for customer, ones in changed.items():
        own = [one for (whose, _), one in billed.items() if whose == customer]
        ones += _that_look_back(own, ones, history, cards)
    return {key: sorted(ones, key=lambda one: one.account.period.start) for key, ones in changed.items()}


def _revised(state: State, history: History, customers: Collection[str]) -> Mapping[str, set[str]]:
    """The names of the billed periods of each customer whose terms were revised since its last document."""
    found: dict[str, set[str]] = {}
    for _, customer in state.columns(Revision, "key", "customer"):
        if customer is not None and customer in customers and customer not in found:
            latest = max(history.index_of(one) for one in documents_of(state, customer))
            found[customer] = {
                period.period_name
                for index, revision in history.revisions(customer)
                if index > latest
                for period in revision.periods
            }
    return {customer: names for customer, names in found.items() if names}


def _known(state: State, customers: Collection[str]) -> Iterable[KnownUsage]:
    """For each customer with a document: all that is billed, and up to when it is known."""
    since: dict[str, int] = {}
    until: dict[str, int] = {}
    # Of one customer, only that one's documents are looked through.
    only = {"customer": next(iter(customers))} if len(customers) == 1 else {}
    for kind in DOCUMENT_KINDS:
        found = state.columns(kind, "key", "customer", "known_at", "period_end", **only)
        for key, customer, known_at, period_end in found:
            if customer in customers and customer is not None:
                known = int(known_at) if known_at else _known_until(state, kind, str(key))
                since[customer] = max(since.get(customer, 0), known)
                until[customer] = max(until.get(customer, 1), int(period_end or 1))
    for customer in since:
        period = Period(start=_FIRST_MOMENT, end=from_micros(until[customer]))
        yield KnownUsage(customer=customer, period=period, since=from_micros(since[customer]))


def _known_until(state: State, kind: type[Document], key: str) -> int:
    """Up to when a document is known that does not say it, in microseconds."""
    document = state.get(kind, key)
    return 0 if document is None else micros(known_until(document))


def _that_look_back(
    billed: Iterable[BilledPeriod], changed: Iterable[ChangedPeriod], history: History, cards: Cards
) -> list[ChangedPeriod]:
    """The periods after a changed one whose own charges depend on it: of a commitment, a floor, a credit."""
    known = [one.billed.first.period for one in changed]
    first = min(period.start for period in known)
    found: list[ChangedPeriod] = []
    for one in billed:
        if one.first.period.start > first and one.first.period not in known:
            account = history.account(one, cards)
            if any(span.looks_back for span in account.spans):
                found.append(_told(ChangedPeriod(billed=one, account=account, added=0, ended=0), history))
    return found


def _told(one: ChangedPeriod, history: History) -> ChangedPeriod:
    """With whether its usage was erased, and when other terms were agreed for it."""
    agreed_at = history.terms_told(one.billed.first).agreed_at
    return replace(one, erased=history.is_erased(one.billed), agreed_at=agreed_at)


def _until(period: Period) -> Period:
    """All the time up to the end of the period."""
    return Period(start=_FIRST_MOMENT, end=period.end)


def _concerning(
    account: Account, own: Iterable[UsageChange], before: Iterable[UsageChange], *, shared: bool = False
) -> list[UsageChange]:
    """Those of the changes that a price of the account is about; `shared`, one that others have as well.

    What a commitment bears of its members' usage, any price of theirs is about.

    `own` are those in the period, `before` those up to its end: a level that was set earlier still holds.
    """
    types: set[str] = set()
    levels: set[str] = set()
    members = [each for span in account.spans for one in span.sharers for each in one.spans] if shared else []
    for span in (*account.spans, *members):
        for item in span.card.items:
            about = not shared or item.pool or span.customer != account.customer.key
            if item.metric is not None and item.quantity is None and about:
                types.update(item.metric.meter.event_types)
                leaves = (leaf for leaf in item.metric.meter.leaves if leaf.keeps_levels)
                levels.update(name for leaf in leaves for name in leaf.event_types)
    some = [one for one in own if one.event_type in types - levels]
    return some + [one for one in before if one.event_type in levels]


def brought_up_to_date(
    own: DraftInvoice,
    changed: Sequence[tuple[ChangedPeriod, Sequence[Terms]]],
    *,
    on_it: bool = True,
    by: tuple[Customer, Sequence[Terms]] | None = None,
) -> DraftInvoice:
    """The draft with what changed in periods billed before, each with its terms as they are read now.

    Its `changes` tell of each; the adjustment lines stand on it unless `on_it` is False. A period whose usage
    was erased is told of and left as it is: what is gone must not be given back. `by` is what the draft
    itself was made of: where that looks back on what changed, it is made again.
    """
    anew: dict[Period, Sequence[Line]] = {}
    lines: list[Line] = []
    problems: list[Problem] = []
    changes: list[PeriodChange] = []
    for one, terms in changed:
        found: tuple[Line, ...] = ()
        if not one.erased:
            then = one.account.customer
            past = [replace(each, past=renewed(each.past, anew)) for each in terms]
            now = draft(then, one.account.period, past, known_at=own.known_at)
            now = resettled(now, (one.billed.first, *one.billed.later), then.tax)
            found = adjustments(one.billed, now, agreed_at=one.agreed_at)
            if found:
                anew[one.account.period] = now.lines
            problems += _problems(one, now, own)
        lines += found
        if found or one.added or one.ended:
            changes.append(_change(one, found))
    if by is not None and any(each.past for each in by[1]) and anew:
        terms = [replace(each, past=renewed(each.past, anew)) for each in by[1]]
        own = draft(by[0], own.period, terms, known_at=own.known_at)
    complete = with_adjustments(own, lines, problems) if on_it else own
    return replace(complete, changes=tuple(changes))


def _change(one: ChangedPeriod, found: Iterable[Line]) -> PeriodChange:
    return PeriodChange(
        period_name=one.billed.name,
        document=one.billed.first.number,
        added=one.added,
        ended=one.ended,
        difference=net(found),
    )


def _problems(one: ChangedPeriod, now: DraftInvoice, own: DraftInvoice) -> Iterable[Problem]:
    """Why the period cannot be adjusted on this draft."""
    where = f"adjusting {one.billed.name} ({one.billed.first.number})"
    for problem in now.problems:
        yield replace(problem, message=f"{where}: {problem.message}")
    if now.currency != own.currency:
        message = f"{where}: it was billed in {now.currency}, {own.customer_name} pays in {own.currency} now"
        yield Problem(code="currency_mismatch", message=message, field="currency")
