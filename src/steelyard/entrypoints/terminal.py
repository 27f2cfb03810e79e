"""What commands print: one JSON document, or a table for people; progress only where a person watches."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any


def print_json(answer: Any) -> None:
    """One JSON document on standard output, and nothing else."""
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")


def say_now(*lines: str) -> None:
    """Lines on standard output that must not wait in a buffer, because the process goes on for long."""
    sys.stdout.write("".join(line + "\n" for line in lines))
    sys.stdout.flush()


def note(text: str) -> None:
    """A line about progress on standard error, if a person watches."""
    if sys.stderr.isatty():
        sys.stderr.write(text + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Rows under headings, figures to the right; drawn only for a terminal, else separated by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(row))
        return
    if not rows:
        say("none")
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD)
    for place, column in enumerate(columns):
        drawn.add_column(column, justify="right" if place in right else "left", no_wrap=place in right)
    for row in rows:
        drawn.add_row(*row)
    Console().print(drawn)


def money(amount: str, currency: str) -> str:
    """An exact amount of an answer, with at least the decimals of its currency.

    >>> money("49", "USD"), money("0.125", "USD"), money("1200", "JPY")
    ('49.00', '0.125', '1200')
    """
    from decimal import Decimal

    from steelyard.kernel import minor_digits

    exact = Decimal(amount)
    digits = max(minor_digits(currency), -int(exact.as_tuple().exponent))
    return f"{exact:.{digits}f}"


def progress_of(done_word: str) -> Callable[[int, int], None]:
    """Something to tell how much is done, of how much; one line on standard error, if a person watches."""
    shown = [-1]

    def tell(done: int, total: int) -> None:
        percent = 100 * done // max(1, total)
        if percent == shown[0] or not sys.stderr.isatty():
            return
        shown[0] = percent
        bar = "█" * (percent // 4)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{bar:<25} {percent:3} % {done_word}{end}")
        sys.stderr.flush()

    return tell
