"""Writes what derives from the table of endpoints: the Python client and the documentation page.

Run it as `python -m steelyard.entrypoints.api.generate`; a test fails when the files are not up to date.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from steelyard.entrypoints.api import client_source, docs_page
from steelyard.entrypoints.api.endpoints import ENDPOINTS

_PACKAGE: Final = Path(__file__).parents[2]
CLIENT: Final = _PACKAGE / "client" / "generated"
DOCS: Final = _PACKAGE.parents[1] / "docs" / "api.md"


def client() -> dict[str, str]:
    """The client's modules by file name, as they should lie in the source tree."""
    return {f"{name}.py": _formatted(source) for name, source in client_source.render(ENDPOINTS).items()}


def docs() -> str:
    """The documentation page as it should lie in the source tree."""
    return docs_page.render(ENDPOINTS)


def _formatted(source: str) -> str:
    """The source set as the project's other files are, without what it does not need."""
    ruff = [sys.executable, "-m", "ruff"]
    name = ["--stdin-filename", str(CLIENT / "module.py"), "-"]
    checked = _run(
        [*ruff, "check", "--quiet", "--select", "F401,RUF100,PLR0913,PLR0915", "--fix", *name], source
    )
    return _run([*ruff, "format", *name], checked)


def _run(command: list[str], source: str) -> str:
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the generated client is not valid Python: {done.stderr}{done.stdout}")
    return done.stdout


def main() -> None:
    """Write all of it."""
    CLIENT.mkdir(exist_ok=True)
    made = client()
    for left in set(CLIENT.glob("*.py")) - {CLIENT / name for name in made}:
        left.unlink()
    for name, source in made.items():
        (CLIENT / name).write_text(source)
    DOCS.parent.mkdir(exist_ok=True)
    DOCS.write_text(docs())


if __name__ == "__main__":
    main()
