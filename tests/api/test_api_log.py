"""The record as any C2SP client sees it: checkpoints, tiles, entry bundles, proofs, consistency."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest

from steelyard.record.checkpoint import open_checkpoint
from steelyard.record.merkle import leaf_hash, root, verify_consistency, verify_inclusion
from steelyard.record.proof import parse_checkpoint_request, parse_proof, verify_proof
from steelyard.record.tiles import decode_entries
from tests.api.conftest import Server, steelyard


def newest(server: Server) -> tuple[int, bytes, str]:
    note = server.ask("GET", "/record/checkpoint", key="").content.decode()
    vkey = server.ask("GET", "/record/key", key="").content.decode().strip()
    signed = open_checkpoint(note, vkey)
    return signed.size, signed.root, vkey


def test_any_earlier_size_is_consistent_with_the_newest_and_everybody_may_ask(billed: Server) -> None:
    size, tree, _ = newest(billed)
    for first in (1, 2, 7, size - 1, size):
        said = billed.ask("GET", f"/record/consistency?from={first}&to={size}", key="").json
        proof = [b64decode(one) for one in said["hashes"]]
        assert verify_consistency(
            first=first,
            second=size,
            first_root=b64decode(said["fromRoot"]),
            second_root=tree,
            proof=proof,
        )
        assert b64decode(said["root"]) == tree
    assert billed.ask("GET", f"/record/consistency?from={size}&to=1", key="").status == 400
    assert billed.ask("GET", f"/record/consistency?from=1&to={size + 1}", key="").status == 422


def test_a_witness_can_forward_the_request_as_it_comes(billed: Server) -> None:
    size, tree, vkey = newest(billed)
    answer = billed.ask("GET", "/record/consistency?from=3", key="", accept="text/plain")
    assert answer.headers["content-type"].startswith("text/plain")
    request = parse_checkpoint_request(answer.content.decode())
    signed = open_checkpoint(request.checkpoint, vkey)
    assert (request.old_size, signed.size) == (3, size)
    start = billed.ask("GET", "/record/consistency?from=3&to=3", key="").json
    assert verify_consistency(
        first=3, second=size, first_root=b64decode(start["root"]), second_root=tree, proof=request.hashes
    )


def test_the_tree_can_be_rebuilt_from_tiles_and_entry_bundles(billed: Server) -> None:
    size, tree, _ = newest(billed)
    hashes: list[bytes] = []
    for n in range(-(-size // 256)):
        width = min(256, size - 256 * n)
        partial = "" if width == 256 else f".p/{width}"
        tile = billed.ask("GET", f"/record/tile/0/{n:03}{partial}", key="")
        entries = billed.ask("GET", f"/record/tile/entries/{n:03}{partial}", key="")
        leaves = decode_entries(entries.content)
        assert tile.content == b"".join(map(leaf_hash, leaves))
        assert "immutable" in tile.headers["cache-control"]
        assert tile.headers["content-type"] == "application/octet-stream"
        hashes += [leaf_hash(leaf) for leaf in leaves]
    assert root(hashes) == tree


@pytest.mark.parametrize(
    "path",
    ["0/0", "0/000.p/0", "0/000.p/256", "0/x000/000", "0/x001/000", "7/000", "-1/000", "0/1000", "a/000"],
)
def test_a_path_that_names_no_tile_is_not_found(path: str, billed: Server) -> None:
    assert billed.ask("GET", f"/record/tile/{path}", key="").status == 404


def test_a_proof_is_a_file_by_its_name_and_by_accept(billed: Server) -> None:
    as_json = billed.ask("GET", "/record/proof/2").json
    leaf = bytes.fromhex(as_json["leaf"])
    for answer in (
        billed.ask("GET", "/record/proof/2.tlog-proof"),
        billed.ask("GET", "/record/proof/2", accept="text/plain"),
    ):
        assert answer.headers["content-type"].startswith("text/plain")
        proof = parse_proof(answer.content.decode())
        assert verify_proof(proof, leaf, newest(billed)[2]).size == as_json["size"]
    said = steelyard("receipt", "proof", "2", "--dir", str(billed.folder))
    assert said.returncode == 0, said.stderr
    size, tree, vkey = newest(billed)
    proof = parse_proof(said.stdout.decode())
    assert verify_proof(proof, leaf, vkey).root == tree
    assert verify_inclusion(index=2, size=size, leaf=leaf_hash(leaf), proof=proof.hashes, root=tree)
    assert hashlib.sha256(leaf).digest() != leaf
