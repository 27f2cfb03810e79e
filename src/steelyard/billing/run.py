"""A billing run: everybody's month, drafted and issued; what is billed already is left alone.

The run first waits until the usage store has folded everything that the record held when it began. Usage of
a period that comes later changes no document; the next run of the same period counts it as late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from steelyard.billing.accounts import Account, Cards, Months, account, by_customer
from steelyard.billing.draft import draft
from steelyard.billing.finalise import kind_of
from steelyard.billing.issue import Issuer, Submit, record_run
from steelyard.billing.model import (
    BillingRun,
    CreditNote,
    Document,
    DocumentKind,
    DraftInvoice,
    Invoice,
    RunCounts,
    RunStatus,
    RunTotals,
)
from steelyard.billing.readings import read_terms
from steelyard.billing.terms import Terms
from steelyard.contracts import Customer, Subscription
from steelyard.kernel import NotFound, Problem, Unavailable, make_id
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
    """The draft of one customer's month as of now; raises NotFound for an unknown customer."""
    found = books.state.get(Customer, customer)
    if found is None:
        raise NotFound(f"there is no customer {customer!r}", code="unknown_customer")
    period = Months(month).period(found.timezone)
    subscriptions = books.state.find(Subscription, customer=customer)
    one = account(found, subscriptions, period, Cards(books.state))
    return draft(found, period, read_terms(books.usage, one.spans))


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

    Running it again changes nothing. A dry run drafts the same documents and writes none. Raises Unavailable
    when the usage store does not catch up, Conflict when somebody else bills the same period meanwhile (what
    was issued until then stays).
    """
    size = _wait_for_usage(books)
    accounts, documents = _accounts(books.state, month, customers)
    drafts = list(_drafts(books.usage, [one for one in accounts if one.customer.key not in documents]))
    good = [one for one in drafts if one.lines and not one.problems]
    run_id = make_id("run", at, entropy)
    if not dry_run and good:
        issuer = Issuer(books.state, books.submit, at=at, run=run_id)
        for start in range(0, len(good), DOCUMENTS_PER_WRITE):
            issuer.issue(good[start : start + DOCUMENTS_PER_WRITE])
            if progress:
                progress(min(start + DOCUMENTS_PER_WRITE, len(good)), len(good))
    problems = [_of_customer(one, problem) for one in drafts for problem in one.problems]
    result = BillingRun(
        id=run_id,
        period=month,
        at=at,
        status=_status(dry_run=dry_run, issued=len(good), refused=len(problems)),
        counts=_counts(books.usage, accounts, documents, drafts),
        totals=_totals(good),
        record_size=size,
        problems=tuple(problems[:PROBLEMS_KEPT_MAX]),
    )
    if not dry_run and good:
        books.submit(record_run(result)).result()
    return result


def _wait_for_usage(books: Books) -> int:
    size = books.reader.size
    if size and not books.usage.wait_for(size - 1, FOLD_TIMEOUT_S):
        message = f"usage is folded up to entry {books.usage.position()} of {size}; try again in a moment"
        raise Unavailable(message, code="usage_behind")
    return size


def _accounts(
    state: State, month: str, customers: Sequence[str] | None
) -> tuple[list[Account], Mapping[str, Document]]:
    """Everybody's account by customer key, and the documents that the period has already.

    The account of somebody who is billed already rests on the catalog version of that document.
    """
    months, cards = Months(month), Cards(state)
    documents = {one.customer: one for one in issued_documents(state, month)}
    subscriptions = by_customer(state.find(Subscription))
    named = None if customers is None else set(customers)
    accounts: list[Account] = []
    for customer in state.find(Customer):
        if named is None or customer.key in named:
            billed = documents.get(customer.key)
            period = months.period(customer.timezone)
            own = subscriptions.get(customer.key, [])
            accounts.append(account(customer, own, period, cards, priced_by(billed) if billed else {}))
    return accounts, documents


def issued_documents(state: State, month: str) -> Iterator[Document]:
    """The invoices and credit notes of a month, each kind by id."""
    yield from state.find(Invoice, period_name=month)
    yield from state.find(CreditNote, period_name=month)


def priced_by(document: Document) -> dict[str, str]:
    """The catalog version by which each subscription on the document was priced."""
    return {line.subscription: line.price_version for line in document.lines if line.subscription}


def _drafts(usage: UsageStore, accounts: Sequence[Account]) -> Iterator[DraftInvoice]:
    for one, terms in _with_terms(usage, accounts):
        if any(term.readings or term.card.problems or not _only_metered(term) for term in terms):
            yield draft(one.customer, one.period, terms)


def _only_metered(terms: Terms) -> bool:
    """Whether nothing can be due without usage, so that customers without any need no draft."""
    items = terms.card.items
    return terms.card.commitment is None and all(
        item.metric is not None and item.quantity is None and not _charges_nothing_used(item.price.model)
        for item in items
    )


def _charges_nothing_used(model: object) -> bool:
    return getattr(model, "flat_at_zero", False) is True


def _with_terms(usage: UsageStore, accounts: Sequence[Account]) -> Iterator[tuple[Account, list[Terms]]]:
    terms = iter(read_terms(usage, [span for one in accounts for span in one.spans]))
    for one in accounts:
        yield one, [next(terms) for _ in one.spans]


def _of_customer(draft: DraftInvoice, problem: Problem) -> Problem:
    return replace(problem, message=f"{draft.customer}: {problem.message}")


def _status(*, dry_run: bool, issued: int, refused: int) -> RunStatus:
    if dry_run:
        return RunStatus.PREVIEWED
    if refused:
        return RunStatus.INCOMPLETE
    return RunStatus.COMPLETED if issued else RunStatus.UNCHANGED


def _counts(
    usage: UsageStore,
    accounts: Sequence[Account],
    documents: Mapping[str, Document],
    drafts: Sequence[DraftInvoice],
) -> RunCounts:
    billed = [one for one in accounts if one.customer.key in documents]
    good = [one for one in drafts if one.lines and not one.problems]
    credit_notes = sum(kind_of(one) is DocumentKind.CREDIT_NOTE for one in good)
    refused = sum(bool(one.problems) for one in drafts)
    return RunCounts(
        customers=len(accounts),
        invoices=len(good) - credit_notes,
        credit_notes=credit_notes,
        already_billed=len(billed),
        nothing_to_bill=len(accounts) - len(billed) - len(good) - refused,
        refused=refused,
        entries=sum(one.chain.entries for one in good),
        late_events=_late_events(usage, billed, documents),
        uncontracted_events=_uncontracted_events(usage, [one for one in accounts if not one.spans]),
    )


def _late_events(usage: UsageStore, billed: Sequence[Account], documents: Mapping[str, Document]) -> int:
    """Events that lines would rest on today beyond those that the issued ones rest on."""
    late = 0
    for one, terms in _with_terms(usage, billed):
        seen: dict[tuple[str, str], int] = {}
        for line in documents[one.customer.key].lines:
            seen[line.subscription, line.price_key] = line.events
        for term in terms:
            for price, reading in term.readings.items():
                late += max(0, reading.events - seen.get((term.card.subscription, price), 0))
    return late


def _uncontracted_events(usage: UsageStore, accounts: Sequence[Account]) -> int:
    """Events of customers without a subscription: kept and counted, charged by nobody."""
    by_period: dict[tuple[datetime, datetime], list[Account]] = {}
    for one in accounts:
        by_period.setdefault((one.period.start, one.period.end), []).append(one)
    return sum(
        usage.counts(some[0].period, customers=[one.customer.key for one in some]).events
        for some in by_period.values()
    )


def _totals(drafts: Iterable[DraftInvoice]) -> dict[str, RunTotals]:
    """Money by currency; credited amounts are positive, the net is what customers owe in all."""
    sums: dict[str, list[Decimal]] = {}
    for one in drafts:
        owed, credited = (one.total, Decimal(0)) if one.total >= 0 else (Decimal(0), -one.total)
        parts = (owed, credited, one.total, one.tax, one.rounding_difference)
        so_far = sums.get(one.currency, [Decimal(0)] * len(parts))
        sums[one.currency] = [a + b for a, b in zip(so_far, parts, strict=True)]
    return {
        currency: RunTotals(invoiced=a, credited=b, net=c, tax=d, rounding_difference=e)
        for currency, (a, b, c, d, e) in sorted(sums.items())
    }
