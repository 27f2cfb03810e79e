"""Plays many worlds: `python -m tests.simulation.world --seeds 1000`, or one again: `--from SEED --seeds 1`.

Even seeds are worlds of usage, odd ones worlds of agreements (`tests.simulation.deals`). Prints the seeds
that broke a promise with the steps that led there, and ends with 1 if there are any.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.simulation.deals.play import play as play_deals
from tests.simulation.world.play import Broken, fast_folder, play


def main() -> int:
    """Play the seeds that were asked for; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.world")
    parser.add_argument("--seeds", type=int, default=100, help="how many worlds")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began, crashes, broken = time.monotonic(), 0, 0
    for seed in range(asked.first, asked.first + asked.seeds):
        try:
            crashes += (play_deals if seed % 2 else play)(seed, fast_folder())
        except Broken as error:
            broken += 1
            sys.stdout.write(f"BROKEN {error}\n\n")
            sys.stdout.flush()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{seed - asked.first + 1} of {asked.seeds} worlds …")
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{asked.seeds} worlds from seed {asked.first}, {crashes} crashes, {broken} broken, {seconds:.0f} s\n"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
