"""What a run of `make mutants` found: how many of the changed programs the tests noticed.

python -m bench.mutants FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

KILLED_MIN: Final = 0.9


def main() -> None:
    """Prints the counts and the rate; fails below nine in ten."""
    counts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    noticed = counts["killed"] + counts["timeout"] + counts.get("caught_by_type_check", 0)
    tried = counts["total"] - counts["skipped"]
    rate = noticed / tried if tried else 0.0
    left = f"{counts['survived']} not, {counts['no_tests']} untested"
    print(f"{tried} changes, {noticed} noticed ({rate:.1%}), {left}")
    if rate < KILLED_MIN:
        raise SystemExit(f"the tests must notice {KILLED_MIN:.0%}")


if __name__ == "__main__":
    main()
