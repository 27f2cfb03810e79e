"""Weight tables: what the units of a metric are worth, by its dimensions, as one normalised unit."""

from __future__ import annotations

from dataclasses import dataclass

from steelyard.rating import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightTable:
    """A table of weights with its version, which prices name; a change of it is a change of the catalog."""

    key: str
    name: str
    owner: str
    definition: str
    version: str
    weights: Weights
