"""An event whose data is not as its schema says is refused, kept apart or marked, as its type says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from steelyard.metering import (
    NO_DATA,
    Admitted,
    Aggregation,
    EventSchemas,
    EventType,
    Meter,
    OnMismatch,
    Shapes,
    UsageEvent,
    admit,
    read,
    same_content,
    schema_problems,
    schema_text,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SCHEMA = schema_text(
    {
        "type": "object",
        "required": ["model"],
        "properties": {
            "model": {"type": "string"},
            "usage": {"type": "object", "properties": {"tokens": {"type": "integer", "minimum": 0}}},
        },
    }
)


class Known:
    """A directory in which every subject is a customer, but `nobody`."""

    def customer_of(self, subject: str, source: str) -> str | None:
        """The subject itself."""
        return None if subject == "nobody" else subject


def event(number: int, data: Any, *, subject: str = "acme", kind: str = "llm") -> UsageEvent:
    raw = NO_DATA if data is None else msgspec.Raw(msgspec.json.encode(data))
    return UsageEvent(source="api", id=f"e{number}", type=kind, time=0, subject=subject, data=raw)


def admitted(events: list[UsageEvent], action: OnMismatch) -> Admitted:
    schemas = EventSchemas([EventType(name="llm", schema=SCHEMA, on_mismatch=action)])
    return admit(events, Known(), Shapes(), NOW, schemas=schemas)


GOOD = event(1, {"model": "m"})
BAD = event(2, {"model": "m", "usage": {"tokens": "many"}})
OTHER = event(3, {"anything": 1}, kind="other")


def test_a_type_that_rejects_refuses_the_event_with_field_and_reason() -> None:
    found = admitted([GOOD, BAD, OTHER], OnMismatch.REJECT)
    assert [read(payload).id for payload in found.batch.payloads] == ["e1", "e3"]
    assert found.positions == [0, 2]
    [refused] = found.refusals
    assert (refused.index, refused.code.value, refused.field) == (1, "schema_mismatch", "data.usage.tokens")
    assert refused.message == (
        'data.usage.tokens: the value is not of type "integer", by the schema of this event type'
    )
    assert not refused.code.retryable


def test_a_type_that_quarantines_keeps_the_event_apart_but_knows_whose_it_is() -> None:
    found = admitted([GOOD, BAD, OTHER], OnMismatch.QUARANTINE)
    assert found.batch.customers == ["acme", "$quarantined", "acme"]
    assert found.owners == ["acme", "acme", "acme"]
    assert [read(payload).mismatch for payload in found.batch.payloads] == ["", "data.usage.tokens", ""]
    assert found.refusals == []


@pytest.mark.parametrize(
    ("action", "stored"),
    [(OnMismatch.QUARANTINE, ["$quarantined"]), (OnMismatch.TAG, []), (OnMismatch.REJECT, [])],
)
def test_what_no_meter_can_read_is_kept_apart_where_the_owner_wants_mismatches_so(
    action: OnMismatch, stored: list[str]
) -> None:
    tokens = Meter(key="t", event_types=("llm",), aggregation=Aggregation.SUM, value="$.usage.tokens")
    schemas = EventSchemas([EventType(name="llm", schema=SCHEMA, on_mismatch=action)])
    found = admit([BAD], Known(), Shapes([tokens]), NOW, schemas=schemas)
    assert found.batch.customers == stored
    assert [refused.code.value for refused in found.refusals] == ([] if stored else ["not_a_number"])


def test_a_type_that_tags_stores_the_event_with_the_place_noted() -> None:
    found = admitted([GOOD, BAD, event(4, None, subject="nobody")], OnMismatch.TAG)
    assert found.batch.customers == ["acme", "acme", "$unattributed"]
    assert [read(payload).mismatch for payload in found.batch.payloads] == ["", "data.usage.tokens", "data"]
    assert read(found.batch.payloads[1]).data == BAD.data


def test_a_batch_that_fits_is_the_same_bytes_with_and_without_schemas() -> None:
    plain = admit([GOOD, OTHER], Known(), Shapes(), NOW)
    assert admitted([GOOD, OTHER], OnMismatch.REJECT).batch == plain.batch


def test_an_event_sent_again_after_the_schema_changed_is_still_the_same_event() -> None:
    tagged = admitted([BAD], OnMismatch.TAG).batch.payloads[0]
    plain = admit([BAD], Known(), Shapes(), NOW).batch.payloads[0]
    assert tagged != plain
    assert same_content(tagged, plain)
    assert same_content(plain, tagged)


def test_the_sender_cannot_note_a_mismatch() -> None:
    found = admitted(
        [msgspec.structs.replace(GOOD, data=msgspec.Raw(b'{"model":"m","mismatch":"x"}'))], OnMismatch.TAG
    )
    assert read(found.batch.payloads[0]).mismatch == ""


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "objekt"}, ("type",)),
        ({"properties": {"n": {"minimum": "0"}}}, ("properties", "n", "minimum")),
        ({"$ref": "https://example.com/schema.json"}, ()),
        ({"$ref": "#/$defs/missing"}, ()),
        ({"properties": {"n": {"pattern": "(?=a)"}}}, ("properties", "n", "pattern")),
        ("a text", ()),
        ([1], ()),
        ({"description": "x" * 70_000}, ()),
    ],
)
def test_what_is_no_schema_of_ours_is_told_with_its_place(schema: Any, place: tuple[str, ...]) -> None:
    assert [problem.path for problem in schema_problems(schema)][:1] == [place]


@pytest.mark.parametrize(
    "data", [b'{"model":"m","n":1e999999}', b'{"model":"\\ud800"}', b'{"model":"m","n":1e-999999}']
)
def test_odd_data_is_judged_and_never_fails(data: bytes) -> None:
    odd = msgspec.structs.replace(GOOD, data=msgspec.Raw(data))
    found = admitted([odd, BAD], OnMismatch.TAG)
    assert len(found.batch.payloads) == 2
