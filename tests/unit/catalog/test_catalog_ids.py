"""The ids of catalogs are for ever: content that was published before is the same version today."""

from pathlib import Path

import pytest

from steelyard.adapters.files import read_catalog_folder
from steelyard.catalog import Catalog, catalog_id, validate

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
