"""Notes, checkpoints, proofs and tile paths: one spelling each, everything else refused."""

from __future__ import annotations

import pytest

from steelyard.adapters.keys import FileSigner
from steelyard.kernel import DamagedRecord, InvalidInput, SteelyardError
from steelyard.record.checkpoint import open_checkpoint, parse_checkpoint, sign_checkpoint
from steelyard.record.note import (
    COSIGNATURE,
    cosignature_message,
    open_note,
    parse_note,
    parse_vkey,
    signature_line,
    verifier_key,
)
from steelyard.record.proof import parse_checkpoint_request, parse_proof
from steelyard.record.tiles import decode_entries, parse_tile_path

LOG = FileSigner("example.com/log", bytes(32))
STRANGER = FileSigner("example.com/stranger", bytes([1] * 32))
NOTE = sign_checkpoint(size=5, root=bytes(32), signer=LOG)


def line_of(signer: FileSigner, text: str) -> str:
    return signature_line(parse_vkey(signer.vkey), signer.sign(text.encode()))


def test_signatures_of_unknown_keys_are_ignored() -> None:
    text = NOTE.partition("\n\n")[0] + "\n"
    note = f"{text}\n{line_of(STRANGER, text)}{line_of(LOG, text)}"
    assert open_checkpoint(note, LOG.vkey).size == 5
    assert [signature.name for signature in open_note(note, [parse_vkey(LOG.vkey)]).signatures] == [LOG.name]


def test_one_bad_signature_of_a_known_key_refuses_the_note() -> None:
    text = NOTE.partition("\n\n")[0] + "\n"
    note = f"{text}\n{line_of(LOG, text)}{line_of(STRANGER, 'another text')}"
    with pytest.raises(DamagedRecord):
        open_note(note, [parse_vkey(LOG.vkey), parse_vkey(STRANGER.vkey)])


def test_a_note_without_a_known_signature_is_refused() -> None:
    with pytest.raises(DamagedRecord):
        open_note(NOTE, [parse_vkey(STRANGER.vkey)])


def test_a_checkpoint_of_another_origin_is_refused() -> None:
    text = "example.com/other\n5\n" + NOTE.split("\n")[2] + "\n"
    with pytest.raises(DamagedRecord):
        open_checkpoint(f"{text}\n{line_of(LOG, text)}", LOG.vkey)


def test_a_witness_cosignature_verifies_and_its_time_is_bound() -> None:
    text = NOTE.partition("\n\n")[0] + "\n"
    public = parse_vkey(STRANGER.vkey).public_key
    witness = verifier_key(STRANGER.name, public, COSIGNATURE)
    signature = STRANGER.sign(cosignature_message(1_700_000_000, text))
    good = (1_700_000_000).to_bytes(8) + signature
    late = (1_700_000_001).to_bytes(8) + signature
    assert open_checkpoint(NOTE + signature_line(witness, good), LOG.vkey, witnesses=[witness]).size == 5
    for bad in (late, signature):
        with pytest.raises(DamagedRecord):
            open_checkpoint(NOTE + signature_line(witness, bad), LOG.vkey, witnesses=[witness])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n— who AAAAAAA=\n",
        "text\n\n— who AAAAAAA=",
        "text\n\n— who AAAAAAB=\n",
        "text\n\n— who  AAAAAAA=\n",
        "text\n\n- who AAAAAAA=\n",
        "text\n\n— w+o AAAAAAA=\n",
        "text\n\n— who AAAA\n",
        "te\txt\n\n— who AAAAAAA=\n",
        "text\n\n" + "— who AAAAAAA=\n" * 101,
        b"t\xffxt\n\n\xe2\x80\x94 who AAAAAAA=\n",
    ],
)
def test_what_is_not_exactly_a_note_is_refused(note: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_note(note)


ROOT = "A" * 43 + "="


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"o\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n1_0\n{ROOT}\n",
        "o\n1\nAAAA\n",
        f"o\n1\n{ROOT[:-2]}B=\n",
        f"o\n1\n{ROOT}\n\n",
        "o\n1\n",
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "vkey", ["", "a", "a+b", "example.com/log+00000000+AQ==", LOG.vkey[:-1], LOG.vkey + "A"]
)
def test_what_is_not_exactly_a_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(SteelyardError):
        parse_vkey(vkey)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + f"{ROOT}\n" * 64 + "\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n",
    ],
)
def test_what_is_not_exactly_a_proof_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_proof(text)


def test_proofs_are_written_as_they_were_read() -> None:
    proof = f"c2sp.org/tlog-proof@v1\nextra AAA=\nindex 7\n{ROOT}\n{ROOT}\n\n{NOTE}"
    assert str(parse_proof(proof)) == proof
    request = f"old 3\n{ROOT}\n\n{NOTE}"
    assert str(parse_checkpoint_request(request)) == request


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/0/0001",
        "tile/0/x000/001",
        "tile/00/001",
        "tile/64/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/001/002",
        "tile/0/000/",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/٠٠٠",
    ],
)
def test_a_tile_has_one_path(path: str) -> None:
    with pytest.raises(InvalidInput):
        parse_tile_path(path)


@pytest.mark.parametrize("path", ["tile/0/000", "tile/63/x001/x234/067.p/255", "tile/entries/x001/000.p/1"])
def test_tile_paths_are_written_as_they_were_read(path: str) -> None:
    assert str(parse_tile_path(path)) == path


def test_a_bundle_of_entries_that_ends_early_is_refused() -> None:
    with pytest.raises(InvalidInput):
        decode_entries(b"\x00\x03on")
