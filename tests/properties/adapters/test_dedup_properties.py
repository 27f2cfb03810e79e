"""The deduplication index finds every key it was given, wherever the key lies by now."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.adapters.sqlite.dedup import DedupIndex
from steelyard.adapters.sqlite.runs import Run, merge_runs, write_run

HASHES = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**63, 2**64 - 1])


@given(st.lists(st.lists(HASHES, min_size=1, max_size=60), min_size=1, max_size=5), st.lists(HASHES))
def test_merged_runs_hold_what_their_parts_held(parts: list[list[int]], absent: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pairs: list[tuple[int, int]] = []
        runs: list[Run] = []
        for number, part in enumerate(parts):
            indexes = range(1000 * number, 1000 * number + len(part))
            pairs += zip(part, indexes, strict=True)
            path = Path(folder) / f"{number}.run"
            write_run(path, np.array(part, dtype=np.uint64), np.array(indexes, dtype=np.uint64))
            runs.append(Run(path))
        merged = Path(folder) / "merged.run"
        merge_runs(merged, runs)
        asked = sorted({key for key, _ in pairs} | set(absent))
        found = Run(merged).find(np.array(asked, dtype=np.uint64))
        assert sorted(found) == sorted(pairs)


@settings(max_examples=30)
@given(st.lists(st.lists(HASHES, min_size=1, max_size=30, unique=True), min_size=1, max_size=12))
def test_keys_are_found_before_and_after_they_go_to_disk(groups: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = DedupIndex(Path(folder))
        expected: dict[int, set[int]] = {}
        size = 0
        for group in groups:
            positions = range(size, size + len(group))
            index.add(group, positions)
            for key, at in zip(group, positions, strict=True):
                expected.setdefault(key, set()).add(at)
            size += len(group)
            index.freeze(size, bytes(32))
            if size % 2:
                index.flush()
                index = DedupIndex(Path(folder))
            else:
                index.flush()
        old = index.find_old(np.array(sorted(expected), dtype=np.uint64))
        assert {key: set(found) for key, found in old.items()} == expected
        assert index.covers == size
