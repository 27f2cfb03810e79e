"""A program that tracks without end and says on standard output what `track` returned; made to be killed."""

from __future__ import annotations

import os
import sys
import threading

from steelyard.client import Limits, Steelyard


def main(url: str, key: str, spool: str, name: str) -> None:
    client = Steelyard(
        url, key, source="child", spool=spool, limits=Limits(batch_events=100, flush_seconds=0.05)
    )

    def work(thread: int) -> None:
        for number in range(1_000_000):
            tracked = client.track("t", id=f"{name}-{thread}-{number}", subject="acme", data={"n": number})
            os.write(1, f"{tracked}\n".encode())

    for thread in range(2):
        threading.Thread(target=work, args=(thread,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
