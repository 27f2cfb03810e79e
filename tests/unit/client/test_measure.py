"""Metering code: one event a call, for functions, coroutines, generators and streams, whole or cut short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from steelyard.client.measure import Measure
from steelyard.client.scope import Scope, parts_in_scope
from steelyard.client.tokens import TokenCount

Event = dict[str, Any]


class Kept:
    """Stands where a client's `track` would."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def track(self, event_type: str, **parts: Any) -> str:
        self.events.append({"type": event_type, **parts_in_scope(), **parts})
        return "id"

    async def track_async(self, event_type: str, **parts: Any) -> str:
        await asyncio.sleep(0)
        return self.track(event_type, awaited=True, **parts)

    def measure(self, *, tokens: bool = False, asynchronous: bool = False, **parts: Any) -> Measure:
        waiting = self.track_async if asynchronous else None
        return Measure(self.track, "work", parts, tokens=tokens, record_async=waiting)

    @property
    def data(self) -> Event:
        (event,) = self.events
        return event["data"]


@pytest.fixture
def kept() -> Kept:
    return Kept()


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 60},
    "completion_tokens_details": {"reasoning_tokens": 20},
}
BUCKETS = {
    "input_tokens": 40,
    "cached_input_tokens": 60,
    "cache_write_tokens": 0,
    "output_tokens": 30,
    "reasoning_tokens": 20,
    "total_tokens": 150,
}


def tokens_in(data: Event) -> Event:
    return {name: data[name] for name in BUCKETS}


def deep(value: Any) -> Any:
    """Dictionaries as the objects that a client library gives."""
    return SimpleNamespace(**{k: deep(v) for k, v in value.items()}) if isinstance(value, dict) else value


def test_a_function_is_metered_and_stays_what_it_was(kept: Kept) -> None:
    @kept.measure(subject="acme")
    def double(number: int) -> int:
        """Twice."""
        return 2 * number

    assert (double(4), double.__name__, double.__doc__) == (8, "double", "Twice.")
    (event,) = kept.events
    assert (event["type"], event["subject"]) == ("work", "acme")
    assert event["time"].endswith("Z")
    assert event["data"]["count"] == 1
    assert event["data"]["ok"] is True
    assert 0 < Decimal(event["data"]["seconds"]) < 1


def test_an_error_is_metered_and_raised(kept: Kept) -> None:
    @kept.measure()
    def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        broken()
    assert (kept.data["ok"], kept.data["error"]) == (False, "KeyError")


def test_a_block_is_metered_with_its_own_figures(kept: Kept) -> None:
    with Scope({"subject": "acme"}), kept.measure(feature="reports") as run:
        run.note(pages=3, size=Decimal("1.50"))
    assert (kept.data["pages"], kept.data["size"]) == (3, Decimal("1.50"))
    assert (kept.events[0]["subject"], kept.events[0]["feature"]) == ("acme", "reports")


def test_parts_may_be_functions_of_the_arguments(kept: Kept) -> None:
    @kept.measure(subject=lambda user, **_: user, data=lambda user, **more: {"more": len(more)})
    def work(user: str, **more: int) -> None:
        pass

    work("ann", a=1, b=2)
    assert (kept.events[0]["subject"], kept.data["more"]) == ("ann", 2)


@pytest.mark.parametrize("shape", [dict, deep], ids=["dictionary", "object"])
def test_tokens_of_an_answer_are_in_buckets_that_do_not_overlap(kept: Kept, shape: Any) -> None:
    @kept.measure(tokens=True)
    def ask() -> Any:
        return shape({"model": "m1", "usage": USAGE})

    ask()
    assert tokens_in(kept.data) == BUCKETS
    assert kept.data["model"] == "m1"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 2}, (7, 0, 0, 2, 0)),
        ({"prompt_tokens": 7}, (7, 0, 0, 0, 0)),
        ({"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": None}, (7, 0, 0, 2, 0)),
        (
            {
                "input_tokens": 9,
                "output_tokens": 5,
                "input_tokens_details": {"cached_tokens": 4},
                "output_tokens_details": {"reasoning_tokens": 5},
            },
            (5, 4, 0, 0, 5),
        ),
        (
            {
                "input_tokens": 3,
                "output_tokens": 8,
                "cache_read_input_tokens": 90,
                "cache_creation_input_tokens": 7,
            },
            (3, 90, 7, 8, 0),
        ),
        ({"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 5}}, (0, 1, 0, 0, 0)),
    ],
    ids=["plain", "embedding", "null details", "responses", "messages", "more cached than sent"],
)
def test_the_shapes_of_usage_in_the_field(usage: Any, expected: tuple[int, ...]) -> None:
    count = TokenCount()
    count.see({"usage": usage})
    figures = count.figures()
    assert tuple(figures[name] for name in BUCKETS)[:5] == expected
    assert figures["total_tokens"] == sum(expected)


@pytest.mark.parametrize(
    "answer", [None, "text", 7, {"usage": None}, {"usage": {"prompt_tokens": True}}, [1]]
)
def test_an_answer_without_tokens_says_so(answer: Any) -> None:
    count = TokenCount()
    count.see(answer)
    assert count.figures() == {"tokens_known": False}


def chunks() -> Iterator[Any]:
    yield deep({"model": "m1", "usage": None})
    yield deep({"model": "m1", "usage": USAGE})


def test_a_generator_is_one_event_at_its_end(kept: Kept) -> None:
    @kept.measure(tokens=True)
    def stream() -> Generator[Any, str, str]:
        got = yield from chunks()
        assert got is None
        return "done"

    assert len(list(stream())) == 2
    assert tokens_in(kept.data) == BUCKETS


def test_a_generator_that_is_left_early_is_metered_as_incomplete(kept: Kept) -> None:
    closed: list[bool] = []

    @kept.measure(tokens=True)
    def stream() -> Iterator[Any]:
        try:
            yield from chunks()
        finally:
            closed.append(True)

    running = stream()
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert (kept.data["complete"], kept.data["ok"], kept.data["tokens_known"]) == (False, True, False)


def test_values_and_errors_reach_into_a_generator(kept: Kept) -> None:
    @kept.measure()
    def talk() -> Generator[str, str, None]:
        try:
            heard = yield "first"
            yield heard
        except ValueError:
            yield "caught"

    running = talk()
    assert (next(running), running.send("echo"), running.throw(ValueError())) == ("first", "echo", "caught")
    assert list(running) == []
    assert kept.data["ok"] is True


class StreamObject:
    """As client libraries return them: an iterator with more to it."""

    def __init__(self) -> None:
        self._chunks = chunks()
        self.closed = False
        self.response = "headers"

    def __iter__(self) -> StreamObject:
        return self

    def __next__(self) -> Any:
        return next(self._chunks)

    def close(self) -> None:
        self.closed = True


def test_a_stream_object_is_metered_when_it_ends_and_stays_usable(kept: Kept) -> None:
    given = StreamObject()
    stream = kept.measure(tokens=True)(lambda: given)()
    assert stream.response == "headers"
    assert len(list(stream)) == 2
    stream.close()
    assert given.closed
    assert tokens_in(kept.data) == BUCKETS


def test_a_stream_that_is_dropped_is_metered_all_the_same(kept: Kept) -> None:
    stream = kept.measure(tokens=True)(StreamObject)()
    next(stream)
    del stream
    assert kept.data["complete"] is False


def test_coroutines_async_generators_and_async_streams(kept: Kept) -> None:
    class AsyncStreamObject:
        def __init__(self) -> None:
            self._chunks = chunks()

        def __aiter__(self) -> AsyncStreamObject:
            return self

        async def __anext__(self) -> Any:
            try:
                return next(self._chunks)
            except StopIteration:
                raise StopAsyncIteration from None

    measure = kept.measure(tokens=True, asynchronous=True)

    @measure
    async def whole() -> Any:
        return {"usage": USAGE}

    @measure
    async def generated() -> AsyncIterator[Any]:
        for chunk in chunks():
            yield chunk

    @measure
    async def streamed() -> Any:
        return AsyncStreamObject()

    @measure
    async def broken() -> None:
        raise KeyError

    async def run() -> None:
        await whole()
        assert len([chunk async for chunk in generated()]) == 2
        assert len([chunk async for chunk in await streamed()]) == 2
        with pytest.raises(KeyError):
            await broken()
        async with kept.measure(asynchronous=True) as run:
            run.note(n=1)

    asyncio.run(run())
    assert [tokens_in(event["data"]) for event in kept.events[:3]] == [BUCKETS] * 3
    assert [event["data"]["ok"] for event in kept.events] == [True, True, True, False, True]
    assert all(event["awaited"] for event in kept.events)


def test_a_cancelled_coroutine_is_metered(kept: Kept) -> None:
    @kept.measure()
    async def endless() -> None:
        await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(endless())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert kept.data["error"] == "CancelledError"


def test_scopes_of_tasks_do_not_meet(kept: Kept) -> None:
    async def work(subject: str) -> None:
        with Scope({"subject": subject}):
            await asyncio.sleep(0.001)
            kept.track("t")

    async def run() -> None:
        await asyncio.gather(*(work(f"s{number}") for number in range(20)))

    asyncio.run(run())
    assert sorted(event["subject"] for event in kept.events) == sorted(f"s{n}" for n in range(20))
