"""The way of an event, as the architecture page tells it, leads through functions that are there."""

import ast
import re
from pathlib import Path

from tests.tidy.sources import PACKAGE, ROOT

STEP = re.compile(r"^\| [^|]+ \| `(?P<name>[A-Za-z_.]+)` \| `(?P<file>[a-z_0-9/]+\.py)` \|$", re.MULTILINE)


def functions_of(path: Path) -> set[str]:
    """Give the functions of a file, those of a class behind its name."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inside = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{one.name}" for one in inside}
    return found


def test_each_step_names_a_function_that_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    steps = [(step["name"], PACKAGE / step["file"]) for step in STEP.finditer(page)]
    assert len(steps) > 20
    assert not [f"{name} in {file}" for name, file in steps if name not in functions_of(file)]


def test_functions_are_read_from_the_code() -> None:
    found = functions_of(PACKAGE / "rating" / "rate.py")
    assert "rate" in found
    assert "weigh" not in found
