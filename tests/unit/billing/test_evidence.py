"""Evidence: it proves the document offline, and nothing in it can be changed unnoticed."""

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from steelyard.billing import Document, Invoice
from steelyard.billing.evidence import Evidence, build, collect, read_evidence, verify, write_evidence
from steelyard.record import Batch, Kind, Save, Write
from steelyard.record.telling import telling
from tests.billing_catalog import catalog
from tests.billing_world import World


@pytest.fixture(scope="module")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Document]]:
    """A workspace in which acme is billed for a few events among those of others."""
    world = World(tmp_path_factory.mktemp("billed"))
    world.publish(catalog())
    for key in ("acme", "bolt"):
        world.customer(key, tax="19")
        world.subscribe(key, "team", quantities={"seats": "2"})
        world.use(key, events_of(key))
    world.bill()
    yield world, next(one for one in world.documents() if one.customer == "acme")
    world.close()


def events_of(key: str) -> list[dict[str, object]]:
    head = {"type": "llm", "time": "2026-10-12T00:00:00Z"}
    return [
        {**head, "id": f"{key}-{n}", "tokens": 700_000 + n, "model": model, "user": "ünï"}
        for n, model in enumerate(["big", "small", "big"])
    ]


def evidence_of(world: World, document: Document) -> bytes:
    return build(document, state=world.state, usage=world.usage, reader=world.reader)


def test_it_proves_the_document_and_computes_it_anew(billed: tuple[World, Document]):
    world, document = billed
    verdict = verify(evidence_of(world, document), world.vkey)
    assert (verdict.ok, verdict.problems, verdict.notes) == (True, (), ())
    assert (verdict.number, verdict.events) == (document.number, 3)
    assert verdict.recomputed is not None
    assert verdict.recomputed.total == document.total


def test_it_is_the_same_bytes_each_time(billed: tuple[World, Document]):
    world, document = billed
    assert evidence_of(world, document) == evidence_of(world, document)


def test_it_shows_nothing_of_other_customers(billed: tuple[World, Document]):
    world, document = billed
    assert b"bolt" not in evidence_of(world, document)


def test_flipping_any_bit_of_any_byte_is_found(billed: tuple[World, Document]):
    world, document = billed
    data = evidence_of(world, document)
    unnoticed = [
        place
        for place in range(len(data))
        if verify(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :], world.vkey).ok
    ]
    assert unnoticed == []


def test_blanks_and_other_spellings_are_refused(billed: tuple[World, Document]):
    world, document = billed
    data = evidence_of(world, document)
    for other in (
        data + b"\n",
        b" " + data,
        data.replace(b":", b": ", 1),
        data.replace("\N{EM DASH}".encode(), b"\\u2014"),
    ):
        assert not verify(other, world.vkey).ok


def test_another_records_key_proves_nothing(billed: tuple[World, Document], tmp_path: Path):
    world, document = billed
    verdict = verify(evidence_of(world, document), world.vkey.replace("steelyard.local", "elsewhere.local"))
    assert not verdict.ok


def changed(world: World, document: Document, **fields: object) -> Evidence:
    found = collect(document, state=world.state, usage=world.usage, reader=world.reader)
    return msgspec.structs.replace(found, **fields)


def test_a_left_out_event_is_named(billed: tuple[World, Document]):
    world, document = billed
    section = changed(world, document).section
    assert section is not None
    fewer = msgspec.structs.replace(section, entries=section.entries[:1] + section.entries[2:])
    verdict = verify(changed(world, document, section=fewer), world.vkey)
    assert "one is missing" in verdict.problems[0]


def test_a_changed_event_is_named(billed: tuple[World, Document]):
    world, document = billed
    section = changed(world, document).section
    assert section is not None
    forged = msgspec.structs.replace(
        section.entries[0], payload=section.entries[0].payload.replace("700000", "1")
    )
    other = msgspec.structs.replace(section, entries=(forged, *section.entries[1:]))
    verdict = verify(changed(world, document, section=other), world.vkey)
    assert f"entry {section.entries[1].index} " in verdict.problems[0]


def test_evidence_without_its_usage_proves_nothing(billed: tuple[World, Document]):
    world, document = billed
    verdict = verify(changed(world, document, section=None), world.vkey)
    assert verdict.problems[0].endswith("the evidence shows none")


def test_evidence_without_the_prices_proves_nothing(billed: tuple[World, Document]):
    world, document = billed
    sources = changed(world, document).sources
    verdict = verify(changed(world, document, sources=sources[1:]), world.vkey)
    assert "lacks" in verdict.problems[0]


def forge(world: World, document: Document) -> Document:
    """Record a document that the seller made up, signed and all."""
    batch = Batch(kind=Kind.INVOICE, customers=[document.customer], payloads=[telling(document)])
    world.writer.submit(Write(batches=(batch,), rows=(Save(record=document),))).result()
    world.fold()
    return document


def test_a_seller_who_overcharges_is_found_out_line_by_line(world: World):
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    world.use("acme", events_of("acme"))
    world.bill(dry_run=True)
    world.bill()
    (honest,) = world.documents()
    assert isinstance(honest, Invoice)
    line = honest.lines[2]
    dearer = dataclasses.replace(line, amount=line.amount + 1, amount_exact=line.amount_exact + 1)
    lines = (*honest.lines[:2], dearer, *honest.lines[3:])
    forged = forge(world, dataclasses.replace(honest, id="inv_forged", lines=lines, total=honest.total + 1))
    verdict = verify(evidence_of(world, forged), world.vkey)
    assert not verdict.ok
    assert f"line 3 (Big): amount {line.amount} expected, {dearer.amount} found" in verdict.problems


def test_usage_that_came_too_late_is_noted_and_no_mistake(world: World):
    world.customer("acme")
    world.subscribe("acme", "counter")
    sold = {"type": "sale", "time": "2026-10-05T00:00:00Z", "pieces": 1, "price": "2"}
    world.use("acme", [{**sold, "id": "1"}])
    world.use("acme", [{**sold, "id": "2"}])
    world.bill()
    (document,) = world.documents()
    assert isinstance(document, Invoice)
    assert document.total == Decimal(4)
    world.use("acme", [{**sold, "id": "3"}])
    world.fold()
    verdict = verify(evidence_of(world, document), world.vkey)
    assert (verdict.ok, verdict.events) == (True, 2)


def test_it_uses_the_terms_that_held_when_the_document_was_issued(world: World):
    world.customer("acme", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    world.use("acme", events_of("acme"))
    world.bill()
    (document,) = world.documents()
    world.customer("acme", tax="7", name="Acme Renamed")
    world.publish(catalog(token_price="99"))
    world.fold()
    verdict = verify(evidence_of(world, document), world.vkey)
    assert verdict.problems == ()


def test_a_document_without_usage_is_proven_too(world: World):
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    world.bill()
    (document,) = world.documents()
    verdict = verify(evidence_of(world, document), world.vkey)
    assert (verdict.ok, verdict.events, document.total) == (True, 0, Decimal("89.00"))


def test_a_credit_note_is_proven_like_an_invoice(world: World):
    world.customer("acme")
    world.subscribe("acme", "counter")
    back = {"id": "1", "type": "sale", "time": "2026-10-05T00:00:00Z", "pieces": -3, "price": "2"}
    world.use("acme", [back])
    world.bill()
    (document,) = world.documents()
    assert document.kind.value == "credit_note"
    assert verify(evidence_of(world, document), world.vkey).ok


def test_what_is_written_reads_back(billed: tuple[World, Document]):
    world, document = billed
    data = evidence_of(world, document)
    assert write_evidence(read_evidence(data)) == data
