"""Metering a function, a block or a stream: one event for each, with count, duration, error and tokens.

The event happens when the work begins. Its data: `count` (1), `seconds` (exact decimal text), `ok`, `error`
(the exception's type) where there was one, `complete` (false for a stream that was left early), the tokens
where they are asked for, and whatever the code itself notes.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

from steelyard.client.measurement import Measurement, Sink
from steelyard.client.streams import AsyncStream, Stream, Watched
from steelyard.client.tokens import part_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
    from types import TracebackType

F = TypeVar("F")


class Measure:
    """What `client.measure(…)` gives: a decorator for functions of every kind, and a context manager."""

    def __init__(
        self,
        record: Callable[..., object],
        event_type: str,
        parts: Mapping[str, Any],
        *,
        tokens: bool = False,
        record_async: Callable[..., Awaitable[object]] | None = None,
    ) -> None:
        self._sink = Sink(event_type, record, record_async)
        self._tokens = tokens
        self._parts = dict(parts)
        self._running: list[Measurement] = []

    def begin(self, *arguments: Any, **named: Any) -> Measurement:
        """A run begins; parts that are functions are asked with the call's arguments."""
        parts = {
            name: part(*arguments, **named) if callable(part) else part for name, part in self._parts.items()
        }
        return Measurement(self._sink, parts, tokens=self._tokens)

    def __enter__(self) -> Measurement:
        self._running.append(self.begin())
        return self._running[-1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._running.pop().finish(error)

    async def __aenter__(self) -> Measurement:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._running.pop().finish_async(error)

    def __call__(self, function: F) -> F:
        """The same function, metered."""
        work = cast("Any", function)
        if inspect.isasyncgenfunction(work):
            measured: Any = self._async_generator(work)
        elif inspect.isgeneratorfunction(work):
            measured = self._generator(work)
        elif inspect.iscoroutinefunction(work):
            measured = self._coroutine(work)
        else:
            measured = self._plain(work)
        return cast("F", functools.wraps(work)(measured))

    def _plain(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any, **named: Any) -> Any:
            run = self.begin(*arguments, **named)
            try:
                answer = function(*arguments, **named)
            except BaseException as error:
                run.finish(error)
                raise
            if self._tokens and _is_stream(answer):
                kind = AsyncStream if hasattr(answer, "__anext__") else Stream
                return kind(answer, run)
            run.see(answer)
            run.finish()
            return answer

        return measured

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def measured(*arguments: Any, **named: Any) -> Any:
            run = self.begin(*arguments, **named)
            try:
                answer = await function(*arguments, **named)
            except BaseException as error:
                await run.finish_async(error)
                raise
            if self._tokens and _is_stream(answer):
                kind = AsyncStream if hasattr(answer, "__anext__") else Stream
                return kind(answer, run)
            run.see(answer)
            await run.finish_async()
            return answer

        return measured

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any, **named: Any) -> Iterator[Any]:
            run = self.begin(*arguments, **named)
            try:
                answer = yield from Watched(function(*arguments, **named), run.see)
            except GeneratorExit:
                run.finish(complete=False)
                raise
            except BaseException as error:
                run.finish(error)
                raise
            run.finish()
            return answer

        return measured

    def _async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def measured(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
            run = self.begin(*arguments, **named)
            chunks = function(*arguments, **named)
            try:
                async for chunk in chunks:
                    run.see(chunk)
                    yield chunk
            except GeneratorExit:
                run.finish(complete=False)
                raise
            except BaseException as error:
                await run.finish_async(error)
                raise
            finally:
                await chunks.aclose()
            await run.finish_async()

        return measured


def _is_stream(answer: Any) -> bool:
    return part_of(answer, "usage") is None and (hasattr(answer, "__next__") or hasattr(answer, "__anext__"))
