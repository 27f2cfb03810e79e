"""The rooms import downwards only, and the contracts notice when one does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT


def lint_imports(*, package_folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the project's own contracts over the package `steelyard` in the given folder."""
    program = f"""
import sys
sys.path[:0] = [{str(package_folder)!r}, {str(ROOT)!r}]
from importlinter.cli import lint_imports_command
lint_imports_command()
"""
    return subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=package_folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def house(folder: Path, files: dict[str, str]) -> Path:
    """Lay out a package `steelyard` with the given files; each folder gets its `__init__`."""
    package = folder / "steelyard"
    for name, text in {"__init__.py": "", **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in path.parents:
            if parent.is_relative_to(package):
                (parent / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_rooms_keep_their_contracts() -> None:
    result = lint_imports(package_folder=ROOT / "src")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("contract", "files"),
    [
        ("point down", {"kernel/a.py": "import steelyard.billing.b", "billing/b.py": ""}),
        ("point down", {"kernel/a.py": "from ..billing import b", "billing/b.py": ""}),
        ("point down", {"rating/deep/a.py": "from ...billing.b import x", "billing/b.py": "x = 1"}),
        (
            "point down",
            {"record/a.py": "def f():\n    from steelyard.adapters import b", "adapters/b.py": ""},
        ),
        ("point down", {"attic/a.py": ""}),
        ("no disk", {"kernel/a.py": "import os"}),
        ("no disk", {"billing/a.py": "from urllib.request import urlopen"}),
        ("no disk", {"catalog/deep/a.py": "def f():\n    import yaml"}),
        ("no disk", {"billing/a.py": "import numpy"}),
        ("cycles", {"adapters/a.py": "from . import b", "adapters/b.py": "from . import a"}),
        ("stands apart", {"client/a.py": "", "entrypoints/api/b.py": "import steelyard.client.a"}),
        ("stands apart", {"client/a.py": "import steelyard.kernel.b", "kernel/b.py": ""}),
    ],
)
def test_a_broken_contract_is_found(contract: str, files: dict[str, str], tmp_path: Path) -> None:
    result = lint_imports(package_folder=house(tmp_path, files))
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), result.stdout


def test_a_proper_house_passes(tmp_path: Path) -> None:
    files = {
        "kernel/money.py": "import decimal, msgspec, iso4217",
        "record/tree.py": "import numpy\nfrom ..kernel import money",
        "billing/draft.py": "from steelyard.record import tree",
        "client/calls.py": "import aiohttp",
        "entrypoints/cli/send.py": "import os\nfrom steelyard.client import calls",
    }
    result = lint_imports(package_folder=house(tmp_path, files))
    assert result.returncode == 0, result.stdout + result.stderr
