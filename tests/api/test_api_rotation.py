"""The record's key changes: what was signed verifies by any of the keys, whenever the process dies."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from steelyard.adapters.keys import load_signer
from steelyard.entrypoints.api import ingest, inside
from steelyard.entrypoints.audit import audit_folder
from steelyard.entrypoints.bootstrap import init_workspace, open_workspace
from steelyard.entrypoints.receipts import check_file
from steelyard.kernel import DamagedRecord
from steelyard.record.note import parse_note
from tests.api.conftest import PERIOD, environment, fill, start, steelyard

EVENT = b'{"id": "%d", "type": "t", "subject": "acme"}'


def test_evidence_from_before_and_after_verifies_by_every_key(tmp_path: Path) -> None:
    server = start(tmp_path / "workspace")
    fill(server)
    client = server.client()
    client.billing.run(period=PERIOD)
    invoice = client.invoices.list(customer="acme")["items"][0]["id"]
    first = client.record.keys()["current"]

    def evidence(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(client.invoices.evidence(invoice))
        return path

    before = evidence("before.json")
    preview = client.record.rotate(reason="a test", dry_run=True)
    assert (preview["old"], preview["new"]) == (first, None)
    said = steelyard("keys", "rotate-record", "--reason", "yearly", "--json", "--dir", str(server.folder))
    assert said.returncode == 0, said.stderr
    second = json.loads(said.stdout)["new"]
    assert second != first
    note = client.record.checkpoint().decode()
    at_once = evidence("at-once.json")  # who looked at it is an entry of its own, under a later checkpoint
    assert len(parse_note(note).signatures) == 2, "the checkpoint of the change carries both signatures"
    client.events.send([{"id": "later", "type": "t", "subject": "acme", "source": "x"}])
    after = evidence("after.json")
    note = client.record.checkpoint().decode()
    assert [one.key_id.hex() for one in parse_note(note).signatures] == [second.split("+")[1]]
    third = client.record.rotate(reason="again")["new"]
    assert third
    keys = tmp_path / "keys.json"
    keys.write_bytes(server.ask("GET", "/record/keys", key="").content)
    newest = evidence("newest.json")
    for path in (before, at_once, after, newest):
        assert check_file(path, first, keys)["ok"], path
    assert check_file(before, first)["ok"]
    assert check_file(at_once, second)["ok"]
    assert check_file(newest, third)["ok"]
    assert not check_file(newest, first)["ok"], (
        "without the history, an old key does not vouch for a new note"
    )
    changed = json.loads(keys.read_text())
    changed["rotations"][0]["payload"] = changed["rotations"][0]["payload"].replace("yearly", "weekly")
    keys.write_text(json.dumps(changed))
    with pytest.raises(DamagedRecord):
        check_file(newest, first, keys)

    for key in (first, second, third):
        assert server.ask("POST", f"/api/v1/record/verify?key={key.replace('+', '%2B')}").json["ok"]
    stranger = "example.com/foo%2B530d903a%2BAekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert not server.ask("POST", f"/api/v1/record/verify?key={stranger}").json["ok"]
    aside = [path for path in server.folder.glob("record.key*") if path.name != "record.key"]
    assert len(aside) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in server.folder.glob("record.key*"))
    assert server.stop() == 0
    assert steelyard("verify", "--key", first, "--dir", str(server.folder)).returncode == 0
    assert steelyard("doctor", "--rebuild", "--dir", str(server.folder)).returncode == 0


DYING = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from steelyard.entrypoints import rotating
from steelyard.entrypoints.bootstrap import open_workspace

workspace, step = open_workspace(Path(sys.argv[1])), sys.argv[2]


def die(*_):
    os._exit(9)


def after(function):
    def called(*given):
        function(*given)
        die()
    return called


if step == "new key written":
    workspace.writer.rotate = die
elif step == "recorded":
    workspace.writer.rotate = after(workspace.writer.rotate)
elif step == "second name":
    os.link = after(os.link)
elif step == "moved":
    Path.replace = after(Path.replace)
rotating.rotate(workspace, by="ada", reason="a test", at=datetime.now(UTC), signed=lambda write: write)
"""


@pytest.mark.parametrize("step", ["new key written", "recorded", "second name", "moved"])
def test_a_workspace_is_usable_wherever_a_rotation_was_cut_off(step: str, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    init_workspace(folder)
    first = load_signer(folder).vkey
    words = [sys.executable, "-c", DYING, str(folder), step]
    died = subprocess.run(words, env=environment(), timeout=60, check=False, capture_output=True)
    assert died.returncode == 9, died.stderr
    workspace = open_workspace(folder)
    assert ingest.store(workspace, EVENT % 1, "application/json").accepted == 1
    rotated = step != "new key written"
    assert (workspace.reader.vkey != first) == rotated
    told = json.loads(inside.ask(workspace, inside.OWNER, "GET", "/record/keys").content)
    assert len(told["rotations"]) == int(rotated)
    workspace.close()
    assert not (folder / "record.key.next").exists()
    assert audit_folder(folder, first)["ok"]
    assert (load_signer(folder).vkey != first) == rotated


def test_a_key_that_is_not_the_records_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    init_workspace(folder)
    first = load_signer(folder).vkey
    (folder / "record.key").unlink()
    init_workspace(tmp_path / "other")
    (tmp_path / "other" / "record.key").rename(folder / "record.key")
    assert not audit_folder(folder)["ok"]
    with pytest.raises(DamagedRecord):
        open_workspace(folder)
    (folder / "record.key").unlink()
    assert audit_folder(folder, first)["ok"], "verifying needs no private key"
