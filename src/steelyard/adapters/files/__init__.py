"""Files that people write by hand: catalogs and specifications of features, with the line of every value."""

from steelyard.adapters.files.catalog_files import read_catalog_folder, read_catalog_text
from steelyard.adapters.files.feature_files import read_feature_text

__all__ = ["read_catalog_folder", "read_catalog_text", "read_feature_text"]
