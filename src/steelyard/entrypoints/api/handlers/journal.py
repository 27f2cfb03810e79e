"""The books: journal entries and the trial balance."""

from __future__ import annotations

from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.shaping import page, shaped
from steelyard.entrypoints.api.pages import place_of
from steelyard.entrypoints.api.shapes import billing as shapes
from steelyard.ledger import JournalEntry
