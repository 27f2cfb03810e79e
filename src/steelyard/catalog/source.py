"""A catalog as it was written: plain values, the place of each, and every mistake found while reading.

Values are mappings, lists, text, booleans and None; numbers stay text (or whole numbers and Decimals, from
JSON), so that no price ever passes through a binary fraction.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from steelyard.kernel import InvalidInput, Problem

Path = tuple[str | int, ...]
Place = tuple[str, int]

HINTS_MAX: Final = 100
"""To so many unknown names the name that was probably meant is looked for: that is slow among thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The values of one or many files merged into one document, with (file, line) per path where known.

    `problems` are the mistakes that reading the files themselves found.
    """

    values: Mapping[str, Any]
    places: Mapping[Path, Place] = field(default_factory=dict[Path, Place])
    problems: tuple[Problem, ...] = ()

    def place(self, path: Path) -> Place:
        """File and line of a path, or of the nearest thing around it.

        >>> Source(values={}, places={("plans", 0): ("a.yaml", 3)}).place(("plans", 0, "tier"))
        ('a.yaml', 3)
        """
        for end in range(len(path), -1, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return "", 0


def source_from_json(body: bytes | str) -> Source:
    """A source from one JSON document, its numbers exact; places are not known.

    Raises InvalidInput where the text is not a JSON object.

    >>> source_from_json('{"plans": [{"tier": 1.10}]}').values["plans"]
    [{'tier': Decimal('1.10')}]
    """
    try:
        values: Any = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"not readable as JSON: {error}", code="not_readable") from None
    if not isinstance(values, dict):
        raise InvalidInput("a catalog is a JSON object", code="wrong_type")
    return Source(values=values)  # pyright: ignore[reportUnknownArgumentType]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


@dataclass(slots=True)
class Reading:
    """One pass over a source that goes on after a mistake and keeps them all."""

    source: Source
    problems: list[Problem] = field(default_factory=list[Problem])
    hints: int = HINTS_MAX

    def wrong(self, path: Path, code: str, message: str, *, allowed: str = "") -> None:
        """Notes a mistake at a path."""
        file, line = self.source.place(path)
        self.problems.append(
            Problem(code=code, message=message, field=field_name(path), file=file, line=line, allowed=allowed)
        )

    def unknown(self, path: Path, code: str, noun: str, name: str, known: Iterable[str]) -> None:
        """Notes a name that does not exist, with the one that was probably meant."""
        self.hints -= 1
        hint = did_you_mean(name, known) if self.hints >= 0 else ""
        allowed = allowed_names(known) if self.hints >= 0 else ""
        self.wrong(path, code, f"there is no {noun} {name!r}{hint}", allowed=allowed)


def field_name(path: Path) -> str:
    """The path as people write it.

    >>> field_name(("plans", 0, "items", 2, "price"))
    'plans[0].items[2].price'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is most alike, or nothing.

    >>> did_you_mean("ownr", ["owner", "name"])
    '; did you mean "owner"?'
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def allowed_names(known: Iterable[str], *, at_most: int = 12) -> str:
    """The known names in one line, cut where there are too many to read.

    >>> allowed_names(["b", "a"])
    'a, b'
    """
    names = sorted(known)
    rest = f", … ({len(names)} in all)" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + rest
