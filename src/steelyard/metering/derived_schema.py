"""A schema from examples: what the data of stored events of a type has in common, as JSON Schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast

from steelyard.kernel import plain

CHOICES_MAX: Final = 8
CHOICE_LENGTH_MAX: Final = 64
EXAMPLES_A_CHOICE: Final = 5
"""A text becomes a choice of few words only if there are at least so many examples for each word."""

NAMES_MAX: Final = 60
"""An object with more different names than this is a map: its values share one schema."""

DEPTH_MAX: Final = 8

_ORDER: Final = ("object", "array", "string", "boolean", "integer", "number", "null")


def kind_of(value: Any) -> str:
    """The JSON Schema type of a plain value; a number without a fraction is an integer.

    >>> [kind_of(value) for value in (True, 1, Decimal("1.0"), Decimal("1.5"), None, "a", [], {})]
    ['boolean', 'integer', 'integer', 'number', 'null', 'string', 'array', 'object']
    """
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case Decimal():
            whole = value.is_finite() and value == value.to_integral_value()
            return "integer" if whole else "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


@dataclass(slots=True)
class _Seen:
    """What was found at one place of the data."""

    kinds: Counter[str] = field(default_factory=Counter[str])
    texts: Counter[str] = field(default_factory=Counter[str])
    lowest: Decimal | None = None
    highest: Decimal | None = None
    members: dict[str, _Seen] = field(default_factory=dict[str, "_Seen"])
    items: _Seen | None = None

    def add(self, value: Any, depth: int = 0) -> None:
        kind = kind_of(value)
        self.kinds[kind] += 1
        if kind == "string":
            if len(self.texts) <= CHOICES_MAX:
                self.texts[value] += 1
        elif kind in ("integer", "number"):
            number = Decimal(value)
            self.lowest = number if self.lowest is None else min(self.lowest, number)
            self.highest = number if self.highest is None else max(self.highest, number)
        elif depth >= DEPTH_MAX:
            return
        elif kind == "object":
            for name, inner in cast("Mapping[str, Any]", value).items():
                self.members.setdefault(name, _Seen()).add(inner, depth + 1)
        elif kind == "array":
            self.items = self.items or _Seen()
            for inner in cast("Sequence[Any]", value):
                self.items.add(inner, depth + 1)

    @property
    def total(self) -> int:
        return self.kinds.total()

    def schema(self) -> dict[str, Any]:
        kinds = [kind for kind in _ORDER if self.kinds[kind]]
        if "number" in kinds and "integer" in kinds:
            kinds.remove("integer")
        found: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
        if kinds == ["string"] and self._is_choice():
            found["enum"] = sorted(self.texts)
        if self.lowest is not None and self.highest is not None:
            found["description"] = f"seen from {plain(self.lowest)} to {plain(self.highest)}"
        if len(self.members) > NAMES_MAX:
            found["additionalProperties"] = _together(self.members.values()).schema()
        elif self.members:
            objects = self.kinds["object"]
            always = sorted(name for name, member in self.members.items() if member.total == objects)
            if always:
                found["required"] = always
            found["properties"] = {name: self.members[name].schema() for name in sorted(self.members)}
        if self.items is not None and self.items.total:
            found["items"] = self.items.schema()
        return found

    def _is_choice(self) -> bool:
        texts = self.texts
        return (
            1 < len(texts) <= CHOICES_MAX
            and self.total >= EXAMPLES_A_CHOICE * len(texts)
            and min(texts.values()) > 1
            and all(len(text) <= CHOICE_LENGTH_MAX for text in texts)
        )


def _together(places: Iterable[_Seen]) -> _Seen:
    """What was found at many places, as if at one; only kinds and the range of numbers."""
    joined = _Seen()
    for place in places:
        joined.kinds += place.kinds
        for number in (place.lowest, place.highest):
            if number is not None:
                joined.lowest = number if joined.lowest is None else min(joined.lowest, number)
                joined.highest = number if joined.highest is None else max(joined.highest, number)
    return joined


def derive_schema(examples: Iterable[Any]) -> dict[str, Any]:
    """A schema that all these examples of data fit: plain values, numbers as int or Decimal.

    Types as seen; a member is required where it is always there; a text of few different values, each seen
    several times, is a choice of them; ranges of numbers are told but not enforced, because tomorrow's number
    may be larger. The order of the examples does not matter. No examples: the schema that allows everything.

    >>> derive_schema([{"model": "a", "tokens": 3}, {"model": "b", "tokens": 5, "note": None}])["required"]
    ['model', 'tokens']
    >>> derive_schema([{"n": 1}, {"n": Decimal("0.5")}])["properties"]["n"]["description"]
    'seen from 0.5 to 1'
    """
    seen = _Seen()
    for example in examples:
        seen.add({} if example is None else example)
    return seen.schema() if seen.total else {}
