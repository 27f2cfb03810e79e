"""Tiles (C2SP tlog-tiles): where the pieces of the tree lie, how wide they are, and what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steelyard.kernel.errors import InvalidInput

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
LEVEL_MAX: Final = 63

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<n>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


def rows_of(complete: Sequence[Sequence[bytes]]) -> list[bytes]:
    """What became complete in each row of tiles from the second on: the nodes at levels 8, 16, ….

    `complete` holds the nodes of each level, lowest first, as `grow` gives them.

    >>> rows_of([[b"leaf"]] * 8 + [[b"one", b"two"]])
    [b'onetwo']
    """
    return [b"".join(nodes) for nodes in complete[TILE_HEIGHT::TILE_HEIGHT]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TilePath:
    """Which tile a path names; level None is a bundle of entries."""

    level: int | None
    n: int
    width: int = TILE_WIDTH

    def __str__(self) -> str:
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{index_path(self.n)}{partial}"


def index_path(n: int) -> str:
    """A tile's index in path elements of three digits.

    >>> index_path(1234067), index_path(0)
    ('x001/x234/067', '000')
    """
    digits = str(n)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def parse_tile_path(path: str) -> TilePath:
    """The tile that a path names; raises InvalidInput unless it is the one spelling of it.

    >>> parse_tile_path("tile/entries/x001/000.p/7")
    TilePath(level=None, n=1000, width=7)
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise InvalidInput(f"{path[:200]!r} is no tile's path", code="not_a_tile")
    level = None if match["level"] == "entries" else int(match["level"])
    n = int(match["n"].replace("x", "").replace("/", ""))
    tile = TilePath(level=level, n=n, width=int(match["width"] or TILE_WIDTH))
    partial_is_whole = match["width"] is not None and tile.width >= TILE_WIDTH
    if str(tile) != path or partial_is_whole or (level or 0) > LEVEL_MAX:
        raise InvalidInput(f"{path[:200]!r} is no tile's path", code="not_a_tile")
    return tile


def tile_width(level: int, n: int, size: int) -> int:
    """How many hashes the tile has in a tree of this size: 256 when full, 0 when there is none.

    >>> [tile_width(0, 273, 70000), tile_width(1, 1, 70000), tile_width(2, 0, 70000), tile_width(2, 1, 70000)]
    [112, 17, 1, 0]
    """
    hashes = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, hashes - n * TILE_WIDTH))


def encode_entries(leaves: Sequence[bytes]) -> bytes:
    """A bundle of entries: each behind its length as 16 bits, big endian.

    >>> encode_entries([b"one", b""])
    b'\\x00\\x03one\\x00\\x00'
    """
    return b"".join(part for leaf in leaves for part in (len(leaf).to_bytes(2), leaf))


def decode_entries(data: bytes) -> list[bytes]:
    """The entries of a bundle; raises InvalidInput when bytes are missing or left over.

    >>> decode_entries(b"\\x00\\x03one\\x00\\x00")
    [b'one', b'']
    """
    entries: list[bytes] = []
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 2])
        entries.append(data[place + 2 : place + 2 + size])
        if len(data) < place + 2 + size:
            raise InvalidInput("the bundle of entries ends in the middle of one", code="not_a_tile")
        place += 2 + size
    return entries
