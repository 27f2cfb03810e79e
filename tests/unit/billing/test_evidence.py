"""Evidence: it proves the document offline, and nothing in it can be changed unnoticed."""

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from steelyard.billing import Document, Invoice
from steelyard.billing.draft import summed
from steelyard.billing.evidence import Evidence, build, collect, read_evidence, verify, write_evidence
from steelyard.billing.finalise import finalise
from steelyard.billing.run import preview
from steelyard.kernel import instant
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


NOVEMBER = instant("2026-12-02T09:00:00Z")


def adjusted(world: World) -> tuple[Document, Document]:
    """October with usage that was voided and amended since, and came late; November, which adjusts it."""
    world.customer("acme", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    written = world.use("acme", events_of("acme"))
    world.bill()
    world.correct("acme", "void", written.indexes[0])
    world.correct("acme", "amend", written.indexes[1], {**events_of("acme")[1], "tokens": 5_000_000})
    held = world.use("acme", [{**events_of("acme")[0], "id": "held", "tokens": 900_000}])
    world.correct("acme", "hold", held.indexes[0])
    world.use("acme", [{**events_of("acme")[0], "id": "late", "tokens": 400_000}])
    world.bill("2026-11", at=NOVEMBER)
    world.fold()
    return world.documents("2026-10")[0], world.documents("2026-11")[0]


def test_adjustments_are_computed_anew_from_a_section_that_reaches_back(world: World):
    october, november = adjusted(world)
    verdict = verify(evidence_of(world, november), world.vkey)
    assert (verdict.problems, verdict.notes) == ((), ())
    assert f"2026-10 was computed anew and compared with {october.number}" in verdict.checks
    section = collect(november, state=world.state, usage=world.usage, reader=world.reader).section
    assert section is not None
    kinds = [Kind(entry.kind) for entry in section.entries]
    assert kinds.count(Kind.INVOICE) == 1
    assert kinds.count(Kind.CORRECTION) == 3


def test_flipping_any_bit_of_evidence_with_adjustments_is_found(world: World):
    _, november = adjusted(world)
    data = evidence_of(world, november)
    unnoticed = [
        place
        for place in range(0, len(data), 3)
        if verify(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :], world.vkey).ok
    ]
    assert unnoticed == []


def test_an_adjustment_that_is_made_up_is_found_out(world: World):
    world.customer("acme")
    world.subscribe("acme", "counter")
    sold = {"type": "sale", "time": "2026-10-05T00:00:00Z", "pieces": 1, "price": "2"}
    world.use("acme", [{**sold, "id": "1"}])
    world.bill()
    world.use("acme", [{**sold, "id": "2"}])
    world.fold()
    (line,) = preview(world.books, "acme", "2026-11").lines
    dearer = dataclasses.replace(line, amount=line.amount + 1, amount_exact=line.amount_exact + 1)
    draft = dataclasses.replace(preview(world.books, "acme", "2026-11"), lines=(dearer,))
    forged = forge(world, finalise(summed(draft), number="INV-X", at=NOVEMBER))
    problems = verify(evidence_of(world, forged), world.vkey).problems
    assert "line 1 (Goods): amount 2 expected, 3 found" in problems


def test_an_event_that_was_amended_to_another_month_and_back_is_followed_to_its_origin(world: World):
    world.customer("acme")
    world.subscribe("acme", "counter")
    sold = {"type": "sale", "id": "1", "pieces": 1, "price": "2"}
    october, november = {"time": "2026-10-05T00:00:00Z"}, {"time": "2026-11-05T00:00:00Z"}
    (first,) = world.use("acme", [{**sold, **october}]).indexes
    away = world.correct("acme", "amend", first, {**sold, **november})
    back = world.correct("acme", "amend", away, {**sold, **october, "pieces": 3})
    world.use("acme", [{**sold, **october, "id": "2"}])
    world.bill()
    (document,) = world.documents()
    assert (document.total, document.chain.first_seq) == (Decimal(8), world.reader.entry(back).customer_seq)
    assert verify(evidence_of(world, document), world.vkey).problems == ()
    assert collect(document, state=world.state, usage=world.usage, reader=world.reader).section is not None


def test_a_month_cannot_be_billed_twice_on_one_chain(world: World):
    october, _ = adjusted(world)
    forged = forge(world, dataclasses.replace(october, id="inv_forged", number="INV-X"))
    problems = verify(evidence_of(world, forged), world.vkey).problems
    assert f"{october.number} on the same chain billed 2026-10 already" in problems


def test_a_correction_that_is_left_out_is_missed(world: World):
    _, november = adjusted(world)
    evidence = changed(world, november)
    section = evidence.section
    assert section is not None
    left = [entry for entry in section.entries if entry.kind != Kind.CORRECTION]
    shorter = msgspec.structs.replace(section, entries=tuple(left))
    verdict = verify(msgspec.structs.replace(evidence, section=shorter), world.vkey)
    assert "one is missing" in verdict.problems[0]


def test_an_event_cannot_be_hidden_behind_its_commitment(world: World):
    _, november = adjusted(world)
    evidence = changed(world, november)
    section = evidence.section
    assert section is not None
    first, *rest = section.entries
    hidden = sha256(first.salt + first.payload.encode()).digest()
    covered = msgspec.structs.replace(first, salt=b"", payload="", commitment=hidden)
    shorter = msgspec.structs.replace(section, entries=(covered, *rest))
    verdict = verify(msgspec.structs.replace(evidence, section=shorter), world.vkey)
    assert verdict.problems[0].startswith(f"entry {first.index} (chain number {first.seq}) is not shown")


def test_entries_that_no_bill_rests_on_stay_hidden(world: World):
    world.customer("acme")
    world.subscribe("acme", "counter")
    sold = {"type": "sale", "time": "2026-10-05T00:00:00Z", "pieces": 1, "price": "2"}
    world.use("acme", [{**sold, "id": "1"}])
    secret = Batch(kind=Kind.ACCESS, customers=["acme"], payloads=[b'{"secret":"who may what"}'])
    world.writer.submit(Write(batches=(secret,))).result()
    world.use("acme", [{**sold, "id": "2"}])
    world.bill()
    (document,) = world.documents()
    data = evidence_of(world, document)
    assert b"who may what" not in data
    assert verify(data, world.vkey).problems == ()


def test_what_was_erased_is_said_and_the_rest_still_verifies(world: World):
    october, november = adjusted(world)
    first = next(index for index in range(world.reader.size) if world.reader.entry(index).kind is Kind.USAGE)
    world.erase("acme", [first])
    for document in (october, november):
        data = evidence_of(world, document)
        verdict = verify(data, world.vkey)
        assert (verdict.problems, verdict.erased) == ((), 1)
        assert "entries that were erased, as the record tells: 1" in verdict.notes[0]
        assert any("prices, rounding and totals" in check for check in verdict.checks)
        place = data.index(b'"commitment":"') + 20
        flipped = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert not verify(flipped, world.vkey).ok
