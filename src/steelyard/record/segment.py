"""A segment: consecutive bundles examined by themselves, without what came before them.

What of the tree and of the chains lies before is not needed to hash a bundle: its nodes are given as the
tree's complete nodes, and each chain's first entry here names the predecessor that it continues. Segments
can therefore be examined in several processes; `verify.Audit` joins them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from steelyard.kernel.errors import DamagedRecord, SteelyardError
from steelyard.record.bundle import Bundle
from steelyard.record.erasure import ERASABLE, ErasedSection, sections_told
from steelyard.record.merkle import cover, leaf_hash
from steelyard.record.model import Kind
from steelyard.record.seal import Head, commitments, leaves_of

PROBLEMS_MAX: Final = 100
_KINDS = np.array(sorted(Kind), dtype=np.uint8)
_ERASABLE = np.array(sorted(ERASABLE), dtype=np.uint8)
_TELLING = (Kind.ERASURE, Kind.KEY_ROTATION)


class StoredBundle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bundle exactly as it lies in the store, not yet believed."""

    first_index: int
    entry_count: int
    entries: bytes
    checkpoint: bytes


class Fault(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that does not verify: a code, the entry, and what is wrong."""

    code: str
    index: int
    message: str


class Growth(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a bundle adds to the tree, and what it was signed with.

    `rotations` are the payloads of its KEY_ROTATION entries.
    """

    first_index: int
    count: int
    recorded_at: int
    nodes: list[tuple[int, bytes]]
    checkpoint: bytes
    rotations: list[bytes]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment's bundles say of the chains: where each begins and ends here, and what was erased.

    `firsts` holds sequence number, predecessor and index of each chain's first entry here; `erased` runs of
    sequence numbers; `told` the sections that ERASURE entries tell of.
    """

    firsts: dict[str, tuple[int, bytes, int]]
    heads: dict[str, Head]
    faults: list[Fault]
    erased: list[ErasedSection]
    told: list[ErasedSection]
    is_broken: bool


class Segment:
    """Takes bundles one after the other, remembering the chains that occur in them and nothing else."""

    def __init__(self) -> None:
        self._firsts: dict[str, tuple[int, bytes, int]] = {}
        self._heads: dict[str, Head] = {}
        self._faults: list[Fault] = []
        self._erased: dict[str, list[tuple[int, int]]] = {}
        self._told: list[ErasedSection] = []
        self._is_broken = False

    def parts(self) -> Parts:
        """What was found so far."""
        erased = [
            ErasedSection(customer=name, first_seq=first, last_seq=last)
            for name, runs in self._erased.items()
            for first, last in runs
        ]
        return Parts(
            firsts=self._firsts,
            heads=self._heads,
            faults=self._faults,
            erased=erased,
            told=self._told,
            is_broken=self._is_broken,
        )

    @property
    def fault_count(self) -> int:
        """How much does not verify so far."""
        return len(self._faults)

    def _report(self, code: str, index: int, message: str) -> None:
        self._faults.append(Fault(code=code, index=index, message=message))

    def take(self, stored: StoredBundle) -> Growth | None:
        """What the bundle adds to the tree; None when it is so damaged that none after it can be examined."""
        try:
            bundle = Bundle(
                first_index=stored.first_index, count=stored.entry_count, data=stored.entries, checkpoint=""
            )
            self._check_columns(bundle)
            leaves = self._check_entries(bundle)
            rotations = self._read_telling(bundle)
        except SteelyardError as damage:
            self._report("damaged_bundle", stored.first_index, damage.message)
            self._is_broken = True
            return None
        return Growth(
            first_index=bundle.first_index,
            count=bundle.count,
            recorded_at=bundle.recorded_at,
            nodes=cover(bundle.first_index, [leaf_hash(leaf) for leaf in leaves]),
            checkpoint=stored.checkpoint,
            rotations=rotations,
        )

    def _check_columns(self, bundle: Bundle) -> None:
        """That the columns are the one way to write these entries: no name unused, repeated or misplaced."""
        names = bundle.customers
        codes, first_places = np.unique(bundle.codes, return_index=True)
        in_order = len(codes) == len(names) and bool((np.diff(first_places) > 0).all())
        if not in_order or len(set(names)) != len(names) or not all(names):
            raise DamagedRecord("the bundle's list of customers is not in its one order")
        unknown = np.nonzero(~np.isin(bundle.kinds, _KINDS))[0]
        for position in unknown.tolist():
            kind = int(bundle.kinds[position])
            self._report("unknown_kind", bundle.first_index + position, f"{kind} is no kind of entry")

    def _check_entries(self, bundle: Bundle) -> list[bytes]:
        """The stored leaves, after comparing each with what its entry's bytes and chain make."""
        names = bundle.customers
        first_seqs: list[int] = bundle.first_seqs.tolist()
        prevs = bundle.prev_list()
        self._check_chains(bundle, names, first_seqs, prevs)
        raw = bytes(bundle.leaves)
        leaves = [raw[at : at + 32] for at in range(0, len(raw), 32)]
        computed = leaves_of(bundle, prevs, _commitments(bundle))
        if computed != leaves:
            self._report_wrong_leaves(bundle, leaves)
        last = np.zeros(len(names), dtype=np.int64)
        last[bundle.codes] = np.arange(bundle.count)
        seqs: list[int] = bundle.seqs[last].tolist()
        ends = [leaves[at] for at in last.tolist()]
        self._heads.update(zip(names, zip(seqs, ends, strict=True), strict=True))
        if len(bundle.erased):
            self._note_erased(bundle)
        return leaves

    def _check_chains(
        self, bundle: Bundle, names: Sequence[str], first_seqs: Sequence[int], prevs: Sequence[bytes]
    ) -> None:
        heads = self._heads
        for code, (name, seq, prev) in enumerate(zip(names, first_seqs, prevs, strict=True)):
            head = heads.get(name)
            if head is None:
                index = bundle.first_index + int(np.argmax(bundle.codes == code))
                self._firsts[name] = (seq, prev, index)
            elif (seq, prev) != (head[0] + 1, head[1]):
                index = bundle.first_index + int(np.argmax(bundle.codes == code))
                self._report("broken_chain", index, f"the chain of {name!r} does not continue here")

    def _report_wrong_leaves(self, bundle: Bundle, leaves: list[bytes]) -> None:
        """Names each entry that does not fit its leaf, taking the leaves before it as they are stored."""
        for position, leaf in enumerate(leaves):
            try:
                fits = bundle.entry_at(position).leaf() == leaf
            except (SteelyardError, ValueError):
                fits = False
            if not fits:
                message = "the stored bytes of this entry do not fit its leaf"
                self._report("damaged_entry", bundle.first_index + position, message)
            if len(self._faults) >= PROBLEMS_MAX:
                return

    def _note_erased(self, bundle: Bundle) -> None:
        kinds = bundle.kinds[bundle.erased]
        for position in bundle.erased[~np.isin(kinds, _ERASABLE)].tolist():
            message = "an entry of this kind cannot be erased"
            self._report("untold_erasure", bundle.first_index + position, message)
        seqs: list[int] = bundle.seqs[bundle.erased].tolist()
        codes: list[int] = bundle.codes[bundle.erased].tolist()
        for code, seq in zip(codes, seqs, strict=True):
            runs = self._erased.setdefault(bundle.customers[code], [])
            if runs and runs[-1][1] + 1 == seq:
                runs[-1] = (runs[-1][0], seq)
            else:
                runs.append((seq, seq))

    def _read_telling(self, bundle: Bundle) -> list[bytes]:
        """The payloads of the rotations in the bundle; notes what its erasures tell of."""
        rotations: list[bytes] = []
        for kind in _TELLING:
            for position in bundle.positions_of(kind):
                payload = bundle.payload_at(position)
                if kind is Kind.ERASURE:
                    self._told += sections_told(payload)
                else:
                    rotations.append(payload)
        return rotations


def _commitments(bundle: Bundle) -> list[bytes]:
    stored = bundle.stored_list()
    found = commitments(bytes(bundle.salts), stored)
    for position in bundle.erased.tolist():
        found[position] = stored[position]
    return found
