"""What must hold at the end of a world of agreements, whatever happened in it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.adapters.sql import REGISTRY, check_state
from steelyard.billing import Document, DocumentKind, Line, LineGroup
from steelyard.billing.run import changes_of, issued_documents
from steelyard.contracts import Customer, Subscription
from steelyard.entrypoints.receipts import check_file
from steelyard.kernel import ZERO, from_micros, instant
from steelyard.ledger import CreditLot, DrawKind, JournalEntry, LotOrigin
from steelyard.ledger.standing import history
from steelyard.record import Kind
from tests.simulation.deals import group
from tests.simulation.deals.desk import Ask, Desk
from tests.simulation.deals.script import MONTHS

_FAR = instant("2028-01-01T00:00:00Z")
_NO_CHARGES = (LineGroup.CREDIT, LineGroup.PREPAID, LineGroup.TAX)


def broken(desk: Desk, sent: set[str], rng: Random) -> Iterator[tuple[str, object]]:
    """Every promise that does not hold, with what was found; of every third world all evidence is read."""
    every = documents(desk)
    proven = every if rng.random() < 0.34 else rng.sample(every, k=min(4, len(every)))
    found = {
        "the record verifies": _verifies(desk),
        "the state is whole": _is_whole(desk),
        "everything is billed once": _is_settled(desk),
        "evidence proves documents": _is_proven(desk, proven),
        "documents are posted": _is_posted(desk),
        "credit adds up": _credit_adds_up(desk),
        "commitments hold": _commitments(desk),
        "a group pays what one would": _group(desk),
        "what was acknowledged is there once": _stored_once(desk, sent),
    }
    return ((promise, one) for promise, some in found.items() for one in some)


def documents(desk: Desk) -> list[Document]:
    """All documents, by month, kind and number."""
    return [one for month in MONTHS for one in issued_documents(desk.workspace.state, month)]


def sign(document: Document) -> int:
    """-1 where amounts are given back."""
    return -1 if document.kind is DocumentKind.CREDIT_NOTE else 1


def charged(desk: Desk) -> dict[str, Decimal]:
    """What each customer is charged by all its documents, before credit and tax; zero is left out."""
    sums: dict[str, Decimal] = {}
    for one in documents(desk):
        for line in one.lines:
            if line.group not in _NO_CHARGES:
                sums[one.customer] = sums.get(one.customer, ZERO) + sign(one) * line.amount
    return {customer: total for customer, total in sums.items() if total}


def said(desk: Desk) -> set[tuple[Any, ...]]:
    """What documents say, without when and from which entries they were made, and the ids of lots."""
    return {found for one in documents(desk) for found in (_head(one), *_lines(one))}


def _head(one: Document) -> tuple[Any, ...]:
    return one.number, one.customer, one.period_name, one.subtotal, one.tax, one.total


def _lines(one: Document) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(one.lines):
        reason = "" if line.group in (LineGroup.CREDIT, LineGroup.PREPAID) else line.reason
        yield (
            *(one.number, number, line.title, line.quantity, line.amount_exact, line.amount, line.events),
            *(str(line.period), reason),
        )


def _verifies(desk: Desk) -> list[str]:
    return desk.verified()


def state_problems(desk: Desk) -> list[str]:
    """Where the state is not what the record tells."""
    connection = sqlite3.connect(desk.folder / "steelyard.sqlite")
    try:
        return [str(one) for one in check_state(connection, REGISTRY, desk.workspace.reader)]
    finally:
        connection.close()


def _is_whole(desk: Desk) -> Iterator[object]:
    """State as the record tells it; a usage store made anew from the record has the same bytes."""
    yield from state_problems(desk)
    desk.fresh()
    workspace = desk.workspace
    anew = DuckUsageStore(None, threads=1)
    try:
        anew.read_from(workspace.reader)
        anew.define(workspace.usage.meters)
        anew.catch_up(workspace.reader)
        if anew.dump() != workspace.usage.dump():
            yield "the usage store differs from one that is made anew"
    finally:
        anew.close()


def _stored_once(desk: Desk, sent: set[str]) -> Iterator[object]:
    reader = desk.workspace.reader
    found = [one for one in reader.entries(range(reader.size)) if one.kind is Kind.USAGE]
    if len({(one.customer, one.customer_seq) for one in found}) != len(found):
        yield "two entries have one place"
    ids = Counter(json.loads(one.payload)["id"] for one in found if not one.erased)
    yield from (f"{id} is there {count} times" for id, count in ids.items() if count > 1)
    missing = {id for id in sent if id not in ids}
    erased = sum(1 for one in found if one.erased)
    if len(missing) > erased:
        yield f"{missing} were acknowledged, and {erased} entries erased"


def _is_settled(desk: Desk) -> Iterator[object]:
    """Nobody has two documents of a month, nothing is left to adjust, and billing again does nothing."""
    billed = Counter((one.customer, one.period_name) for one in documents(desk))
    yield from (f"{key} is billed {count} times" for key, count in billed.items() if count > 1)
    for one in desk.workspace.state.find(Customer):
        yield from (each for each in changes_of(desk.workspace.books, one.key) if each.difference)
    answer = desk.ask(Ask(name="billing.run", body={"period": MONTHS[-1]}))
    if answer.refused or answer.json["status"] != "unchanged":
        yield f"billing again: {answer}"


def _is_proven(desk: Desk, some: list[Document]) -> Iterator[object]:
    """The evidence of every document verifies offline, from the first key of the record on."""
    keys = desk.folder / "keys.json"
    keys.write_bytes(desk.ask(Ask(name="record.keys")).body)
    first = json.loads(keys.read_bytes())["first"]
    file = desk.folder / "evidence.json"
    for one in some:
        file.write_bytes(desk.ask(Ask(name="invoices.evidence", path={"id": one.id})).body)
        verdict = check_file(file, first, keys)
        if not verdict["ok"]:
            yield f"{one.number} of {one.customer} for {one.period_name}: {verdict['problems']}"


def _is_posted(desk: Desk) -> Iterator[object]:
    """Each document is posted once, with what it says is owed; all of the journal balances."""
    entries = desk.workspace.state.find(JournalEntry)
    about = Counter(one.about for one in entries)
    for one in documents(desk):
        legs = [leg for entry in entries if entry.about == one.id for leg in entry.postings]
        owed = sum((leg.amount for leg in legs if leg.account == "receivable"), ZERO)
        if about[one.id] != 1 or owed != sign(one) * one.total:
            yield f"{one.number} owes {one.total}, posted {about[one.id]} times as {owed}"
    off = sum((leg.amount for entry in entries for leg in entry.postings), ZERO)
    if off:
        yield f"the journal is off by {off}"


def _credit_adds_up(desk: Desk) -> Iterator[object]:
    """Granted is drawn, left and ended, lot by lot; documents and lots say the same of every draw."""
    lots = {one.id: one for one in desk.workspace.state.find(CreditLot)}
    by_documents: Counter[tuple[str, str]] = Counter()
    for one in documents(desk):
        for line in one.lines:
            for draw in line.draws:
                by_documents[draw.lot, one.id] += draw.units  # type: ignore[assignment]
    by_lots: Counter[tuple[str, str]] = Counter()
    for lot in lots.values():
        yield from _of_lot(lot, desk)
        for draw in lot.draws:
            if draw.kind is DrawKind.DOCUMENT:
                by_lots[lot.id, draw.about] += draw.units  # type: ignore[assignment]
    if {k: v for k, v in by_documents.items() if v} != {k: v for k, v in by_lots.items() if v}:
        yield f"documents drew {by_documents}, lots say {by_lots}"
    moved = [draw for lot in lots.values() for draw in lot.draws if draw.kind is DrawKind.TRANSFER]
    for draw in moved:
        other = lots.get(draw.about)
        if other is None or other.origin is not LotOrigin.TRANSFER or other.amount != draw.units:
            yield f"{draw} has no lot that got it: {other}"


def _of_lot(lot: CreditLot, desk: Desk) -> Iterator[object]:
    found = history(lot, from_micros(desk.now_micros))
    left = found.holdings.balances[lot.id]
    if sum((one.change for one in found.movements), ZERO) != left:
        yield f"{lot.name}: movements do not come to {left}"
    if any(one.balance < 0 for one in history(lot, _FAR).movements):
        yield f"{lot.name} of {lot.amount} {lot.unit} goes below zero: {found.movements}"
    drawn = sum((one.units for one in lot.draws if one.at < _FAR), ZERO)
    if lot.recurrence is None and not ZERO <= drawn <= lot.amount:
        yield f"{lot.name}: {drawn} drawn of {lot.amount}"


def _commitments(desk: Desk) -> Iterator[object]:
    """No term draws more than is committed; what is left of one that is trued up is its true-up."""
    for one in desk.workspace.state.find(Subscription):
        for terms in one.commitments:
            path = {"id": one.id, "key": terms.key}
            answer = desk.ask(Ask(name="commitments.course", path=path, query={"period": MONTHS[-1]}))
            if answer.refused:
                yield f"course of {terms.key}: {answer}"
                continue
            said = answer.json
            terms_of: dict[int, Decimal] = {}
            number = 0
            for month in said["months"]:
                number += month["month_of_term"] == 1
                terms_of[number] = terms_of.get(number, ZERO) + Decimal(month["drawn"])
            committed = Decimal(said["commitment"]["amount"])
            if any(drawn > committed for drawn in terms_of.values()):
                yield f"{terms.key}: {terms_of} drawn of {committed}: {said}"


def _group(desk: Desk) -> Iterator[object]:
    """Both customers of the group pay what the one pays who uses what both use."""

    def exact(*customers: str) -> Decimal:
        return sum(
            (
                sign(one) * line.amount_exact
                for one in documents(desk)
                for line in one.lines
                if one.customer in customers and _is_charge(line)
            ),
            ZERO,
        )

    both, alone = exact(group.PAYER, group.MEMBER), exact(group.ALONE)
    if both != alone:
        yield f"the group pays {both}, the one {alone}"


def _is_charge(line: Line) -> bool:
    return line.group not in _NO_CHARGES
