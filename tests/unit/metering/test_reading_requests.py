"""What comes over the wire: every accepted form, and what each mistake is answered with."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kernel import InvalidInput, instant
from steelyard.metering import (
    Aggregation,
    Meter,
    RefusalCode,
    Shapes,
    UsageEvent,
    admit,
    decode,
    read_event,
    same_content,
)
from steelyard.metering.wire import BATCHED, BODY_BYTES_MAX, EVENTS_MAX, STRUCTURED
from steelyard.record import UNATTRIBUTED

NOW = instant("2026-11-21T12:00:00Z")
GOOD = {"id": "1", "type": "call", "source": "api", "subject": "acme", "time": "2026-11-21T10:00:00Z"}
SHAPES = Shapes(
    [
        Meter(key="n", event_types=("call",), aggregation=Aggregation.SUM, value="$.n", allow_negative=False),
        Meter(key="deep", event_types=("call",), aggregation=Aggregation.MAX, value="$.usage.n"),
    ]
)


class Everyone:
    """A directory in which each subject but the blank one is a customer."""

    def customer_of(self, subject: str, source: str) -> str | None:
        return subject or None


def refused(body: bytes | str, content_type: str = "application/json") -> list[tuple[int, str, str]]:
    body = body.encode() if isinstance(body, str) else body
    decoded = decode(body, content_type, {}, NOW)
    admitted = admit(decoded.events, Everyone(), SHAPES, NOW, positions=decoded.positions)
    found = [*decoded.refusals, *admitted.refusals]
    assert all(one.message for one in found)
    return [(one.index, one.code.value, one.field) for one in found]


def with_data(data: str, **more: str) -> str:
    return json.dumps(GOOD | more)[:-1] + f', "data": {data}}}'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(GOOD), STRUCTURED),
        (json.dumps([GOOD]), BATCHED),
        (json.dumps(GOOD), "application/json; charset=utf-8"),
        (json.dumps([GOOD]), ""),
        ("\n" + json.dumps(GOOD) + "\n\n", "application/x-ndjson"),
    ],
)
def test_each_form_gives_the_same_event(body: str, content_type: str) -> None:
    decoded = decode(body.encode(), content_type, {}, NOW)
    assert decoded.refusals == []
    event = decoded.events[0]
    assert (event.id, event.type, event.source, event.subject) == ("1", "call", "api", "acme")
    assert event.time == 1_795_255_200_000_000
    assert not event.arrival


def test_binary_mode_takes_attributes_from_headers_and_data_from_the_body() -> None:
    headers = {"ce-id": "1", "ce-type": "call", "ce-source": "a%20b", "ce-team": "core"}
    decoded = decode(b'{"n": 1}', "application/json", headers, NOW)
    assert decoded.refusals == []
    assert (decoded.events[0].source, decoded.events[0].team) == ("a b", "core")
    assert bytes(decoded.events[0].data) == b'{"n": 1}'


def test_an_event_without_time_and_source_gets_those_of_its_arrival() -> None:
    event = decode(b'{"id": "1", "type": "call"}', "application/json", {}, NOW).events[0]
    assert (event.source, event.time, event.arrival) == ("default", 1_795_262_400_000_000, True)


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        ("7", "not_an_object", ""),
        ('{"type": "call"}', "missing_field", "id"),
        (json.dumps(GOOD | {"id": ""}), "missing_field", "id"),
        (json.dumps(GOOD | {"id": 5}), "wrong_type", "id"),
        (json.dumps(GOOD | {"id": "x" * 257}), "too_long", "id"),
        (json.dumps(GOOD | {"id": "a\u001fb"}), "wrong_type", "id"),
        (json.dumps(GOOD | {"time": "yesterday"}), "not_a_time", "time"),
        (json.dumps(GOOD | {"time": "2026-11-21T10:00:00"}), "not_a_time", "time"),
        (json.dumps(GOOD | {"time": "2026-11-22T12:00:01Z"}), "time_in_future", "time"),
        (json.dumps(GOOD | {"time": "1969-12-31T23:59:59Z"}), "time_too_early", "time"),
        (json.dumps(GOOD | {"cost": "much"}), "not_a_number", "cost"),
        (json.dumps(GOOD | {"cost": 1, "currency": "ABX"}), "unknown_currency", "currency"),
        (json.dumps(GOOD | {"data_base64": "AA=="}), "wrong_type", "data_base64"),
        (with_data('{"n": NaN}'), "malformed_json", ""),
        (with_data('{"n": Infinity}'), "malformed_json", ""),
        (with_data('{"n": "NaN"}'), "not_a_number", "data.n"),
        (with_data('{"n": "many"}'), "not_a_number", "data.n"),
        (with_data('{"n": true}'), "not_a_number", "data.n"),
        (with_data('{"n": 1e999999}'), "number_too_large", "data.n"),
        (with_data('{"n": 1e27}'), "number_too_large", "data.n"),
        (with_data('{"n": 0.1234567890123}'), "number_too_large", "data.n"),
        (with_data('{"n": -1}'), "negative_value", "data.n"),
        (with_data('{"usage": {"n": "x"}}'), "not_a_number", "data.usage.n"),
        (with_data("[1]"), "wrong_type", "data"),
        (with_data("[" * 100 + "]" * 100), "too_deep", "data"),
        (with_data("[" * 100_000 + "]" * 100_000), "too_deep", ""),
    ],
)
def test_one_bad_event_is_refused_and_its_neighbours_are_stored(item: str, code: str, field: str) -> None:
    neighbours = [json.dumps(GOOD | {"id": "before"}), json.dumps(GOOD | {"id": "after"})]
    body = f"[{neighbours[0]}, {item}, {neighbours[1]}]"
    assert refused(body) == [(1, code, field)]
    decoded = decode(body.encode(), "application/json", {}, NOW)
    admitted = admit(decoded.events, Everyone(), SHAPES, NOW, positions=decoded.positions)
    assert admitted.positions == [0, 2]
    assert admitted.batch.keys == [b"api\x1fbefore", b"api\x1fafter"]


def test_bytes_that_are_not_utf8_spoil_only_their_own_event() -> None:
    body = b'[{"id":"1","type":"t"},{"id":"\xff","type":"t"},{"id":"3","type":"t","data":{"x":"\xff"}}]'
    assert refused(body) == [(1, "invalid_utf8", ""), (2, "invalid_utf8", "")]
    assert refused(body[1:-1].replace(b"},{", b"}\n{"), "application/x-ndjson")[0][0] == 1


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"", "application/json", "empty_body"),
        (b" \n", "application/json", "empty_body"),
        (b"[{}", "application/json", "malformed_json"),
        (b"[] []", "application/json", "malformed_json"),
        (b"x" * (BODY_BYTES_MAX + 1), "application/json", "body_too_large"),
        (b"<xml/>", "application/xml", "unsupported_content_type"),
        (b"[" + b"{}," * EVENTS_MAX + b"{}]", "application/json", "too_many_events"),
        (b"{}\n" * (EVENTS_MAX + 1), "application/x-ndjson", "too_many_events"),
    ],
)
def test_a_request_that_cannot_be_read_as_a_whole_is_refused_once(
    body: bytes, content_type: str, code: str
) -> None:
    assert refused(body, content_type) == [(-1, code, "")]


def test_unknown_subjects_join_the_chain_of_the_unattributed() -> None:
    events = [UsageEvent(source="s", id="1", type="t", time=0), UsageEvent("s", "2", "t", 0, "acme")]
    assert admit(events, Everyone(), Shapes(), NOW).batch.customers == [UNATTRIBUTED, "acme"]


def test_a_hint_wins_over_the_subject() -> None:
    event = UsageEvent(source="s", id="1", type="t", time=0, subject="user", customer="acme")
    assert admit([event], Everyone(), Shapes(), NOW).batch.customers == ["acme"]


def test_an_event_sent_again_without_a_time_says_the_same() -> None:
    body = b'{"id": "1", "type": "t", "data": {"a": 1}}'
    first = decode(body, "application/json", {}, NOW).events
    later = decode(body, "application/json", {}, instant("2026-11-21T13:00:00Z")).events
    one, other = (admit(events, Everyone(), Shapes(), NOW).batch.payloads[0] for events in (first, later))
    assert one != other
    assert same_content(one, other)
    assert not same_content(one, other.replace(b'"a": 1', b'"a": true'))
    assert not same_content(one, other.replace(b',"arrival":true', b""))


@given(body=st.binary(max_size=200), content_type=st.sampled_from([BATCHED, "", "application/x-ndjson"]))
def test_no_bytes_raise(body: bytes, content_type: str) -> None:
    refused(body, content_type)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["id", "type", "source", "subject", "time", "data", "cost", "currency", "team", "customer"]
)


@given(items=st.lists(json_values | st.dictionaries(names, json_values | st.just({"n": "1"}))))
def test_no_json_raises_and_each_item_is_stored_or_refused(items: list[object]) -> None:
    decoded = decode(json.dumps(items).encode(), BATCHED, {}, NOW)
    admitted = admit(decoded.events, Everyone(), SHAPES, NOW, positions=decoded.positions)
    places = [*admitted.positions, *(one.index for one in [*decoded.refusals, *admitted.refusals])]
    assert sorted(places) == list(range(len(items)))


@given(
    headers=st.dictionaries(st.sampled_from(["ce-id", "ce-type", "ce-data", "ce-time", "ce-x"]), st.text())
)
def test_no_headers_raise(headers: dict[str, str]) -> None:
    decode(b"{}", "application/json", headers, NOW)


def test_every_code_says_whether_trying_again_helps() -> None:
    assert [code for code in RefusalCode if code.retryable] == [RefusalCode.TIME_IN_FUTURE]


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "no spaces"},
        {"event_types": ()},
        {"value": ""},
        {"value": "n"},
        {"value": "$.a[0]"},
        {"value": '$."a" OR 1=1'},
        {"amount": "$.a", "unit_price": "$.b"},
        {"group_by": {"team": "$.team"}},
        {"group_by": {"x": "$"}},
    ],
)
def test_a_meter_that_makes_no_sense_cannot_be_made(wrong: dict[str, object]) -> None:
    good = {"key": "m", "event_types": ("t",), "aggregation": Aggregation.SUM, "value": "$.n"}
    Meter(**good)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput):
        Meter(**(good | wrong))  # pyright: ignore[reportArgumentType]


def test_of_a_repeated_name_the_last_one_counts():
    body = b'[{"id": "1", "id": "2", "type": "call", "data": {"n": 1, "n": 5}}]'
    event = decode(body, "application/json", {}, NOW).events[0]
    meter = Meter(key="n", event_types=("call",), aggregation=Aggregation.SUM, value="$.n")
    reading = read_event(meter, event)
    assert event.id == "2"
    assert reading is not None
    assert reading.number == 5
