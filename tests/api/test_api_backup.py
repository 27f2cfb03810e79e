"""Backups taken under load verify, never overwrite, and bring everything back."""

from __future__ import annotations

import json
import shutil
import stat
import threading
import time
from pathlib import Path

import pytest

from steelyard.entrypoints.audit import audit_folder
from steelyard.entrypoints.backup import back_up, restore
from steelyard.entrypoints.bootstrap import init_workspace, open_workspace
from steelyard.kernel import Conflict, DamagedRecord, InvalidInput, NotFound, Unavailable
from tests.api.conftest import PERIOD, Server, fill, start, steelyard


def send_on(server: Server, stop: threading.Event) -> None:
    batch = 0
    while not stop.is_set():
        batch += 1
        events = [
            {"id": f"load-{batch}-{n}", "type": "llm.completion", "subject": "acme", "data": {"tokens": 1}}
            for n in range(50)
        ]
        if server.ask("POST", "/api/v1/events", events).status != 204:
            return


def answers(server: Server) -> list[object]:
    """What users ask: usage of October, invoices, the journal."""
    usage = server.ask("GET", "/api/v1/meters/tokens/query?groupBy=customer&to=2026-11-01T00:00:00Z").json
    invoices = server.ask("GET", "/api/v1/invoices?limit=100").json["items"]
    whole = [server.ask("GET", f"/api/v1/invoices/{one['id']}").json for one in invoices]
    return [usage, whole, server.ask("GET", "/api/v1/journal/trial-balance").json]


def test_a_backup_under_load_brings_everything_back(tmp_path: Path) -> None:
    server = start(tmp_path / "workspace")
    fill(server)
    server.client().billing.run(period=PERIOD)
    expected = answers(server)
    stop = threading.Event()
    sender = threading.Thread(target=send_on, args=(server, stop))
    sender.start()
    time.sleep(0.3)
    made = {}
    for name in ("copy", "copy.tar"):
        target = tmp_path / "backups" / name
        said = steelyard("backup", "--to", str(target), "--json", "--dir", str(server.folder))
        assert said.returncode == 0, said.stderr
        made[name] = json.loads(said.stdout)
        with pytest.raises(Conflict, match="overwrites nothing"):
            back_up(server.folder, target)
    stop.set()
    sender.join()
    assert 0 < made["copy"]["size"] <= made["copy.tar"]["size"]
    server.kill()
    assert stat.S_IMODE((tmp_path / "backups" / "copy.tar").stat().st_mode) == 0o600
    assert not list((tmp_path / "backups").glob("*partial*"))
    for name, manifest in made.items():
        folder = tmp_path / f"restored-{name}"
        said = steelyard("restore", str(tmp_path / "backups" / name), "--dir", str(folder))
        assert said.returncode == 0, said.stderr
        checked = audit_folder(folder)
        assert (checked["ok"], checked["size"], checked["root"]) == (True, manifest["size"], manifest["root"])
        assert stat.S_IMODE((folder / "record.key").stat().st_mode) == 0o600
    again = start(tmp_path / "restored-copy")
    assert answers(again) == expected
    assert again.ask("POST", "/api/v1/events", {"id": "new", "type": "t", "subject": "acme"}).status == 204
    assert again.client().record.verify()["ok"]
    again.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workspace and its backup beside it."""
    home = tmp_path_factory.mktemp("made")
    init_workspace(home / "workspace")
    back_up(home / "workspace", home / "copy")
    return home


@pytest.mark.parametrize("file", ["steelyard.sqlite", "record.key", "workspace.json"])
def test_a_changed_backup_is_refused(file: str, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made / "copy", copy)
    data = bytearray((copy / file).read_bytes())
    data[len(data) // 2] ^= 0x01
    (copy / file).write_bytes(data)
    with pytest.raises(DamagedRecord):
        restore(copy, tmp_path / "there")
    assert not (tmp_path / "there").exists()
    (copy / file).unlink()
    with pytest.raises(DamagedRecord):
        restore(copy, tmp_path / "there")


def test_what_is_no_backup_or_no_empty_folder_is_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        restore(made / "copy", made / "workspace")
    with pytest.raises(NotFound):
        restore(made / "nothing", tmp_path / "there")
    (tmp_path / "junk.tar").write_bytes(b"junk")
    with pytest.raises(InvalidInput):
        restore(tmp_path / "junk.tar", tmp_path / "there")
    with pytest.raises(InvalidInput):
        restore(tmp_path, tmp_path / "there")
    (tmp_path / "empty").mkdir()
    assert restore(made / "copy", tmp_path / "empty").size > 0


def test_a_copy_without_keys_verifies_by_the_key_that_is_kept_apart(made: Path, tmp_path: Path) -> None:
    manifest = back_up(made / "workspace", tmp_path / "copy.tar", keys=False)
    restore(tmp_path / "copy.tar", tmp_path / "there")
    assert not (tmp_path / "there" / "record.key").exists()
    shutil.copy2(made / "workspace" / "record.key", tmp_path / "there" / "record.key")
    assert audit_folder(tmp_path / "there")["root"] == manifest.root
    open_workspace(tmp_path / "there").close()


def test_a_damaged_record_is_not_backed_up_and_an_erasure_is_waited_for(made: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(made / "workspace", broken)
    for path in broken.glob("steelyard.sqlite*"):
        path.write_bytes(path.read_bytes().replace(b'"name":"owner"', b'"name":"0wner"'))
    with pytest.raises(DamagedRecord):
        back_up(broken, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    (broken / "erasure.pending").write_text("{}")
    with pytest.raises(Unavailable):
        back_up(broken, tmp_path / "copy")
