"""The Merkle tree of RFC 6962 (section 2.1) and RFC 9162: hashes, growth, proofs made and proofs checked.

A growing tree is its *frontier*: for each level the one complete node that has no sibling yet. Appending
leaves to a frontier needs no other state, and says which nodes became complete on the way: those at levels
8, 16, … are the entries of tiles, and all that a store must keep to prove anything later.

Making a proof asks for complete nodes by (level, position), so it works over any storage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from steelyard.kernel.errors import InvalidInput

sha256 = hashlib.sha256

EMPTY_ROOT: Final = sha256(b"").digest()

Frontier = tuple[bytes, ...]
"""For each level, lowest first, the pending complete node; `b""` where there is none."""

NodeSource = Callable[[int, int], bytes]
"""Gives the complete node at (level, position): the root of leaves [position << level, +1 << level)."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 ‖ data).

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).

    >>> node_hash(b"N123", b"N456").hex()[:16]
    'aa217fe888e47007'
    """
    return sha256(b"\x01" + left + right).digest()


def grow(frontier: Frontier, leaf_hashes: list[bytes]) -> tuple[Frontier, list[list[bytes]]]:
    """The frontier after these leaves, and for each level the nodes that became complete.

    >>> frontier, complete = grow((), [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")])
    >>> (
    ...     [len(level) for level in complete],
    ...     root_of(frontier) == root([leaf_hash(x) for x in (b"a", b"b", b"c")]),
    ... )
    ([3, 1], True)
    """
    hash_of = sha256
    grown: list[bytes] = []
    complete: list[list[bytes]] = []
    nodes, level = leaf_hashes, 0
    while nodes or level < len(frontier):
        complete.append(nodes)
        pending = frontier[level] if level < len(frontier) else b""
        row = [pending, *nodes] if pending else nodes
        grown.append(row[-1] if len(row) % 2 else b"")
        pairs = iter(row)
        # zip drops the odd last one, which the frontier keeps. The prefix is joined before the pair: this
        # line runs once for each entry ever recorded.
        nodes = [hash_of(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        level += 1
    while complete and not complete[-1]:
        complete.pop()
    return tuple(grown), complete


def cover(first: int, leaf_hashes: list[bytes]) -> list[tuple[int, bytes]]:
    """The complete nodes, with their levels, of which leaves that begin at an index consist, left to right.

    Needs nothing of the tree before them: parts of a tree can be hashed apart and then joined by `join`.

    >>> hashes = [leaf_hash(bytes([n])) for n in range(7)]
    >>> frontier = join(grow((), hashes[:3])[0], cover(3, hashes[3:]))
    >>> [level for level, _ in cover(3, hashes[3:])], root_of(frontier) == root(hashes)
    ([0, 1, 0], True)
    """
    left: list[tuple[int, bytes]] = []
    right: list[tuple[int, bytes]] = []
    nodes, position, level = leaf_hashes, first, 0
    while nodes:
        if position & 1:
            left.append((level, nodes[0]))
            nodes, position = nodes[1:], position + 1
        if len(nodes) & 1:
            right.append((level, nodes[-1]))
        pairs = iter(nodes)
        nodes = [sha256(b"\x01" + one + two).digest() for one, two in zip(pairs, pairs, strict=False)]
        position, level = position >> 1, level + 1
    return left + right[::-1]


def join(frontier: Frontier, nodes: Sequence[tuple[int, bytes]]) -> Frontier:
    """The frontier after the leaves that these nodes cover; see `cover`."""
    pending = list(frontier)
    for level, node in nodes:
        while level < len(pending) and pending[level]:
            node, pending[level] = node_hash(pending[level], node), b""
            level += 1
        pending += [b""] * (level + 1 - len(pending))
        pending[level] = node
    return tuple(pending)


def root_of(frontier: Frontier) -> bytes:
    """The root of the tree that a frontier stands for.

    >>> root_of(()) == EMPTY_ROOT
    True
    """
    whole = b""
    for node in frontier:
        if node:
            whole = node_hash(node, whole) if whole else node
    return whole or EMPTY_ROOT


def size_of(frontier: Frontier) -> int:
    """How many leaves the tree of a frontier has.

    >>> size_of((b"x", b"", b"y"))
    5
    """
    return sum(1 << level for level, node in enumerate(frontier) if node)


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root of a tree given all its leaf hashes.

    >>> root([]) == EMPTY_ROOT, root([leaf_hash(b"a")]) == leaf_hash(b"a")
    (True, True)
    """
    return root_of(grow((), list(leaf_hashes))[0])


def range_root(start: int, end: int, node: NodeSource) -> bytes:
    """The root of leaves [start, end); start is a multiple of the smallest power of two ≥ end - start."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    split = start + (1 << (width - 1).bit_length() - 1)
    return node_hash(range_root(start, split, node), range_root(split, end, node))


def tree_root(size: int, node: NodeSource) -> bytes:
    """The root of the first `size` leaves."""
    return range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeSource) -> list[bytes]:
    """The audit path of a leaf in the tree of this size (RFC 6962, 2.1.1), the leaf's sibling first.

    >>> hashes = [leaf_hash(bytes([n])) for n in range(5)]
    >>> source = lambda level, n: root(hashes[n << level : (n + 1) << level])
    >>> proof = inclusion_proof(2, 5, source)
    >>> verify_inclusion(index=2, size=5, leaf=hashes[2], proof=proof, root=root(hashes))
    True
    """
    if not 0 <= index < size:
        raise InvalidInput(f"a tree of {size} leaves has no leaf {index}", code="out_of_range")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if index < split:
            path.append(range_root(split, end, node))
            end = split
        else:
            path.append(range_root(start, split, node))
            start = split
    return path[::-1]


def consistency_proof(first: int, second: int, node: NodeSource) -> list[bytes]:
    """The proof that the tree of the first size is a beginning of the second (RFC 6962, 2.1.2)."""
    if not 0 <= first <= second:
        raise InvalidInput(f"no consistency from size {first} to {second}", code="out_of_range")
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first != end:
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if first <= split:
            path.append(range_root(split, end, node))
            end = split
        else:
            path.append(range_root(start, split, node))
            start, whole = split, False
    if not whole:
        path.append(range_root(start, end, node))
    return path[::-1]


def verify_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf hash is at this index of the tree with this root.

    RFC 9162 section 2.1.3.2; every hash must be used and none may be missing.
    """
    if not 0 <= index < size:
        return False
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != 32:
            return False
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and computed == root


def verify_consistency(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the first tree is a beginning of the second (RFC 9162, 2.1.4.2).

    An empty first tree proves nothing and is refused, unless both trees are empty.
    """
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof or any(len(node) != 32 for node in proof):
        return False
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
