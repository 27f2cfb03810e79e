"""A file as rows: CSV, lines of JSON or Parquet, packed or not; read once, never held whole."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, NamedTuple

import msgspec

from steelyard.kernel import InvalidInput, NotFound

Format = Literal["csv", "jsonl", "parquet"]

FORMAT_OF_SUFFIX: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}
_DELIMITERS: Final = ",;\t|"
_FIELD_CHARACTERS_MAX: Final = 16 * 1024 * 1024
_PARQUET_ROWS: Final = 8192
_HASH_BYTES: Final = 1024 * 1024
_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Row(NamedTuple):
    """One row: its number (the first is 1), its line in the file, its values; or why it is unreadable.

    `raw` is what is shown of a row that is refused where `values` cannot be.
    """

    number: int
    line: int
    values: dict[str, Any]
    problem: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to be imported; `digest` is the SHA-256 of its bytes in hexadecimal."""

    path: Path
    format: Format
    digest: str
    size: int
    columns: tuple[str, ...]
    delimiter: str = ","

    def rows(self, seen: Callable[[int], None]) -> Iterator[Row]:
        """All rows in order; `seen` is told now and then how many bytes of the file are read."""
        if self.format == "parquet":
            yield from _parquet_rows(self.path, self.size, seen)
            return
        with self.path.open("rb") as file:
            unpacked = _unpacked(self.path, file)
            read = _csv_rows if self.format == "csv" else _json_rows
            for row in read(unpacked, self):
                if row.number % 4096 == 0:
                    seen(file.tell())
                yield row
            seen(self.size)


def open_source(path: Path, form: Format | None = None) -> Source:
    """The file with its format, digest and columns; a format that is not named follows from the suffix.

    Raises NotFound for no such file, InvalidInput for a file that is none of these.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", code="no_file")
    suffixes = [one.lower() for one in path.suffixes if one.lower() not in (".gz", ".zst")]
    form = form or FORMAT_OF_SUFFIX.get(suffixes[-1] if suffixes else "")
    if form is None:
        raise InvalidInput(f"{path.name} tells no format; name one with --format", code="no_format")
    columns, delimiter = _columns_of(path, form)
    return Source(
        path=path,
        format=form,
        digest=_digest_of(path),
        size=path.stat().st_size,
        columns=columns,
        delimiter=delimiter,
    )


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_HASH_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _unpacked(path: Path, file: BinaryIO) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if path.suffix.lower() == ".zst":
        import zstandard

        machine: Any = zstandard.ZstdDecompressor()
        return io.BufferedReader(machine.stream_reader(file, read_across_frames=True))
    return file


def _columns_of(path: Path, form: Format) -> tuple[tuple[str, ...], str]:
    if form == "parquet":
        return _parquet_columns(path), ","
    with path.open("rb") as file:
        unpacked = _unpacked(path, file)
        if form == "jsonl":
            return _json_columns(unpacked), ","
        first = unpacked.readline().decode("utf-8-sig", "surrogateescape")
    delimiter = max(_DELIMITERS, key=first.count) if any(one in first for one in _DELIMITERS) else ","
    columns = tuple(name.strip() for name in next(csv.reader([first], delimiter=delimiter), []))
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if not columns or twice is not None:
        said = f"the column {twice!r} stands there twice" if twice else "it has no heading"
        raise InvalidInput(f"{path.name} cannot be imported: {said}", code="not_readable")
    return columns, delimiter


def _json_columns(file: BinaryIO) -> tuple[str, ...]:
    """The names in the first rows that can be read."""
    names: dict[str, None] = {}
    for _, line in zip(range(100), file, strict=False):
        try:
            names |= dict.fromkeys(_object.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return tuple(names)


def _csv_rows(file: BinaryIO, source: Source) -> Iterator[Row]:
    csv.field_size_limit(_FIELD_CHARACTERS_MAX)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=source.delimiter)
    next(reader, None)
    names, number = source.columns, 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            number += 1
            yield Row(number, line, {}, problem=f"the row is not readable as CSV: {error}")
            continue
        if cells is None:
            return
        if not cells:
            continue
        number += 1
        if len(cells) != len(names):
            problem = f"the row has {len(cells)} cells, the heading {len(names)}"
            yield Row(number, line, dict(enumerate_names(cells)), problem=problem)
        else:
            yield Row(number, line, dict(zip(names, cells, strict=True)))


def enumerate_names(cells: list[str]) -> Iterator[tuple[str, str]]:
    """Cells without a heading, under their places.

    >>> list(enumerate_names(["a", "b"]))
    [('1', 'a'), ('2', 'b')]
    """
    return ((str(place), cell) for place, cell in enumerate(cells, 1))


def _json_rows(file: BinaryIO, _source: Source) -> Iterator[Row]:
    number = 0
    for line, content in enumerate(file, 1):
        if content.isspace():
            continue
        number += 1
        try:
            str(content, "utf-8")
            yield Row(number, line, _object.decode(content))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            shown = content[:1000].decode("utf-8", "replace").rstrip("\n")
            yield Row(number, line, {}, problem=f"the line is no JSON object: {error}", raw=shown)


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        return tuple(parquet.read_schema(path).names)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidInput(f"{path.name} is not readable as Parquet: {error}", code="not_readable") from None


def _parquet_rows(path: Path, size: int, seen: Callable[[int], None]) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet as parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            total = max(1, file.metadata.num_rows)
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, number, values)
                seen(size * number // total)
    except (pyarrow.ArrowException, OSError) as error:
        message = f"{path.name} is not readable as Parquet after row {number}: {error}"
        raise InvalidInput(message, code="not_readable") from None
