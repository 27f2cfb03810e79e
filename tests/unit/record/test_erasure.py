"""Erasure of entries: the payload goes, the commitment stays, and the record verifies as before."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from steelyard.adapters.keys import FileSigner
from steelyard.kernel.errors import DamagedRecord
from steelyard.record import Bundle, Kind
from steelyard.record.checkpoint import sign_checkpoint
from steelyard.record.erasure import ErasedSection, Erasure, places_in, sections_of, without
from steelyard.record.merkle import root_of
from steelyard.record.note import parse_vkey
from steelyard.record.seal import seal
from steelyard.record.segment import Segment
from steelyard.record.telling import telling
from steelyard.record.verify import Audit, StoredBundle, verify_bundles

SIGNER = FileSigner("steelyard.local/erasure", bytes(range(32)))
AT = datetime(2026, 11, 1, tzinfo=UTC)


def record(*commits: list[tuple[str, Kind, bytes]]) -> list[Bundle]:
    """Bundles with real chains, leaves and signatures."""
    bundles: list[Bundle] = []
    heads, frontier, size = {}, (), 0
    for number, commit in enumerate(commits):
        customers, kinds, payloads = zip(*commit, strict=True)
        sealed = seal(
            first_index=size,
            recorded_at=number + 1,
            kinds=bytes(kinds),
            customers=list(customers),
            payloads=list(payloads),
            salts=bytes([number + 1]) * 16 * len(payloads),
            heads=heads,
            frontier=frontier,
        )
        heads, frontier, size = heads | sealed.heads, sealed.frontier, size + len(payloads)
        note = sign_checkpoint(size=size, root=root_of(frontier), signer=SIGNER)
        bundles.append(
            Bundle(first_index=size - len(payloads), count=len(payloads), data=sealed.data, checkpoint=note)
        )
    return bundles


def erasure(*sections: ErasedSection) -> bytes:
    return telling(
        Erasure(id="era_1", customer="acme", sections=sections, entries=2, reason="asked", by="ada", at=AT)
    )


ACME = ErasedSection(customer="acme", first_seq=0, last_seq=2)
USAGE = [("acme", Kind.USAGE, b"secret one"), ("bolt", Kind.USAGE, b"kept"), ("acme", Kind.CUSTOMER, b"told")]
MORE = [("acme", Kind.USAGE, b"secret two"), ("bolt", Kind.USAGE, b"kept too")]


@pytest.fixture
def bundles() -> list[Bundle]:
    return record(USAGE, MORE, [("acme", Kind.ERASURE, erasure(ACME))])


def stored(bundle: Bundle, data: bytes | None = None) -> StoredBundle:
    return StoredBundle(
        first_index=bundle.first_index,
        entry_count=bundle.count,
        entries=bytes(bundle.data) if data is None else data,
        checkpoint=bundle.checkpoint.encode(),
    )


def erased(bundle: Bundle) -> StoredBundle:
    return stored(bundle, without(bundle, places_in(bundle, [ACME])))


def test_what_is_erased_verifies_and_says_nothing(bundles: list[Bundle]) -> None:
    kept = [erased(bundles[0]), erased(bundles[1]), stored(bundles[2])]
    assert verify_bundles(kept, SIGNER.vkey).ok
    assert b"secret" not in b"".join(one.entries for one in kept)
    assert b"kept too" in kept[1].entries
    again = Bundle(first_index=0, count=3, data=kept[0].entries, checkpoint="")
    assert [again.entry_at(at).leaf() for at in range(3)] == [bundles[0].leaf_at(at) for at in range(3)]
    assert (again.entry_at(0).payload, again.entry_at(0).salt, len(again.entry_at(0).erased)) == (
        b"",
        b"",
        32,
    )
    assert again.entry_at(2).payload == b"told", "what tells of the books stays"
    assert without(again, [0]) == kept[0].entries, "erasing twice is erasing once"


def test_erasing_one_entry_after_another_gives_the_same_bytes(bundles: list[Bundle]) -> None:
    bundle = record([("acme", Kind.USAGE, bytes([at]) * at) for at in range(1, 9)])[0]
    at_once = without(bundle, [1, 4, 6])
    for positions in ([6, 1, 4], [4, 1, 6]):
        step = bundle
        for position in positions:
            data = without(step, [position])
            step = Bundle(first_index=0, count=8, data=data, checkpoint="")
        assert step.data == at_once


def test_an_erasure_that_no_entry_tells_of_is_found(bundles: list[Bundle]) -> None:
    found = verify_bundles([erased(bundles[0]), erased(bundles[1])], SIGNER.vkey)
    assert {one.code for one in found.problems} == {"untold_erasure"}
    narrow = record(USAGE, MORE, [("acme", Kind.ERASURE, erasure(sections_of({"acme": [0]})[0]))])
    found = verify_bundles([erased(narrow[0]), erased(narrow[1]), stored(narrow[2])], SIGNER.vkey)
    assert [one.code for one in found.problems] == ["untold_erasure"]


def test_what_tells_of_the_books_cannot_be_erased(bundles: list[Bundle]) -> None:
    found = verify_bundles(
        [stored(bundles[0], without(bundles[0], [2])), *map(stored, bundles[1:])], SIGNER.vkey
    )
    assert [one.code for one in found.problems] == ["untold_erasure"]


def test_every_changed_byte_of_an_erased_bundle_is_found(bundles: list[Bundle]) -> None:
    good = [erased(bundles[0]), erased(bundles[1]), stored(bundles[2])]
    data = good[0].entries
    missed = []
    for place in range(len(data)):
        for mask in (0x01, 0x20, 0x80, 0xFF):
            changed = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
            if verify_bundles([stored(bundles[0], changed), *good[1:]], SIGNER.vkey).ok:
                missed.append((place, mask))
    assert missed == []


def test_erased_columns_of_another_form_are_refused(bundles: list[Bundle]) -> None:
    data = without(bundles[0], [0])
    with pytest.raises(DamagedRecord):
        Bundle(first_index=0, count=3, data=data[:-1], checkpoint="")
    swapped = bytes(bundles[0].data).replace(b"secret one", b"secret 0ne")
    assert not verify_bundles([stored(bundles[0], swapped)], SIGNER.vkey).ok


def test_segments_examined_apart_join_to_the_same_verdict(bundles: list[Bundle]) -> None:
    good = [erased(bundles[0]), erased(bundles[1]), stored(bundles[2])]
    bad = [good[0], stored(bundles[1], bytes(bundles[1].data).replace(b"kept too", b"kept t00")), good[2]]
    missing = [good[0], good[2]]
    for rows in (good, bad, missing, good[:2]):
        expected = verify_bundles(rows, SIGNER.vkey)
        for cut in range(len(rows) + 1):
            audit = Audit(parse_vkey(SIGNER.vkey))
            for part in (rows[:cut], rows[cut:]):
                segment = Segment()
                growths = [growth for row in part if (growth := segment.take(row)) is not None]
                if not audit.take_segment(growths, segment.parts()):
                    break
            assert audit.outcome() == expected


def test_sections_hold_what_they_should() -> None:
    found = sections_of({"acme": [1, 2, 3, 7, 9, 8], "bolt": [0]})
    assert [(one.customer, one.first_seq, one.last_seq) for one in found] == [
        ("acme", 1, 3),
        ("acme", 7, 9),
        ("bolt", 0, 0),
    ]
    assert all(one.last_seq < two.first_seq for one, two in pairwise(found[:2]))
