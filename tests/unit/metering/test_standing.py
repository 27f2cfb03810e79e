"""What stands after changes of usage, told chain by chain."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from steelyard.kernel import Period
from steelyard.metering import (
    Attributed,
    BackfillAction,
    Backfilled,
    Corrected,
    CorrectionAction,
    Range,
    UsageEvent,
    decode,
    encode,
    event_of,
    payload_of,
    standing,
)
from steelyard.metering.changes import NO_EVENT, Change, carried
from steelyard.record import QUARANTINED, Entry, Kind
from tests.memory_record import STARTED_AT, MemoryRecord

OCTOBER = Period.month(2026, 10)
IN_OCTOBER = int(OCTOBER.start.timestamp()) * 1_000_000
KINDS = {Attributed: Kind.ATTRIBUTION, Corrected: Kind.CORRECTION, Backfilled: Kind.BACKFILL}


class Chain:
    """One customer's chain; each entry is a commit of its own, so entry n is recorded at moment n."""

    def __init__(self, customer: str = "acme") -> None:
        self.customer, self.record = customer, MemoryRecord()

    def use(self, id: str, n: int = 1, *, backfill: str = "", time: int = IN_OCTOBER) -> int:
        """A usage entry; gives its index."""
        payload = encode(event(id, n, backfill=backfill, time=time))
        return self.record.append([self.customer], [payload]).first_index

    def say(self, change: Change) -> int:
        """An entry that changes usage; gives its index."""
        return self.record.append([self.customer], [payload_of(change)], KINDS[type(change)]).first_index

    def correct(self, action: str, of: int, event: UsageEvent | None = None) -> int:
        """A correction of the entry `of`."""
        return self.say(
            Corrected(
                action=CorrectionAction(action),
                source="s",
                id="x",
                of=of,
                leaf="00",
                after=of,
                by="key_1",
                reason="a test",
                event=NO_EVENT if event is None else carried(event),
            )
        )

    def backfill(self, action: str, *ranges: Range, upto: int = 1000) -> int:
        """What the backfill `bf` does."""
        change = Backfilled(
            id="bf",
            action=BackfillAction(action),
            deprecate=ranges,
            upto=upto,
            by="key_1",
            reason="a test",
        )
        return self.say(change)

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries of the chain."""
        return self.record.entries(range(self.record.size))

    def counting(self, moment: int | None = None) -> list[tuple[int, str]]:
        """Index and id of what counts, as known after entry `moment` (None: now)."""
        known = None if moment is None else STARTED_AT + moment
        return [(one.index, one.event.id) for one in standing(self.entries) if one.known_at(known)]


def event(id: str, n: int = 1, *, backfill: str = "", time: int = IN_OCTOBER) -> UsageEvent:
    data = msgspec.Raw(b'{"n":%d}' % n)
    return UsageEvent(source="s", id=id, type="call", time=time, subject="acme", data=data, backfill=backfill)


def test_an_amended_event_counts_as_its_correction_and_the_old_fact_stays() -> None:
    chain = Chain()
    first = chain.use("x", 1)
    second = chain.correct("amend", first, event("x", 5))
    assert chain.counting() == [(second, "x")]
    assert chain.counting(first) == [(first, "x")]
    old, new = standing(chain.entries)
    assert (old.known_until, new.known_from) == (STARTED_AT + second, STARTED_AT + second)
    assert (bytes(old.event.data), bytes(new.event.data)) == (b'{"n":1}', b'{"n":5}')
    assert new.seq == 1


def test_a_voided_event_never_counts_again() -> None:
    chain = Chain()
    first = chain.use("x")
    chain.correct("void", first)
    chain.correct("release", first)
    chain.correct("amend", first, event("x", 9))
    assert chain.counting() == []
    assert chain.counting(first) == [(first, "x")]


def test_a_held_event_counts_again_from_its_release_on() -> None:
    chain = Chain()
    first = chain.use("x")
    chain.correct("hold", first)
    released = chain.correct("release", first)
    assert chain.counting(1) == []
    assert chain.counting() == [(first, "x")]
    assert [(one.known_from, one.known_until) for one in standing(chain.entries)] == [
        (STARTED_AT, STARTED_AT + 1),
        (STARTED_AT + released, None),
    ]


def test_amending_a_held_event_lets_the_new_one_count() -> None:
    chain = Chain()
    first = chain.use("x")
    chain.correct("hold", first)
    amended = chain.correct("amend", first, event("x", 2))
    chain.correct("release", first)
    assert chain.counting() == [(amended, "x")]


def test_a_correction_of_a_correction_names_the_newest_carrier() -> None:
    chain = Chain()
    first = chain.use("x", 1)
    second = chain.correct("amend", first, event("x", 2))
    third = chain.correct("amend", second, event("x", 3))
    assert chain.counting() == [(third, "x")]
    assert chain.counting(second) == [(second, "x")]


def test_an_attribution_brings_the_event_to_the_chain_of_its_customer() -> None:
    chain = Chain()
    said = Attributed(
        source="s", id="x", of=77, leaf="00", after=77, event=carried(event("x")), by="key_1", reason="rule"
    )
    index = chain.say(said)
    assert chain.counting() == [(index, "x")]
    (entry,) = chain.entries
    assert event_of(entry) == event("x")


def test_what_a_backfill_brings_counts_from_its_commit_to_its_revert() -> None:
    chain = Chain()
    brought = chain.use("new", backfill="bf")
    assert chain.counting() == []
    committed = chain.backfill("commit")
    assert chain.counting() == [(brought, "new")]
    chain.backfill("revert")
    assert chain.counting() == []
    assert chain.counting(committed) == [(brought, "new")]
    assert chain.counting(brought) == []


def test_an_abandoned_backfill_never_counts() -> None:
    chain = Chain()
    chain.use("new", backfill="bf")
    chain.backfill("abandon")
    chain.backfill("commit")
    assert chain.counting() == []


def test_a_backfill_sets_aside_what_lies_in_its_ranges_and_was_there_before() -> None:
    chain = Chain()
    october = chain.use("old")
    november = chain.use("later", time=IN_OCTOBER + 40 * 86_400_000_000)
    upto = chain.record.size
    after = chain.use("late for october")
    own = chain.use("new", backfill="bf")
    before = chain.counting()
    chain.backfill("commit", Range(period=OCTOBER), upto=upto)
    assert chain.counting() == [(november, "later"), (after, "late for october"), (own, "new")]
    chain.backfill("revert")
    assert chain.counting() == before == [(october, "old"), (november, "later"), (after, "late for october")]


def test_a_range_may_name_customer_type_and_source() -> None:
    chain = Chain()
    chain.use("old")
    for other in (
        Range(period=OCTOBER, customer="globex"),
        Range(period=OCTOBER, event_types=("other",)),
        Range(period=OCTOBER, source="elsewhere"),
    ):
        chain.backfill("commit", other)
        assert len(chain.counting()) == 1
    chain.backfill("commit", Range(period=OCTOBER, customer="acme", event_types=("call",), source="s"))
    assert chain.counting() == []


def test_a_held_event_in_a_deprecated_range_does_not_come_back_with_its_release() -> None:
    chain = Chain()
    first = chain.use("x")
    chain.correct("hold", first)
    chain.backfill("commit", Range(period=OCTOBER))
    chain.correct("release", first)
    assert chain.counting() == []
    chain.backfill("revert")
    assert chain.counting() == [(first, "x")]


def test_what_was_amended_while_a_backfill_was_in_force_goes_with_it() -> None:
    chain = Chain()
    brought = chain.use("new", backfill="bf")
    chain.backfill("commit")
    amended = chain.correct("amend", brought, event("new", 7, backfill="bf"))
    assert chain.counting() == [(amended, "new")]
    chain.backfill("revert")
    assert chain.counting() == []


def test_quarantined_usage_counts_for_nobody() -> None:
    chain = Chain(QUARANTINED)
    chain.use("x")
    assert chain.counting() == []


def test_other_entries_erased_ones_and_changes_of_unknown_carriers_change_nothing() -> None:
    chain = Chain()
    chain.record.append(["acme"], [b'{"body":{},"what":"invoice"}'], Kind.INVOICE)
    chain.record.append(["acme"], [b""])
    chain.record.append(["acme"], [b""], Kind.CORRECTION)
    chain.correct("void", 99)
    first = chain.use("x")
    assert chain.counting() == [(first, "x")]


def test_a_client_cannot_say_that_its_event_belongs_to_a_backfill() -> None:
    body = b'[{"id":"1","type":"call","source":"s","backfill":"bf","again":true,"data":{"backfill":"bf"}}]'
    (sent,) = decode(body, "application/json", {}, OCTOBER.end).events
    assert (sent.backfill, sent.again) == ("", False)
    assert b'"again"' not in encode(sent)
