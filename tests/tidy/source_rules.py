"""The rules themselves: each takes a source and gives the places that break it, as sentences."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.tidy.sources import Source, dotted, functions

Rule = Callable[[Source], Iterator[str]]

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 500
BANNED_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "misc"}

# What brings in a clock, chance or the world, by the last names of the call.
BANNED_METHODS = {"now", "utcnow", "today"}
BANNED_CALLS = {
    "open",
    "print",
    "input",
    "eval",
    "exec",
    "compile",
    "__import__",
    "uuid4",
    "uuid1",
    "urandom",
}
BANNED_ROOTS = {"os", "time", "random", "secrets", "uuid", "sys", "pathlib", "socket", "threading"}
BANNED_PARTS = {"random"}

# Beyond the domain rooms, where amounts of money pass through.
MONEY_PATHS = (
    "src/steelyard/adapters/documents/",
    "src/steelyard/adapters/sql/",
    "src/steelyard/adapters/files/",
    "src/steelyard/entrypoints/api/",
    "src/steelyard/entrypoints/console/",
)


def _at(source: Source, node: ast.AST, message: str) -> str:
    return f"{source.path}:{getattr(node, 'lineno', 1)}: {message}"


def imported_names(source: Source) -> set[str]:
    """Give the names that `import …` binds in a file: `time` is a module there and not a variable."""
    return {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


def brings_in_the_world(source: Source) -> Iterator[str]:
    """Clock, chance, disk and system calls in a domain room."""
    if not source.in_domain:
        return
    banned_here = BANNED_ROOTS & imported_names(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            parts = name.split(".")
            if len(parts) > 1 and parts[-1] in BANNED_METHODS:
                yield _at(source, node, f"{name}() reads a clock; the time arrives as an argument")
            elif parts[-1] in BANNED_CALLS and (len(parts) == 1 or parts[0] in banned_here):
                yield _at(source, node, f"{name}() reaches outside; adapters do that")
        if isinstance(node, ast.Attribute):
            parts = dotted(node).split(".")
            if parts[0] in banned_here or (len(parts) == 2 and BANNED_PARTS & set(parts[1:])):
                yield _at(source, node, f"{'.'.join(parts)} reaches outside; adapters do that")


def uses_binary_fractions(source: Source) -> Iterator[str]:
    """`float` where money passes: the call everywhere there, and in domain rooms reckoning with literals."""
    if not (source.in_domain or source.path.startswith(MONEY_PATHS)):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "float":
            yield _at(source, node, "float() never touches money; use Decimal")
        if isinstance(node, ast.Attribute) and re.fullmatch(r"float(16|32|64|128)|double", node.attr):
            yield _at(source, node, f".{node.attr} never touches money; use Decimal or scaled integers")
        for number in _reckoned_with(node) if source.in_domain else []:
            yield _at(source, node, f"{number} is a binary fraction; write Decimal('{number}')")


def _reckoned_with(node: ast.AST) -> list[float]:
    """Give the float literals that an operation, a comparison or `Decimal` takes; time-outs may be floats."""
    operands: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        operands = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
    elif isinstance(node, ast.AugAssign):
        operands = [node.value]
    elif isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in {"Decimal", "Money"}:
        operands = [*node.args, *(keyword.value for keyword in node.keywords)]
    return [o.value for o in operands if isinstance(o, ast.Constant) and isinstance(o.value, float)]


def function_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> int:
    """Give the number of lines of a function that are neither blank nor its docstring."""
    lines = text.splitlines()[function.lineno - 1 : function.end_lineno]
    count = sum(1 for line in lines if line.strip())
    if ast.get_docstring(function, clean=False) is not None:
        docstring = function.body[0]
        start, end = docstring.lineno, docstring.end_lineno or docstring.lineno
        count -= sum(1 for line in text.splitlines()[start - 1 : end] if line.strip())
    return count


def grows_too_long(source: Source) -> Iterator[str]:
    """Functions past 60 lines, files past 500."""
    if (lines := len(source.text.splitlines())) > FILE_LINES_MAX:
        yield _at(source, source.tree, f"{lines} lines; past {FILE_LINES_MAX}, split along a noun")
    for function in functions(source.tree):
        if (lines := function_lines(function, source.text)) > FUNCTION_LINES_MAX:
            yield _at(
                source, function, f"{function.name} has {lines} lines; past {FUNCTION_LINES_MAX}, split"
            )


def says_nothing_by_its_name(source: Source) -> Iterator[str]:
    """File and folder names that could hold anything."""
    words = {word for part in Path(source.path).with_suffix("").parts for word in part.split("_")}
    for name in sorted(words & BANNED_NAMES):
        yield _at(source, source.tree, f"'{name}' says nothing; name the file after what it holds")


def is_undocumented(source: Source) -> Iterator[str]:
    """Files without a docstring; in domain rooms, public functions and classes without one."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield _at(source, source.tree, "no docstring that says what the file is for")
    if not source.in_domain:
        return
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        overload = any(dotted(decorator).endswith("overload") for decorator in node.decorator_list)
        if not (node.name.startswith("_") or overload or ast.get_docstring(node)):
            yield _at(source, node, f"{node.name} is public and has no docstring")


def does_not_introduce_its_room(source: Source) -> Iterator[str]:
    """A domain room's `__init__` that leaves out what it owns, does not own, or what always holds."""
    parts = Path(source.path).parts
    if not (source.in_domain and len(parts) == 4 and parts[-1] == "__init__.py"):
        return
    docstring = (ast.get_docstring(source.tree) or "").lower()
    for word in ("owns", "does not own", "invariant"):
        if word not in docstring:
            yield _at(source, source.tree, f"the room's docstring does not say '{word}'")


def is_unfinished(source: Source) -> Iterator[str]:
    """Marks of work left over."""
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|raise NotImplemented" + "Error")
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := marks.search(line):
            yield f"{source.path}:{number}: '{found.group()}' is unfinished work; finish it or remove it"


SOMEBODY_ASKS = ("src/steelyard/entrypoints/api/handlers/", "src/steelyard/entrypoints/console/")


def writes_in_nobodys_name(source: Source) -> Iterator[str]:
    """Writes of handlers and pages that pass by `Call.commit`, `Call.submit` and `Door.done`."""
    if not source.path.startswith(SOMEBODY_ASKS):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and re.search(r"writer\.a?(submit|write)$", dotted(node.func)):
            signed = any(isinstance(one, ast.Call) and dotted(one.func) == "call.signed" for one in node.args)
            if not signed:
                yield _at(source, node, "the record would not say who wrote this; use call.submit")


RULES: tuple[Rule, ...] = (
    brings_in_the_world,
    uses_binary_fractions,
    grows_too_long,
    says_nothing_by_its_name,
    is_undocumented,
    does_not_introduce_its_room,
    is_unfinished,
    writes_in_nobodys_name,
)
