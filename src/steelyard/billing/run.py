"""A billing run: everybody's month, drafted and issued; what is billed already is left alone.

The run first waits until the usage store has folded everything that the record held when it began, and reads
usage as known at that moment. What comes later changes no document; the customer's next one adjusts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.adjust import billed_periods
from steelyard.billing.ahead import asked_by
from steelyard.billing.changes import (
    Changed,
    ChangedPeriod,
    brought_up_to_date,
    changed_periods,
)
from steelyard.billing.coming import month_name
from steelyard.billing.counting import counts_of, totals_of
from steelyard.billing.crediting import Crediting
from steelyard.billing.credits import credited, resettled
from steelyard.billing.documents import documents_of
from steelyard.billing.draft import draft
from steelyard.billing.history import History
from steelyard.billing.issue import Issuer, Submit, record_run
from steelyard.billing.lots_kept import LotBook
from steelyard.billing.model import (
    BillingRun,
    CreditNote,
    Document,
    DraftInvoice,
    Invoice,
    PeriodChange,
    RunStatus,
)
from steelyard.billing.notices import erased_notices, unbilled_notices
from steelyard.billing.readings import read_terms
from steelyard.billing.terms import Terms
from steelyard.contracts import Contract, Customer, Subscription, together
from steelyard.contracts.renewal import renew_automatically
from steelyard.kernel import NotFound, Period, Problem, Unavailable, from_micros, make_id
from steelyard.kernel.period import month_of
from steelyard.metering import UsageStore
from steelyard.record import RecordReader, State

DOCUMENTS_PER_WRITE: Final = 500
FOLD_TIMEOUT_S: Final = 60.0
PROBLEMS_KEPT_MAX: Final = 100
"""A run keeps so many problems in its record; it counts all of them."""

Progress = Callable[[int, int], None]
"""Told how many customers are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What billing works on: state, usage, the record, and where writes go."""

    state: State
    usage: UsageStore
    reader: RecordReader
    submit: Submit


def preview(books: Books, customer: str, month: str) -> DraftInvoice:
    """The draft of one customer's month as of now; raises NotFound for an unknown customer.

    Its `changes` tell what changed in periods billed before. Where the month is not billed yet, the draft
    holds their adjustments, as its document would.
    """
    found = books.state.get(Customer, customer)
    if found is None:
        raise NotFound(f"there is no customer {customer!r}", code="unknown_customer")
    period = Months(month).period(found.timezone)
    subscriptions = books.state.find(Subscription, customer=customer)
    billed = {one.name: one for one in billed_periods(documents_of(books.state, customer))}.get(month)
    cards = Cards(books.state)
    if billed is not None:
        # A billed month is worked out again for the customer that it was billed to, its name and tax of then.
        found = History(books.state, books.usage, books.reader).customer_of(billed.first)
    asks = _asks(cards, found, period) if billed is None else lambda: bool(asked_by([billed.first]))
    one = account(found, subscriptions, period, cards, asks=asks)
    terms = read_terms(books.usage, one.spans)
    own, by = draft(found, period, terms), (found, terms)
    if billed is not None:
        now = brought_up_to_date(own, _changes(books, customer), on_it=False, by=by)
        return resettled(now, (billed.first, *billed.later), found.tax)
    now = brought_up_to_date(own, _changes(books, customer), by=by)
    return credited(now, found, LotBook(books.state, [customer]).credits(now))


def changes_of(books: Books, customer: str) -> tuple[PeriodChange, ...]:
    """What changed in a customer's billed periods and is on no document yet, by period."""
    changed = _changes(books, customer)
    if not changed:
        return ()
    one = changed[0][0].account
    return brought_up_to_date(draft(one.customer, one.period, []), changed).changes


def _changes(books: Books, customer: str) -> list[tuple[ChangedPeriod, list[Terms]]]:
    history = History(books.state, books.usage, books.reader)
    changed = changed_periods(books.state, books.usage, history, [customer], known_at=None)
    return [(one, read_terms(books.usage, one.account.spans)) for one in changed.get(customer, ())]


def run(
    books: Books,
    *,
    month: str,
    at: datetime,
    entropy: bytes,
    dry_run: bool = False,
    customers: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> BillingRun:
    """Bills the month of all customers, or of those named, and says what came of it.

    Contracts whose end has come and that go on by themselves are renewed first. Who gets a document gets on
    it what changed in the periods billed before. Running it again changes nothing. A dry run drafts the same
    documents and writes none. Credit that changes meanwhile is counted anew. Raises Unavailable when the
    usage store does not catch up, Conflict when somebody else bills the same period meanwhile (what was
    issued until then stays).
    """
    renewed = _renewed(books, at, dry_run=dry_run)
    size, known_at = _wait_for_usage(books)
    accounts, documents = _accounts(books.state, month, customers, renewed)
    history = History(books.state, books.usage, books.reader)
    everybody = [one.customer.key for one in accounts]
    changed = changed_periods(books.state, books.usage, history, everybody, known_at=known_at)
    unbilled = [one for one in accounts if one.customer.key not in documents]
    lots = LotBook(books.state)
    uncredited = {
        who.key: (who, now) for who, now in _drafts(books.usage, unbilled, changed, known_at, lots.has_orders)
    }
    drafts = [credited(now, who, lots.credits(now)) for who, now in uncredited.values()]
    good = [one for one in drafts if one.lines and not one.problems]
    run_id = make_id("run", at, entropy)
    if not dry_run and good:
        issuer = Issuer(books.state, books.submit, at=at, run=run_id)
        good = _issued(issuer, good, Crediting(books.state, uncredited), progress)
        now = {one.customer: one for one in good}
        drafts = [now.get(one.customer, one) for one in drafts if one.problems or one.customer in now]
    problems = [_of_customer(one, problem) for one in drafts for problem in one.problems]
    notices = erased_notices(changed)
    notices += unbilled_notices(books.state, books.usage, books.reader, accounts, known_at=known_at)
    result = BillingRun(
        id=run_id,
        period=month,
        at=at,
        status=_status(dry_run=dry_run, issued=len(good), refused=len(problems)),
        counts=counts_of(books.usage, accounts, documents, drafts, changed),
        totals=totals_of(good),
        record_size=size,
        problems=tuple([*problems, *notices][:PROBLEMS_KEPT_MAX]),
    )
    if not dry_run and good:
        books.submit(record_run(result)).result()
    return result


def _renewed(books: Books, at: datetime, *, dry_run: bool) -> list[Contract]:
    """The contracts that go on by themselves from before that moment, as they are then."""
    planned = renew_automatically(books.state, now=at)
    write = together(one.write for one in planned)
    if write is not None and not dry_run:
        books.submit(write).result()
    return [one.record for one in planned]


def _issued(
    issuer: Issuer, good: Sequence[DraftInvoice], anew: Crediting, progress: Progress | None
) -> list[DraftInvoice]:
    """The drafts as they were issued, many in one write."""
    issued: list[DraftInvoice] = []
    for start in range(0, len(good), DOCUMENTS_PER_WRITE):
        issued += anew.issued(issuer, good[start : start + DOCUMENTS_PER_WRITE])
        if progress:
            progress(min(start + DOCUMENTS_PER_WRITE, len(good)), len(good))
    return issued


def _wait_for_usage(books: Books) -> tuple[int, datetime | None]:
    """The record's size, all of it folded, and the moment at which its newest entry was recorded."""
    size = books.reader.size
    if not size:
        return 0, None
    if not books.usage.wait_for(size - 1, FOLD_TIMEOUT_S):
        message = f"usage is folded up to entry {books.usage.position()} of {size}; try again in a moment"
        raise Unavailable(message, code="usage_behind")
    return size, from_micros(books.reader.entry(size - 1).recorded_at)


def _accounts(
    state: State, month: str, customers: Sequence[str] | None, renewed: Sequence[Contract]
) -> tuple[list[Account], Mapping[str, Document]]:
    """Everybody's account by customer key, and the documents that the period has already."""
    months, cards = Months(month), Cards(state, renewed)
    documents = {one.customer: one for one in issued_documents(state, month)}
    subscriptions = by_customer(state.find(Subscription))
    named = None if customers is None else set(customers)
    accounts = [
        account(one, subscriptions.get(one.key, []), period, cards, asks=_asks(cards, one, period))
        for one in state.find(Customer)
        if named is None or one.key in named
        for period in [months.period(one.timezone)]
    ]
    return accounts, documents


def _asks(cards: Cards, customer: Customer, period: Period) -> Callable[[], bool]:
    """Whether the period's document asks for the next month in advance: unless that is billed already."""
    following = month_name(month_of(period.end, customer.timezone), customer.timezone)
    return lambda: cards.asks_next(customer.key, following)


def issued_documents(state: State, month: str) -> Iterator[Document]:
    """The invoices and credit notes of a month, each kind by id."""
    yield from state.find(Invoice, period_name=month)
    yield from state.find(CreditNote, period_name=month)


def _drafts(
    usage: UsageStore,
    accounts: Sequence[Account],
    changed: Changed,
    known_at: datetime | None,
    buys: Callable[[str], bool],
) -> Iterator[tuple[Customer, DraftInvoice]]:
    """Who has anything to be billed or adjusted, or buys credit, with the draft; usage is read together."""
    wanted = [(one, changed.get(one.customer.key, ())) for one in accounts]
    spans = [span for one, before in wanted for some in _all(one, before) for span in some.spans]
    terms = iter(read_terms(usage, spans, as_of=known_at))
    for one, before in wanted:
        own = [next(terms) for _ in one.spans]
        then = [(period, [next(terms) for _ in period.account.spans]) for period in before]
        bills = then or buys(one.customer.key)
        if bills or any(term.readings or term.card.problems or not _only_metered(term) for term in own):
            now = draft(one.customer, one.period, own, known_at=known_at)
            yield one.customer, brought_up_to_date(now, then, by=(one.customer, own))


def _all(one: Account, before: Iterable[ChangedPeriod]) -> list[Account]:
    return [one, *(period.account for period in before)]


def _only_metered(terms: Terms) -> bool:
    """Whether nothing can be due without usage, so that customers without any need no draft."""
    items = terms.card.items
    if terms.ahead is not None or terms.card.arrangement.commitments or terms.card.arrangement.discounts:
        return False
    return terms.card.commitment is None and all(
        item.metric is not None and item.quantity is None and not _charges_nothing_used(item.price.model)
        for item in items
    )


def _charges_nothing_used(model: object) -> bool:
    return getattr(model, "flat_at_zero", False) is True


def _of_customer(draft: DraftInvoice, problem: Problem) -> Problem:
    return replace(problem, message=f"{draft.customer}: {problem.message}")


def _status(*, dry_run: bool, issued: int, refused: int) -> RunStatus:
    if dry_run:
        return RunStatus.PREVIEWED
    if refused:
        return RunStatus.INCOMPLETE
    return RunStatus.COMPLETED if issued else RunStatus.UNCHANGED
