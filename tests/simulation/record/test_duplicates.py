"""Each event three times, in any order, over several threads: recorded once, answered three times."""

from __future__ import annotations

import random
import threading
from pathlib import Path

from steelyard.adapters.sqlite import verify_record
from tests.contracts.record.stores import Store, key_of, usage

EVENTS = 4_000
SEED = 20261121


def test_every_event_sent_three_times_is_recorded_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keys = [f"evt-{n}" for n in range(EVENTS)]
    answers: list[dict[str, int]] = [{} for _ in range(3)]

    def send(number: int) -> None:
        mine = keys.copy()
        random.Random(SEED + number).shuffle(mine)
        for start in range(0, EVENTS, 80):
            part = mine[start : start + 80]
            answers[number].update(zip(part, store.write(usage(*part)).indexes, strict=True))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1] == answers[2], f"seed {SEED}"
    stored = [key_of(entry.payload).decode() for entry in store.reader.entries(range(store.reader.size))]
    assert sorted(stored) == sorted(keys)
    assert all(stored[index] == key for key, index in answers[0].items())
    store.writer.close()
    assert verify_record(tmp_path, store.signer.vkey).ok
