"""Weight tables as a catalog writes them: `{at: [gpt-4o, output], weight: 4}`, and `rest` for all others."""

from __future__ import annotations

from typing import Any

from steelyard.catalog.fields import (
    SCALAR,
    TEXT,
    WRONG,
    Field,
    Noun,
    decimal,
    is_right,
    list_of,
    one_or_many,
    record,
)
from steelyard.catalog.nouns.defined import DEFINED
from steelyard.catalog.source import Path, Reading
from steelyard.catalog.weights import WeightTable
from steelyard.kernel import ZERO, InvalidInput
from steelyard.rating import Weight, Weights

_FACTOR = decimal(at_least=ZERO)

WEIGHT = Noun(
    "weight",
    (
        Field(
            "at", one_or_many(SCALAR, whole=True), "a value of each dimension; * is any other", required=True
        ),
        Field("weight", _FACTOR, "how many normalised units one unit is", required=True),
    ),
)


def _weight(_reading: Reading, _path: Path, values: dict[str, Any]) -> Any:
    return Weight(at=values["at"], factor=values["weight"]) if is_right(*values.values()) else WRONG


WEIGHT_TABLE = Noun(
    "weight table",
    (
        *DEFINED,
        Field("unit", TEXT, "the normalised unit, in the plural", required=True),
        Field("version", TEXT, "what documents call this state of the table", default=""),
        Field("over", one_or_many(TEXT, whole=True), "the dimensions that the weights go by", required=True),
        Field("weights", list_of(record(WEIGHT, _weight), whole=True), "the weights", required=True),
        Field("rest", _FACTOR, "the weight of everything else; without it such usage is refused"),
    ),
)


def weight_table(reading: Reading, path: Path, values: dict[str, Any]) -> WeightTable | None:
    """The table that the fields describe, or None where one is wrong."""
    if not is_right(*values.values()):
        return None
    try:
        weights = Weights(
            over=values["over"], rows=values["weights"], rest=values["rest"], unit=values["unit"]
        )
    except InvalidInput as error:
        reading.wrong((*path, "weights"), error.detail_code, error.message)
        return None
    named = {name: values[name] for name in ("key", "name", "owner", "definition", "version")}
    return WeightTable(**named, weights=weights)
