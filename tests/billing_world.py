"""A workspace in a folder for tests of billing: the real record, state and usage store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Raw

from steelyard.adapters.duckdb.store import DuckUsageStore
from steelyard.adapters.keys import make_signer
from steelyard.adapters.sql import REGISTRY, SqlStateWriter, StateStore, prepare_state, sqlite_engine
from steelyard.adapters.sqlite import RecordWriter
from steelyard.billing import BillingRun, Document
from steelyard.billing.run import Books, issued_documents, run
from steelyard.catalog import Source, publish
from steelyard.contracts import Customer, Subscription, Tax
from steelyard.contracts.planned import saving
from steelyard.kernel import instant, micros
from steelyard.metering import Attributed, Backfilled, Corrected, CorrectionAction, payload_of
from steelyard.metering.changes import NO_EVENT, Change
from steelyard.metering.payload import key_of, same_content
from steelyard.record import Batch, Kind, Save, Write, Written
from steelyard.record.erasure import Erasure, sections_of
from steelyard.record.telling import telling

PUBLISHED = instant("2026-09-01T00:00:00Z")
ISSUED = instant("2026-11-02T09:00:00Z")


class World:
    """One workspace; usage, customers and catalogs go straight to the record, as services put them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        signer = make_signer(folder, "steelyard.local/test", seed=bytes(range(32)))
        prepare_state(folder / "steelyard.sqlite", REGISTRY)
        self.writer = RecordWriter(
            folder,
            signer=signer,
            state_writer=SqlStateWriter(REGISTRY),
            key_of=key_of,
            same_content=same_content,
        )
        self.reader = self.writer.reader
        self.vkey = signer.vkey
        self.state = StateStore(sqlite_engine(folder / "steelyard.sqlite"), REGISTRY)
        self.usage = DuckUsageStore(None)
        self.books = Books(state=self.state, usage=self.usage, reader=self.reader, submit=self.writer.submit)

    def close(self) -> None:
        self.writer.close()
        self.state.close()
        self.usage.close()

    def fold(self) -> None:
        self.usage.catch_up(self.reader)

    def publish(self, values: Mapping[str, Any]) -> str:
        done = publish(self.state, Source(values=values), published_at=PUBLISHED, published_by="finance")
        if done.write is not None:
            self.writer.submit(done.write).result()
        self.usage.define(done.version.catalog.meters, tuple(done.version.catalog.event_types.values()))
        return done.version.id

    def customer(self, key: str, *, tax: str = "", **fields: Any) -> Customer:
        customer = Customer(
            key=key,
            name=fields.pop("name", key.title()),
            currency=fields.pop("currency", "USD"),
            created_at=PUBLISHED,
            tax=Tax(name="VAT", percent=Decimal(tax)) if tax else None,
            **fields,
        )
        version = self.state.version(Customer, key)
        self.writer.submit(saving(Kind.CUSTOMER, key, customer, key, version)).result()
        return customer

    def subscribe(self, customer: str, plan: str, **fields: Any) -> Subscription:
        one = Subscription(
            id=fields.pop("id", f"sub_{customer}_{plan}"),
            customer=customer,
            plan=plan,
            start=instant(fields.pop("start", "2026-09-01T00:00:00Z")),
            end=instant(fields.pop("end")) if "end" in fields else None,
            quantities={name: Decimal(n) for name, n in fields.pop("quantities", {}).items()},
            **fields,
        )
        version = self.state.version(Subscription, one.id)
        self.writer.submit(saving(Kind.SUBSCRIPTION, customer, one, one.id, version)).result()
        return one

    def use(self, customer: str, events: Iterable[Mapping[str, Any]]) -> Written:
        """Record events given as {id, type, time, …data}; all else becomes data."""
        payloads = [payload_of_event(customer, event) for event in events]
        batch = Batch(
            kind=Kind.USAGE,
            customers=[customer] * len(payloads),
            payloads=payloads,
            keys=[key_of(payload) for payload in payloads],
        )
        return self.writer.submit(Write(batches=(batch,))).result()

    def change(self, customer: str, change: Change) -> int:
        """Record a change of usage on the customer's chain, as the services of metering write it."""
        kinds = {Attributed: Kind.ATTRIBUTION, Corrected: Kind.CORRECTION, Backfilled: Kind.BACKFILL}
        batch = Batch(kind=kinds[type(change)], customers=[customer], payloads=[payload_of(change)])
        return self.writer.submit(Write(batches=(batch,))).result().indexes[0]

    def correct(self, customer: str, action: str, of: int, event: Mapping[str, Any] | None = None) -> int:
        """Amend, void, hold or release what the entry `of` carries; gives the correction's index."""
        return self.change(
            customer,
            Corrected(
                action=CorrectionAction(action),
                source="test",
                id="x",
                of=of,
                leaf="",
                after=of,
                event=NO_EVENT if event is None else Raw(payload_of_event(customer, event)),
                by="finance",
                reason="it was wrong",
            ),
        )

    def erase(self, customer: str, indexes: Sequence[int]) -> None:
        """Erase these entries of the customer's chain, told of on it first, in record and usage store."""
        self.fold()
        seqs = [self.reader.entry(index).customer_seq for index in indexes]
        erasure = Erasure(
            id=f"era_{indexes[0]}",
            customer=customer,
            sections=sections_of({customer: seqs}),
            entries=len(indexes),
            reason="asked",
            by="owner",
            at=ISSUED,
        )
        batch = Batch(kind=Kind.ERASURE, customers=[customer], payloads=[telling(erasure)])
        self.writer.submit(Write(batches=(batch,), rows=(Save(record=erasure),))).result()
        self.writer.erase(erasure.sections, indexes)
        self.usage.erase(indexes)
        self.fold()

    def bill(self, month: str = "2026-10", at: datetime = ISSUED, **fields: Any) -> BillingRun:
        self.fold()
        return run(self.books, month=month, at=at, entropy=bytes(10), **fields)

    def documents(self, month: str = "2026-10") -> list[Document]:
        return list(issued_documents(self.state, month))


def payload_of_event(customer: str, event: Mapping[str, Any]) -> bytes:
    """The stored form of an event given as {id, type, time, …data}; all else becomes data."""
    data = dict(event)
    head = {"source": data.pop("source", "test"), "id": str(data.pop("id")), "type": data.pop("type")}
    head |= {name: data.pop(name) for name in ("cost", "currency", "backfill") if name in data}
    head["subject"] = customer
    head["time"] = micros(instant(data.pop("time")))
    return json.dumps({**head, "data": data}, separators=(",", ":")).encode()
