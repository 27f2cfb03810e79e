"""A process that records without end and says on standard output what was acknowledged; made to be killed."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from steelyard.adapters.keys import load_signer
from steelyard.adapters.sqlite import RecordWriter
from tests.contracts.record.stores import PlainState, key_of, usage


def main(directory: Path, round_number: int) -> None:
    state = PlainState()
    writer = RecordWriter(directory, signer=load_signer(directory), key_of=key_of, state_writer=state)

    def submit(thread: int) -> None:
        for number in range(1_000_000):
            keys = [f"{round_number}-{thread}-{number}-{n}" for n in range(50)]
            written = writer.submit(usage(*keys, customer=f"c{thread}")).result()
            lines = "".join(f"{key} {index}\n" for key, index in zip(keys, written.indexes, strict=True))
            os.write(1, lines.encode())

    for thread in range(3):
        threading.Thread(target=submit, args=(thread,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
