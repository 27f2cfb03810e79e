"""Reads a catalog from a folder of YAML files, keeping the file and line of every value.

Only the node tree of YAML is used, never its constructors: numbers stay the text that was written, so that
no price becomes a binary fraction, and nothing in a file can run code. What is wrong with a file itself
(tabs, bad syntax, repeated keys, aliases) becomes a problem beside all the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

import yaml

from steelyard.adapters.files.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode, nodes_of
from steelyard.catalog import Source
from steelyard.kernel import InvalidInput, NotFound, Problem

_FILE_BYTES_MAX = 4 * 1024 * 1024
_DEPTH_MAX = 32
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_NULL = ("", "~", "null", "Null", "NULL")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?")
_SCHEMAS = ("event_types", "schema")

Path = tuple[str | int, ...]


def read_catalog_folder(folder: FilePath) -> Source:
    """The merged source of all `*.yaml` and `*.yml` files below a folder, in the order of their names.

    Raises NotFound where the folder does not exist or holds no such file. Other mistakes are in the
    source's problems, so that they are told together with what is wrong in the catalog.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}", code="folder_missing")
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    if not files:
        raise NotFound(f"the folder {folder} holds no YAML files", code="folder_empty")
    merge = _Merge()
    for file in files:
        name = str(file.relative_to(folder))
        try:
            text = _read_text(file)
        except InvalidInput as error:
            merge.problems.append(Problem(code=error.detail_code, message=error.message, file=name, line=1))
        else:
            merge.add(name, text)
    return merge.source()


def read_catalog_text(files: Mapping[str, str]) -> Source:
    """The merged source of texts by file name; what `read_catalog_folder` does, without a disk.

    >>> source = read_catalog_text({"a.yaml": "plans:\\n  - key: team\\n    tier: 1.10\\n"})
    >>> source.values, source.place(("plans", 0, "tier"))
    ({'plans': [{'key': 'team', 'tier': '1.10'}]}, ('a.yaml', 3))
    """
    merge = _Merge()
    for name, text in files.items():
        merge.add(name, text)
    return merge.source()


def _read_text(file: FilePath) -> str:
    if file.stat().st_size > _FILE_BYTES_MAX:
        raise InvalidInput(f"a catalog file is at most {_FILE_BYTES_MAX} bytes long", code="file_too_large")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the file is not UTF-8: {error.reason}", code="not_utf8") from None


class _Merge:
    """Collects the sections of many files into one document."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.places: dict[Path, tuple[str, int]] = {}
        self.problems: list[Problem] = []

    def source(self) -> Source:
        return Source(values=self.values, places=self.places, problems=tuple(self.problems))

    def add(self, file: str, text: str) -> None:
        try:
            nodes = nodes_of(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._wrong(file, mark.line + 1 if mark else 1, "bad_yaml", _reason(error))
            return
        except (yaml.YAMLError, RecursionError) as error:
            self._wrong(file, 1, "bad_yaml", f"not readable as YAML: {str(error)[:200]}")
            return
        for node in nodes:
            if not isinstance(node, ScalarNode) or node.value:
                self._add_document(file, node)

    def _add_document(self, file: str, root: Node) -> None:
        if not isinstance(root, MappingNode):
            self._wrong(file, root.line, "wrong_type", "a catalog file is a mapping of sections")
            return
        for key, node in self._pairs(file, root):
            self.places.setdefault((key,), (file, node.line))
            if isinstance(node, SequenceNode):
                self._extend(file, key, node)
            elif key not in self.values:
                self.values[key] = self._value(file, (key,), node, depth=1)
            elif self.values[key] is not None:
                self._wrong(file, node.line, "wrong_type", f"the section {key!r} is a list")

    def _extend(self, file: str, section: str, node: SequenceNode) -> None:
        """Adds the items of a section to those that other files gave."""
        if self.values.get(section) is None:
            self.values[section] = []
        items = self.values[section]
        if not isinstance(items, list):
            self._wrong(file, node.line, "wrong_type", f"the section {section!r} is a list")
            return
        for item in node.value:
            path = (section, len(items))
            items.append(self._value(file, path, item, depth=2))

    def _value(self, file: str, path: Path, node: Node, *, depth: int) -> Any:
        self.places[path] = (file, node.line)
        if depth > _DEPTH_MAX:
            self._wrong(file, node.line, "too_deep", f"nothing in a catalog is {_DEPTH_MAX} levels deep")
            return None
        if isinstance(node, MappingNode):
            pairs = self._pairs(file, node)
            return {key: self._keyed(file, (*path, key), child, depth) for key, child in pairs}
        if isinstance(node, SequenceNode):
            return [
                self._value(file, (*path, i), child, depth=depth + 1) for i, child in enumerate(node.value)
            ]
        return _json_scalar(node) if path[::2][:2] == _SCHEMAS else _scalar(node)

    def _keyed(self, file: str, path: Path, node: Node, depth: int) -> Any:
        return self._value(file, path, node, depth=depth + 1)

    def _pairs(self, file: str, node: MappingNode) -> list[tuple[str, Node]]:
        """The keys as written and their values; a repeated key is a mistake and the first one stands."""
        pairs: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._wrong(file, key.line, "bad_key", "a key is a plain word")
            elif key.value in pairs:
                first = pairs[key.value].line
                message = f"the key {key.value!r} stands here twice (first in line {first})"
                self._wrong(file, key.line, "duplicate_key", message)
            else:
                pairs[key.value] = value
        return list(pairs.items())

    def _wrong(self, file: str, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(code=code, message=message, file=file, line=line))


def _scalar(node: Node) -> Any:
    """Text as written; only plain true, false and null are anything else."""
    if not isinstance(node, ScalarNode) or not node.is_plain:
        return node.value
    text = node.value
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    return False if text in _FALSE else text


def _json_scalar(node: Node) -> Any:
    """As `_scalar`, but a plain number is one: in a JSON Schema `1` and `"1"` mean different things."""
    value = _scalar(node)
    if isinstance(node, ScalarNode) and node.is_plain and isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value) if value.lstrip("-").isdecimal() else Decimal(value)
    return value


def _reason(error: yaml.MarkedYAMLError) -> str:
    """What the YAML reader says, in words that help."""
    problem = error.problem or "not readable as YAML"
    if "\\t" in problem:
        return "a tab stands where YAML wants spaces; indent with spaces"
    return f"{error.context}: {problem}" if error.context else problem
