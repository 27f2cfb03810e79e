"""Fetching the evidence of invoices and checking it offline, in processes of their own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from steelyard.client import Client
from steelyard.entrypoints.demo.sending import show_progress

_WORKERS: Final = 2
_PART: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """How much evidence was checked, how long it took, and what did not hold."""

    documents: int
    bytes: int
    seconds: float
    problems: tuple[str, ...]


def prove(address: str, key: str, vkey: str, documents: Sequence[str]) -> Proven:
    """Checks the evidence of these documents by the verifier key alone.

    Raises ProblemError where the server does not give some evidence.
    """
    started = time.perf_counter()
    parts = [documents[start : start + _PART] for start in range(0, len(documents), _PART)]
    problems: list[str] = []
    size = done = 0
    if len(parts) <= 1:
        outcomes = [_check(address, key, vkey, part) for part in parts]
        size, problems = sum(one[0] for one in outcomes), [text for one in outcomes for text in one[1]]
    else:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(_WORKERS, mp_context=spawn) as pool:
            arguments = ([address] * len(parts), [key] * len(parts), [vkey] * len(parts), parts)
            for part, (read, found) in zip(parts, pool.map(_check, *arguments), strict=True):
                size, done = size + read, done + len(part)
                problems += found
                show_progress("invoices verified", done, len(documents))
    return Proven(
        documents=len(documents), bytes=size, seconds=time.perf_counter() - started, problems=tuple(problems)
    )


_clients: Final[dict[str, Client]] = {}


def _check(address: str, key: str, vkey: str, documents: Sequence[str]) -> tuple[int, list[str]]:
    """How many bytes of evidence were read, and what is wrong with any of it."""
    from steelyard.billing.evidence import verify

    client = _clients.setdefault(address, Client(address, key, timeout=300.0))
    size, problems = 0, []
    for document in documents:
        content = client.invoices.evidence(document)
        size += len(content)
        verdict = verify(content, vkey)
        problems += [f"{document}: {problem}" for problem in verdict.problems]
        if not verdict.ok and not verdict.problems:
            problems.append(f"{document} does not verify")
    return size, problems
