"""For any changes of usage, the columnar engine counts exactly what the plain reference says stands."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.adapters.duckdb import DuckUsageStore
from steelyard.kernel import Period, from_micros, micros
from steelyard.metering import (
    Aggregation,
    Attributed,
    BackfillAction,
    Backfilled,
    Corrected,
    CorrectionAction,
    Meter,
    Range,
    Standing,
    UsageEvent,
    encode,
    payload_of,
    quantity,
    standing,
)
from steelyard.metering.changes import NO_EVENT, Change, carried
from steelyard.record import QUARANTINED, UNATTRIBUTED, WORKSPACE_CHAIN, Kind
from tests.memory_record import STARTED_AT, MemoryRecord

OCTOBER = Period.month(2026, 10)
START = micros(OCTOBER.start)
CHAINS = ("acme", "globex", UNATTRIBUTED, QUARANTINED)
KINDS = {Attributed: Kind.ATTRIBUTION, Corrected: Kind.CORRECTION, Backfilled: Kind.BACKFILL}
METERS = tuple(
    Meter(
        key=f"{aggregation.value}_{number}",
        event_types=types,
        aggregation=aggregation,
        value="" if aggregation is Aggregation.COUNT else "$.n",
        percentile=Decimal(90) if aggregation is Aggregation.PERCENTILE else None,
    )
    for aggregation in Aggregation
    if aggregation not in (Aggregation.WINDOWED, Aggregation.FORMULA)
    for number, types in enumerate([("call",), ("call", "job")])
)
LATER_METER = Meter(key="later", event_types=("call",), aggregation=Aggregation.SUM, value="$.m")


@dataclass
class Story:
    """Entries that our own services could have written, in order, and who carries what."""

    entries: list[tuple[Kind, str, bytes]] = field(default_factory=list)
    carriers: list[tuple[int, str, UsageEvent]] = field(default_factory=list)
    attributed: dict[int, int] = field(default_factory=dict)
    backfills: dict[str, str] = field(default_factory=dict)

    def say(self, customer: str, change: Change) -> None:
        self.entries.append((KINDS[type(change)], customer, payload_of(change)))

    def use(self, customer: str, event: UsageEvent) -> None:
        self.carriers.append((len(self.entries), customer, event))
        self.entries.append((Kind.USAGE, customer, encode(event)))

    def correct(self, which: int, action: CorrectionAction, event: UsageEvent) -> None:
        if not self.carriers:
            return
        of, customer, old = self.carriers[which % len(self.carriers)]
        if of in self.attributed:
            return
        new = NO_EVENT
        if action is CorrectionAction.AMEND:
            event = msgspec.structs.replace(event, backfill=old.backfill)
            self.carriers.append((len(self.entries), customer, event))
            new = carried(event)
        said = Corrected(
            action=action, source="s", id="x", of=of, leaf="", after=of, event=new, by="k", reason="r"
        )
        self.say(customer, said)

    def attribute(self, which: int, customer: str) -> None:
        nobodys = [
            one
            for one in self.carriers
            if one[1] in (UNATTRIBUTED, QUARANTINED) and one[0] not in self.attributed
        ]
        if not nobodys:
            return
        of, _, event = nobodys[which % len(nobodys)]
        self.attributed[of] = len(self.entries)
        self.carriers.append((len(self.entries), customer, event))
        said = Attributed(
            source="s", id="x", of=of, leaf="", after=of, event=carried(event), by="k", reason="r"
        )
        self.say(customer, said)

    def bring(self, backfill: str, customer: str, event: UsageEvent) -> None:
        if self.status(backfill) == "open":
            self.use(customer, msgspec.structs.replace(event, backfill=backfill))

    def status(self, backfill: str) -> str:
        if backfill not in self.backfills:
            self.entries.append((Kind.BACKFILL, WORKSPACE_CHAIN, OPENED))
        return self.backfills.setdefault(backfill, "open")

    def end(self, backfill: str, action: BackfillAction, ranges: Sequence[Range], before: int) -> None:
        status = self.status(backfill)
        if status == "commit":
            action = BackfillAction.REVERT
        elif status != "open" or action is BackfillAction.REVERT:
            return
        self.backfills[backfill] = action.value
        upto = max(0, len(self.entries) - before)
        for customer in CHAINS:
            said = Backfilled(
                id=backfill, action=action, deprecate=tuple(ranges), upto=upto, by="k", reason="r"
            )
            self.say(customer, said)


OPENED = b'{"body":{},"what":"backfill"}'
Step = Callable[[Story], None]

numbers = st.integers(0, 50)
customers = st.sampled_from(CHAINS)
backfills = st.sampled_from(["b1", "b2"])
events = st.builds(
    lambda n, kind, time, source: UsageEvent(
        source=source, id="x", type=kind, time=time, data=msgspec.Raw(b'{"n":%d,"m":%d}' % (n, n + 1))
    ),
    numbers,
    st.sampled_from(["call", "call", "job"]),
    st.sampled_from([START - 1, START, START + 5, START + 86_400_000_000]),
    st.sampled_from(["s", "t"]),
)
ranges = st.builds(
    Range,
    customer=st.sampled_from([None, None, "acme", "globex"]),
    event_types=st.sampled_from([(), ("call",), ("job", "unheard")]),
    source=st.sampled_from(["", "", "s"]),
    period=st.just(OCTOBER),
)
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda customer, event: lambda story: story.use(customer, event), customers, events),
    st.builds(
        lambda which, action, event: lambda story: story.correct(which, action, event),
        numbers,
        st.sampled_from(CorrectionAction),
        events,
    ),
    st.builds(
        lambda which, customer: lambda story: story.attribute(which, customer),
        numbers,
        st.sampled_from(["acme", "globex"]),
    ),
    st.builds(
        lambda backfill, customer, event: lambda story: story.bring(backfill, customer, event),
        backfills,
        customers,
        events,
    ),
    st.builds(
        lambda backfill, action, given, before: lambda story: story.end(backfill, action, given, before),
        backfills,
        st.sampled_from([BackfillAction.COMMIT, BackfillAction.COMMIT, BackfillAction.ABANDON]),
        st.lists(ranges, max_size=2),
        st.sampled_from([0, 0, 3]),
    ),
)
stories = st.lists(steps, max_size=30)


def told(steps: Sequence[Step], widths: Sequence[int]) -> tuple[Story, MemoryRecord]:
    """The story's entries in a record, divided into bundles of these widths."""
    story, record = Story(), MemoryRecord()
    for step in steps:
        step(story)
    place = 0
    for width in [*widths, *[7] * len(story.entries)]:
        if place < len(story.entries):
            record.append_mixed(story.entries[place : place + width])
            place += width
    return story, record


def expected(story: Story, record: MemoryRecord) -> dict[str, list[Standing]]:
    """What stands on each chain; on the chain of nobody's usage until it was attributed."""
    by_chain: dict[str, list[Standing]] = {}
    every = record.entries(range(record.size))
    for chain in CHAINS:
        by_chain[chain] = standing(entry for entry in every if entry.customer == chain)
    taken = {of: every[index].recorded_at for of, index in story.attributed.items()}
    by_chain[UNATTRIBUTED] = [
        msgspec.structs.replace(
            one,
            known_until=min(
                taken.get(one.index, 1 << 62), one.known_until if one.known_until is not None else 1 << 62
            ),
        )
        for one in by_chain[UNATTRIBUTED]
    ]
    return by_chain


def compare(store: DuckUsageStore, meter: Meter, by_chain: dict[str, list[Standing]], at: int | None) -> None:
    as_of = None if at is None else from_micros(at)
    rows = {row.customer: row for row in store.quantities(meter.key, OCTOBER, as_of=as_of)}
    known = 1 << 61 if at is None else at
    for chain, stands in by_chain.items():
        found = quantity(meter, [one.event for one in stands if one.known_at(known)], OCTOBER)
        row = rows.pop(chain, None)
        measured = (row.quantity, row.events) if row else (Decimal(0), 0)
        assert measured == (found.quantity, found.events), (meter.key, chain, at)
    assert not rows


@pytest.fixture(scope="module")
def shared_store() -> DuckUsageStore:
    store = DuckUsageStore(None)
    store.define(METERS)
    return store


@settings(max_examples=30, deadline=None)
@given(
    steps=stories, widths=st.lists(st.integers(1, 9), max_size=30), slice_rows=st.sampled_from([1, 3, 1000])
)
def test_now_and_at_any_moment_the_store_counts_what_stands(
    shared_store: DuckUsageStore, steps: list[Step], widths: list[int], slice_rows: int
) -> None:
    story, record = told(steps, widths)
    by_chain = expected(story, record)
    store = shared_store
    store._slice_rows = slice_rows
    store.rebuild(record)
    bundles = len(list(record.bundles(0)))
    for number, meter in enumerate(METERS):
        compare(store, meter, by_chain, None)
        compare(store, meter, by_chain, STARTED_AT + number * max(1, bundles // len(METERS)))
    for at in {-1, 0, bundles // 3, bundles // 2, bundles - 2, bundles - 1}:
        compare(store, METERS[0], by_chain, STARTED_AT + at)
    listed = store.events(limit=1000)
    counting = {one.index for chain in by_chain.values() for one in chain if one.known_at(1 << 61)}
    assert {row.index for row in listed if row.status.counts} == counting
    assert len(listed) == len({row.index for row in listed})
    assert store.counts().events == len(counting)


@settings(max_examples=8, deadline=None)
@given(steps=stories, widths=st.lists(st.integers(1, 9), max_size=30))
def test_folding_anew_in_other_slices_or_for_other_meters_gives_the_same_bytes(
    steps: list[Step], widths: list[int]
) -> None:
    story, record = told(steps, widths)
    store, other = DuckUsageStore(None), DuckUsageStore(None)
    store.define([*METERS, LATER_METER])
    store.catch_up(record)
    other.define(METERS)
    other._slice_rows = 2
    other.catch_up(record)
    other.define([*METERS, LATER_METER])
    first = store.dump()
    assert other.dump() == first
    compare(other, LATER_METER, expected(story, record), None)
    other.rebuild(record)
    assert other.dump() == first
    store.close()
    other.close()


def any_step(chance: random.Random) -> Step:
    """A step that no strategy would think of so evenly."""
    kind, source = chance.choice(["call", "job"]), chance.choice("st")
    data = msgspec.Raw(b'{"n":%d,"m":2}' % chance.randrange(50))
    event = UsageEvent(source=source, id="x", type=kind, time=START + chance.randrange(9), data=data)
    which, customer, backfill = (
        chance.randrange(999),
        chance.choice(CHAINS),
        chance.choice(["b1", "b2", "b3"]),
    )
    action = chance.choice(list(CorrectionAction))
    ending = chance.choice([BackfillAction.COMMIT, BackfillAction.COMMIT, BackfillAction.ABANDON])
    given = [Range(period=OCTOBER, source=chance.choice(["s", ""]), customer=chance.choice([None, "acme"]))]
    before = chance.choice([0, 9])
    return chance.choices(
        [
            lambda story: story.use(customer, event),
            lambda story: story.correct(which, action, event),
            lambda story: story.attribute(which, "acme"),
            lambda story: story.bring(backfill, customer, event),
            lambda story: story.end(backfill, ending, given, before),
        ],
        [5, 5, 1, 3, 0.3],
    )[0]


def test_long_stories_reach_every_status_and_are_counted_alike(shared_store: DuckUsageStore) -> None:
    found: set[str] = set()
    for seed in range(6):
        chance = random.Random(seed)
        steps = [any_step(chance) for _ in range(120)]
        story, record = told(steps, [chance.randrange(1, 12) for _ in range(200)])
        shared_store._slice_rows = chance.choice([5, 50])
        shared_store.rebuild(record)
        by_chain = expected(story, record)
        for number, meter in enumerate(METERS):
            compare(shared_store, meter, by_chain, None)
            compare(shared_store, meter, by_chain, STARTED_AT + number)
        found |= {row.status.value for row in shared_store.events(limit=1000)}
    assert found >= {
        "attributed",
        "unattributed",
        "held",
        "voided",
        "quarantined",
        "pending",
        "withdrawn",
        "deprecated",
    }
