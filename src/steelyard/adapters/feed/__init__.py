"""The warehouse feed: a folder of Parquet files that only grows, and what proves it equal to the record.

Owns: the form of the files and of `manifest.json`; how a range of the record becomes files; the comparison
of record, usage store and feed. Does not own: what counts (metering), the tables of the usage store (duckdb).
"""

from steelyard.adapters.feed.comparing import reconcile
from steelyard.adapters.feed.feeding import Fed, Feed
from steelyard.adapters.feed.folder import FeedFolder, Manifest

__all__ = ["Fed", "Feed", "FeedFolder", "Manifest", "reconcile"]
