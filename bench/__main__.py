"""make bench: the speeds that exist so far, on this machine, now.

python -m bench [--quick] [--events N] [--json FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.figures import Figures
from bench.measure import measure
from bench.rating import measure_rating


def main() -> None:
    """Measures everything, prints it and writes it as JSON. Timings never fail."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events")
    parser.add_argument("--events", type=int, default=0, help="store as many events before asking questions")
    parser.add_argument("--json", type=Path, default=Path("bench/results.json"), help="where to write")
    arguments = parser.parse_args()
    figures = Figures()
    measure_rating(figures)
    with tempfile.TemporaryDirectory(prefix="steelyard-bench-") as folder:
        measure(
            figures, Path(folder), events=100_000 if arguments.quick else 1_000_000, stored=arguments.events
        )
    figures.write(arguments.json)
    print(f"written to {arguments.json}")


if __name__ == "__main__":
    main()
