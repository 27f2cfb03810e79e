"""Who and what for: parts of events that hold for a stretch of code, in threads and in coroutines.

A scope lives in a context variable: what one request or task sets is not seen by another.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_NOTHING: dict[str, Any] = {}
_parts: ContextVar[dict[str, Any]] = ContextVar("steelyard_scope", default=_NOTHING)


def parts_in_scope() -> dict[str, Any]:
    """The parts that hold here; inner scopes win over outer ones.

    >>> with Scope({"subject": "acme", "team": "red"}), Scope({"team": "blue"}):
    ...     parts_in_scope()
    {'subject': 'acme', 'team': 'blue'}
    >>> parts_in_scope()
    {}
    """
    return _parts.get()


class Scope:
    """A `with` block in which events have these parts, unless they say otherwise themselves."""

    __slots__ = ("_before", "_more")

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._more = dict(parts)
        self._before: list[Token[dict[str, Any]]] = []

    def __enter__(self) -> Scope:
        self._before.append(_parts.set({**_parts.get(), **self._more}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        _parts.reset(self._before.pop())
