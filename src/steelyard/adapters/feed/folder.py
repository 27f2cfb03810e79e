"""The feed's folder: files that are never rewritten, and a manifest that says which of them count.

A file is written beside its name, forced to disk and renamed; the manifest is replaced in the same way, last.
What the manifest does not name is not part of the feed: a kill at any moment loses and doubles nothing.
"""

from __future__ import annotations

import hashlib
import os
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


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is part of the feed. `upto` entries are in it, the last recorded at `recorded_at`."""

    format: str = FORMAT
    schema_version: int = SCHEMA_VERSION
    origin: str = ""
    upto: int = 0
    recorded_at: int = 0
    files: tuple[FeedFile, ...] = ()
    meters: dict[str, FedMeter] = {}


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

    def write(self, dataset: str, first: int, end: int, table: pa.Table) -> FeedFile:
        """A new file of the dataset, durable under its name, not yet part of the feed."""
        folder = self.path / dataset
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{first:012d}-{end:012d}.parquet"
        waiting = path.with_suffix(".tmp")
        parquet.write_table(table, waiting, compression="zstd", row_group_size=_ROW_GROUP, store_schema=True)
        _force(waiting)
        digest, size = checksum(waiting), waiting.stat().st_size
        waiting.replace(path)
        _force(folder)
        return FeedFile(
            path=f"{dataset}/{path.name}",
            dataset=dataset,
            first=first,
            end=end,
            rows=table.num_rows,
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

    def damaged(self, manifest: Manifest) -> list[str]:
        """What is wrong with the files themselves: those that are gone, or differ from their checksum."""
        problems: list[str] = []
        for file in manifest.files:
            path = self.path / file.path
            if not path.is_file():
                problems.append(f"{file.path} is gone")
            elif checksum(path) != file.sha256:
                problems.append(f"{file.path} is not the file that was written: its checksum differs")
        return problems


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
