"""While the usage store is built anew, questions wait; then they are refused rather than answered in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.adapters.duckdb import Follower
from steelyard.entrypoints import bootstrap
from steelyard.entrypoints.bootstrap import USAGE_FILE, init_workspace, open_workspace
from steelyard.kernel import Unavailable


def test_a_store_that_is_being_built_answers_nothing_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    init_workspace(folder)
    open_workspace(folder).close()  # the record holds who made it
    (folder / USAGE_FILE).unlink()

    monkeypatch.setattr(bootstrap, "STARTING_SECONDS", 0.05)
    monkeypatch.setattr(Follower, "start", lambda self: None)
    behind = open_workspace(folder)
    try:
        with pytest.raises(Unavailable, match="being built: 0 of"):
            behind.catch_up()
    finally:
        behind.close()

    monkeypatch.undo()
    again = open_workspace(folder)
    try:
        assert again.catch_up(5.0)
    finally:
        again.close()
