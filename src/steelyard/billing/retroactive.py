"""What is agreed for months that are billed already: what would move, by how much, and how it is made good.

A document says what was agreed when it was issued and never changes. Terms that would change a billed month
are refused with its money, so that nothing changes in silence; where people want exactly that, a revision
lets the customer's next document adjust the month by the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from steelyard.billing.accounts import Account, Cards, account, priced_by
from steelyard.billing.adjust import BilledPeriod, billed_periods
from steelyard.billing.ahead import asked_by, contracts_held
from steelyard.billing.amending import MonthChange, compared
from steelyard.billing.coming import active_part
from steelyard.billing.documents import DOCUMENT_KINDS, documents_of
from steelyard.billing.draft import draft
from steelyard.billing.history import History
from steelyard.billing.model import Document, Line
from steelyard.billing.past import renewed
from steelyard.billing.readings import read_terms
from steelyard.billing.revision import RevisedPeriod, Revision
from steelyard.billing.run import Books
from steelyard.catalog import version_at
from steelyard.contracts import LIVE, Contract, Subscription
from steelyard.contracts.contract import Sharing
from steelyard.contracts.model import Turn
from steelyard.kernel import Period, Problem, from_micros, iso, make_id, plain
from steelyard.record import Kind, State, Write
from steelyard.record.planned import saving, together


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedMonth:
    """A billed month of a customer, as it is charged now and as it would be.

    `account` is the one by which it would be charged, `until` the end of all that is billed.
    """

    customer: str
    document: str
    until: datetime
    change: MonthChange
    account: Account

    @property
    def moves_money(self) -> bool:
        """Whether any line of the month would say another amount."""
        return bool(self.change.lines)

    @property
    def problem(self) -> Problem:
        """Why the terms cannot be so, in words, with the money that it is about."""
        one = self.change
        message = (
            f"{one.period_name} is billed to {self.customer!r} ({self.document}) and would come to "
            f"{plain(one.after)} instead of {plain(one.before)} {one.currency}"
        )
        allowed = f"from {iso(self.until)} on; or `adjust`, so that the next document makes it good"
        return Problem(code="billed_already", message=message, field="effective_from", allowed=allowed)


def moved_months(
    books: Books, *, subscriptions: Sequence[Subscription] = (), contracts: Sequence[Contract] = ()
) -> list[MovedMonth]:
    """The billed months that are charged by other terms once these are as they are to be.

    Everybody under such a contract is looked at, and everybody who shares prices with them. The drafts of a
    month before and after are those by which the next document adjusts it.
    """
    cards = Cards(books.state, contracts, subscriptions)
    found: list[MovedMonth] = []
    for key in _concerned(cards, subscriptions, contracts):
        found += _Looking(books, cards, key, subscriptions).months()
    return found


def _concerned(
    cards: Cards, subscriptions: Iterable[Subscription], contracts: Iterable[Contract]
) -> list[str]:
    """Whose months may move: the parties of the contracts, and all with whom a subscription shares prices."""
    owners = dict.fromkeys(one.customer for one in subscriptions)
    shared = [each for key in owners for each in cards.contracts(key) if each.sharing is Sharing.SHARED]
    parties = (key for one in (*contracts, *shared) for key in one.customers)
    return list(dict.fromkeys((*owners, *parties)))


class _Looking:
    """One customer's billed months, each by the terms as they are told and as they would be."""

    def __init__(self, books: Books, cards: Cards, key: str, changed: Iterable[Subscription]) -> None:
        self._books, self._cards, self._key = books, cards, key
        self._history = History(books.state, books.usage, books.reader)
        self._changed = {one.id: one for one in changed if one.customer == key}
        self._before = Cards(books.state)

    def months(self) -> Iterator[MovedMonth]:
        billed = billed_periods(documents_of(self._books.state, self._key))
        until = max((one.first.period.end for one in billed), default=None)
        anew: dict[Period, Sequence[Line]] = {}
        for one in billed:
            if until is None or self._history.is_erased(one):
                continue
            before, after = self._history.account(one, self._before), self._after(one)
            looks_back = bool(anew) and any(span.looks_back for span in after.spans)
            same = _rates(before) == _rates(after)
            if same and not looks_back and not _pools(after):
                continue
            change, lines = _change(self._books, before, after, anew)
            if change.lines:
                anew[after.period] = lines
            if change.lines or not same:
                yield MovedMonth(
                    customer=self._key,
                    document=one.first.number,
                    until=until,
                    change=change,
                    account=after,
                )

    def _after(self, billed: BilledPeriod) -> Account:
        """The month by what the subscriptions and contracts would say, of the customer as it was billed."""
        first = billed.first
        told = self._history.terms_told(first)
        mine = [
            self._changed.get(name) or self._history.record_before(told.index, Subscription, name, self._key)
            for name in dict.fromkeys((*told.versions, *self._changed))
        ]
        versions, turned = dict(told.versions), dict(told.turned)
        for one in mine:
            if one.id in self._changed and (version := self._version(one, billed, versions)):
                versions[one.id] = version
                turned |= self._turned(one, billed)
        return account(
            self._history.customer_of(first),
            [one for one in mine if one.id in versions],
            first.period,
            self._cards,
            priced_by(versions, turned),
            self._cards.contracts(self._key),
            lambda: bool(asked_by([first])),
        )

    def _version(self, one: Subscription, billed: BilledPeriod, billed_by: Mapping[str, str]) -> str:
        """The catalog version of a changed subscription: as it was billed, unless it follows another one."""
        first = billed.first
        active = active_part(one, first.period)
        if active is None:
            return billed_by.get(one.id, "")
        told = self._history.terms_told(first)
        follows = one.terms_at(active.start).catalog
        if one.id in told.versions:
            was = self._history.record_before(told.index, Subscription, one.id, self._key)
            if was.terms_at(active.start).catalog == follows:
                return told.versions[one.id]
        return self._followed(follows, first)

    def _turned(self, one: Subscription, billed: BilledPeriod) -> dict[str, str]:
        """The versions to which a changed subscription turns in the month: as billed, where it did then."""
        first = billed.first
        active = active_part(one, first.period)
        if active is None:
            return {}
        told = self._history.terms_told(first)
        known: tuple[Turn, ...] = ()
        if one.id in told.versions:
            was = self._history.record_before(told.index, Subscription, one.id, self._key)
            known = was.turns_over(active_part(was, first.period) or active)
        billed_by = {(turn.at, turn.catalog): told.turned.get(turn.name, "") for turn in known}
        return {
            turn.name: billed_by.get((turn.at, turn.catalog)) or self._followed(turn.catalog, first)
            for turn in one.turns_over(active)
        }

    def _followed(self, catalog: str, first: Document) -> str:
        """The version of that catalog; of the live one the one that was live when the month was billed."""
        return version_at(self._books.state, first.issued_at).id if catalog == LIVE else catalog


def _rates(one: Account) -> list[object]:
    """What decides about money, which is all but which contracts were looked at."""
    return [replace(span.card, contracts=()) for span in one.spans]


def _pools(one: Account) -> bool:
    return any(span.sharers or any(item.pool for item in span.card.items) for span in one.spans)


def _change(
    books: Books, before: Account, after: Account, anew: Mapping[Period, Sequence[Line]]
) -> tuple[MonthChange, Sequence[Line]]:
    """The month before and after, and its lines then; `anew` are those of the months before that moved."""
    terms = iter(read_terms(books.usage, [*before.spans, *after.spans]))
    was = draft(before.customer, before.period, [next(terms) for _ in before.spans])
    then = [next(terms) for _ in after.spans]
    then = [replace(one, past=renewed(one.past, anew)) for one in then]
    now = draft(after.customer, after.period, then)
    return compared(was, now), now.lines


def revising(
    moved: Sequence[MovedMonth], *, at: datetime, by: str, reason: str, entropy: bytes
) -> Write | None:
    """What to write, after the terms themselves, so that the next documents adjust these months."""
    by_customer: dict[str, list[MovedMonth]] = {}
    for one in moved:
        by_customer.setdefault(one.customer, []).append(one)
    return together(
        saving(Kind.CONTRACT, customer, made, made.id, None)
        for number, (customer, months) in enumerate(by_customer.items())
        for made in [
            Revision(
                id=make_id("rev", at, _entropy(entropy, number)),
                customer=customer,
                at=at,
                by=by,
                reason=reason,
                periods=tuple(_revised(one) for one in months),
            )
        ]
    )


def _entropy(entropy: bytes, number: int) -> bytes:
    return (int.from_bytes(entropy) ^ number).to_bytes(len(entropy))


def _revised(one: MovedMonth) -> RevisedPeriod:
    cards = [span.card for span in one.account.spans]
    held = {name for span in one.account.spans for name in contracts_held(span.card, span.ahead)}
    return RevisedPeriod(
        period_name=one.change.period_name,
        document=one.document,
        currency=one.change.currency,
        before=one.change.before,
        after=one.change.after,
        versions={card.subscription: card.catalog_version for card in cards},
        turned={name: version for card in cards for name, version in card.turned.items()},
        contracts=tuple(sorted(held)),
    )


def billed_until_of(state: State, customers: Collection[str]) -> dict[str, datetime]:
    """The end of the last billed period of each of these customers that has one, in one question."""
    only = {"customer": next(iter(customers))} if len(customers) == 1 else {}
    found: dict[str, int] = {}
    for kind in DOCUMENT_KINDS:
        for customer, end in state.columns(kind, "customer", "period_end", **only):
            if customer in customers and customer is not None:
                found[customer] = max(found.get(customer, 0), int(end or 0))
    return {customer: from_micros(end) for customer, end in found.items() if end}
