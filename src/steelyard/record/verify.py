"""Verification of a whole record, in one pass and from nothing but its bytes and the verifier key.

Every stored byte must be accounted for: an entry's number, kind, customer, chain, time, salt and payload by
its leaf, the leaves by the tree's root, the root by the signed checkpoint of its bundle, the checkpoint by
being exactly the text that would be signed, and the columns by having no room for anything else. Cutting
off the newest bundles leaves a shorter record that verifies; a checkpoint kept elsewhere shows that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from steelyard.kernel.errors import DamagedRecord, Problem, SteelyardError
from steelyard.record.bundle import Bundle
from steelyard.record.checkpoint import Checkpoint
from steelyard.record.merkle import Frontier, grow, leaf_hash, root_of
from steelyard.record.model import Kind
from steelyard.record.note import VerifierKey, parse_note, parse_vkey, signature_line, verify_signature
from steelyard.record.seal import NEW_CHAIN, Head, chain_leaves, fixed_headers

PROBLEMS_MAX: Final = 100
_KINDS = np.array(sorted(Kind), dtype=np.uint8)


class StoredBundle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A bundle exactly as it lies in the store, not yet believed."""

    first_index: int
    entry_count: int
    entries: bytes
    checkpoint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification found: all well, or which entries are damaged.

    `head` is the newest checkpoint that verified; `entries` and `bundles` count what was looked at.
    """

    ok: bool
    entries: int
    bundles: int
    problems: tuple[Problem, ...]
    head: Checkpoint | None


def verify_bundles(bundles: Iterable[StoredBundle], vkey: str) -> Verification:
    """What is true of these bundles, from the record's first entry on.

    >>> verify_bundles([], "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").ok
    True
    """
    audit = Audit(parse_vkey(vkey))
    for stored in bundles:
        if not audit.take(stored):
            break
    return audit.outcome()


class Audit:
    """Takes bundles one after the other and remembers only the tree's frontier and the chain heads."""

    def __init__(self, key: VerifierKey) -> None:
        self._key = key
        self._size = 0
        self._bundles = 0
        self._recorded_at = 0
        self._frontier: Frontier = ()
        self._heads: dict[str, Head] = {}
        self._problems: list[Problem] = []
        self._head: Checkpoint | None = None

    def outcome(self) -> Verification:
        """What was found so far."""
        return Verification(
            ok=not self._problems,
            entries=self._size,
            bundles=self._bundles,
            problems=tuple(self._problems[:PROBLEMS_MAX]),
            head=self._head,
        )

    def _report(self, code: str, index: int, message: str) -> None:
        self._problems.append(Problem(code=code, message=message, field=f"entry {index}"))

    def take(self, stored: StoredBundle) -> bool:
        """Verifies the next bundle; False when it is so damaged that none after it can be verified."""
        self._bundles += 1
        if stored.first_index != self._size:
            message = f"the record goes on with entry {stored.first_index}: entries are missing"
            self._report("missing_entries", self._size, message)
            return False
        try:
            bundle = Bundle(
                first_index=stored.first_index, count=stored.entry_count, data=stored.entries, checkpoint=""
            )
            self._check_columns(bundle)
            leaves = self._check_entries(bundle)
        except SteelyardError as damage:
            self._report("damaged_bundle", self._size, damage.message)
            return False
        self._frontier, _ = grow(self._frontier, [leaf_hash(leaf) for leaf in leaves])
        self._size, self._recorded_at = bundle.end, bundle.recorded_at
        self._check_checkpoint(stored)
        return len(self._problems) < PROBLEMS_MAX

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
        if bundle.recorded_at <= self._recorded_at:
            self._report("time_runs_back", bundle.first_index, "recorded_at is not after the bundle before")

    def _check_entries(self, bundle: Bundle) -> list[bytes]:
        """The stored leaves, after comparing each with what its entry's bytes and chain make."""
        names = bundle.customers
        heads = [self._heads.get(name, NEW_CHAIN) for name in names]
        for code, (name, (seq, leaf)) in enumerate(zip(names, heads, strict=True)):
            stored = int(bundle.first_seqs[code]), bytes(bundle.first_prevs[32 * code : 32 * code + 32])
            if stored != (seq + 1, leaf):
                index = bundle.first_index + int(np.argmax(bundle.codes == code))
                self._report("broken_chain", index, f"the chain of {name!r} does not continue here")
        headers = fixed_headers(
            first_index=bundle.first_index,
            recorded_at=bundle.recorded_at,
            kinds=bundle.kinds,
            seqs=bundle.seqs,
        )
        raw = bytes(bundle.leaves)
        leaves = [raw[at : at + 32] for at in range(0, len(raw), 32)]
        last = [leaf for _, leaf in heads]
        encoded = [name.encode() for name in names]
        contents = bytes(bundle.salts), bundle.payload_list()
        computed = chain_leaves(headers, bundle.codes.tolist(), encoded, last, contents)
        if computed != leaves:
            self._report_wrong_leaves(bundle, leaves)
        codes: list[int] = bundle.codes.tolist()
        seqs: list[int] = bundle.seqs.tolist()
        for code, seq, leaf in zip(codes, seqs, leaves, strict=True):
            heads[code] = (seq, leaf)
        self._heads.update(zip(names, heads, strict=True))
        return leaves

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

    def _check_checkpoint(self, stored: StoredBundle) -> None:
        """That the checkpoint is, byte for byte, this tree's own, and that its signature verifies."""
        expected = Checkpoint(origin=self._key.name, size=self._size, root=root_of(self._frontier))
        text = expected.text()
        try:
            note = parse_note(stored.checkpoint)
        except SteelyardError as damage:
            self._report("damaged_checkpoint", self._size - 1, damage.message)
            return
        signature = note.signatures[0].signature
        if note.text != text:
            message = "the signed checkpoint after this entry is not that of the entries before it"
            self._report("wrong_root", self._size - 1, message)
        elif stored.checkpoint != f"{text}\n{signature_line(self._key, signature)}".encode():
            self._report("damaged_checkpoint", self._size - 1, "the checkpoint has another form than ours")
        elif not verify_signature(self._key, text, signature):
            self._report("bad_signature", self._size - 1, "the checkpoint's signature does not verify")
        else:
            self._head = expected
