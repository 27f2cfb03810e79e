"""The public facts about transparency logs: RFC 6962, C2SP notes, checkpoints, tiles and proofs.

By default the cases of `cases/tlog.jsonl`; with STEELYARD_GOLDEN those of `tlog.json` in that folder.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steelyard.kernel import SteelyardError
from steelyard.record import merkle
from steelyard.record.checkpoint import open_checkpoint
from steelyard.record.encoding import to_base64
from steelyard.record.note import (
    cosignature_message,
    open_note,
    parse_cosignature_message,
    parse_note,
    parse_vkey,
)
from steelyard.record.proof import parse_checkpoint_request, parse_proof
from steelyard.record.tiles import decode_entries, encode_entries, index_path, parse_tile_path, tile_width
from tests.golden.tlog_cases import Case, cases_of

HERE = Path(__file__).parent


def load_cases() -> list[Case]:
    folder = os.environ.get("STEELYARD_GOLDEN")
    if folder:
        path = Path(folder) / "tlog.json"
        return list(cases_of(json.loads(path.read_text(encoding="utf-8")))) if path.exists() else []
    lines = (HERE / "cases" / "tlog.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def hash_of(text: str) -> bytes:
    return base64.b64decode(text)


def proof_of(case: Case) -> list[bytes]:
    return [hash_of(text) for text in case["proof"] or []]


def hashes_of(case: Case) -> list[bytes]:
    return [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in case["leaves_hex"]]


def source_of(case: Case) -> merkle.NodeSource:
    hashes = hashes_of(case)
    return lambda level, at: merkle.root(hashes[at << level : (at + 1) << level])


def check_hash(case: Case) -> None:
    parts = [part.encode() for part in case["parts"]]
    make: dict[str, Callable[..., bytes]] = {
        "root": lambda: merkle.root([]),
        "leaf": merkle.leaf_hash,
        "node": merkle.node_hash,
    }
    assert make[case["what"]](*parts).hex() == case["hex"]


def check_leaves(case: Case) -> None:
    assert [to_base64(leaf) for leaf in hashes_of(case)] == case["hashes"]


def check_root(case: Case) -> None:
    assert merkle.root(hashes_of(case)) == hash_of(case["root"])


def check_make_inclusion(case: Case) -> None:
    index, size = case["leafIdx"], case["treeSize"]
    proof = merkle.inclusion_proof(index, size, source_of(case))
    hashes = hashes_of(case)
    assert proof == proof_of(case)
    assert merkle.verify_inclusion(
        index=index, size=size, leaf=hashes[index], proof=proof, root=merkle.root(hashes[:size])
    )


def check_make_consistency(case: Case) -> None:
    first, second = case["size1"], case["size2"]
    proof = merkle.consistency_proof(first, second, source_of(case))
    hashes = hashes_of(case)
    assert proof == proof_of(case)
    assert merkle.verify_consistency(
        first=first,
        second=second,
        first_root=merkle.root(hashes[:first]),
        second_root=merkle.root(hashes[:second]),
        proof=proof,
    )


def check_inclusion(case: Case) -> None:
    accepted = merkle.verify_inclusion(
        index=case["leafIdx"],
        size=case["treeSize"],
        leaf=hash_of(case["leafHash"] or ""),
        proof=proof_of(case),
        root=hash_of(case["root"] or ""),
    )
    assert accepted == case["accept"]


def check_consistency(case: Case) -> None:
    accepted = merkle.verify_consistency(
        first=case["size1"],
        second=case["size2"],
        first_root=hash_of(case["root1"] or ""),
        second_root=hash_of(case["root2"] or ""),
        proof=proof_of(case),
    )
    assert accepted == case["accept"]


def accepts(open_it: Callable[[], Any]) -> bool:
    try:
        open_it()
    except SteelyardError:
        return False
    return True


def check_note(case: Case) -> None:
    key = parse_vkey(case["vkey"])
    assert str(key) == case["vkey"]
    assert str(parse_note(case["note"])) == case["note"]
    assert accepts(lambda: open_note(case["note"], [key])) == case["accept"]


def check_checkpoint(case: Case) -> None:
    assert accepts(lambda: open_checkpoint(case["note"], case["vkey"])) == case["accept"]
    if case["accept"]:
        checkpoint = open_checkpoint(case["note"], case["vkey"])
        assert checkpoint.size == case["size"]
        assert str(parse_note(case["note"])) == case["note"]
        if len(case["leaves_hex"]) == case["size"]:
            assert checkpoint.root == merkle.root(hashes_of(case))


def check_cosignature(case: Case) -> None:
    timestamp, text = parse_cosignature_message(case["signed_message"].encode())
    assert timestamp == case["timestamp"]
    assert cosignature_message(timestamp, text).decode() == case["signed_message"]
    signature = parse_note(f"{text}\n{case['line']}\n").signatures[0]
    assert int.from_bytes(signature.signature[:8]) == timestamp
    assert len(signature.signature) == 72


def check_tile_path(case: Case) -> None:
    assert index_path(case["n"]) == case["path"]
    assert parse_tile_path(f"tile/0/{case['path']}").n == case["n"]


def check_tile_widths(case: Case) -> None:
    size = case["size"]
    for name, number in case.items():
        if not name.startswith("level"):
            continue
        level, what = int(name[5]), name[7:]
        full = 0
        while tile_width(level, full, size) == 256:
            full += 1
        assert (full if what == "full" else tile_width(level, full, size)) == number


def check_tile_bytes(case: Case) -> None:
    assert 32 * tile_width(0, 0, 1000) == case["bytes"]


def check_entry_bundle(case: Case) -> None:
    entries = [entry.encode() for entry in case["entries"]]
    data = encode_entries(entries)
    assert data == b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
    assert decode_entries(data) == entries


def check_proof_text(case: Case) -> None:
    assert str(parse_proof(case["text"])) == case["text"]


def check_witness_request(case: Case) -> None:
    assert str(parse_checkpoint_request(case["text"])) == case["text"]


CHECKS: dict[str, Callable[[Case], None]] = {
    "hash": check_hash,
    "leaves": check_leaves,
    "root": check_root,
    "make-inclusion": check_make_inclusion,
    "make-consistency": check_make_consistency,
    "inclusion": check_inclusion,
    "consistency": check_consistency,
    "note": check_note,
    "checkpoint": check_checkpoint,
    "cosignature": check_cosignature,
    "tile-path": check_tile_path,
    "tile-widths": check_tile_widths,
    "tile-bytes": check_tile_bytes,
    "entry-bundle": check_entry_bundle,
    "proof-text": check_proof_text,
    "witness-request": check_witness_request,
}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in load_cases()])
def test_the_public_facts_hold(case: Case) -> None:
    CHECKS[case["check"]](case)
