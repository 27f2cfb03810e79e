"""The books: journal entries and the trial balance."""

from __future__ import annotations

