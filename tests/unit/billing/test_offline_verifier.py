"""The one-file verifier: it runs without Steelyard and finds whatever the whole program finds."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.adapters.keys import FileSigner
from steelyard.billing import Document, Invoice
from steelyard.billing.evidence import build
from steelyard.entrypoints.offline import verify_receipt as offline
from steelyard.record.note import parse_vkey
from steelyard.record.proof import Proof
from tests.billing_catalog import catalog
from tests.billing_world import World
from tests.unit.billing.test_evidence import adjusted, events_of, forge

SOURCE = Path(offline.__file__)


@pytest.fixture(scope="module")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Document]]:
    """A workspace in which acme is billed for a few events among those of others."""
    world = World(tmp_path_factory.mktemp("offline"))
    world.publish(catalog())
    for key in ("acme", "bolt"):
        world.customer(key, tax="19")
        world.subscribe(key, "team", quantities={"seats": "2"})
        world.use(key, events_of(key))
    world.bill()
    yield world, next(one for one in world.documents() if one.customer == "acme")
    world.close()


def evidence_of(world: World, document: Document) -> bytes:
    return build(document, state=world.state, usage=world.usage, reader=world.reader)


def verdict(data: bytes, vkey: str) -> tuple[bool, list[str]]:
    said: list[str] = []
    try:
        offline.check_evidence(data, [vkey], said.append)
    except (offline.Wrong, ValueError, KeyError, TypeError, AttributeError) as error:
        return False, [*said, str(error)]
    return True, said


def canonical(evidence: Any) -> bytes:
    return (json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def test_it_is_small_and_needs_nothing_but_the_standard_library() -> None:
    text = SOURCE.read_text()
    assert len(text.splitlines()) < 450
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.parametrize("flags", [[], ["-S"]], ids=["with cryptography", "with nothing installed"])
def test_it_verifies_on_its_own(flags: list[str], billed: tuple[World, Document], tmp_path: Path) -> None:
    world, document = billed
    path, script = tmp_path / "evidence.json", tmp_path / "verify_receipt.py"
    path.write_bytes(evidence_of(world, document))
    script.write_bytes(SOURCE.read_bytes())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [sys.executable, *flags, str(script), str(path), world.vkey]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("verified\n")
    assert "the events give" in done.stdout
    path.write_bytes(evidence_of(world, document).replace(b"700001", b"700002"))
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, cwd=tmp_path)
    assert (done.returncode, "BAD" in done.stdout) == (1, True)


def test_flipping_bits_is_found(billed: tuple[World, Document]) -> None:
    world, document = billed
    data = evidence_of(world, document)
    assert verdict(data, world.vkey)[0]
    unnoticed = [
        place
        for place in range(0, len(data), 3)
        if verdict(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :], world.vkey)[0]
    ]
    assert unnoticed == []


def test_other_spellings_and_other_keys_are_refused(billed: tuple[World, Document]) -> None:
    world, document = billed
    data = evidence_of(world, document)
    other = FileSigner(world.reader.vkey.split("+")[0], bytes(32)).vkey
    for changed in (data + b" ", data[:-1], data.replace(b'":', b'": ', 1), b"{}\n", b"[]\n", b"junk"):
        assert not verdict(changed, world.vkey)[0]
    assert not verdict(data, other)[0]


def test_what_is_left_out_or_changed_is_named(billed: tuple[World, Document]) -> None:
    world, document = billed

    def changed(change: Any) -> list[str]:
        evidence = json.loads(evidence_of(world, document))
        change(evidence)
        ok, said = verdict(canonical(evidence), world.vkey)
        assert not ok
        return said

    assert "is missing" in changed(lambda one: one["section"]["entries"].pop(1))[-1]
    assert (
        "does not follow"
        in changed(
            lambda one: one["section"]["entries"][0].update(
                payload=one["section"]["entries"][0]["payload"] + " "
            )
        )[-1]
    )
    assert "does not lead" in changed(lambda one: one["section"]["entries"].pop())[-1]
    assert changed(lambda one: one.update(extra=1))
    assert changed(lambda one: one["document"].update(payload=one["document"]["payload"] + " "))
    assert changed(lambda one: one["sources"][0].update(index=one["sources"][0]["index"] + 1))
    assert changed(lambda one: one["section"].update(customer="bolt"))
    assert changed(lambda one: one.update(format="steelyard.evidence/9"))


def test_a_seller_who_overcharges_is_found_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.publish(catalog())
    world.customer("acme", tax="19")
    world.subscribe("acme", "team", quantities={"seats": "2"})
    world.use("acme", events_of("acme"))
    world.bill()
    document = world.documents()[0]
    assert isinstance(document, Invoice)
    line = document.lines[2]
    for number, changes in enumerate(({"quantity": Decimal(9)}, {"amount": line.amount + 1})):
        lines = (*document.lines[:2], dataclasses.replace(line, **changes), *document.lines[3:])
        forged = forge(world, dataclasses.replace(document, id=f"inv_forged{number}", lines=lines))
        ok, said = verdict(evidence_of(world, forged), world.vkey)
        assert not ok, said
    world.close()


def test_a_tlog_proof_shows_its_leaf(billed: tuple[World, Document], tmp_path: Path) -> None:
    world, _ = billed
    entry = world.reader.entry(2)
    proof = Proof(
        index=2, hashes=tuple(world.reader.inclusion_proof(2)), checkpoint=world.reader.checkpoint()
    )
    path = tmp_path / "entry.tlog-proof"
    path.write_text(str(proof))
    assert offline.main([str(path), world.vkey, "--leaf", entry.leaf().hex()]) == 0
    assert offline.main([str(path), world.vkey, "--leaf", bytes(32).hex()]) == 1
    assert offline.main([str(path), world.vkey]) == 1


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=100), place=st.integers(0, 511))
def test_signatures_are_checked_as_the_library_does(seed: bytes, message: bytes, place: int) -> None:
    signer = FileSigner("k", seed)
    public, signature = parse_vkey(signer.vkey).public_key, signer.sign(message)
    assert offline.plain_ed25519(public, signature, message)
    spoiled = bytearray(signature)
    spoiled[place // 8] ^= 1 << place % 8
    assert not offline.plain_ed25519(public, bytes(spoiled), message)
    assert not offline.plain_ed25519(public, signature, message + b"!")


def test_it_applies_corrections_and_measures_adjusted_lines_anew(world: World) -> None:
    october, november = adjusted(world)
    for document in (october, november):
        ok, said = verdict(evidence_of(world, document), world.vkey)
        measured = [text for text in said if "the events give" in text]
        assert (ok, len(measured)) == (True, len([line for line in document.lines if line.events])), said


def test_a_price_for_several_values_and_not_for_others_is_measured_by_what_it_is_for(world: World) -> None:
    values = catalog()
    values["rate_cards"][0]["rates"][2]["dimensions"] = {"model": ["big", "huge"]}
    world.publish(values)
    world.customer("acme")
    world.subscribe("acme", "team", quantities={"seats": "1"})
    use = {"type": "llm", "time": "2026-10-05T00:00:00Z", "user": "u"}
    models = ["big", "huge", "other"]
    world.use("acme", [{**use, "id": name, "model": name, "tokens": 700_000} for name in models])
    world.bill()
    (document,) = world.documents()
    ok, said = verdict(evidence_of(world, document), world.vkey)
    assert ok, said
    assert any("the events give 1400000 tokens" in text for text in said)
