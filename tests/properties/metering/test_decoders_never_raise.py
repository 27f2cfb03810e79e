"""Whatever the bytes are: a decoder never raises, never loses a good event, and says where a bad one is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import msgspec
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steelyard.entrypoints.api.unpacking import unpack
from steelyard.kernel.errors import InvalidInput
from steelyard.metering import (
    NO_DATA,
    WHOLE_REQUEST,
    Decoded,
    Shapes,
    admit,
    decode,
    decode_form,
    decode_json,
    decode_lago,
    decode_stream,
    encode,
    key_of,
    read,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ARRIVAL = 1_793_491_200_000_000
CONTENT_TYPES = [
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json; charset=utf-8",
    "application/x-ndjson",
    "",
]

DECODERS: dict[str, Callable[[bytes], Decoded]] = {
    **{name: (lambda body, name=name: decode(body, name, {}, NOW)) for name in CONTENT_TYPES},
    "lago": lambda body: decode_lago(body, ARRIVAL),
    "stripe form": lambda body: decode_form(body, ARRIVAL, "made"),
    "stripe json": lambda body: decode_json(body, ARRIVAL, "made"),
    "stripe stream": lambda body: decode_stream(body, ARRIVAL, "made"),
}


class Nobody:
    """A directory that knows nobody."""

    def customer_of(self, subject: str, source: str) -> str | None:
        """Nobody."""
        return None


def check(decoded: Decoded) -> None:
    """Each item is an event or a refusal, never both, and what is admitted can be read back."""
    places = [*decoded.positions, *(one.index for one in decoded.refusals)]
    assert len(places) == len(set(places))
    if WHOLE_REQUEST in places:
        assert places == [WHOLE_REQUEST]
        assert not decoded.events
    else:
        assert sorted(places) == list(range(len(places)))
    assert all(one.message for one in decoded.refusals)
    admitted = admit(decoded.events, Nobody(), Shapes(), NOW, positions=decoded.positions)
    for payload, key in zip(admitted.batch.payloads, admitted.batch.keys or [], strict=True):
        assert key_of(payload) == key
        assert encode(read(payload)) == payload


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_WORDS = (
    "id type source subject time data event events transaction_id code external_subscription_id timestamp "
    "properties event_name payload identifier precise_total_amount_cents cost currency data_base64 "
    "specversion external_customer_id"
)
NAMES = st.sampled_from(_WORDS.split())
SHAPED = st.dictionaries(NAMES, JSON, max_size=8)
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda tree: json.dumps(tree).encode())
    | SHAPED.map(lambda tree: json.dumps(tree).encode())
    | st.lists(SHAPED, max_size=5).map(lambda tree: json.dumps(tree).encode())
    | SHAPED.map(lambda tree: json.dumps({"event": tree}).encode())
    | st.lists(SHAPED | JSON, max_size=5).map(lambda tree: json.dumps({"events": tree}).encode())
    | st.lists(SHAPED | JSON, max_size=5).map(lambda tree: "\n".join(map(json.dumps, tree)).encode())
)


@settings(max_examples=150, deadline=None)
@given(body=BODIES, name=st.sampled_from(sorted(DECODERS)))
@example(body=b'{"event": {"transaction_id": "t", "code": "c", "timestamp": 1e999}}', name="lago")
@example(body=b'{"event": {"transaction_id": "t", "code": "c", "timestamp": "NaN"}}', name="lago")
@example(body=b'{"event": {"transaction_id": "t", "code": "c", "properties": null}}', name="lago")
@example(body=b'{"event":{"transaction_id":"t","code":"c","precise_total_amount_cents":1}}', name="lago")
@example(body=b"event_name=%ff&payload[a]=b", name="stripe form")
@example(body=b"event_name=a&payload[a]=b&timestamp=1e999999999", name="stripe form")
@example(body=b'{"events": [' + b"[" * 3000, name="stripe stream")
@example(body=b'{"event_name":"e","payload":{"a":"\\ud800"}}', name="stripe json")
def test_any_bytes_become_events_and_refusals(body: bytes, name: str) -> None:
    check(DECODERS[name](body))


GOOD_TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
DATA = st.dictionaries(GOOD_TEXT, st.integers(-1000, 1000) | GOOD_TEXT, max_size=3)


def mixed(wrap: Callable[[str, dict[str, Any]], Any]) -> st.SearchStrategy[tuple[list[Any], list[int]]]:
    """Items, good and bad in any order, and the places of the good ones."""
    items = st.lists(st.tuples(st.booleans(), DATA, JSON), max_size=12)

    def build(drawn: list[tuple[bool, dict[str, Any], Any]]) -> tuple[list[Any], list[int]]:
        built = [
            wrap(f"i{place}", data) if good else [junk] for place, (good, data, junk) in enumerate(drawn)
        ]
        return built, [place for place, (good, _, _) in enumerate(drawn) if good]

    return items.map(build)


@settings(max_examples=60, deadline=None)
@given(mixed(lambda id, data: {"id": id, "type": "t", "data": data}), st.sampled_from(["array", "lines"]))
def test_no_good_event_is_lost_among_bad_ones(drawn: tuple[list[Any], list[int]], form: str) -> None:
    items, good = drawn
    if form == "array":
        decoded = decode(json.dumps(items).encode(), "application/json", {}, NOW)
    else:
        lines = "\n".join(json.dumps(item) for item in items)
        decoded = decode(lines.encode(), "application/x-ndjson", {}, NOW)
    if items:
        assert decoded.positions == good
        assert [event.id for event in decoded.events] == [f"i{place}" for place in good]
        check(decoded)


@settings(max_examples=60, deadline=None)
@given(
    mixed(
        lambda id, data: {
            "transaction_id": id, "code": "c", "external_subscription_id": "s", "properties": data,
            "timestamp": "1786000000.5",
        }
    )
)  # fmt: skip
@example(([{"transaction_id": "i0", "code": "c", "timestamp": "1786000000.5"}, [float("inf")]], [0]))
def test_no_good_event_of_lago_is_lost(drawn: tuple[list[Any], list[int]]) -> None:
    items, good = drawn
    decoded = decode(json.dumps({"events": items}).encode(), "application/json", {}, NOW)
    if items:
        assert decoded.positions == good
        assert all(event.time == 1_786_000_000_500_000 for event in decoded.events)
        check(decoded)


@settings(max_examples=60, deadline=None)
@given(name=GOOD_TEXT, payload=st.dictionaries(GOOD_TEXT, GOOD_TEXT, min_size=1, max_size=4), id=GOOD_TEXT)
def test_both_versions_of_stripe_mean_the_same(name: str, payload: dict[str, str], id: str) -> None:
    payload = {key.replace("[", "").replace("]", "") or "k": value for key, value in payload.items()}
    pairs = [("event_name", name), ("identifier", id), ("timestamp", "1786000000")]
    pairs += [(f"payload[{key}]", value) for key, value in payload.items()]
    form = "&".join(f"{quote_plus(key)}={quote_plus(value)}" for key, value in pairs).encode()
    said = {"event_name": name, "identifier": id, "payload": payload, "timestamp": "2026-08-06T07:06:40Z"}
    (by_form,) = decode_form(form, ARRIVAL, "made").events
    (by_json,) = decode_json(json.dumps(said).encode(), ARRIVAL, "made").events
    assert by_form == by_json
    assert msgspec.json.decode(by_form.data) == payload


@settings(max_examples=80, deadline=None)
@given(body=st.binary(max_size=300), place=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_packet_is_refused_or_is_what_was_sent(
    body: bytes, place: int, bit: int, cut: bool
) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    }
    for encoding, pack in packers.items():
        packed = bytearray(pack(body))
        assert unpack(encoding, bytes(packed), 1000, lambda _: None) == body
        place %= len(packed)
        packed[place] ^= 0 if cut else 1 << bit
        damaged = bytes(packed[:place]) if cut else bytes(packed)
        try:
            found = unpack(encoding, damaged, 1000, lambda _: None)
        except InvalidInput as refusal:
            assert refusal.detail_code in ("not_readable", "too_large")  # noqa: PT017
        else:
            assert found == body


def test_an_event_without_properties_has_no_data() -> None:
    (event,) = decode_lago(b'{"event": {"transaction_id": "t", "code": "c"}}', ARRIVAL).events
    assert event.data is NO_DATA
