"""Importing files: every format, every row answered for, exact totals however often it is cut off."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.conftest import Server, environment, events_of, fill, start, steelyard

HEAD = "event_name,account,timestamp,tokens,model\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a catalog and customers."""
    server = start(tmp_path_factory.mktemp("import") / "workspace")
    fill(server)
    yield server
    assert server.stop() == 0


@pytest.fixture
def folder(server: Server) -> Path:
    """The folder of that server's workspace."""
    return server.folder


def run(folder: Path, *words: str, code: int = 0) -> Any:
    done = steelyard("import", *words, "--json", "--dir", str(folder))
    assert done.returncode == code, done.stderr
    (report,) = json.loads(done.stdout)["files"]
    return report


def csv_file(path: Path, rows: int, *, account: str = "acme") -> Path:
    lines = [f"llm.completion,{account},{1_786_000_000 + n},{n},m{n % 2}\n" for n in range(rows)]
    path.write_text(HEAD + "".join(lines))
    return path


def test_csv_is_imported_and_importing_again_counts_nothing_twice(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    file = csv_file(tmp_path / "usage.csv", 5000)
    report = run(folder, str(file), "--source", "=csv")
    assert report["columns"] == {
        "type": "column event_name",
        "subject": "column account",
        "time": "column timestamp",
        "source": "always 'csv'",
        "id": "made of the file's content and the row's number",
        "data": "tokens, model",
    }
    assert (report["rows"], report["stored"], report["refused"]) == (5000, 5000, 0)
    assert run(folder, str(file), "--source", "=csv")["already_imported"] is True
    moved = file.rename(tmp_path / "renamed.csv")
    again = run(folder, str(moved), "--source", "=csv", "--again")
    assert (again["stored"], again["duplicates"]) == (0, 5000)
    events = events_of(server, "csv", 5000)
    assert len(events) == 5000
    assert sum(int(one["data"]["tokens"]) for one in events) == 5000 * 4999 // 2
    assert {one["customer"] for one in events} == {"acme"}


def test_parquet_keeps_types_and_exact_numbers(server: Server, folder: Path, tmp_path: Path) -> None:
    table = pa.table(
        {
            "type": ["llm.completion"] * 3,
            "id": ["pq1", "pq2", "pq3"],
            "subject": ["bolt"] * 3,
            "time": pa.array([datetime(2026, 8, 1, 10, tzinfo=UTC)] * 3, pa.timestamp("us", tz="UTC")),
            "tokens": pa.array([Decimal("1.000000000001"), Decimal("2"), None], pa.decimal128(20, 12)),
            "tags": pa.array([["a", "b"], [], None]),
        }
    )
    file = tmp_path / "usage.parquet"
    pq.write_table(table, file)
    report = run(folder, str(file), "--source", "=parquet")
    assert (report["stored"], report["refused"]) == (3, 0)
    events = {one["id"]: one for one in events_of(server, "parquet", 3)}
    assert Decimal(events["pq1"]["data"]["tokens"]) == Decimal("1.000000000001")
    assert events["pq1"]["data"]["tags"] == ["a", "b"]
    assert events["pq3"]["data"] is None
    assert events["pq1"]["time"] == "2026-08-01T10:00:00Z"


def test_lines_of_json_keep_their_data_byte_for_byte(server: Server, folder: Path, tmp_path: Path) -> None:
    lines = [
        {"transaction_id": "l1", "code": "llm.completion", "external_subscription_id": "coil-bot"},
        {"transaction_id": "l2", "code": "llm.completion", "external_subscription_id": "coil-bot"},
    ]
    text = "".join(
        json.dumps(one)[:-1] + ', "timestamp": "1786000000", "properties": {"tokens": 1.50}}\n'
        for one in lines
    )
    file = tmp_path / "usage.jsonl.gz"
    file.write_bytes(gzip.compress(text.encode()))
    assert run(folder, str(file), "--source", "=lines")["stored"] == 2
    events = events_of(server, "lines", 2)
    assert {one["id"] for one in events} == {"l1", "l2"}
    assert {one["customer"] for one in events} == {"coil"}


def test_columns_can_be_named_and_texts_given_for_all_rows(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("when;who;used\n2026-08-01 10:00;acme;5\n2026-08-02;acme;6\n")
    report = run(
        folder, str(file), "--type", "=llm.completion", "--subject", "who", "--time", "when", "--map",
        "tokens=used", "--timezone", "Europe/Berlin", "--source", "=odd",
    )  # fmt: skip
    assert report["stored"] == 2
    events = {one["time"]: one for one in events_of(server, "odd", 2)}
    assert set(events) == {"2026-08-01T08:00:00Z", "2026-08-01T22:00:00Z"}
    assert events["2026-08-01T08:00:00Z"]["data"] == {"tokens": "5"}


def test_a_column_that_is_not_there_is_named_with_those_that_are(folder: Path, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "usage.csv", 1)
    wrong = ("--subject", "nobody", "--type", "what", "--map", "x=y")
    done = steelyard("import", str(file), *wrong, "--dir", str(folder))
    assert done.returncode == 3
    assert b"there is no column 'nobody'" in done.stderr
    assert b"there is no column 'y'" in done.stderr
    assert b"there is no column 'what'" in done.stderr
    assert b"no column says what happened" not in done.stderr
    assert b"event_name, account, timestamp" in done.stderr


BAD = (
    HEAD
    + "llm.completion,acme,1786000000,5,m1\n"
    + "llm.completion,acme,someday,5,m1\n"
    + "llm.completion,acme,1786000000,many,m1\n"
    + "llm.completion,acme,1786000000\n"
    + ",acme,1786000000,5,m1\n"
    + "other.thing,stranger,1786000000,5,m1\n"
)


def test_a_dry_run_tells_of_every_row_and_writes_nothing(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(BAD)
    report = run(folder, str(file), "--source", "=dry", "--dry-run", code=3)
    assert (report["rows"], report["stored"], report["refused"]) == (6, 2, 4)
    assert report["unmatched_types"] == {"other.thing": 1}
    assert report["unattributed_subjects"] == {"stranger": 1}
    assert [text.partition(":")[0] for text in report["problems"]] == ["line 3", "line 4", "line 5", "line 6"]
    assert not (tmp_path / "bad.csv.rejected.jsonl").exists()
    assert not [one for one in server.client().events.each(limit=1000) if one["source"] == "dry"]


def test_refused_rows_are_written_with_their_lines_and_reasons(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(BAD)
    report = run(folder, str(file), "--source", "=bad", code=3)
    assert (report["stored"], report["refused"]) == (2, 4)
    lines = [json.loads(line) for line in Path(report["rejected_file"]).read_text().splitlines()]
    assert [one["line"] for one in lines] == [3, 4, 5, 6]
    assert [one["errors"][0]["code"] for one in lines] == [
        "not_a_time",
        "not_a_number",
        "not_readable",
        "missing_field",
    ]
    assert lines[1]["row"]["tokens"] == "many"
    assert len(events_of(server, "bad", 2)) == 2


def unfinished(folder: Path) -> int:
    """How many rows are answered for by the import that is under way, as its state file says."""
    states = [json.loads(path.read_text()) for path in (folder / "imports").glob("*.json")]
    return max((one["rows"] for one in states if not one["finished"]), default=0)


@pytest.mark.parametrize("served", [True, False], ids=["through the server", "the folder itself"])
def test_an_import_that_is_killed_goes_on_where_it_was(tmp_path: Path, served: bool) -> None:
    rows, bad_each = 40_000, 1000
    lines = [
        f"llm.completion,acme,{1_786_000_000 + n},{'many' if n % bad_each == 7 else n},m1\n"
        for n in range(rows)
    ]
    file = tmp_path / "big.csv"
    file.write_text(HEAD + "".join(lines))
    server = start(tmp_path / "workspace")
    fill(server)
    if not served:
        assert server.stop() == 0
    command = [sys.executable, "-m", "steelyard", "import", str(file), "--source", "=killed"]
    command += ["--dir", str(server.folder)]
    kills = 0
    for least in (0, 12_000, 24_000):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
        )
        while process.poll() is None and unfinished(server.folder) <= least:
            time.sleep(0.002)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait(timeout=30)
    assert kills
    report = run(server.folder, str(file), "--source", "=killed", code=3)
    assert report["resumed_after"] or report["already_imported"]
    refused = rows // bad_each
    assert (report["rows"], report["refused"]) == (rows, refused)
    assert report["stored"] + report["duplicates"] == rows - refused
    rejected = Path(f"{file}.rejected.jsonl").read_text().splitlines()
    assert [json.loads(line)["line"] for line in rejected] == [n + 2 for n in range(7, rows, bad_each)]
    if not served:
        server = start(server.folder)
    events = events_of(server, "killed", rows - refused)
    assert len(events) == rows - refused
    expected = sum(n for n in range(rows) if n % bad_each != 7)
    assert sum(int(one["data"]["tokens"]) for one in events) == expected
    assert server.client().record.verify()["ok"]
    assert server.stop() == 0


def test_an_import_waits_for_a_server_that_limits_its_key(fresh: Server, tmp_path: Path) -> None:
    limit: Any = {"events_per_second": 6000, "burst": 4000}
    key = fresh.client().keys.create(name="slow", scopes=["events:write"], rate_limit=limit)["secret"]
    file = csv_file(tmp_path / "usage.csv", 9000)
    command = [sys.executable, "-m", "steelyard", "import", str(file), "--json", "--dir", str(fresh.folder)]
    done = subprocess.run(
        command, capture_output=True, env={**environment(), "STEELYARD_KEY": key}, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"][0]["stored"] == 9000
