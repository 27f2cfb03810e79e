"""The record as a transparency log: consistency between two sizes."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from steelyard.entrypoints.api.shapes.base import Shape

Size = Annotated[int, Meta(ge=0, description="How many entries a tree has.")]


class ConsistencyQuery(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Between which sizes; `from` is 0 and `to` is the newest checkpoint's if it is left out."""

    from_: Size = 0
    to: Size | None = None


class Consistency(Shape, frozen=True, kw_only=True, rename={"from_": "from", "from_root": "fromRoot"}):
    """That the tree of one size is a beginning of a later one: RFC 9162, section 2.1.4; hashes are base64.

    `checkpoint` is the signed note of the later tree, null where none was signed at that size.
    """

    from_: int
    to: int
    from_root: str
    root: str
    hashes: list[str]
    checkpoint: str | None
