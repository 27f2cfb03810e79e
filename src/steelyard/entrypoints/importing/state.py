"""How far the import of a file has come, kept in the workspace's folder so that it can go on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from steelyard.entrypoints.importing.columns import Columns
from steelyard.entrypoints.importing.source import Source

FOLDER: Final = "imports"


class Progress(msgspec.Struct, kw_only=True):
    """Rows that are answered for, and what became of them; `rejected_bytes` is the length of that file."""

    file: str
    digest: str
    rows: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    rejected_bytes: int = 0
    finished: bool = False


class State:
    """The progress of one file with one choice of columns."""

    def __init__(self, folder: Path, source: Source, columns: Columns) -> None:
        choice = msgspec.json.encode([source.digest, sorted(columns.shown().items())])
        name = hashlib.sha256(choice).hexdigest()[:24]
        self._path = folder / FOLDER / f"{name}.json"
        self._fresh = Progress(file=source.path.name, digest=source.digest)

    def read(self) -> Progress:
        """How far it is; from the beginning where nothing readable is kept: sending again is harmless."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return self._fresh

    def write(self, progress: Progress) -> None:
        """Keeps it, at once or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(progress))
        fresh.replace(self._path)

    def forget(self) -> Progress:
        """Begins anew."""
        self._path.unlink(missing_ok=True)
        return self._fresh
