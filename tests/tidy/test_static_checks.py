"""Style and types hold: the same programs that `make check` runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["pyright"]],
    ids=["ruff check", "ruff format", "pyright"],
)
def test_the_checker_has_nothing_to_say(command: list[str]) -> None:
    result = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
