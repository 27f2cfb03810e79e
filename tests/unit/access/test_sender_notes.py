"""A note of senders is made at every group commit: quickly, and in the one canonical form all the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from steelyard.access import noting_senders, read_senders
from steelyard.kernel import encode

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(st.integers(0, 1 << 53), KEYS), min_size=1, max_size=5))
def test_the_bytes_of_a_note_are_canonical(runs: list[tuple[int, str]]) -> None:
    (payload,) = noting_senders(runs).batches[0].payloads
    assert payload == encode(read_senders(payload))
    assert [(run.first, run.by) for run in read_senders(payload).runs] == runs
