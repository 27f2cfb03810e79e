"""What a service of this room gives back; the nouns are the record's."""

from __future__ import annotations

from steelyard.record.planned import Planned, or_raise, saving, together

__all__ = ["Planned", "or_raise", "saving", "together"]
