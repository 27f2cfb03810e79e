"""`steelyard rate`: one price calculation, by the same code that bills."""

from __future__ import annotations

import sys

from steelyard.entrypoints.terminal import print_json


def rate() -> None:
    """Rate one quantity: a JSON request on standard input, amount and explanation as JSON."""
    from steelyard.catalog import answer_rating

    print_json(dict(answer_rating(sys.stdin.buffer.read())))
