"""Verification of a whole record, in one pass and from nothing but its bytes and the verifier key.

Every stored byte must be accounted for: an entry's number, kind, customer, chain, time, salt and payload by
its leaf, the leaves by the tree's root, the root by the signed checkpoint of its bundle, the checkpoint by
being exactly the text that would be signed, and the columns by having no room for anything else. An erased
entry shows its commitment in place of its payload, and an entry of the record must tell of that. Where the
record names a new key, later checkpoints must be signed by it. Cutting off the newest bundles leaves a
shorter record that verifies; a checkpoint kept elsewhere shows that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steelyard.kernel.errors import Problem, SteelyardError
from steelyard.record.checkpoint import Checkpoint
from steelyard.record.erasure import ErasedSection
from steelyard.record.merkle import Frontier, join, root_of
from steelyard.record.note import VerifierKey, parse_note, parse_vkey, signature_line, verify_signature
from steelyard.record.rotation import next_key
from steelyard.record.seal import NEW_CHAIN, Head
from steelyard.record.segment import PROBLEMS_MAX, Fault, Growth, Parts, Segment, StoredBundle

__all__ = ["Audit", "StoredBundle", "Verification", "verify_bundles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification found: all well, or which entries are damaged.

    `head` is the newest checkpoint that verified; `entries` and `bundles` count what was looked at; `keys`
    are the verifier keys that signed the record, the first to the newest.
    """

    ok: bool
    entries: int
    bundles: int
    problems: tuple[Problem, ...]
    head: Checkpoint | None
    keys: tuple[str, ...] = ()


def verify_bundles(bundles: Iterable[StoredBundle], vkey: str) -> Verification:
    """What is true of these bundles, from the record's first entry on; `vkey` is the record's first key.

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
        """`key` is the one that signed the first checkpoint."""
        self._keys = [key]
        self._size = 0
        self._bundles = 0
        self._recorded_at = 0
        self._frontier: Frontier = ()
        self._heads: dict[str, Head] = {}
        self._faults: list[Fault] = []
        self._head: Checkpoint | None = None
        self._erased: list[ErasedSection] = []
        self._told: list[ErasedSection] = []
        self._is_broken = False
        self._own = Segment()

    def outcome(self) -> Verification:
        """What was found so far."""
        self._join(self._own.parts())
        self._own = Segment()
        untold = [] if self._is_broken else _untold(self._erased, self._told)
        faults = sorted(self._faults + untold, key=lambda fault: fault.index)
        return Verification(
            ok=not faults,
            entries=self._size,
            bundles=self._bundles,
            problems=tuple(
                Problem(code=fault.code, message=fault.message, field=f"entry {fault.index}")
                for fault in faults[:PROBLEMS_MAX]
            ),
            head=self._head,
            keys=tuple(map(str, self._keys)),
        )

    def _report(self, code: str, index: int, message: str) -> None:
        self._faults.append(Fault(code=code, index=index, message=message))

    def take(self, stored: StoredBundle) -> bool:
        """Verifies the next bundle; False when it is so damaged that none after it can be verified."""
        self._bundles += 1
        if not self._follows(stored.first_index):
            return False
        growth = self._own.take(stored)
        if growth is None:
            self._is_broken = True
            return False
        self._grow(growth)
        return len(self._faults) + self._own.fault_count < PROBLEMS_MAX

    def take_segment(self, growths: Sequence[Growth], parts: Parts) -> bool:
        """Takes in bundles that were examined elsewhere; False when none after them can be verified."""
        for growth in growths:
            self._bundles += 1
            if not self._follows(growth.first_index):
                return False
            self._grow(growth)
        self._bundles += parts.is_broken
        self._join(parts)
        return not parts.is_broken and len(self._faults) < PROBLEMS_MAX

    def _follows(self, first_index: int) -> bool:
        if first_index == self._size:
            return True
        message = f"the record goes on with entry {first_index}: entries are missing"
        self._report("missing_entries", self._size, message)
        self._is_broken = True
        return False

    def _join(self, parts: Parts) -> None:
        for name, (seq, prev, index) in parts.firsts.items():
            before, leaf = self._heads.get(name, NEW_CHAIN)
            if (seq, prev) != (before + 1, leaf):
                self._report("broken_chain", index, f"the chain of {name!r} does not continue here")
        self._heads.update(parts.heads)
        self._faults += parts.faults
        self._erased += parts.erased
        self._told += parts.told
        self._is_broken |= parts.is_broken

    def _grow(self, growth: Growth) -> None:
        if growth.recorded_at <= self._recorded_at:
            self._report("time_runs_back", growth.first_index, "recorded_at is not after the bundle before")
        self._frontier = join(self._frontier, growth.nodes)
        self._size, self._recorded_at = growth.first_index + growth.count, growth.recorded_at
        self._check_checkpoint(growth.checkpoint, self._signers(growth))

    def _signers(self, growth: Growth) -> list[VerifierKey]:
        """Whose signatures the bundle's checkpoint carries: the key in force, and the one it names next."""
        signers = [self._keys[-1]]
        for payload in growth.rotations:
            try:
                signers.append(next_key(signers[-1], payload))
            except SteelyardError as damage:
                self._report("wrong_key", growth.first_index, damage.message)
        if len(signers) > 2:
            self._report("wrong_key", growth.first_index, "the key changes twice in one commit")
        self._keys += signers[1:]
        return signers

    def _check_checkpoint(self, stored: bytes, signers: Sequence[VerifierKey]) -> None:
        """That the checkpoint is, byte for byte, this tree's own, and that its signatures verify."""
        expected = Checkpoint(origin=signers[0].name, size=self._size, root=root_of(self._frontier))
        text = expected.text()
        try:
            note = parse_note(stored)
        except SteelyardError as damage:
            self._report("damaged_checkpoint", self._size - 1, damage.message)
            return
        signatures = [one.signature for one in note.signatures]
        lines = "".join(signature_line(key, one) for key, one in zip(signers, signatures, strict=False))
        if note.text != text:
            message = "the signed checkpoint after this entry is not that of the entries before it"
            self._report("wrong_root", self._size - 1, message)
        elif stored != f"{text}\n{lines}".encode() or len(signatures) != len(signers):
            self._report("damaged_checkpoint", self._size - 1, "the checkpoint has another form than ours")
        elif not all(map(verify_signature, signers, [text] * len(signers), signatures)):
            self._report("bad_signature", self._size - 1, "the checkpoint's signature does not verify")
        else:
            self._head = expected


def _untold(erased: Sequence[ErasedSection], told: Sequence[ErasedSection]) -> list[Fault]:
    """What was erased though no ERASURE entry tells of it."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for one in sorted(told, key=lambda section: (section.customer, section.first_seq)):
        of_chain = runs.setdefault(one.customer, [])
        if of_chain and one.first_seq <= of_chain[-1][1] + 1:
            of_chain[-1] = (of_chain[-1][0], max(of_chain[-1][1], one.last_seq))
        else:
            of_chain.append((one.first_seq, one.last_seq))
    return [
        Fault(
            code="untold_erasure",
            index=0,
            message=f"no entry tells why {one.customer} {one.first_seq} to {one.last_seq} is erased",
        )
        for one in erased
        if not _is_within((one.first_seq, one.last_seq), runs.get(one.customer, []))
    ]


def _is_within(run: tuple[int, int], runs: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(runs, (run[0], 2**64)) - 1
    return at >= 0 and run[1] <= runs[at][1]
