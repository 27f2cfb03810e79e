"""Importing the SDK costs a program next to nothing, and it brings no engine along."""

import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "src"
HEAVY = {
    "http.client", "ssl", "email", "asyncio", "logging", "dataclasses", "inspect", "sqlite3", "decimal",
    "cryptography", "msgspec", "aiohttp", "duckdb", "pyarrow", "numpy", "hashlib", "socket",
}  # fmt: skip


def python(code: str) -> str:
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r}); {code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def loaded(code: str) -> set[str]:
    return set(python(f"before = set(sys.modules); {code}; print(*(set(sys.modules) - before))").split())


def test_the_package_alone_loads_nothing_but_itself() -> None:
    assert loaded("import steelyard.client") <= {"steelyard", "steelyard.client", "__future__"}


def test_the_metering_client_loads_no_heavy_library() -> None:
    names = loaded("from steelyard.client import Steelyard; Steelyard('http://127.0.0.1:1', 'k')")
    assert "steelyard.client.courier" in names
    assert not names & HEAVY
    assert not {name for name in names if name.startswith("steelyard.") and ".client" not in name}


def test_it_loads_in_a_few_milliseconds() -> None:
    code = (
        "import time, json, threading, typing, contextvars; t = time.process_time(); "
        "from steelyard.client import Steelyard; print(time.process_time() - t)"
    )
    fastest = min(float(python(code)) for _ in range(5))
    assert fastest < 0.03, f"{fastest * 1000:.1f} ms beyond what most programs load anyway"


def test_unknown_names_are_refused() -> None:
    assert python("import steelyard.client as c; print(hasattr(c, 'Nothing'), 'Limits' in c.__all__)") == (
        "False True\n"
    )
