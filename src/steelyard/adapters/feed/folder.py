"""The feed's folder: files that are never rewritten, and a manifest that says which of them count.

A file is written beside its name, forced to disk and renamed; the manifest is replaced in the same way, last.
What the manifest does not name is not part of the feed: a kill at any moment loses and doubles nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet

from steelyard.kernel import DamagedRecord, InvalidInput

FORMAT: Final = "steelyard.feed/1"
SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
_BLOCK: Final = 1 << 20
_ROW_GROUP: Final = 100_000

parquet: Any = pyarrow.parquet
"""Its functions are not typed."""


class FeedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: what is in it, of which entries (`first` included, `end` not), and its checksum."""

    path: str
    dataset: str
    first: int
    end: int
    rows: int
    bytes: int
    sha256: str


class FedMeter(msgspec.Struct, frozen=True, kw_only=True):
    """Which definition of a meter the rows of `readings` are by, and up to which entry there are any."""

    definition: str
    upto: int


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far something reaches: so many entries, the last of them recorded at that moment (microseconds)."""

    upto: int = 0
    recorded_at: int = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is part of the feed. `upto` entries are in it, the last recorded at `recorded_at`.

    `quantities` is there while those reach less far: a run writes them last, once for all that it adds.
    """

    format: str = FORMAT
    schema_version: int = SCHEMA_VERSION
    origin: str = ""
    upto: int = 0
    recorded_at: int = 0
    files: tuple[FeedFile, ...] = ()
    meters: dict[str, FedMeter] = {}
    quantities: Reach | msgspec.UnsetType = msgspec.UNSET


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Manifest)


class FeedFolder:
    """A folder that holds a feed, or will."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self) -> Manifest:
        """What the feed consists of; an empty one where there is none yet.

        Raises DamagedRecord where the manifest cannot be read, InvalidInput where it is of another form.
        """
        try:
            content = (self.path / MANIFEST).read_bytes()
        except FileNotFoundError:
            return Manifest()
        try:
            found = _decoder.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DamagedRecord(f"{self.path / MANIFEST} cannot be read: {error}") from None
        if found.format != FORMAT or found.schema_version != SCHEMA_VERSION:
            message = f"{self.path} holds a feed of the form {found.format}, version {found.schema_version}"
            raise InvalidInput(message, code="unknown_format")
        return found

    def write(self, dataset: str, first: int, end: int, tables: Iterable[pa.Table]) -> FeedFile | None:
        """A new file of the dataset, durable under its name, not yet part of the feed; None without rows.

        The tables are written one after the other, so that no more than one need be in memory.
        """
        folder = self.path / dataset
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{first:012d}-{end:012d}.parquet"
        waiting = path.with_suffix(".tmp")
        rows = _written(waiting, tables)
        if not rows:
            return None
        _force(waiting)
        digest, size = checksum(waiting), waiting.stat().st_size
        waiting.replace(path)
        _force(folder)
        return FeedFile(
            path=f"{dataset}/{path.name}",
            dataset=dataset,
            first=first,
            end=end,
            rows=rows,
            bytes=size,
            sha256=digest,
        )

    def commit(self, manifest: Manifest) -> None:
        """Makes this the manifest: from now on its files are the feed."""
        self.path.mkdir(parents=True, exist_ok=True)
        waiting = self.path / f"{MANIFEST}.tmp"
        waiting.write_bytes(msgspec.json.format(_encoder.encode(manifest), indent=1) + b"\n")
        _force(waiting)
        waiting.replace(self.path / MANIFEST)
        _force(self.path)

    def damaged(self, manifest: Manifest) -> dict[str, str]:
        """What is wrong with the files themselves, by path: which are gone, or not what was written."""
        problems: dict[str, str] = {}
        for file in manifest.files:
            path = self.path / file.path
            if not path.is_file():
                problems[file.path] = f"{file.path} is gone"
            elif checksum(path) != file.sha256:
                problems[file.path] = f"{file.path} is not the file that was written: its checksum differs"
        return problems


def _written(path: Path, tables: Iterable[pa.Table]) -> int:
    """Writes the tables that have rows into a file, and gives how many rows there are."""
    rows, writer = 0, None
    try:
        for table in tables:
            if table.num_rows:
                writer = writer or parquet.ParquetWriter(path, table.schema, compression="zstd")
                writer.write_table(table, row_group_size=_ROW_GROUP)
                rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _force(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
