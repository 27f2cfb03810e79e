"""What a number of a price or a plan is called on a form, in place of where it stands in a file."""

from __future__ import annotations

import re
from typing import Final

_TIER: Final = re.compile(r"(tiers|blocks|stairs)\[(\d+)\]\.(\w+)")
_CELL: Final = re.compile(r"table\.(.+)\[(\d+)\]")
_ITEM: Final = re.compile(r"items\[(\d+)\]\.(\w+)")
_IN_TIER: Final = {
    "up_to": "up to",
    "unit_amount": "each",
    "flat_amount": "flat",
    "percent": "percent",
    "amount": "amount",
    "size": "units a block",
    "count": "blocks",
}
_NAMES: Final = {"tiers": "Tier", "blocks": "Block", "stairs": "Step"}
_SAID: Final = {
    "unit_amount": "Each",
    "per": "For so many units",
    "size": "Units a package",
    "tier": "Place among the plans",
    "visible_days": "Days that can be seen",
    "included": "Included units",
}


def number_words(field: str, metric: str = "") -> str:
    """A number by what it means; `metric` is the one that a cell of a table is for.

    >>> number_words("tiers[1].unit_amount"), number_words("table.gpt-5[1]", "output-tokens")
    ('Tier 2, each', 'gpt-5, output tokens')
    >>> number_words("limits.requests"), number_words("items[2].included"), number_words("unit_amount")
    ('At most requests', 'Included with price 3', 'Each')
    """
    if found := _TIER.fullmatch(field):
        noun, place, name = found.groups()
        return f"{_NAMES[noun]} {int(place) + 1}, {_IN_TIER.get(name, name.replace('_', ' '))}"
    if found := _CELL.fullmatch(field):
        return f"{found[1]}, {metric.replace('-', ' ') or f'column {int(found[2]) + 1}'}"
    if found := _ITEM.fullmatch(field):
        return f"{found[2].replace('_', ' ').capitalize()} with price {int(found[1]) + 1}"
    if field.startswith("limits."):
        return f"At most {field.removeprefix('limits.').replace('-', ' ')}"
    return _SAID.get(field, field.replace("_", " ").capitalize())
