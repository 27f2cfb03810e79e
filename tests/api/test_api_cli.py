"""The command line: what it prints, its exit codes, with and without a running server."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from steelyard.entrypoints.cli import app, main
from tests.api.conftest import (
    CATALOG,
    PERIOD,
    Server,
    fill,
    october,
    start,
    steelyard,
    steelyard_from_nothing,
)


@dataclass(slots=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(*words: str, stdin: bytes = b"") -> Done:
    """The command line in this process, which spares the start of Python and its libraries."""
    out, err = TextIOWrapper(BytesIO()), TextIOWrapper(BytesIO())
    code = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["steelyard", *words])
        patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    texts: list[bytes] = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
    return Done(code, *texts)


def printed(*words: str, code: int = 0, stdin: bytes = b"") -> Any:
    """What a command printed as JSON; it printed nothing else."""
    done = run(*words, "--json", stdin=stdin)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with billed usage that no server holds."""
    path = tmp_path_factory.mktemp("cli") / "workspace"
    server = start(path)
    fill(server)
    server.client().billing.run(period=PERIOD)
    assert server.stop() == 0
    return path


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The same workspace, for one test to change."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_help_is_quick_and_lists_every_command() -> None:
    started = time.perf_counter()
    done = steelyard_from_nothing("--help")
    assert time.perf_counter() - started < 1, "help must not wait for engines; it takes 0.03 s when idle"
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "Exit codes" in text
    for name in app:
        if not name.startswith("-"):
            assert f"  {name}" in text


def test_init_makes_keys_that_only_the_owner_can_read(tmp_path: Path) -> None:
    made = printed("init", "--dir", str(tmp_path / "w"), "--name", "acme")
    assert made["name"] == "acme"
    assert made["vkey"].startswith(made["origin"])
    for name in ("owner.key", "record.key"):
        assert stat.S_IMODE((tmp_path / "w" / name).stat().st_mode) == 0o600
    again = run("init", "--dir", str(tmp_path / "w"))
    assert again.returncode == 5
    assert b"holds a workspace already" in again.stderr


def test_a_server_says_where_it_is_where_the_key_lies_and_how_to_sign_in(billed: Server) -> None:
    assert billed.address.startswith("http://127.0.0.1:")
    assert "owner.key" in billed.said[1]
    assert json.loads((billed.folder / "server.json").read_text())["address"] == billed.address


def test_a_second_process_is_told_who_holds_the_folder(billed: Server) -> None:
    done = steelyard("serve", "--dir", str(billed.folder), "--port", "0")
    assert done.returncode == 6
    assert f"({billed.process.pid})" in done.stderr.decode()


def test_a_port_that_is_taken_is_named(folder: Path, billed: Server) -> None:
    done = steelyard("serve", "--dir", str(folder), "--port", str(billed.port))
    assert done.returncode == 6
    assert b"--port" in done.stderr


@pytest.mark.parametrize("running", [False, True])
def test_every_reading_command_works_with_and_without_a_server(
    running: bool, folder: Path, billed: Server
) -> None:
    where = ("--dir", str(billed.folder if running else folder))
    assert [one["key"] for one in printed("customers", "list", *where)["items"]] == ["acme", "bolt", "coil"]
    assert printed("customers", "show", "acme", *where)["name"] == "Acme"
    assert printed("customers", "preview", "acme", "--period", PERIOD, *where)["period_name"] == PERIOD
    items = printed("invoices", "list", *where)["items"]
    assert [one["customer"] for one in items].count("acme") == 1
    assert len(items) == 3
    assert printed("invoices", "show", items[0]["number"], *where)["lines"]
    assert printed("catalog", "show", *where)["number"] == 1
    assert printed("catalog", "plan", str(CATALOG), *where)["changed"] is False
    assert printed("verify", *where)["ok"] is True
    assert printed("billing", "run", PERIOD, "--dry-run", *where)["status"] == "previewed"
    assert all(one["ok"] for one in printed("doctor", *where)["checks"] if one["name"] == "record")


@pytest.mark.parametrize(
    "words",
    [
        ("customers", "list"),
        ("customers", "show", "acme"),
        ("customers", "preview", "acme", "--period", PERIOD),
        ("invoices", "list"),
        ("catalog", "show"),
        ("catalog", "plan", str(CATALOG)),
        ("billing", "run", PERIOD),
        ("verify",),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_people_get_words(words: tuple[str, ...], folder: Path) -> None:
    done = run(*words, "--dir", str(folder))
    assert done.returncode == 0
    assert done.stdout.strip()
    assert not done.stderr
    assert not done.stdout.startswith(b"{")


def test_events_of_a_file_are_stored_once(copy: Path, tmp_path: Path) -> None:
    lines = tmp_path / "events.ndjson"
    lines.write_text("\n".join(json.dumps(one) for one in october()) + "\n")
    array = tmp_path / "events.json"
    array.write_text(json.dumps([{"id": "new", "type": "t"}, *october()]))
    assert printed("ingest", str(lines), "--dir", str(copy))["duplicates"] == 121
    assert printed("ingest", str(array), "--dir", str(copy))["accepted"] == 1
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"id": "fine", "type": "t"}\n{"id": 3}\nnot json\n')
    done = printed("ingest", str(bad), "--dir", str(copy), code=3)
    assert done["accepted"] == 1
    assert done["refused"] == 2
    assert [text.split(":")[0] for text in done["errors"]] == ["event 1", "event 2"]


def test_rating_answers_by_the_code_that_bills() -> None:
    price = {
        "model": "graduated",
        "currency": "USD",
        "tiers": [{"up_to": 10, "unit_amount": 10}, {"unit_amount": 7.5}],
    }
    done = run("rate", stdin=json.dumps({"price": price, "quantity": "12"}).encode())
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["amount"] == "115"
    assert len(answer["explanation"]) == 2
    for bad in (b"", b"{", b'{"price": {"model": "nope"}, "quantity": 1}', b"[" * 100_000):
        done = run("rate", stdin=bad)
        assert done.returncode == 3
        assert done.stderr.startswith(b"steelyard: ")
        assert b"Traceback" not in done.stderr


def test_an_evidence_file_verifies_offline_and_a_changed_one_does_not(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "acme.json"
    (number,) = [
        one["number"]
        for one in printed("invoices", "list", "--customer", "acme", "--dir", str(folder))["items"]
    ]
    made = printed("invoices", "evidence", number, "--out", str(file), "--dir", str(folder))
    verdict = printed("receipt", "verify", str(file), "--key", made["vkey"])
    assert verdict["ok"]
    assert verdict["checks"]
    assert not verdict["problems"]

    changed = file.read_bytes().replace(b"1003", b"1004", 1)
    assert changed != file.read_bytes()
    file.write_bytes(changed)
    verdict = printed("receipt", "verify", str(file), "--key", made["vkey"], code=3)
    assert not verdict["ok"]
    assert verdict["problems"]


def test_a_changed_record_does_not_verify(copy: Path) -> None:
    with sqlite3.connect(copy / "steelyard.sqlite") as connection:
        connection.execute("UPDATE customer SET body = replace(body, 'Acme', 'Acne')")
    found = printed("verify", "--dir", str(copy), code=3)
    assert not found["ok"]
    assert "acme" in " ".join(found["state_problems"])


def test_what_derives_from_the_record_can_be_made_anew(copy: Path) -> None:
    before = printed("customers", "preview", "acme", "--period", PERIOD, "--dir", str(copy))
    printed("doctor", "--rebuild", "--dir", str(copy))
    assert printed("customers", "preview", "acme", "--period", PERIOD, "--dir", str(copy)) == before


def test_catalog_commands(copy: Path, tmp_path: Path) -> None:
    where = ("--dir", str(copy))
    assert printed("catalog", "validate", str(CATALOG)) == {"valid": True, "problems": []}
    assert printed("catalog", "publish", str(CATALOG), *where)["changed"] is False
    files = Path(shutil.copytree(CATALOG, tmp_path / "files"))
    text = (files / "catalog.yaml").read_text()
    (files / "catalog.yaml").write_text(text.replace("amount: 49}", "amount: 59}"))
    assert printed("catalog", "plan", str(files), *where)["changes"]
    assert printed("catalog", "publish", str(files), "--note", "dearer", *where)["version"]["number"] == 2
    assert printed("catalog", "rollback", "1", *where)["version"]["number"] == 3
    (files / "catalog.yaml").write_text(text.replace("amount: 49}", "amount: much}"))
    (problem,) = printed("catalog", "validate", str(files), code=3)["problems"]
    assert problem["file"] == "catalog.yaml"
    assert problem["line"] > 1
    refused = run("catalog", "publish", str(files), *where)
    assert refused.returncode == 3
    assert b"catalog.yaml:" in refused.stderr
    assert json.loads(run("catalog", "schema").stdout)["$schema"]


def test_exit_codes_say_what_kind_of_failure_it_was(copy: Path, tmp_path: Path) -> None:
    cases = {
        ("nope",): 2,
        ("serve", "--prot", "1"): 2,
        ("customers", "show"): 2,
        ("customers", "list", "--dir", str(tmp_path / "none")): 3,
        ("customers", "show", "nobody", "--dir", str(copy)): 3,
        ("catalog", "validate", str(tmp_path / "none")): 3,
        ("receipt", "verify", str(tmp_path / "none"), "--key", "x"): 3,
        ("customers", "create", "acme", "--name", "Other", "--currency", "USD", "--dir", str(copy)): 5,
    }
    for words, code in cases.items():
        done = run(*words)
        assert done.returncode == code, (words, done.stderr)
        assert done.stderr.startswith(b"steelyard: ")
        assert b"Traceback" not in done.stderr


def test_the_script_leaves_with_the_exit_code(tmp_path: Path) -> None:
    done = steelyard("customers", "list", "--dir", str(tmp_path))
    assert done.returncode == 3
    assert done.stderr.startswith(b"steelyard: ")
    assert not done.stdout


def test_a_key_without_the_scope_is_refused(billed: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = billed.client().keys.create(name="weak", scopes=["usage:read"])["secret"]
    monkeypatch.setitem(os.environ, "STEELYARD_KEY", weak)
    assert run("customers", "list", "--dir", str(billed.folder)).returncode == 4


def test_a_leftover_of_a_dead_server_is_passed_over(copy: Path) -> None:
    (copy / "server.json").write_text(json.dumps({"address": "http://127.0.0.1:1", "pid": os.getpid()}))
    assert printed("customers", "list", "--dir", str(copy))["items"]


def test_two_commands_at_once_wait_for_each_other(copy: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: steelyard("customers", "list", "--dir", str(copy)), range(2)))
    assert [done.returncode for done in runs] == [0, 0]
