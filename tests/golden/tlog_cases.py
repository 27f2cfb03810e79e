"""Turns the shared form of the transparency-log facts (`tlog.json`) into cases, one a line.

    python tests/golden/tlog_cases.py FOLDER/tlog.json > tests/golden/cases/tlog.jsonl

A case says what must hold (`check`), its figures, and where they are from. Values that the shared form does
not know yet are passed over, and the test says how many cases it ran.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Case = dict[str, Any]


def cases_of(document: dict[str, Any]) -> Iterator[Case]:
    """The cases of a document in the shared form."""
    yield from _primitives(document.get("rfc6962_primitives", {}))
    yield from _reference_tree(document.get("ct_reference_tree_8", {}))
    yield from _merkle_cases(document.get("transparency_dev_merkle_cases", {}))
    yield from _log(document.get("tessera_testdata_log", {}))
    note = document.get("c2sp_signed_note_example")
    if note:
        yield {
            "check": "note",
            "id": "signed-note",
            "vkey": note["vkey"],
            "note": note["note"],
            "accept": True,
        }
        spoiled = note["note"].replace("example message", "example massage")
        yield {
            "check": "note",
            "id": "signed-note-spoiled",
            "vkey": note["vkey"],
            "note": spoiled,
            "accept": False,
        }
    cosigned = document.get("c2sp_cosignature_example_no_key_given")
    if cosigned:
        yield {"check": "cosignature", "id": "cosignature", **cosigned}
    yield from _tiles(document.get("c2sp_tlog_tiles_facts", {}))
    yield from _texts(document, "document")


def _primitives(facts: dict[str, str]) -> Iterator[Case]:
    inputs = {
        "empty_root_hex": ("root", []),
        "empty_leaf_hash_hex": ("leaf", [""]),
        "leaf_hash_of_ascii_L123456_hex": ("leaf", ["L123456"]),
        "node_hash_of_ascii_N123_N456_hex": ("node", ["N123", "N456"]),
    }
    for name, (what, parts) in inputs.items():
        if name in facts:
            yield {"check": "hash", "id": name, "what": what, "parts": parts, "hex": facts[name]}


def _reference_tree(tree: dict[str, Any]) -> Iterator[Case]:
    if not tree:
        return
    leaves = tree["leaves_hex"]
    yield {"check": "leaves", "id": "ct-leaves", "leaves_hex": leaves, "hashes": tree["leaf_hashes"]}
    for size, root in enumerate(tree["roots_size_0_to_8"]):
        yield {"check": "root", "id": f"ct-root-{size}", "leaves_hex": leaves[:size], "root": root}
    for proof in tree["inclusion"]:
        name = f"ct-inclusion-{proof['leafIdx']}-{proof['treeSize']}"
        yield {"check": "make-inclusion", "id": name, "leaves_hex": leaves, **proof}
    for proof in tree["consistency"]:
        name = f"ct-consistency-{proof['size1']}-{proof['size2']}"
        yield {"check": "make-consistency", "id": name, "leaves_hex": leaves, **proof}


def _merkle_cases(groups: dict[str, Any]) -> Iterator[Case]:
    for kind in ("inclusion", "consistency"):
        for case in groups.get(kind, []):
            fields = {
                name: value for name, value in case.items() if name not in ("desc", "source", "wantErr")
            }
            accept = not case["wantErr"]
            yield {"check": kind, "id": case["source"], **fields, "accept": accept}


def _log(log: dict[str, Any]) -> Iterator[Case]:
    if not log:
        return
    entries = [entry.encode().hex() for entry in log["entries_utf8"]]
    yield {"check": "leaves", "id": "log-leaves", "leaves_hex": entries, "hashes": log["leaf_hashes"]}
    for name, checkpoints in log.items():
        if not name.startswith("checkpoints_"):
            continue
        for note in checkpoints:
            size = int(note.split("\n")[1])
            case = {"check": "checkpoint", "vkey": log["vkey"], "note": note, "leaves_hex": entries[:size]}
            yield {**case, "id": f"log-checkpoint-{size}", "size": size, "accept": True}
            other = f"{size + 1}" if size else "7"
            spoiled = note.replace(f"\n{size}\n", f"\n{other}\n", 1)
            yield {
                **case,
                "id": f"log-checkpoint-{size}-spoiled",
                "note": spoiled,
                "size": size,
                "accept": False,
            }


def _tiles(facts: dict[str, Any]) -> Iterator[Case]:
    for n, path in facts.get("tile_index_path", {}).items():
        yield {"check": "tile-path", "id": f"tile-path-{n}", "n": int(n), "path": path}
    for name, widths in facts.items():
        if name.startswith("tree_size_"):
            size = int(name.removeprefix("tree_size_"))
            yield {"check": "tile-widths", "id": f"tile-widths-{size}", "size": size, **widths}
    if "full_tile_bytes" in facts:
        yield {"check": "tile-bytes", "id": "tile-bytes", "bytes": facts["full_tile_bytes"]}
    if "leaf_bundle_entry" in facts:
        yield {"check": "entry-bundle", "id": "entry-bundle", "entries": ["one", "", "three"]}


def _texts(value: Any, place: str) -> Iterator[Case]:
    """Proof files and witness requests, wherever the document holds them: they must be read and rewritten."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{place}/{name}")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, f"{place}/{position}")
    elif isinstance(value, str) and value.startswith("c2sp.org/tlog-proof@v1\n"):
        yield {"check": "proof-text", "id": place, "text": value}
    elif isinstance(value, str) and value.startswith("old ") and "\n\n" in value:
        yield {"check": "witness-request", "id": place, "text": value}


if __name__ == "__main__":
    for case in cases_of(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))):
        sys.stdout.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")
