"""Streams that are watched while someone else reads them; otherwise they behave as they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType

    from steelyard.client.measurement import Measurement


class Watched:
    """A generator whose every item is seen on its way, for `yield from`; `send` and `throw` go through."""

    def __init__(self, generator: Generator[Any, Any, Any], see: Callable[[Any], None]) -> None:
        self._generator, self._see = generator, see

    def __iter__(self) -> Watched:
        return self

    def __next__(self) -> Any:
        return self._seen(next(self._generator))

    def send(self, value: Any) -> Any:
        """Give the generator a value."""
        return self._seen(self._generator.send(value))

    def throw(self, error: BaseException) -> Any:
        """Raise inside the generator."""
        return self._seen(self._generator.throw(error))

    def close(self) -> None:
        """End the generator."""
        self._generator.close()

    def _seen(self, item: Any) -> Any:
        self._see(item)
        return item


class _Reading:
    """A stream object and the run that it belongs to; everything that is not ours is the stream's own."""

    def __init__(self, stream: Any, run: Measurement) -> None:
        self._stream, self._run = stream, run

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __del__(self) -> None:
        # Dropped without being read to the end or closed: what was seen is metered all the same.
        if "_run" in self.__dict__:
            self._run.finish(complete=False)


class Stream(_Reading):
    """A stream that is read with `for`."""

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Any:
        try:
            chunk = next(self._stream)
        except StopIteration:
            self._run.finish()
            raise
        except BaseException as error:
            self._run.finish(error)
            raise
        self._run.see(chunk)
        return chunk

    def close(self) -> None:
        """End the stream early, or after its end."""
        try:
            if hasattr(self._stream, "close"):
                self._stream.close()
        finally:
            self._run.finish(complete=False)

    def __enter__(self) -> Stream:
        if hasattr(self._stream, "__enter__"):
            self._stream.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._run.finish(error, complete=error is not None)
        if hasattr(self._stream, "__exit__"):
            self._stream.__exit__(kind, error, where)


class AsyncStream(_Reading):
    """A stream that is read with `async for`."""

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Any:
        try:
            chunk = await self._stream.__anext__()
        except StopAsyncIteration:
            await self._run.finish_async()
            raise
        except BaseException as error:
            await self._run.finish_async(error)
            raise
        self._run.see(chunk)
        return chunk

    async def aclose(self) -> None:
        """End the stream early, or after its end."""
        try:
            ending = getattr(self._stream, "aclose", None) or getattr(self._stream, "close", None)
            if ending is not None:
                await ending()
        finally:
            await self._run.finish_async(complete=False)

    async def close(self) -> None:
        """End the stream early, or after its end."""
        await self.aclose()

    async def __aenter__(self) -> AsyncStream:
        if hasattr(self._stream, "__aenter__"):
            await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._run.finish_async(error, complete=error is not None)
        if hasattr(self._stream, "__aexit__"):
            await self._stream.__aexit__(kind, error, where)
