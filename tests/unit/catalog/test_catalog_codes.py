"""Every code that a mistake in a catalog can have is documented."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = [
    *(ROOT / "src/steelyard/catalog").rglob("*.py"),
    *(ROOT / "src/steelyard/adapters/files").rglob("*.py"),
]


def codes() -> set[str]:
    """The literal codes that the readers note: the argument before the message."""
    found: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                place = {"wrong": 1, "unknown": 1, "_wrong": 2}.get(node.func.attr)
                argument = node.args[place] if place is not None and place < len(node.args) else None
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return found


def test_every_code_of_a_mistake_is_documented() -> None:
    documented = re.findall(r"`(\w+)`", (ROOT / "docs/reference/catalog.md").read_text())
    for page in ("errors.md", "catalog-as-code.md", "governance.md"):
        documented += re.findall(r"`(\w+)`", (ROOT / "docs/reference" / page).read_text())
    assert {"overlap", "unknown_field", "bad_yaml"} <= codes()
    assert sorted(codes() - set(documented)) == []


def test_the_examples_of_the_documentation_use_real_fields() -> None:
    text = (ROOT / "docs/reference/catalog.md").read_text()
    from steelyard.adapters.files import read_catalog_text
    from steelyard.catalog import Catalog, validate

    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        problems = validate(read_catalog_text({"example.yaml": example}))
        assert not isinstance(problems, Catalog)
        # The examples are excerpts: what they refer to stands elsewhere.
        assert {problem.code for problem in problems} <= {
            "unknown_metric",
            "unknown_price",
            "unknown_product",
            "unknown_limit",
        }
