"""Trees of any size: equal to the definition of RFC 6962, provable everywhere, and forgery is refused."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from steelyard.record import merkle

SIZES = st.integers(0, 600)


def definition(hashes: list[bytes]) -> bytes:
    """The Merkle tree hash exactly as RFC 6962 section 2.1 words it."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = definition(hashes[:split]), definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(number.to_bytes(4)) for number in range(size)]


HASHES = leaves(600)


def node(level: int, position: int) -> bytes:
    return merkle.root(HASHES[position << level : (position + 1) << level])


@given(SIZES)
def test_a_root_is_the_definition(size: int) -> None:
    assert merkle.root(HASHES[:size]) == definition(HASHES[:size]) == merkle.tree_root(size, node)


@given(st.lists(st.integers(0, 90), max_size=12))
def test_growing_in_any_steps_gives_the_same_tree_and_each_node_once(steps: list[int]) -> None:
    frontier: merkle.Frontier = ()
    size = 0
    found: dict[int, list[bytes]] = {}
    for step in steps:
        frontier, complete = merkle.grow(frontier, HASHES[size : size + step] if size + step <= 600 else [])
        size += step if size + step <= 600 else 0
        for level, nodes in enumerate(complete):
            found.setdefault(level, []).extend(nodes)
    assert merkle.root_of(frontier) == definition(HASHES[:size])
    assert merkle.size_of(frontier) == size
    for level, nodes in found.items():
        assert nodes == [node(level, at) for at in range(size >> level)]


@given(st.data())
def test_every_inclusion_proof_verifies_and_none_for_another_place(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, node)
    root = definition(HASHES[:size])
    verify = merkle.verify_inclusion
    assert verify(index=index, size=size, leaf=HASHES[index], proof=proof, root=root)
    if other != index:
        assert not verify(index=other, size=size, leaf=HASHES[index], proof=proof, root=root)
        assert not verify(index=index, size=size, leaf=HASHES[other], proof=proof, root=root)
    assert not verify(index=index, size=size, leaf=HASHES[index], proof=[*proof, bytes(32)], root=root)


@given(st.data())
def test_every_consistency_proof_verifies_and_none_for_another_past(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, 600))
    first = data.draw(st.integers(1, second))
    proof = merkle.consistency_proof(first, second, node)
    roots = {"first_root": definition(HASHES[:first]), "second_root": definition(HASHES[:second])}
    verify = merkle.verify_consistency
    assert verify(first=first, second=second, **roots, proof=proof)
    assert not verify(first=first, second=second, **{**roots, "first_root": bytes(32)}, proof=proof)
    assert not verify(first=first, second=second, **{**roots, "second_root": bytes(32)}, proof=proof)
    for place in range(len(proof)):
        forged = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not verify(first=first, second=second, **roots, proof=forged)
