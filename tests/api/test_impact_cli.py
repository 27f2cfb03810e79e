"""`steelyard impact`: asked of a folder that no server holds, and of a running server."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.conftest import CATALOG, PERIOD, Server, steelyard


def test_a_catalog_folder_is_compared_through_the_server(billed: Server) -> None:
    done = steelyard("impact", str(CATALOG), "--dir", str(billed.folder), "--period", PERIOD, "--json")
    found = json.loads(done.stdout)
    # Others may have published meters of their own to this server; no price rests on them.
    changes = [change for change in found["changes"] if not change.startswith("- metric")]
    assert (done.returncode, changes, len(found["customers"])) == (0, [], 3)


def test_words_and_a_table_that_names_customers_once(billed: Server) -> None:
    done = steelyard("impact", "--percent", "seats=50", "--dir", str(billed.folder), "--period", PERIOD)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == f"on the usage of {PERIOD}, before tax:"
    assert sum("bolt" in line for line in lines) == 1


def test_a_closed_folder_answers_the_same(tmp_path: Path) -> None:
    folder = str(tmp_path / "w")
    assert steelyard("init", "--dir", folder).returncode == 0
    done = steelyard("impact", str(CATALOG), "--dir", folder)
    assert b"nobody had a subscription" in done.stdout


def test_a_question_without_a_subject_is_refused(billed: Server) -> None:
    for words in ((), ("live", "--percent", "seats=5"), ("--price", "seats=nonsense")):
        done = steelyard("impact", *words, "--dir", str(billed.folder))
        assert done.returncode == 3
        assert done.stdout == b""
        assert done.stderr
