"""Telling a person: of refused events, of a server that does not answer, of a spool that is damaged.

A callback that fails must not stop the delivery; its fault is logged like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from steelyard.client.answers import Refused
    from steelyard.client.courier import Left, Trouble


class Teller:
    """Passes on what happened, to the callbacks that were given or to the logger `steelyard.client`."""

    def __init__(
        self,
        on_refused: Callable[[Sequence[Refused]], None] | None,
        on_trouble: Callable[[Trouble], None] | None,
        first: Callable[[Sequence[Refused]], None],
    ) -> None:
        self._on_refused = on_refused or _log_refused
        self._on_trouble = on_trouble or _log_trouble
        self._first = first

    def refused(self, refused: Sequence[Refused]) -> None:
        """These events will not be stored."""
        self._first(refused)
        _call(self._on_refused, refused)

    def trouble(self, trouble: Trouble) -> None:
        """A try failed."""
        _call(self._on_trouble, trouble)

    def damage(self, text: str) -> None:
        """Something of the spool is damaged."""
        _logger().error("%s", text)

    def left(self, left: Left) -> None:
        """A closed client could not deliver everything."""
        _logger().warning("%s", left)


def _call(callback: Callable[[Any], None], told: object) -> None:
    try:
        callback(told)
    except Exception:  # noqa: BLE001 - the caller's own fault, told where it can be seen
        _logger().exception("a callback failed")


def _log_refused(refused: Sequence[Refused]) -> None:
    for one in refused:
        name = f"{one.event.get('type')} {one.event.get('id')}"
        _logger().error("the server refused the event %s: %s (%s)", name, one.message, one.code)


def _log_trouble(trouble: Trouble) -> None:
    # A server that is away for an hour is told of when it goes, and then less and less often.
    if trouble.attempt & (trouble.attempt - 1) == 0:
        _logger().warning(
            "%s (%s); %d events wait, the next try is in %.1f s",
            trouble.message,
            trouble.code,
            trouble.waiting,
            trouble.seconds,
        )


def _logger() -> Any:
    import logging

    return logging.getLogger("steelyard.client")
