"""Verifying: prove what the evidence holds, compute the document anew, compare line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from steelyard.billing.adjust import BilledPeriod, adjustments, billed_periods
from steelyard.billing.ahead import Ahead, asked_by
from steelyard.billing.coming import active_part, coming, ended_span
from steelyard.billing.credits import Credits, credited, resettled
from steelyard.billing.draft import draft, with_adjustments
from steelyard.billing.earlier import in_form_of, last_known_seq, versions_of
from steelyard.billing.evidence.compare import differences
from steelyard.billing.evidence.extent import adjusted_names, first_seq, reach_of
from steelyard.billing.evidence.form import Evidence, EvidenceVerdict, read_evidence
from steelyard.billing.evidence.measuring import measure
from steelyard.billing.evidence.pool import Pool, read_document
from steelyard.billing.evidence.proving import entry_problems, open_signed, section_problems
from steelyard.billing.evidence.shared import (
    others_in,
    pooled_lines,
    with_stated_pools,
    with_stated_usage,
)
from steelyard.billing.evidence.stated import adjusted_readings, own_readings, stated_terms
from steelyard.billing.evidence.usage import ShownUsage, hidden, reaching_back
from steelyard.billing.finalise import finalise
from steelyard.billing.lot_draws import lots_named
from steelyard.billing.model import Document, DraftInvoice, Line
from steelyard.billing.past import Past, asked_before, past_of, renewed
from steelyard.billing.purchases import orders_named
from steelyard.billing.readings import Span
from steelyard.billing.revision import TermsTold, terms_told
from steelyard.billing.terms import Terms
from steelyard.catalog import CatalogVersion
from steelyard.contracts import LIVE, Customer, Subscription
from steelyard.contracts.rate_card import RateCard
from steelyard.contracts.timeline import Deal, card_over, pinned
from steelyard.kernel import DamagedRecord, Period, SteelyardError, iso
from steelyard.ledger import CreditLot, CreditOrder
from steelyard.record.checkpoint import Checkpoint


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list[str])
    checks: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    erased: int = 0
    others: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adjusted:
    """A period that the document adjusts, with the place of its first document."""

    billed: BilledPeriod
    index: int
    seq: int


def verify(evidence: bytes | Evidence, vkey: str) -> EvidenceVerdict:
    """Whether the evidence proves its document under the record's key; every reason in words if not.

    Needs nothing but the evidence and the key: no server, no clock. Bytes must be in the canonical form.
    """
    found = _Findings()
    number, events, recomputed = "", 0, None
    try:
        read_in = read_evidence(evidence) if isinstance(evidence, bytes) else evidence
        _prove(read_in, vkey, found)
        if not found.problems:
            document = read_document(read_in.document)
            number = document.number
            events = len(read_in.section.entries) if read_in.section else 0
            recomputed = _Recomputation(read_in, document, found).draft()
    except SteelyardError as error:
        found.problems.append(error.message)
    return EvidenceVerdict(
        ok=not found.problems,
        problems=tuple(found.problems),
        checks=tuple(found.checks),
        notes=tuple(found.notes),
        number=number,
        events=events,
        erased=found.erased,
        recomputed=recomputed,
    )


def _prove(evidence: Evidence, vkey: str, found: _Findings) -> None:
    """Signature, inclusion of each entry, the unbroken chain."""
    checkpoint, problems = open_signed(evidence, vkey)
    found.problems += problems
    if checkpoint is None:
        return
    found.checks.append(f"checkpoint of {checkpoint.origin} at {checkpoint.size} entries is signed")
    found.problems += _inclusion_problems(evidence, checkpoint)
    section = evidence.section
    if section is not None:
        found.problems += section_problems(section, evidence.document)
    if not found.problems:
        found.checks.append(f"{1 + len(evidence.sources)} entries are in the record as shown")
        if section is not None:
            first, last = section.entries[0].seq, evidence.document.seq
            found.checks.append(
                f"chain of {section.customer} is unbroken from {first} to the document, its entry {last}"
            )


def _inclusion_problems(evidence: Evidence, checkpoint: Checkpoint) -> list[str]:
    problems = entry_problems(evidence.document, "document", checkpoint)
    for source in evidence.sources:
        problems += entry_problems(source, "terms", checkpoint)
    return problems


class _Recomputation:
    """The document computed anew from what the evidence shows, and compared with what it states."""

    def __init__(self, evidence: Evidence, document: Document, found: _Findings) -> None:
        self._evidence, self._document, self._found = evidence, document, found
        self._pool = Pool(evidence)
        self._usage = ShownUsage(evidence.section)
        self._anew: dict[Period, Sequence[Line]] = {}
        self._single: list[str] = []

    def draft(self) -> DraftInvoice:
        """The draft that the events and terms give; differences go to the findings."""
        document, found = self._document, self._found
        found.erased, problems = hidden(evidence_section := self._evidence.section, self._pool)
        found.problems += problems
        adjusted = self._adjusted()
        self._check_extent(adjusted)
        self._check_billed_once()
        by_time = sorted(adjusted, key=lambda one: one.billed.first.period.start)
        lines = [line for one in by_time for line in self._adjustments(one)]
        expected = self._credited(with_adjustments(self._own(), lines))
        issued = finalise(expected, number=document.number, at=document.issued_at, run=document.run)
        found.problems += differences(document, in_form_of(document, issued))
        if idle := self._pool.idle_sources():
            found.problems.append(f"the evidence holds more than the terms: entry {idle[0]}")
        if not found.problems:
            self._tell(adjusted, has_usage=evidence_section is not None)
        return expected

    def _own(self) -> DraftInvoice:
        document, index = self._document, self._evidence.document.index
        spans = self._spans(document, index)
        if self._found.erased:
            terms = self._stated(stated_terms(spans, own_readings(document, spans)))
        else:
            terms = measure(spans, self._usage.known_at(document.known_at, last_known_seq(document)))
            self._note_late(spans)
        terms = self._shared(terms, pooled_lines(document), document, index)
        return draft(self._customer(document, index), document.period, terms, known_at=document.known_at)

    def _credited(self, before: DraftInvoice) -> DraftInvoice:
        """The draft with the credit that it sold and that paid it, as lots and orders were told before it."""
        document, index = self._document, self._evidence.document.index
        lots = [
            self._pool.latest(CreditLot, lot, customer=document.customer, before=index)
            for lot in lots_named(document)
        ]
        orders = [
            self._pool.latest(CreditOrder, order, customer=document.customer, before=index)
            for order in orders_named(document)
        ]
        if not lots and not orders:
            return before
        credits = Credits(lots=lots, orders=orders)
        if lots:
            catalog = self._pool.version(document.catalog_version).catalog
            credits = replace(credits, units=catalog.credit_units)
        return credited(before, self._customer(document, index), credits)

    def _adjustments(self, adjusted: _Adjusted) -> tuple[Line, ...]:
        """The lines by which the period is brought up to date, as its events and terms give them."""
        first, document = adjusted.billed.first, self._document
        spans = self._spans(first, adjusted.index)
        if self._found.erased:
            readings = adjusted_readings(document, adjusted.billed, spans)
            terms: Sequence[Terms] = self._stated(stated_terms(spans, readings))
        else:
            terms = measure(spans, self._usage.known_at(document.known_at))
        lines = pooled_lines(document, adjusted.billed)
        terms = self._shared(terms, lines, first, adjusted.index)
        customer = self._customer(first, adjusted.index)
        now = draft(customer, first.period, terms, known_at=document.known_at)
        now = resettled(now, (first, *adjusted.billed.later), customer.tax)
        self._anew[first.period] = now.lines
        agreed_at = self._told(first, adjusted.index).agreed_at
        return adjustments(adjusted.billed, now, agreed_at=agreed_at)

    def _shared(
        self, terms: Sequence[Terms], lines: Sequence[Line], document: Document, index: int
    ) -> list[Terms]:
        """The terms with what the lines say of others who share prices under a contract."""
        told = self._told(document, index)
        contracts = [self._pool.contract(name, before=told.index) for name in told.contracts]
        self._found.others |= set(others_in(lines, document.customer))
        return with_stated_usage(with_stated_pools(terms, lines, contracts), lines, contracts)

    def _stated(self, terms: Sequence[Terms]) -> Sequence[Terms]:
        """The terms; notes the charges for single events that were not found anew."""
        self._single += [
            item.price.name
            for one in terms
            for item in one.card.items
            if (reading := one.readings.get(item.slot)) and reading.stated
        ]
        return terms

    def _adjusted(self) -> list[_Adjusted]:
        """The periods that the document adjusts, with all documents of them that stand before it."""
        names = adjusted_names(self._document)
        shown = list(self._pool.documents()) if names else []
        places = {document.period_name: (index, seq) for index, seq, document in shown}
        billed = {one.name: one for one in billed_periods(document for *_, document in shown)}
        if missing := [name for name in names if name not in billed]:
            raise DamagedRecord(f"the evidence does not show the document that billed {missing[0]}")
        return [_Adjusted(billed=billed[name], index=places[name][0], seq=places[name][1]) for name in names]

    def _check_extent(self, adjusted: Sequence[_Adjusted]) -> None:
        """The section begins exactly where the document needs it to, and is there if it needs one."""
        document, section = self._document, self._evidence.section
        start = first_seq(document, [(one.billed, one.seq) for one in adjusted])
        if section is not None and start is not None:
            documents = [document, *(one.billed.first for one in adjusted)]
            versions = {version for one in documents for version in versions_of(one).values()}
            versions |= self._told(document, self._evidence.document.index).every_version
            for one in adjusted:
                versions |= self._told(one.billed.first, one.index).every_version
            catalogs = [self._pool.version(version).catalog for version in sorted(versions)]
            start = reaching_back(section, start, reach_of(documents, catalogs))
        if section is None and start is not None:
            raise DamagedRecord(
                f"{document.number} rests on the chain of {document.customer} from {start} on, "
                "the evidence shows none"
            )
        if section is not None and section.entries[0].seq != start:
            raise DamagedRecord(
                f"{document.number} rests on the chain of {document.customer} from {start} on, "
                f"the evidence shows it from {section.entries[0].seq} on"
            )

    def _check_billed_once(self) -> None:
        for _, _, other in self._pool.documents():
            if other.period_name == self._document.period_name:
                self._found.problems.append(
                    f"{other.number} on the same chain billed {other.period_name} already"
                )

    def _told(self, first: Document, index: int) -> TermsTold:
        """By what the document's period is charged, as the entries before the one that is verified tell."""
        shown = self._pool.revisions(first.customer, before=self._evidence.document.index)
        return terms_told(first, index, shown)

    def _customer(self, document: Document, index: int) -> Customer:
        return self._pool.latest(Customer, document.customer, customer=document.customer, before=index)

    def _spans(self, document: Document, index: int) -> list[Span]:
        """What the document's period is charged by: the subscriptions as they were told last before that."""
        told = self._told(document, index)
        versions = told.versions
        subscriptions = [
            self._pool.latest(Subscription, name, customer=document.customer, before=told.index)
            for name in versions
        ]
        customer = self._customer(document, index)
        contracts = tuple(self._pool.contract(name, before=told.index) for name in told.contracts)
        spans: list[Span] = []
        runs = False
        for subscription in sorted(subscriptions, key=lambda one: (one.start, one.id)):
            active = active_part(subscription, document.period)
            version = self._pool.version(versions[subscription.id])
            if active is None:
                spans.append(self._ended(subscription, document, customer, version.id))
                continue
            follows = subscription.terms_at(active.start).catalog
            if follows not in (LIVE, version.id):
                raise DamagedRecord(f"{subscription.id} stays on catalog {follows}, not on {version.id}")
            _check_turns(subscription, active, version.id, told)
            deal = Deal(
                subscription=pinned(subscription, version.id),
                customer=customer,
                contracts=contracts,
                bears_fees=not runs,
            )
            runs = True
            card = self._card(replace(deal, subscription=subscription), version, active, told)
            ahead = self._ahead(deal, version, document)
            spans.append(
                Span(
                    customer=document.customer,
                    card=card,
                    active=active,
                    timezone=customer.timezone,
                    past=self._past(document) if ahead or card.arrangement.looks_back else (),
                    ahead=ahead,
                )
            )
        return spans

    def _card(self, deal: Deal, version: CatalogVersion, active: Period, told: TermsTold) -> RateCard:
        """The card over the stretch, with the versions to which the subscription turned in it."""
        turns = deal.subscription.turns_over(active)
        turned = {
            one.name: self._pool.version(told.turned[one.name]) for one in turns if one.name in told.turned
        }
        if turned:
            return card_over(deal, version, active, turned)
        return card_over(replace(deal, subscription=pinned(deal.subscription, version.id)), version, active)

    def _ahead(self, deal: Deal, version: CatalogVersion, document: Document) -> Ahead | None:
        """What the document settles of the month before, and asks for the next one if it asks at all."""
        if not version.catalog.asks_ahead and not self._asked(document, deal.subscription):
            return None
        asks = bool(asked_by([document]))
        return coming(deal, version, document.period, lambda part: card_over(deal, version, part), asks=asks)

    def _asked(self, document: Document, subscription: Subscription) -> list[Line]:
        return asked_before(self._past(document), document.period, subscription.id)

    def _ended(
        self, subscription: Subscription, document: Document, customer: Customer, version: str
    ) -> Span:
        """A subscription that did not run in the month, which was asked in advance before it ended."""
        if not self._asked(document, subscription):
            raise DamagedRecord(f"{subscription.id} did not run in {document.period_name}")
        deal = Deal(subscription=subscription, customer=customer)
        return ended_span(deal, document.period, version, self._past(document))

    def _past(self, document: Document) -> Past:
        """The months before the document's, as all documents before the one that is verified leave them."""
        shown = self._pool.documents_before(self._evidence.document.index)
        mine = (one for one in shown if one.customer == document.customer)
        return renewed(past_of(mine, before=document.period.start), self._anew)

    def _note_late(self, spans: Sequence[Span]) -> None:
        """Events that came to count between the document's draft and its issue, or on its way."""
        late = measure(spans, [(one.seq, one.event) for one in self._usage.after(self._document.known_at)])
        count = sum(reading.events for terms in late for reading in terms.readings.values())
        if count:
            self._found.notes.append(
                f"events recorded too late for this document, which are not on it: {count}"
            )

    def _tell(self, adjusted: Sequence[_Adjusted], *, has_usage: bool) -> None:
        """What was checked, in words."""
        lines, found = len(self._document.lines), self._found
        if found.erased:
            found.checks.append(f"prices, rounding and totals of {lines} lines were computed anew")
            found.notes.append(
                f"entries that were erased, as the record tells: {found.erased}. Quantities that rest on "
                "them cannot be measured any more and were taken from the document"
            )
            if self._single:
                names = ", ".join(dict.fromkeys(self._single))
                found.notes.append(
                    f"charges for single events that were erased ({names}): how much was free or bounded was "
                    "taken from the document; its steps are the price's and fit its quantities"
                )
        else:
            found.checks.append(f"{lines} lines, their rounding and the totals were computed anew")
            if has_usage and self._document.known_at is not None:
                found.checks.append(
                    f"all usage that counted as known at {iso(self._document.known_at)} is on it"
                )
        if found.others:
            found.notes.append(
                f"what {', '.join(sorted(found.others))} used of prices that are shared was taken from the "
                "document; the evidence of their own documents proves it"
            )
        for one in adjusted:
            numbers = ", ".join(one.billed.numbers)
            found.checks.append(f"{one.billed.name} was computed anew and compared with {numbers}")
            agreed_at = self._told(one.billed.first, one.index).agreed_at
            if agreed_at is not None:
                found.notes.append(
                    f"{one.billed.name} is charged by terms that were agreed on {iso(agreed_at)[:10]}, "
                    "after it was billed"
                )


def _check_turns(subscription: Subscription, active: Period, version: str, told: TermsTold) -> None:
    """Raises DamagedRecord where the document names another version than the subscription turns to."""
    for turn in subscription.turns_over(active):
        version = told.turned.get(turn.name, version)
        if turn.catalog not in (LIVE, version):
            raise DamagedRecord(
                f"{subscription.id} turns to catalog {turn.catalog} at {iso(turn.at)}, not to {version}"
            )
