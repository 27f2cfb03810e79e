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
CLIENT: Final = _PACKAGE / "client" / "_generated.py"
DOCS: Final = _PACKAGE.parents[1] / "docs" / "api.md"


def client() -> str:
    """The client's module as it should lie in the source tree."""
    return _formatted(client_source.render(ENDPOINTS))


def docs() -> str:
    """The documentation page as it should lie in the source tree."""
    return docs_page.render(ENDPOINTS)


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(CLIENT), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the generated client is not valid Python: {done.stderr}")
    return done.stdout


def main() -> None:
    """Write both files."""
    CLIENT.write_text(client())
    DOCS.parent.mkdir(exist_ok=True)
    DOCS.write_text(docs())


if __name__ == "__main__":
    main()
