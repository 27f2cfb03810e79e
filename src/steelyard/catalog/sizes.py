"""How much a catalog holds at most: beyond that nobody can read it, and checking it would stop other work."""

from __future__ import annotations

from typing import Final

SIZES: Final = {
    "event_types": 2_000,
    "metrics": 2_000,
    "features": 2_000,
    "products": 500,
    "rate_cards": 500,
    "cost_cards": 500,
    "prices": 5_000,
    "plans": 1_000,
    "tests": 2_000,
}
"""The most entries by section."""

PRICES_MAX: Final = 20_000
"""The most prices in all, each cell of each table counted."""

ENTRIES_MAX: Final = 1_000
"""The most entries of any other section."""

ITEMS_MAX: Final = 100_000
"""The most prices of all plans together, each cell of a table counted in every plan that has it."""
