"""Versions: a catalog is named by its content, so that the same content is always the same version."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from steelyard.catalog.model import Catalog, CatalogVersion
from steelyard.kernel import LATER, content_id, decode, encode

LIVE_KEY = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCatalog:
    """Which version is live in this workspace, and how many publications there were; one row, one key.

    `asked_ahead` tells that this version, or one that was live before it, has prices paid in advance.
    """

    key: str = LIVE_KEY
    version_id: str
    number: int
    published_at: datetime
    asked_ahead: bool = field(default=False, metadata=LATER)


def catalog_id(catalog: Catalog) -> str:
    """The id of this very content, whoever publishes it and when.

    >>> catalog_id(Catalog()) == catalog_id(Catalog(metrics={}))
    True
    """
    return content_id("cat", encode(catalog))


class _ToldVersion(msgspec.Struct):
    catalog: msgspec.Raw


class _ToldContent(msgspec.Struct):
    body: _ToldVersion


def id_of_content(payload: bytes) -> str:
    """The id of the catalog that an entry's payload tells of, by its bytes as they were told.

    Today's form of an earlier catalog may say more; its id stays that of what was said then.

    >>> catalog = Catalog()
    >>> id_of_content(encode({"body": {"catalog": catalog}})) == catalog_id(catalog)
    True
    """
    return content_id("cat", bytes(decode(payload, _ToldContent).body.catalog))


def read_catalog(body: bytes | str) -> Catalog:
    """The catalog that canonical JSON stands for; raises InvalidInput where it is none.

    >>> read_catalog(encode(Catalog())) == Catalog()
    True
    """
    return decode(body, Catalog)


def read_version(body: bytes | str) -> CatalogVersion:
    """The version that canonical JSON stands for; raises InvalidInput where it is none."""
    return decode(body, CatalogVersion)
