"""Templates: entries of a catalog written once with parameters, and made as often as they are named.

    templates:
      - key: tier
        parameters: {name: {}, key: {}, fee: {default: "49"}}
        gives:
          plans: [{key: "${key}", name: "${name}", ...}]
    instances:
      - {template: tier, with: {key: gold, name: Gold, fee: "99"}}

A template may extend another: it then gives what that one gives, too. Only text is replaced; nothing is
computed. What comes out is checked as if it had been written by hand, at the template's own lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from steelyard.catalog.fields import KEY, TEXT, WRONG, Field, Kind, Noun, describe, is_right, read_noun
from steelyard.catalog.nouns.defined import KEY_FIELD
from steelyard.catalog.source import Path, Place, Reading, Source

INSTANCES_MAX: Final = 2000
"""So many instances of templates a catalog may have."""

_HOLE: Final = re.compile(r"\$\{([a-zA-Z0-9_.-]{1,64})\}")
_ANY: Final = Kind(lambda _reading, _path, value: value, {})


def _mapping(reading: Reading, path: Path, value: Any) -> Any:
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    reading.wrong(path, "wrong_type", f"this is a mapping, not {describe(value)}")
    return WRONG


_MAPPING: Final = Kind(_mapping, {"type": "object"})

PARAMETER = Noun(
    "parameter",
    (Field("default", _ANY, "what stands where no value is given"), Field("meaning", TEXT, "what it is")),
)
TEMPLATE = Noun(
    "template",
    (
        KEY_FIELD,
        Field("parameters", _MAPPING, "by name its parameters, each with an optional default", default={}),
        Field("extends", KEY, "another template, which gives its entries too"),
        Field("gives", _MAPPING, "by section the entries that it stands for", required=True),
    ),
)
INSTANCE = Noun(
    "instance",
    (
        Field("template", KEY, "the template to be made", required=True),
        Field("with", _MAPPING, "the values of its parameters", default={}),
    ),
)
GIVEN_SECTIONS: Final = ("event_types", "metrics", "features", "products", "prices", "plans", "tests")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Template:
    key: str
    path: Path
    parameters: Mapping[str, Any]
    extends: str | None
    gives: Mapping[str, Any]


@dataclass(slots=True)
class _Made:
    """The document as it grows by what the instances make."""

    values: dict[str, Any]
    places: dict[Path, Place]
    lists: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def section(self, name: str) -> list[Any] | None:
        """The section's own list, to add to; None where what was written there is no list."""
        if name not in self.lists:
            written = self.values.get(name)
            if written is not None and not isinstance(written, list):
                return None
            self.lists[name] = self.values[name] = list(cast("list[Any]", written or []))
        return self.lists[name]


def expanded(reading: Reading) -> Source:
    """The source with every instance made, and without templates; mistakes are noted.

    >>> template = {"key": "t", "parameters": {"n": {}}, "gives": {"plans": [{"key": "p-${n}"}]}}
    >>> values = {"templates": [template], "instances": [{"template": "t", "with": {"n": "1"}}]}
    >>> dict(expanded(Reading(source=Source(values=values))).values)
    {'plans': [{'key': 'p-1'}]}
    """
    source = reading.source
    if "templates" not in source.values and "instances" not in source.values:
        return source
    templates = _templates(reading)
    rest = {name: value for name, value in source.values.items() if name not in ("templates", "instances")}
    made = _Made(rest, dict(source.places))
    instances = _list(reading, "instances")
    if len(instances) > INSTANCES_MAX:
        message = f"{len(instances)} instances are too many"
        reading.wrong(("instances",), "too_many", message, allowed=f"at most {INSTANCES_MAX}")
        instances = []
    for path, value in instances:
        _make(reading, templates, path, value, made)
    return replace(source, values=made.values, places=made.places)


def _list(reading: Reading, section: str) -> list[tuple[Path, Any]]:
    value = reading.source.values.get(section)
    if value is None:
        return []
    if not isinstance(value, list):
        reading.wrong((section,), "wrong_type", f"this section is a list, not {describe(value)}")
        return []
    return [((section, n), each) for n, each in enumerate(cast("list[Any]", value))]


def _templates(reading: Reading) -> dict[str, _Template]:
    found: dict[str, _Template] = {}
    for path, value in _list(reading, "templates"):
        values = read_noun(reading, TEMPLATE, path, value)
        if values is None or not is_right(*values.values()):
            continue
        for name, parameter in values["parameters"].items():
            read_noun(reading, PARAMETER, (*path, "parameters", name), parameter or {})
        if values["key"] in found:
            message = f"there are two of the template {values['key']!r}"
            reading.wrong((*path, "key"), "duplicate_key", message)
            continue
        found[values["key"]] = _Template(path=path, **values)
    for template in found.values():
        _check_gives(reading, template)
        _check_line(reading, found, template)
    return found


def _check_gives(reading: Reading, template: _Template) -> None:
    place = (*template.path, "gives")
    for section, entries in template.gives.items():
        if section not in GIVEN_SECTIONS:
            allowed = ", ".join(GIVEN_SECTIONS)
            reading.wrong(
                (*place, section), "unknown_section", f"a template gives no {section!r}", allowed=allowed
            )
        elif not isinstance(entries, list):
            reading.wrong((*place, section), "wrong_type", f"this is a list, not {describe(entries)}")


def _check_line(reading: Reading, found: Mapping[str, _Template], template: _Template) -> None:
    """The line of templates that it extends ends somewhere, at a template that has none above it."""
    seen = [template.key]
    above = template.extends
    while above is not None:
        if above in seen:
            if min(seen[seen.index(above) :]) == template.key:
                circle = " → ".join([*seen[seen.index(above) :], above])
                message = f"this template extends itself: {circle}"
                reading.wrong((*template.path, "extends"), "circular_template", message)
            return
        if above not in found:
            if len(seen) == 1:
                reading.unknown((*template.path, "extends"), "unknown_template", "template", above, found)
            return
        seen.append(above)
        above = found[above].extends


def _make(reading: Reading, templates: Mapping[str, _Template], path: Path, value: Any, made: _Made) -> None:
    values = read_noun(reading, INSTANCE, path, value)
    if values is None or not is_right(*values.values()):
        return
    if values["template"] not in templates:
        known = [*templates, *_written_keys(reading)]
        if values["template"] not in known:
            reading.unknown((*path, "template"), "unknown_template", "template", values["template"], known)
        return
    line = _line(templates, values["template"])
    known = {name: each for template in line for name, each in template.parameters.items()}
    given = cast("Mapping[str, Any]", values["with"])
    for name in given:
        if name not in known:
            reading.unknown((*path, "with", name), "unknown_parameter", "parameter", name, known)
    fill = {name: _default(each) for name, each in known.items()} | dict(given)
    missing = [name for name in known if fill[name] is None]
    for name in missing:
        message = f"the template {values['template']!r} needs a value for {name!r}"
        reading.wrong(path, "missing_parameter", message)
    if missing:
        return
    for template in line:
        _add(reading, template, fill, made)


def _written_keys(reading: Reading) -> list[str]:
    keys: list[Any] = [
        cast("Mapping[str, Any]", each).get("key")
        for _, each in _list(reading, "templates")
        if isinstance(each, Mapping)
    ]
    return [key for key in keys if isinstance(key, str)]


def _line(templates: Mapping[str, _Template], key: str) -> list[_Template]:
    """The template and those that it extends, the first of them first."""
    line: list[_Template] = []
    name: str | None = key
    while name is not None and name in templates and templates[name] not in line:
        line.append(templates[name])
        name = templates[name].extends
    return line[::-1]


def _default(parameter: Any) -> Any:
    return cast("Mapping[str, Any]", parameter).get("default") if isinstance(parameter, Mapping) else None


def _add(reading: Reading, template: _Template, fill: Mapping[str, Any], made: _Made) -> None:
    for name, entries in template.gives.items():
        section = made.section(name) if name in GIVEN_SECTIONS and isinstance(entries, list) else None
        if section is None:
            continue
        for place, entry in enumerate(cast("list[Any]", entries)):
            path = (*template.path, "gives", name, place)
            filling = _Filling(reading, fill, made.places)
            section.append(filling.filled(entry, path, (name, len(section))))


@dataclass(frozen=True, slots=True)
class _Filling:
    """One copy of an entry with its holes filled, each value at the line of the template."""

    reading: Reading
    fill: Mapping[str, Any]
    places: dict[Path, Place]

    def filled(self, value: Any, path: Path, to: Path) -> Any:
        """The value with every `${name}` replaced; a text that is one hole alone becomes the value itself."""
        self.places[to] = self.reading.source.place(path)
        if isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value).items()
            return {
                self._text(name, path): self.filled(item, (*path, name), (*to, self._text(name, path)))
                for name, item in items
            }
        if isinstance(value, Sequence) and not isinstance(value, str):
            listed = cast("Sequence[Any]", value)
            return [self.filled(item, (*path, n), (*to, n)) for n, item in enumerate(listed)]
        if not isinstance(value, str):
            return value
        whole = _HOLE.fullmatch(value)
        if whole and whole[1] in self.fill:
            return self.fill[whole[1]]
        return self._text(value, path)

    def _text(self, text: str, path: Path) -> str:
        def put(hole: re.Match[str]) -> str:
            value = self.fill.get(hole[1])
            if value is None:
                self.reading.unknown(path, "unknown_parameter", "parameter", hole[1], self.fill)
                return ""
            return str(value)

        return _HOLE.sub(put, text)
