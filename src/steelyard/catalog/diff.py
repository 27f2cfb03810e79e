"""What changed between two catalogs, as a plan that a person can read before publishing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from steelyard.catalog.model import Catalog
from steelyard.kernel.canonical import to_builtins


class ChangeKind(StrEnum):
    """Whether something came, went, or says something else now."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; `field` is empty where the whole thing came or went."""

    kind: ChangeKind
    noun: str
    key: str
    field: str = ""
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The change in one line, as a plan prints it.

        >>> Change(
        ...     kind=ChangeKind.CHANGED,
        ...     noun="plan",
        ...     key="team",
        ...     field="visible_days",
        ...     before="30",
        ...     after="60",
        ... ).text
        '~ plan team: visible days 30 → 60'
        """
        sign = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}[self.kind]
        whole = f"{sign} {self.noun} {self.key}"
        if not self.field:
            return whole
        return f"{whole}: {_in_words(self.field)} {self.before or 'none'} → {self.after or 'none'}"


_PLACE = re.compile(r"(\w+?)s?\[(\d+)\]")


def _in_words(field: str) -> str:
    """A path into a definition as one would say it.

    >>> _in_words("model.tiers[0].unit_amount"), _in_words("sharing")
    ('tier 1 unit amount', 'sharing')
    """
    counted = _PLACE.sub(lambda found: f"{found[1]} {int(found[2]) + 1}", field.removeprefix("model."))
    return counted.replace(".", " ").replace("_", " ")


_NOUNS = (
    ("event type", "event_types"),
    ("metric", "metrics"),
    ("feature", "features"),
    ("product", "products"),
    ("weight table", "weight_tables"),
    ("card", "cards"),
    ("price", "prices"),
    ("plan", "plans"),
    ("credit unit", "credit_units"),
    ("price book", "price_books"),
    ("discount", "discounts"),
    ("floor", "floors"),
)


def compare(before: Catalog, after: Catalog) -> tuple[Change, ...]:
    """Every difference, noun by noun and key by key; nothing for equal catalogs.

    >>> compare(Catalog(), Catalog())
    ()
    """
    changes = [
        change
        for noun, section in _NOUNS
        for change in _section(noun, getattr(before, section), getattr(after, section))
    ]
    return (*changes, *_section("governance", _governed(before), _governed(after)))


def _governed(catalog: Catalog) -> Mapping[str, Any]:
    return {} if catalog.governance is None else {"of the catalog": catalog.governance}


def _section(noun: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        if key not in before:
            yield Change(kind=ChangeKind.ADDED, noun=noun, key=key)
        elif key not in after:
            yield Change(kind=ChangeKind.REMOVED, noun=noun, key=key)
        else:
            for field, old, new in _fields("", to_builtins(before[key]), to_builtins(after[key])):
                yield Change(kind=ChangeKind.CHANGED, noun=noun, key=key, field=field, before=old, after=new)


def _fields(path: str, before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """The leaves that differ, with their paths; lists of equal length are compared item by item."""
    if before == after:
        return
    old, new = _children(before), _children(after)
    if old is None or new is None or (isinstance(before, list) and old.keys() != new.keys()):
        yield path, _short(before), _short(after)
        return
    for name in dict.fromkeys([*old, *new]):
        below = name if name.startswith("[") else f".{name}"
        yield from _fields(f"{path}{below}".removeprefix("."), old.get(name), new.get(name))


def _children(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    if isinstance(value, list):
        return {f"[{index}]": item for index, item in enumerate(cast("list[Any]", value))}
    return None


def _short(value: Any) -> str:
    """A value in a few words."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_short(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{name}: {_short(item)}" for name, item in items if _short(item)) + "}"
    return str(value)
