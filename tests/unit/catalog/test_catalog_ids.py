"""The ids of catalogs are for ever: content that was published before is the same version today."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from steelyard.adapters.files import read_catalog_folder
from steelyard.catalog import Catalog, catalog_id, validate
from steelyard.catalog.content import content_of

ROOT = Path(__file__).parents[3]

PUBLISHED = {
    "tests/unit/catalog/example_ai": "cat_a9287198c76eae89c4a5c49ca0f84f07",
    "tests/api/catalog": "cat_dfa541e0fa9909afe1b5eda02aeadda5",
}


@pytest.mark.parametrize("folder", PUBLISHED)
def test_a_catalog_has_the_id_that_it_had_when_it_was_first_published(folder: str) -> None:
    catalog = validate(read_catalog_folder(ROOT / folder))
    assert isinstance(catalog, Catalog)
    assert catalog_id(catalog) == PUBLISHED[folder]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as it might be after it learned another field."""

    key: str
    name: str
    owner: str
    definition: str
    features: tuple[str, ...] = ()
    floor: Decimal | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])


def test_a_later_field_counts_only_where_it_says_something() -> None:
    kept = {"key": "p", "name": "P", "owner": "o", "definition": "d"}
    assert content_of(Product(**kept)) == {**kept, "features": []}
    assert content_of(Product(**kept, floor=Decimal(0))) == {**kept, "features": [], "floor": "0"}
    assert content_of(Product(**kept, tags={"a": "b"})) == {**kept, "features": [], "tags": {"a": "b"}}
