"""Admission: which events are stored, on whose chain, and as which bytes.

Everything that every event must pass is checked for the batch as a whole first; only a batch in which
something is wrong is looked through one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from steelyard.kernel import micros
from steelyard.metering.attribution_rules import Rules
from steelyard.metering.event_schema import EventSchemas, Mismatch
from steelyard.metering.items import ItemProblem
from steelyard.metering.model import NO_DATA, OnMismatch, RefusalCode, Refused, UsageEvent
from steelyard.metering.payload import KEY_SEPARATOR, encode
from steelyard.metering.ports import SubjectDirectory
from steelyard.metering.shapes import Shapes
from steelyard.record import QUARANTINED, UNATTRIBUTED, Batch, Kind

FUTURE_MAX_MICROS: Final = 24 * 3600 * 1_000_000
DEPTH_MAX: Final = 64
NO_SCHEMAS: Final = EventSchemas()
NO_RULES: Final = Rules()
ID_LENGTH_MAX: Final = 256
"""Most characters of an event's id, type, source or subject."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A batch ready for the record, the events that are not in it, and where each of its items came from.

    `positions[i]` is the place in the request of item i of the batch, `owners[i]` whose it is, also where its
    chain is that of the quarantine.
    """

    batch: Batch
    refusals: list[Refused]
    positions: list[int]
    owners: list[str]


def admit(
    events: Sequence[UsageEvent],
    directory: SubjectDirectory,
    shapes: Shapes,
    now: datetime,
    *,
    positions: Sequence[int] | None = None,
    schemas: EventSchemas = NO_SCHEMAS,
    rules: Rules = NO_RULES,
) -> Admitted:
    """The events as a batch for the record, each on its customer's chain or the unattributed one.

    An event whose subject `directory` does not know is the customer's of the first of `rules` that it meets.
    Events whose data `schemas` do not allow are refused, kept apart or marked, as their type says.
    `positions` are the places of the events in their request (default: as given here); refusals name them.

    >>> from steelyard.kernel import instant
    >>> class Nobody:
    ...     def customer_of(self, subject: str, source: str) -> str | None:
    ...         return None
    >>> event = UsageEvent(source="api", id="e1", type="call", time=0)
    >>> admit([event], Nobody(), Shapes(), instant("2026-11-01T00:00:00Z")).batch.customers
    ['$unattributed']
    """
    places = list(range(len(events))) if positions is None else list(positions)
    latest = micros(now) + FUTURE_MAX_MICROS
    kept, refusals = list(events), list[Refused]()
    payloads = list(map(encode, kept))
    if not _all_fit(kept, payloads, shapes, latest):
        good: list[int] = []
        for number, event in enumerate(kept):
            problem = _problem(event, payloads[number], latest) or _unreadable(event, shapes, schemas)
            if problem is None:
                good.append(number)
            else:
                refusals.append(_refused(places[number], event, problem))
        kept = [kept[number] for number in good]
        payloads = [payloads[number] for number in good]
        places = [places[number] for number in good]
    mismatches = schemas.mismatches(kept)
    if mismatches:
        refusals += _rejected(kept, places, mismatches)
        kept, payloads, places, mismatches = _marked(kept, payloads, places, mismatches)
    owners = _customers(kept, directory)
    if rules and UNATTRIBUTED in owners:
        owners = _by_rules(kept, owners, rules)
    batch = Batch(
        kind=Kind.USAGE,
        customers=_kept_apart(owners, mismatches),
        payloads=payloads,
        keys=[f"{event.source}{KEY_SEPARATOR}{event.id}".encode() for event in kept],
    )
    return Admitted(batch=batch, refusals=refusals, positions=places, owners=owners)


def _refused(place: int, event: UsageEvent, problem: ItemProblem) -> Refused:
    return Refused(index=place, code=problem.code, field=problem.field, message=problem.message, event=event)


def _rejected(
    events: Sequence[UsageEvent], places: Sequence[int], mismatches: Mapping[int, Mismatch]
) -> list[Refused]:
    return [
        _refused(
            places[number],
            events[number],
            ItemProblem(RefusalCode.SCHEMA_MISMATCH, mismatch.message, mismatch.field),
        )
        for number, mismatch in mismatches.items()
        if mismatch.action is OnMismatch.REJECT
    ]


def _marked(
    events: list[UsageEvent], payloads: list[bytes], places: list[int], mismatches: Mapping[int, Mismatch]
) -> tuple[list[UsageEvent], list[bytes], list[int], dict[int, Mismatch]]:
    """What is stored all the same, with its mismatch noted, and the mismatches by their new places."""
    stay = [
        number
        for number in range(len(events))
        if number not in mismatches or mismatches[number].action is not OnMismatch.REJECT
    ]
    marked = {number: place for place, number in enumerate(stay) if number in mismatches}
    kept, kept_payloads = [events[number] for number in stay], [payloads[number] for number in stay]
    for number, place in marked.items():
        kept[place] = msgspec.structs.replace(events[number], mismatch=mismatches[number].field)
        kept_payloads[place] = encode(kept[place])
    found = {place: mismatches[number] for number, place in marked.items()}
    return kept, kept_payloads, [places[number] for number in stay], found


def _kept_apart(owners: list[str], mismatches: Mapping[int, Mismatch]) -> list[str]:
    apart = [place for place, each in mismatches.items() if each.action is OnMismatch.QUARANTINE]
    if not apart:
        return owners
    chains = list(owners)
    for place in apart:
        chains[place] = QUARANTINED
    return chains


def _by_rules(events: list[UsageEvent], owners: list[str], rules: Rules) -> list[str]:
    found = list(owners)
    for place, owner in enumerate(owners):
        if owner == UNATTRIBUTED:
            rule = rules.rule_for(events[place])
            found[place] = owner if rule is None else rule.customer
    return found


def _customers(events: list[UsageEvent], directory: SubjectDirectory) -> list[str]:
    who = [event.customer or event.subject for event in events]
    sources = [event.source for event in events]
    if len(set(sources)) == 1:
        source = sources[0]
        owners = {name: directory.customer_of(name, source) or UNATTRIBUTED for name in set(who)}
        return list(map(owners.__getitem__, who))
    pairs = list(zip(who, sources, strict=True))
    known = {pair: directory.customer_of(*pair) or UNATTRIBUTED for pair in set(pairs)}
    return list(map(known.__getitem__, pairs))


def _all_fit(events: list[UsageEvent], payloads: list[bytes], shapes: Shapes, latest: int) -> bool:
    if not events:
        return True
    times = [event.time for event in events]
    if min(times) < 0 or max(times) > latest:
        return False
    if not all(event.id and event.source and event.type for event in events):
        return False
    # No text is longer, and nothing deeper, than the payload that holds it: of short ones no more is asked.
    longest = max(map(len, payloads))
    if longest > ID_LENGTH_MAX and not _short_texts(events):
        return False
    if longest > 4 * DEPTH_MAX and any(
        len(payload) > 4 * DEPTH_MAX and _brackets(payload) > DEPTH_MAX for payload in payloads
    ):
        return False
    return _shapes_fit(events, shapes)


def _short_texts(events: list[UsageEvent]) -> bool:
    texts = (
        [event.id for event in events],
        [event.source for event in events],
        [event.type for event in events],
        [event.subject for event in events],
    )
    return all(max(map(len, column)) <= ID_LENGTH_MAX for column in texts)


def _shapes_fit(events: list[UsageEvent], shapes: Shapes) -> bool:
    types = [event.type for event in events]
    alone = types[0] if types.count(types[0]) == len(types) else None
    by_type: dict[str, list[msgspec.Raw]] = {}
    if alone is not None:
        by_type[alone] = [event.data for event in events if event.data is not NO_DATA]
    else:
        for event in events:
            if event.data is not NO_DATA:
                by_type.setdefault(event.type, []).append(event.data)
    for event_type, datas in by_type.items():
        shape = shapes.get(event_type)
        if shape is not None and not shape.fits(datas):
            return False
    return True


def _brackets(payload: bytes) -> int:
    return payload.count(b"[") + payload.count(b"{")


def _depth(payload: bytes) -> int:
    depth = deepest = 0
    quoted = escaped = False
    for byte in payload:
        if quoted:
            quoted = escaped or byte != 0x22
            escaped = not escaped and byte == 0x5C
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _problem(event: UsageEvent, payload: bytes, latest: int) -> ItemProblem | None:
    for name, text in (("id", event.id), ("type", event.type), ("source", event.source)):
        if not text:
            return ItemProblem(RefusalCode.MISSING_FIELD, f"{name} is empty", name)
    for name in ("id", "type", "source", "subject"):
        if len(getattr(event, name)) > ID_LENGTH_MAX:
            message = f"{name} has more than {ID_LENGTH_MAX} characters"
            return ItemProblem(RefusalCode.TOO_LONG, message, name)
    if event.time > latest:
        message = "time is more than 24 hours in the future; check the sender's clock and time zone"
        return ItemProblem(RefusalCode.TIME_IN_FUTURE, message, "time")
    if event.time < 0:
        return ItemProblem(RefusalCode.TIME_TOO_EARLY, "time is before 1970", "time")
    if len(payload) > 4 * DEPTH_MAX and _brackets(payload) > DEPTH_MAX and _depth(payload) > DEPTH_MAX + 1:
        message = f"data is nested too deeply; use at most {DEPTH_MAX} levels"
        return ItemProblem(RefusalCode.TOO_DEEP, message, "data")
    return None


def _unreadable(event: UsageEvent, shapes: Shapes, schemas: EventSchemas) -> ItemProblem | None:
    """What a meter cannot read; nothing where the schema keeps such events apart for a person to look at."""
    shape = shapes.get(event.type)
    if shape is None or bytes(event.data) in (b"", b"null") or schemas.keep_apart(event):
        return None
    return shape.problem(event.data)
