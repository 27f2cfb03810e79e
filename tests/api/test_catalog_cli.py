"""The catalog's commands against a running server: another workspace, a watched folder, a feature."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from steelyard.entrypoints.cli import main
from tests.api.conftest import CATALOG, Server
from tests.api.local import Local

TEXT = (CATALOG / "catalog.yaml").read_text()
TEST = "tests: [{name: a month, plan: team, quantities: {seats: 1}, expect: {total: '59.00'}}]\n"


@pytest.fixture
def run(fresh: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in this process: its exit code and what it printed."""

    def command(*words: str, key: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["steelyard", *words])
        monkeypatch.setenv("STEELYARD_KEY", key or fresh.key)
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a catalog and a pricing test."""
    made = tmp_path / "catalog"
    made.mkdir()
    (made / "catalog.yaml").write_text(TEXT)
    (made / "tests.yaml").write_text(TEST)
    return made


def live(server: Server) -> dict[str, Any]:
    return server.ask("GET", "/api/v1/catalog/versions/live").json


def fee(server: Server) -> str:
    return server.ask("GET", "/api/v1/customers/acme/preview?period=2026-10").json["subtotal"]


def subscribed(server: Server) -> None:
    server.ask("POST", "/api/v1/customers", {"key": "acme", "name": "Acme", "currency": "USD"})
    body = {"customer": "acme", "plan": "team", "start": "2026-01-01T00:00:00Z", "quantities": {"seats": "1"}}
    assert server.ask("POST", "/api/v1/subscriptions", body).status == 201


def test_a_folder_is_published_to_another_workspace(fresh: Server, folder: Path, run: Any) -> None:
    there = ("--to", fresh.address)
    code, said = run("catalog", "publish", str(folder), *there, "--note", "first", "--dry-run")
    assert (code, "would publish version 1" in said) == (0, True)
    code, said = run("catalog", "publish", str(folder), *there, "--note", "first")
    assert (code, "published version 1" in said) == (0, True)
    subscribed(fresh)
    (folder / "catalog.yaml").write_text(TEXT.replace("amount: 49}", "amount: 55}"))
    code, said = run("catalog", "plan", str(folder), *there)
    assert code == 3
    assert "expected 59.00, got 65.00" in said
    (folder / "tests.yaml").unlink()
    code, said = run("catalog", "plan", str(folder), *there)
    assert (code, "49 → 55 (+12" in said) == (0, True)
    started = time.monotonic()
    assert run("catalog", "publish", str(folder), *there)[0] == 0
    assert fee(fresh) == "65"
    assert time.monotonic() - started < 5
    assert run("catalog", "rollback", "1", *there, "--note", "a mistake")[0] == 0
    assert fee(fresh) == "59"
    assert run("catalog", "publish", str(folder), *there, key="sk_wrong")[0] == 4
    assert run("catalog", "publish", str(folder), "--to", "http://127.0.0.1:1")[0] == 6


def test_publication_reaches_who_asks_within_a_second(fresh: Server, folder: Path, run: Any) -> None:
    there = ("--to", fresh.address)
    run("catalog", "publish", str(folder), *there)
    subscribed(fresh)
    files = [{"name": "catalog.yaml", "text": TEXT.replace("amount: 49}", "amount: 55}")}]
    started = time.monotonic()
    assert fresh.ask("POST", "/api/v1/catalog/versions", {"files": files}).status == 201
    assert fee(fresh) == "65"
    assert time.monotonic() - started < 1


def test_a_watched_folder_is_live_when_it_is_saved_and_mistakes_are_told(
    fresh: Server, folder: Path, run: Any
) -> None:
    steps: list[str] = []

    def edit() -> None:
        deadline = time.monotonic() + 8
        for text, wanted in ((TEXT.replace("amount: 49}", "amount: 49.00}"), 1), ("plans: [", 1), (TEXT, 1)):
            while time.monotonic() < deadline and fresh.ask("GET", "/api/v1/catalog/log").json["items"] == []:
                time.sleep(0.05)
            (folder / "catalog.yaml").write_text(text)
            time.sleep(0.7)
            steps.append(str(live(fresh)["number"] == wanted))

    writer = threading.Thread(target=edit)
    writer.start()
    code, said = run("catalog", "watch", str(folder), "--to", fresh.address, "--seconds", "3.5")
    writer.join()
    assert code == 0
    assert "live: version 1" in said
    assert "the catalog has 2 mistakes" in said
    assert said.count("up to date: version 1") >= 1
    assert set(steps) == {"True"}


def test_a_feature_is_checked_in_continuous_integration(folder: Path, run: Any, tmp_path: Path) -> None:
    said = "pricing:\n  feature: sso\n  plans: [team]\n  price: platform-fee\n"
    said += "  terms: {model: flat, amount: %s}\n"
    (tmp_path / "sso.md").write_text(f"# Sign-on\n\n```yaml\n{said % 49}```\n")
    (tmp_path / "bad.yaml").write_text(said % 48)
    where = ("--catalog", str(folder))
    assert run("catalog", "check-feature", str(tmp_path / "sso.md"), *where)[0] == 0
    code, told = run("catalog", "check-feature", str(tmp_path / "bad.yaml"), *where, "--json")
    assert (code, [one["code"] for one in json.loads(told)["problems"]]) == (3, ["differs"])
    assert run("catalog", "check-feature", str(tmp_path / "none.yaml"), *where)[0] == 3


BOMBS = {
    "laughs": "a: &a [x, x]\nb: &b [*a, *a]\nplans: *b\n",
    "merge": "a: &a {k: 1}\nplans: [{<<: *a}]\n",
    "tag": "plans: !!python/object/apply:os.system ['true']\n",
    "deep": "plans: " + "[" * 5000 + "]" * 5000 + "\n",
    "keys": "? {a: 1}\n: 2\n",
    "plans": "plans:\n" + "".join(f"  - {{key: p{n}}}\n" for n in range(10_000)),
    "binary": "plans: \x07\n",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_soon_with_words_and_nothing_is_published(bomb: str, local: Local) -> None:
    before = local.ask("GET", "/api/v1/catalog/log").json["items"]
    files = [{"name": "good.yaml", "text": TEXT}, {"name": "bomb.yaml", "text": BOMBS[bomb]}]
    started = time.monotonic()
    answer = local.ask("POST", "/api/v1/catalog/versions", {"files": files})
    assert time.monotonic() - started < 10
    assert (answer.status, answer.json["code"]) == (422, "invalid_catalog")
    assert answer.json["errors"]
    assert all(one["message"] for one in answer.json["errors"])
    assert local.ask("GET", "/api/v1/catalog/log").json["items"] == before


def test_migrations_are_seen_announced_compared_and_taken_back(fresh: Server, folder: Path, run: Any) -> None:
    run("catalog", "publish", str(folder), "--to", fresh.address)
    subscribed(fresh)
    change = "change: {hypothesis: h, expected_effect: e, trade_off: t, success_measure: s, "
    change += "review_date: 2099-01-01, rollout: {to: new}}\n"
    (folder / "change.yaml").write_text(change)
    (folder / "tests.yaml").unlink()
    (folder / "catalog.yaml").write_text(TEXT.replace("amount: 49}", "amount: 55}"))
    assert run("catalog", "publish", str(folder), "--to", fresh.address)[0] == 0
    assert fee(fresh) == "59"
    here = ("--dir", str(fresh.folder))
    asked = ("--on", "2099-01-01", "--reason", "one list", *here)
    code, said = run("migration", "announce", "One list", *asked, "--dry-run")
    assert (code, "Acme (acme): 59.00 → 65.00 USD (+6.00), due: the old one" in said) == (0, True)
    assert "no migrations" in run("migration", "list", *here)[1]
    code, said = run("migration", "announce", "One list", *asked, "--json")
    id = json.loads(said)["id"]
    assert "tell them by 2098-12-02" in run("migration", "show", id, *here)[1]
    said = run("migration", "compare", id, "acme", "--period", "2026-10", *here)[1]
    assert "new (release 2), 2026-10: NOT DUE, for comparison" in said
    said = run("migration", "reverse", id, "--reason", "not now", "--dry-run", *here)[1]
    assert "never moves" in said
    assert run("migration", "reverse", id, "--reason", "not now", *here)[0] == 0
    assert run("migration", "reverse", id, "--reason", "not now", *here)[0] == 5
    assert run("migration", "announce", "x", *asked, "--where", "size")[0] == 3
