"""The metering client beside the server: how fast a program may track, and how soon all of it has arrived."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figures import Figures
from steelyard.client import Steelyard
from steelyard.client.events import encode_json
from steelyard.entrypoints.demo.serving import Server

_EVENTS = 50_000


def metering_client(figures: Figures, server: Server, folder: Path) -> None:
    """One thread tracks as fast as it can, in memory and with a spool, while the client delivers."""
    began = time.perf_counter()
    for number in range(_EVENTS):
        encode_json({"id": str(number), "type": "llm", "data": {"tokens": number}})
    encoding = ("a loop that only encodes", _EVENTS / (time.perf_counter() - began))
    for name, spool in (("in memory", None), ("with a spool", folder / "spool")):
        # Events of a type that no meter reads: the figures that follow are about other usage.
        with Steelyard(server.address, server.key, source=f"bench {name}", spool=spool) as meter:
            began = time.perf_counter()
            for number in range(_EVENTS):
                meter.track("bench.sdk", subject="bench", data={"tokens": number, "model": "large"})
            tracked = time.perf_counter() - began
            meter.flush(120)
            delivered = time.perf_counter() - began
        figures.add(f"client tracks, {name}", _EVENTS / tracked, "events/s", beside=encoding)
        figures.add(f"client delivers, {name}", _EVENTS / delivered, "events/s", beside=encoding)
