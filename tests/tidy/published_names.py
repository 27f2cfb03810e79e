"""What a user can meet, read from the code: commands, endpoints, error codes and settings."""

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any

from steelyard.kernel.errors import SteelyardError
from tests.tidy.sources import PACKAGE, Source, dotted, package_sources

SETTING = re.compile(r"STEELYARD_[A-Z][A-Z_]+")


def has_python(folder: str) -> bool:
    """Whether the room or part of a room exists, so that its names can be asked for."""
    return any((PACKAGE / folder).glob("*.py")) or (PACKAGE / f"{folder}.py").is_file()


def endpoints() -> list[str]:
    """Give `METHOD path` of every endpoint."""
    if not has_python("entrypoints/api"):
        return []
    table: Any = importlib.import_module("steelyard.entrypoints.api.endpoints").ENDPOINTS
    assert table, "the table of endpoints is empty"
    return [f"{endpoint.method} {endpoint.path}" for endpoint in table]


def commands() -> list[str]:
    """Give every command of the command line as a person types it."""
    if not has_python("entrypoints/cli"):
        return []
    app: Any = importlib.import_module("steelyard.entrypoints.cli").app
    found = sorted(_commands_of(app, "steelyard"))
    assert found, "the command line has no commands"
    return found


def _commands_of(app: Any, path: str) -> Iterator[str]:
    for name in app:
        if name.startswith("-"):
            continue
        command = app[name]
        below = list(_commands_of(command, f"{path} {name}"))
        yield from below or [f"{path} {name}"]


def error_codes() -> list[str]:
    """Give every code that a problem or a refusal can carry.

    These are the codes of the error tree, of literal `code=` arguments, and of enums named `…Code`.
    """
    codes = {kind.code for kind in _tree_of(SteelyardError)}
    for source in package_sources():
        codes |= set(_codes_written_in(source))
    return sorted(codes)


def _tree_of(kind: type[SteelyardError]) -> Iterator[type[SteelyardError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _tree_of(below)


def _codes_written_in(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Code"):
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                    yield str(line.value.value)


def settings() -> list[str]:
    """Give every environment variable of ours and every field of a class named `Settings`."""
    return sorted(set[str]().union(*map(settings_in, package_sources())))


def settings_in(source: Source) -> set[str]:
    """Give the settings that one file reads or defines."""
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= set(SETTING.findall(node.value))
        if isinstance(node, ast.ClassDef) and node.name == "Settings":
            names |= {dotted(line.target) for line in node.body if isinstance(line, ast.AnnAssign)}
    return names
