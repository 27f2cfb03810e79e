"""Files that people write by hand: a folder of YAML, read with the line of every value."""

from steelyard.adapters.files.catalog_files import read_catalog_folder, read_catalog_text

__all__ = ["read_catalog_folder", "read_catalog_text"]
