"""Running the demo as a person would, in a process of its own, and reading what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Demo = Callable[..., dict[str, Any]]


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """Runs `steelyard demo --no-serve --json` in one folder; the same folder each time in a test."""

    def run(*arguments: str, seconds: int = 280) -> dict[str, Any]:
        command = [sys.executable, "-m", "steelyard", "demo", "--dir", str(tmp_path / "workspace")]
        source = Path(__file__).parents[3] / "src"
        done = subprocess.run(
            [*command, "--no-serve", "--json", *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "PYTHONPATH": str(source)},
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run
