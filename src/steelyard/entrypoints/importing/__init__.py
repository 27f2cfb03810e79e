"""Usage from files: CSV, lines of JSON and Parquet, row by row into events.

Every row becomes one event whose id is its own or follows from the file's content and the row's number, so
that importing again, after whatever happened, counts nothing twice.
"""

from steelyard.entrypoints.importing.columns import Columns, Wanted, detect
from steelyard.entrypoints.importing.run import Report, import_file
from steelyard.entrypoints.importing.source import Source, open_source

__all__ = ["Columns", "Report", "Source", "Wanted", "detect", "import_file", "open_source"]
