"""`steelyard metric`: candidates scored, templates listed and taken."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.conftest import PERIOD, Server, steelyard


def test_candidates_stand_beside_published_metrics(billed: Server) -> None:
    words = ("metric", "score", "--dir", str(billed.folder), "--period", PERIOD, "--outcome", "tokens")
    done = steelyard(*words, "--template", "jobs=llm.completion", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert [one["key"] for one in found["items"] if not one["published"]] == ["jobs"]
    assert any(one["published"] for one in found["items"])


def test_what_fails_is_said_in_words(billed: Server) -> None:
    done = steelyard("metric", "score", "tokens", "--dir", str(billed.folder), "--period", PERIOD)
    text = done.stdout.decode()
    assert "tokens: measurable: the newest event is of 2026-10-28 12:00 UTC" in text
    assert text.splitlines()[-1].startswith(f"{PERIOD}: ")


def test_a_template_is_taken_and_taken_again_changes_nothing(tmp_path: Path) -> None:
    folder = ("--dir", str(tmp_path / "w"))
    assert steelyard("init", *folder).returncode == 0
    words = ("metric", "take", "gb-indexed", "--owner", "data@example.com", "--value", "$.size", *folder)
    assert b"would be in version 1" in steelyard(*words, "--dry-run").stdout
    assert b"gb-indexed is in version 1" in steelyard(*words).stdout
    assert b"it is there" in steelyard(*words).stdout
    assert b"gb-indexed" in steelyard("metric", "templates", *folder).stdout


def test_an_unknown_template_is_refused(billed: Server) -> None:
    done = steelyard("metric", "take", "vibes", "--owner", "x", "--dir", str(billed.folder))
    assert done.returncode == 3
    assert b"agent-invocations" in done.stderr
