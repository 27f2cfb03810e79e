"""A small language of exact arithmetic: values from the numbers of an event, formulas over meters.

Numbers, names, `+ - * /`, parentheses, and `min max ceil floor coalesce`. Nothing in it can run for long,
reach anything else, or lose a digit: it is read by the parser below and computed in fractions, and only the
end is rounded, once, to 12 digits after the point (half to even). A name that stands for nothing, and a
division by zero, have no value, and neither has what is made of them, except by `coalesce`, which takes the
first of its arguments that has one.

A `-` inside a name belongs to it, so write blanks around a minus between two names: `a - b`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

from steelyard.kernel import InvalidInput
from steelyard.metering.numbers import LIMIT, STEP, number_of
from steelyard.metering.paths import PATH_STEPS

LENGTH_MAX: Final = 1000
DEPTH_MAX: Final = 32

FUNCTIONS: Final = {"min": None, "max": None, "coalesce": None, "ceil": 1, "floor": 1}
"""The functions, with how many arguments they take; None is one or more."""

_TOKEN = re.compile(
    rf"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)(?![A-Za-z0-9_.])
    |(?P<path>\${PATH_STEPS})
    |(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)
    |"(?P<quoted>[^"\\]+)"
    |(?P<sign>[-+*/(),]))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """A path into data, or the key of a meter."""

    text: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or function with its operands."""

    operator: str
    operands: tuple[Node, ...]


Node = Number | Name | Apply


@functools.lru_cache(maxsize=1024)
def parse_expression(text: str) -> Node:
    """The expression that a text stands for; raises InvalidInput with the place of the mistake.

    >>> parse_expression("$.a / 2").operator
    '/'
    >>> parse_expression("2 * (a")
    Traceback (most recent call last):
    ...
    steelyard.kernel.errors.InvalidInput: character 7 of '2 * (a': a ')' is missing
    """
    if len(text) > LENGTH_MAX:
        raise InvalidInput(f"an expression has at most {LENGTH_MAX} characters", code="expression")
    return _Parser(text).whole()


def names_of(node: Node) -> tuple[str, ...]:
    """The names in an expression, each once, in the order of their first use.

    >>> names_of(parse_expression("a + 4 * b - a"))
    ('a', 'b')
    """
    if isinstance(node, Name):
        return (node.text,)
    if isinstance(node, Apply):
        return tuple(dict.fromkeys(name for operand in node.operands for name in names_of(operand)))
    return ()


def needed_names(node: Node) -> tuple[str, ...]:
    """The names without a value for which the whole has none: those that no `coalesce` stands in for.

    >>> needed_names(parse_expression("a + coalesce(b, 0)"))
    ('a',)
    """
    if isinstance(node, Apply) and node.operator == "coalesce":
        return ()
    if isinstance(node, Apply):
        return tuple(dict.fromkeys(name for operand in node.operands for name in needed_names(operand)))
    return names_of(node)


def evaluate(node: Node, value_of: Callable[[str], Decimal | None]) -> Fraction | None:
    """The exact value, or None where it has none.

    >>> evaluate(parse_expression("ceil(a / 3)"), {"a": Decimal(10)}.get)
    Fraction(4, 1)
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        found = value_of(node.text)
        return None if found is None else Fraction(found)
    values = [evaluate(operand, value_of) for operand in node.operands]
    known = [value for value in values if value is not None]
    if node.operator == "coalesce":
        return known[0] if known else None
    return _apply(node.operator, known) if len(known) == len(values) else None


def _apply(operator: str, values: list[Fraction]) -> Fraction | None:
    match operator:
        case "+":
            return values[0] + values[1]
        case "-":
            return -values[0] if len(values) == 1 else values[0] - values[1]
        case "*":
            return values[0] * values[1]
        case "/":
            return values[0] / values[1] if values[1] else None
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "ceil":
            return Fraction(ceil(values[0]))
        case _:
            return Fraction(floor(values[0]))


def metered(value: Fraction | None) -> Decimal | None:
    """The value to 12 digits after the point, half to even; None past 26 digits before it.

    >>> metered(Fraction(2, 3)), metered(Fraction(10**26))
    (Decimal('0.666666666667'), None)
    """
    if value is None:
        return None
    number = Decimal(round(value / Fraction(STEP))) * STEP if abs(value) < LIMIT else LIMIT
    return number if abs(number) < LIMIT else None


Row = Sequence[int | Decimal | None]
Ratio = tuple[int, int]
"""Numerator and a denominator above zero, not reduced: several times faster than a Fraction."""


def compiled(node: Node, names: Sequence[str]) -> Callable[[Row], Decimal | None]:
    """The expression as a function of rows of numbers in the order of the names: `metered(evaluate(…))`.

    >>> compiled(parse_expression("a / b"), ["a", "b"])([2, Decimal(3)])
    Decimal('0.666666666667')
    """
    ratio_of = _compiled(node, {name: place for place, name in enumerate(names)})

    def value_of(row: Row) -> Decimal | None:
        ratio = ratio_of(row)
        if ratio is None:
            return None
        whole, rest = divmod(ratio[0] * _SCALE, ratio[1])
        half = 2 * rest - ratio[1]
        if half > 0 or (not half and whole & 1):
            whole += 1
        return Decimal(whole) * STEP if abs(whole) < _SCALED_LIMIT else None

    return value_of


def _compiled(node: Node, places: Mapping[str, int]) -> Callable[[Row], Ratio | None]:
    if isinstance(node, Number):
        constant = node.value.as_integer_ratio()
        return lambda _: constant
    if isinstance(node, Name):
        return _reading(places[node.text])
    operands = [_compiled(operand, places) for operand in node.operands]
    if node.operator == "coalesce":
        return lambda row: next((found for one in operands if (found := one(row)) is not None), None)
    combine = _COMBINE[node.operator if len(operands) != 1 or node.operator != "-" else "negative"]

    def apply(row: Row) -> Ratio | None:
        ratios: list[Ratio] = []
        for operand in operands:
            ratio = operand(row)
            if ratio is None:
                return None
            ratios.append(ratio)
        return combine(ratios)

    return apply


def _reading(place: int) -> Callable[[Row], Ratio | None]:
    def read(row: Row) -> Ratio | None:
        value = row[place]
        if value is None:
            return None
        return (value, 1) if isinstance(value, int) else value.as_integer_ratio()

    return read


def _divided(ratios: list[Ratio]) -> Ratio | None:
    (a, b), (c, d) = ratios
    if not c:
        return None
    return (a * d, b * c) if c > 0 else (-a * d, -b * c)


def _chosen(ratios: list[Ratio], *, largest: bool) -> Ratio:
    best = ratios[0]
    for one in ratios[1:]:
        if (one[0] * best[1] > best[0] * one[1]) is largest and one[0] * best[1] != best[0] * one[1]:
            best = one
    return best


_SCALE: Final = 10**12
_SCALED_LIMIT: Final = 10**38
_COMBINE: Final[dict[str, Callable[[list[Ratio]], Ratio | None]]] = {
    "+": lambda r: (r[0][0] * r[1][1] + r[1][0] * r[0][1], r[0][1] * r[1][1]),
    "-": lambda r: (r[0][0] * r[1][1] - r[1][0] * r[0][1], r[0][1] * r[1][1]),
    "*": lambda r: (r[0][0] * r[1][0], r[0][1] * r[1][1]),
    "/": _divided,
    "negative": lambda r: (-r[0][0], r[0][1]),
    "min": lambda r: _chosen(r, largest=False),
    "max": lambda r: _chosen(r, largest=True),
    "ceil": lambda r: (-(-r[0][0] // r[0][1]), 1),
    "floor": lambda r: (r[0][0] // r[0][1], 1),
}


class _Parser:
    """Reads one expression from left to right; `place` is where the next token begins."""

    def __init__(self, text: str) -> None:
        self._text, self._end, self._depth = text, 0, 0
        self._kind, self._token, self._place = "", "", 0
        self._next()

    def whole(self) -> Node:
        node = self._sum()
        if self._kind:
            raise self._wrong(f"{self._token!r} is not expected here")
        return node

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._end)
        if found is None:
            rest = self._text[self._end :]
            self._place = self._end + len(rest) - len(rest.lstrip())
            if rest.strip():
                raise self._wrong(f"{rest.strip()[:20]!r} is no number, name or sign")
            self._kind = self._token = ""
            return
        self._kind = found.lastgroup or ""
        self._token, self._place = found[self._kind], found.start(self._kind)
        self._end = found.end()

    def _wrong(self, why: str) -> InvalidInput:
        return InvalidInput(f"character {self._place + 1} of {self._text!r}: {why}", code="expression")

    def _takes(self, *signs: str) -> str:
        if self._kind != "sign" or self._token not in signs:
            return ""
        sign = self._token
        self._next()
        return sign

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._wrong(f"more than {DEPTH_MAX} levels of parentheses")
        node = self._product()
        while sign := self._takes("+", "-"):
            node = Apply(sign, (node, self._product()))
        self._depth -= 1
        return node

    def _product(self) -> Node:
        node = self._signed()
        while sign := self._takes("*", "/"):
            node = Apply(sign, (node, self._signed()))
        return node

    def _signed(self) -> Node:
        minus = False
        while sign := self._takes("-", "+"):
            minus ^= sign == "-"
        node = self._single()
        return Apply("-", (node,)) if minus else node

    def _single(self) -> Node:
        if self._takes("("):
            node = self._sum()
            self._closes()
            return node
        kind, token = self._kind, self._token
        if kind == "number":
            value = number_of(token)
            if value is None:
                raise self._wrong("a number has at most 26 digits before and 12 after the point")
            self._next()
            return Number(Fraction(value))
        if kind not in ("path", "name", "quoted"):
            raise self._wrong(f"{token!r} is not expected here" if kind else "something is missing")
        self._next()
        if kind == "name" and token in FUNCTIONS and self._takes("("):
            return self._call(token)
        return Name(token)

    def _call(self, name: str) -> Node:
        operands = [self._sum()]
        while self._takes(","):
            operands.append(self._sum())
        self._closes()
        wanted = FUNCTIONS[name]
        if wanted is not None and len(operands) != wanted:
            raise self._wrong(f"{name} takes {wanted} value, not {len(operands)}")
        return Apply(name, tuple(operands))

    def _closes(self) -> None:
        if not self._takes(")"):
            raise self._wrong("a ')' is missing")
