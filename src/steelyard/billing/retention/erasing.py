"""Planning an erasure: which entries go, which stay, and the entries of the record that tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from steelyard.billing.retention.keeping import Claims, Fact, Kept, Reason, tally, verdicts
from steelyard.kernel import make_id
from steelyard.record import Batch, Kind, Save, Write
from steelyard.record.erasure import ErasedSection, Erasure, keys_payload, sections_of
from steelyard.record.telling import telling


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePlan:
    """What an erasure would do: the entries that go, as sections of chains, and why others stay.

    `possible_from` is the day from which everything could go; None where nothing stays or no day is known.
    """

    customer: str
    facts: tuple[Fact, ...]
    kept: tuple[Kept, ...]

    @property
    def entries(self) -> int:
        """How many entries would go, those on other chains that were brought to the customer included."""
        return len(self.indexes)

    @property
    def indexes(self) -> tuple[int, ...]:
        """The indexes of the entries that would go, in order."""
        found = {fact.index for fact in self.facts}
        return tuple(sorted(found | {fact.origin for fact in self.facts if fact.origin is not None}))

    @property
    def possible_from(self) -> datetime | None:
        """From when all of it could go, if that is known."""
        days = [one.until for one in self.kept]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None


def plan_erasure(customer: str, facts: Sequence[Fact], claims: Claims, now: datetime) -> ErasurePlan:
    """Which of these entries of a customer's chain may go at this moment, and why the others may not."""
    judged = list(zip(facts, verdicts(facts, claims, now), strict=True))
    return ErasurePlan(
        customer=customer,
        facts=tuple(fact for fact, (reason, _) in judged if reason is Reason.FREE),
        kept=tally(verdict for _, verdict in judged if verdict[0] is not Reason.FREE),
    )


def erasure_write(
    plan: ErasurePlan,
    *,
    origins: Mapping[str, Sequence[int]],
    keys: Sequence[tuple[int, int]],
    reason: str,
    by: str,
    at: datetime,
    entropy: bytes,
    until: datetime | None = None,
) -> tuple[Erasure, Write]:
    """The erasure of what the plan says may go, and the write that tells of it before anything is deleted.

    `origins` are the numbers on other chains of entries that were brought to the customer; `keys` pairs of
    index and hash of the deduplication keys of erased events.
    """
    places = {plan.customer: [fact.seq for fact in plan.facts], **origins}
    sections: tuple[ErasedSection, ...] = sections_of({name: seqs for name, seqs in places.items() if seqs})
    erasure = Erasure(
        id=make_id("era", at, entropy),
        customer=plan.customer,
        sections=sections,
        entries=plan.entries,
        reason=reason,
        by=by,
        at=at,
        until=until,
    )
    payloads = [telling(erasure), *([keys_payload(erasure.id, keys)] if keys else [])]
    batch = Batch(kind=Kind.ERASURE, customers=[plan.customer] * len(payloads), payloads=payloads)
    return erasure, Write(batches=(batch,), rows=(Save(record=erasure, told_by=0),))
