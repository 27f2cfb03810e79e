"""Checking a proof file offline: an invoice's evidence, by the verifier key and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steelyard.billing.evidence import verify
from steelyard.kernel import NotFound


def check_file(file: Path, vkey: str) -> dict[str, Any]:
    """What checking the file found: `ok`, what holds (`checks`), what does not (`problems`).

    Raises NotFound where there is no such file, InvalidInput where it is no evidence or the key is none.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no file {file}", code="no_file") from None
    verdict = verify(content, vkey)
    return {
        "ok": verdict.ok,
        "checks": [str(one) for one in verdict.checks],
        "problems": [str(one) for one in verdict.problems],
        "notes": [str(one) for one in verdict.notes],
    }
