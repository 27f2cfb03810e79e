"""What is known of a value metric before it is judged: gathered from usage, record and catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from steelyard.catalog import ValueMetric
from steelyard.kernel import DamagedRecord, InvalidInput, NotFound
from steelyard.metering import Meter, event_of
from steelyard.metering.reading import read_event
from steelyard.record import RecordReader
from steelyard.record.proof import Proof, verify_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One event of the usage store: its entry in the record, and the number that the meter read from it.

    `value` is None where the meter counts events or texts.
    """

    index: int
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How many events of a sample were walked back to the record, and what was wrong with any.

    `without_entry` counts, over all events and not only the sample, those that the record does not hold.
    """

    checked: int
    problems: tuple[str, ...] = ()
    without_entry: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """What is known of one event type: whether it is declared, has a schema, and how its events fit it."""

    name: str
    declared: bool
    has_schema: bool
    events: int
    mismatches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFacts:
    """A metric over a period: who used it and when, what backs it, and what came of it, by customer.

    `customers` are those who could have used it, `using` those who did. `days` is how many days of the period
    are over, `days_with_events` on how many of them anything was counted. `pairs` are the metric's and the
    outcome's quantity of each customer who has events of either.
    """

    metric: ValueMetric
    customers: int
    using: int
    days: int
    days_with_events: int
    events: int
    newest: datetime | None
    seen_until: datetime
    types: tuple[TypeFacts, ...]
    audit: Audit
    outcome: str = ""
    pairs: tuple[tuple[Decimal, Decimal], ...] = ()
    published: bool = True


def walk_back(meter: Meter, sample: Sequence[Sampled], reader: RecordReader, *, without_entry: int) -> Audit:
    """Walks each event of a sample back to the record: its entry, what the meter reads of it, its proof.

    The proof is checked as a stranger would: inclusion in the tree under a checkpoint that the record's key
    signed.
    """
    problems: list[str] = []
    checkpoint = reader.checkpoint() if sample else ""
    for one in sample:
        why = _wrong(meter, one, reader, checkpoint)
        if why:
            problems.append(f"entry {one.index}: {why}")
    return Audit(checked=len(sample), problems=tuple(problems), without_entry=without_entry)


def _wrong(meter: Meter, sampled: Sampled, reader: RecordReader, checkpoint: str) -> str:
    """What is wrong with one event of the sample; empty where nothing is."""
    try:
        entry = reader.entry(sampled.index)
    except NotFound:
        return "the record has no such entry"
    event = event_of(entry)
    if event is None:
        return "the entry carries no event"
    readings = [found for leaf in meter.leaves if (found := read_event(leaf, event)) is not None]
    if not readings:
        return "the meter does not read what the record holds"
    if sampled.value is not None and sampled.value not in [found.number for found in readings]:
        return f"the usage store says {sampled.value}, the record does not"
    size = int(checkpoint.split("\n", 2)[1])
    proof = Proof(
        index=sampled.index,
        hashes=tuple(reader.inclusion_proof(sampled.index, size)),
        checkpoint=checkpoint,
    )
    try:
        verify_proof(proof, entry.leaf(), reader.vkey)
    except (DamagedRecord, InvalidInput) as error:
        return error.message
    return ""
