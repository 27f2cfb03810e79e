"""A lock whose holder may be interrupted: by a signal handler, or by a finalizer that the collector runs.

Such code runs on the thread that was interrupted. If it took the same lock it would wait for itself for ever,
and if it changed the same things it would find them half done. So it can ask whether it is inside, and put
off what it wanted until the lock is free.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Section:
    """A `with` block that one thread at a time is in; `lock` is what conditions are made of.

    >>> section = Section()
    >>> section.is_inside
    False
    >>> with section:
    ...     section.is_inside
    True
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._here = threading.local()

    @property
    def is_inside(self) -> bool:
        """Whether this thread is in the block already: then we interrupted ourselves."""
        return getattr(self._here, "inside", False)

    def __enter__(self) -> None:
        # Said before the lock is taken: an interruption between the two must not take it either.
        self._here.inside = True
        self.lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.lock.release()
        self._here.inside = False
