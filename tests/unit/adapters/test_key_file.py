"""The key of a record: made once, readable by its owner only, the same after every start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from steelyard.adapters.keys import load_signer, make_signer
from steelyard.kernel import Conflict, InvalidInput, NotFound
from steelyard.record.note import parse_vkey, verify_signature


def test_a_key_is_kept_and_signs_as_before(tmp_path: Path) -> None:
    made = make_signer(tmp_path, "steelyard.local/x")
    loaded = load_signer(tmp_path)
    assert (loaded.vkey, loaded.name) == (made.vkey, "steelyard.local/x")
    assert verify_signature(parse_vkey(made.vkey), "text\n", loaded.sign(b"text\n"))
    assert stat.S_IMODE((tmp_path / "record.key").stat().st_mode) == 0o600


def test_a_record_keeps_its_key(tmp_path: Path) -> None:
    vkey = make_signer(tmp_path, "steelyard.local/x").vkey
    with pytest.raises(Conflict):
        make_signer(tmp_path, "steelyard.local/y")
    assert load_signer(tmp_path).vkey == vkey


def test_a_bad_name_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        make_signer(tmp_path, "no blanks please")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "nonsense", "steelyard-ed25519 x\nAAAA\n", "steelyard-ed25519 x\n\n\n"])
def test_an_unreadable_key_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "record.key").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput):
        load_signer(tmp_path)


def test_a_missing_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_signer(tmp_path)
