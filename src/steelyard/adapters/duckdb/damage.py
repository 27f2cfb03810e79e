"""A usage store's file that is damaged: how that shows, and how the file goes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

_WORDS: Final = ("corrupt", "checksum", "deserial")


def is_damage(error: BaseException) -> bool:
    """Whether the engine found its own file damaged.

    >>> is_damage(duckdb.IOException("Corrupt database file")), is_damage(OSError("corrupt"))
    (True, False)
    ...     is_damage(OSError("corrupt")),
    ... )
    (True, False)
    """
    said = str(error).lower()
    return isinstance(error, duckdb.Error) and any(word in said for word in _WORDS)


def drop_files(path: Path) -> None:
    """Removes the file of a usage store and its log."""
    for one in (path, path.with_name(path.name + ".wal")):
        one.unlink(missing_ok=True)
