"""The project's own Python sources, parsed once, for the rules of this folder."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "steelyard"

# Decide about money, usage and proof; touch no disk, network, clock or chance.
DOMAIN_ROOMS = (
    "kernel", "record", "ledger", "access", "metering", "rating", "catalog", "contracts", "billing",
    "insight",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file: where it lies, what it says, and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room below `src/steelyard` that holds the file, or "" outside of it."""
        parts = Path(self.path).parts
        return parts[2] if parts[:2] == ("src", "steelyard") and len(parts) > 3 else ""

    @property
    def in_domain(self) -> bool:
        """Whether the file belongs to a domain room."""
        return self.room in DOMAIN_ROOMS

    @property
    def module(self) -> str:
        """The dotted name under which the file is imported."""
        parts = list(Path(self.path).with_suffix("").parts[1:])
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parse(text: str, path: str = "src/steelyard/kernel/sample.py") -> Source:
    """Give a source as if it lay at `path`; samples in tests use it."""
    return Source(path=path, text=text, tree=ast.parse(text))


@cache
def sources() -> tuple[Source, ...]:
    """Give every Python file of the package, the tests and the benchmarks."""
    folders = [folder for name in ("src", "tests", "bench") if (folder := ROOT / name).is_dir()]
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return tuple(parse(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()) for path in paths)


def package_sources() -> tuple[Source, ...]:
    """Give the files of the package alone."""
    return tuple(source for source in sources() if source.path.startswith("src/"))


def domain_sources() -> tuple[Source, ...]:
    """Give the files of the domain rooms alone."""
    return tuple(source for source in sources() if source.in_domain)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give every function of a tree, methods and inner ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.AST) -> str:
    """Give `a.b.c` for a chain of names, "" where the chain starts with something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{before}.{node.attr}" if (before := dotted(node.value)) else f".{node.attr}"
    return ""
