"""Golden cases of another folder: one without any is refused, and what was compared is said at the end."""

import os
from pathlib import Path

import pytest

FILES = ("pricing.json", "tlog.json")


def pytest_configure() -> None:
    """Refuses a folder that holds nothing to compare: a misspelt name must not look like success."""
    folder = os.environ.get("STEELYARD_GOLDEN")
    if folder and not any((Path(folder) / name).is_file() for name in FILES):
        raise pytest.UsageError(f"STEELYARD_GOLDEN: {folder} has neither {FILES[0]} nor {FILES[1]}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many cases were compared and how many nobody maps."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, said in getattr(report, "user_properties", ()):
                if name == "golden":
                    terminalreporter.write_line(f"golden: {said}")
