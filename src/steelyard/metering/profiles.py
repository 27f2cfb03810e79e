"""What the data of an event type looks like from day to day, and where that drifts.

A profile counts, over a sample of a day's events of one type, at how many places which JSON type stood. Drift
is a field that newly appears, vanishes or changes its type, against the days before or against the schema.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from steelyard.metering.derived_schema import kind_of

FIELDS_MAX: Final = 200
"""So many places of one event are looked at."""

DEPTH_MAX: Final = 6
PATH_LENGTH_MAX: Final = 200
SAMPLE_MIN: Final = 20
"""With fewer events than this on either side nothing is said about the days before."""

OFTEN_SHARE: Final = 10
"""A field that stood in at least one of so many events before can be missed later."""


class DriftKind(StrEnum):
    """How the data of today differs."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    CHANGED_TYPE = "changed_type"
    NOT_IN_SCHEMA = "not_in_schema"
    WRONG_TYPE = "wrong_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference: the field, how it differs, and both sides in words."""

    kind: DriftKind
    field: str
    before: str
    now: str


@dataclass(slots=True, kw_only=True)
class Profile:
    """How many events were looked at, and which types stood at which places in how many of them.

    >>> profile = Profile()
    >>> profile.add({"n": 1, "usage": {"x": "a"}})
    >>> sorted(profile.kinds)
    [('data.n', 'integer'), ('data.usage', 'object'), ('data.usage.x', 'string')]
    """

    events: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def add(self, data: Any) -> None:
        """Takes in the data of one more event."""
        self.events += 1
        self.kinds.update(set(_places(data)))

    def join(self, other: Profile) -> None:
        """Takes in what another profile counted."""
        self.events += other.events
        self.kinds += other.kinds

    @property
    def fields(self) -> dict[str, dict[str, int]]:
        """The types at each field, with how often."""
        found: dict[str, dict[str, int]] = {}
        for (path, kind), count in sorted(self.kinds.items()):
            found.setdefault(path, {})[kind] = count
        return found


def _places(data: Any) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Any, int]] = [("data", data, 0)]
    found = 0
    while waiting and found < FIELDS_MAX:
        path, value, depth = waiting.pop()
        if depth:
            found += 1
            yield path, kind_of(value)
        if depth >= DEPTH_MAX:
            continue
        if isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            for name in sorted(members, reverse=True)[-FIELDS_MAX:]:
                inside = f"{path}.{name}"
                if len(inside) <= PATH_LENGTH_MAX and inside.isprintable():
                    waiting.append((inside, members[name], depth + 1))
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            waiting.append((f"{path}[]", cast("Sequence[Any]", value)[0], depth + 1))


def drift(earlier: Profile, recent: Profile, schema: Any = None) -> list[Drift]:
    """How the recent data differs from the earlier, and from the schema, by field.

    >>> before, now = Profile(), Profile()
    >>> for _ in range(20):
    ...     before.add({"tokens": 1})
    ...     now.add({"tokens": "1", "model": "m"})
    >>> [(one.kind.value, one.field) for one in drift(before, now)]
    [('appeared', 'data.model'), ('changed_type', 'data.tokens')]
    """
    found: list[Drift] = []
    if isinstance(schema, Mapping):
        found += _against_schema(recent, cast("Mapping[str, Any]", schema))
    if earlier.events >= SAMPLE_MIN and recent.events >= SAMPLE_MIN:
        found += _against_days(earlier, recent)
    return sorted(found, key=lambda one: (one.field, one.kind.value))


def _against_days(earlier: Profile, recent: Profile) -> Iterator[Drift]:
    before, now = earlier.fields, recent.fields
    for path in sorted({*before, *now}):
        old, new = before.get(path, {}), now.get(path, {})
        if not old:
            yield _drift(DriftKind.APPEARED, path, old, new, earlier, recent)
        elif not new:
            if sum(old.values()) * OFTEN_SHARE >= earlier.events:
                yield _drift(DriftKind.VANISHED, path, old, new, earlier, recent)
        elif _kinds(new) - _kinds(old):
            yield _drift(DriftKind.CHANGED_TYPE, path, old, new, earlier, recent)


def _kinds(counts: Iterable[str]) -> set[str]:
    """Types that differ in more than spelling: an integer is a number, and null is the absence of a value."""
    return {"number" if kind == "integer" else kind for kind in counts} - {"null"}


def _drift(kind: DriftKind, path: str, old: Mapping[str, int], new: Mapping[str, int], *of: Profile) -> Drift:
    earlier, recent = of
    return Drift(kind=kind, field=path, before=_words(old, earlier), now=_words(new, recent))


def _words(counts: Mapping[str, int], profile: Profile) -> str:
    if not counts:
        return f"absent in {profile.events} events"
    return ", ".join(f"{kind} in {count} of {profile.events}" for kind, count in sorted(counts.items()))


def _against_schema(recent: Profile, schema: Mapping[str, Any]) -> Iterator[Drift]:
    declared = dict(_declared("data", schema, 0))
    if len(declared) <= 1:
        return
    for path, counts in recent.fields.items():
        parent = path[:-2] if path.endswith("[]") else path.rpartition(".")[0]
        allowed = declared.get(path)
        if path not in declared:
            if declared.get(parent) is not None and not path.endswith("[]"):
                yield Drift(
                    kind=DriftKind.NOT_IN_SCHEMA,
                    field=path,
                    before="not declared",
                    now=_words(counts, recent),
                )
        elif allowed and (wrong := {kind: n for kind, n in counts.items() if not _fits(kind, allowed)}):
            words = " or ".join(sorted(allowed))
            yield Drift(kind=DriftKind.WRONG_TYPE, field=path, before=words, now=_words(wrong, recent))


def _fits(kind: str, allowed: set[str]) -> bool:
    return kind in allowed or (kind == "integer" and "number" in allowed)


def _declared(path: str, schema: Any, depth: int) -> Iterator[tuple[str, set[str]]]:
    """The fields that a schema names under `properties` and `items`, with their types; none: any type."""
    if not isinstance(schema, Mapping) or depth > DEPTH_MAX:
        return
    said = cast("Mapping[str, Any]", schema)
    kinds = said.get("type", [])
    yield path, {kinds} if isinstance(kinds, str) else set(kinds)
    properties = said.get("properties")
    if isinstance(properties, Mapping):
        for name, inner in cast("Mapping[str, Any]", properties).items():
            yield from _declared(f"{path}.{name}", inner, depth + 1)
    yield from _declared(f"{path}[]", said.get("items"), depth + 1)
