"""What a person says they will use, on the pages about prices: read from a form, shown again in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from steelyard.entrypoints.console.answers import Json
from steelyard.entrypoints.console.forms import Form
from steelyard.kernel import parse_decimal

PLANS_MAX: Final = 21
"""So many plans stand on one page; where there are more, they are looked for by name or leafed through."""
CHOICE: Final = ("of", "from")
"""The fields that say which plans: a part of their name or key, and how many of these to pass over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which plans a page shows of how many: all, or those from `first` of the `matching` ones."""

    of: str
    first: int
    matching: int
    every: int
    places: tuple[int, ...]

    @property
    def is_cut(self) -> bool:
        """Whether plans are left out."""
        return len(self.places) < self.every

    @property
    def before(self) -> int:
        """Where the plans before these begin."""
        return max(0, self.first - PLANS_MAX)

    @property
    def after(self) -> int:
        """Where the plans after these begin, 0 where there are none."""
        return self.first + PLANS_MAX if self.first + PLANS_MAX < self.matching else 0


def choice_of(asked: Form, plans: list[Json]) -> Choice:
    """The plans that the form asks for by a part of their name or key, at most 21.

    >>> plans = [{"key": f"p{n}", "name": f"Plan {n}"} for n in range(100)]
    >>> choice_of(Form(pairs=(("of", "plan 9"),)), plans).places
    (9, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99)
    >>> choice_of(Form(pairs=(("from", "84"),)), plans).places[0]
    84
    """
    sought = asked.one("of").lower()
    found = [at for at, one in enumerate(plans) if sought in f"{one['name']} {one['key']}".lower()]
    typed = asked.one("from")
    first = int(typed) if typed.isdecimal() and len(typed) < 7 else 0
    first = first if first < len(found) else 0
    places = tuple(found[first : first + PLANS_MAX])
    return Choice(of=asked.one("of"), first=first, matching=len(found), every=len(plans), places=places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the form: what is asked, and the three texts that were written."""

    name: str
    label: str
    unit: str
    ranged: bool
    least: str
    likely: str
    most: str


def rows_of(asked: Form, inputs: list[Json]) -> list[Row]:
    """The lines of the form as they were filled in.

    >>> rows_of(
    ...     Form(pairs=(("usage.calls", "5"),)),
    ...     [{"kind": "usage", "key": "calls", "name": "Calls", "unit": "calls"}],
    ... )[0].likely
    '5'
    """
    found: list[Row] = []
    for one in inputs:
        name = f"{one['kind']}.{one['key']}"
        found.append(
            Row(
                name=name,
                label=one["name"],
                unit=f"{one['unit']} a month" if one["kind"] == "usage" else "",
                ranged=one["kind"] != "needs",
                least=asked.one(f"{name}.least"),
                likely=asked.one(name),
                most=asked.one(f"{name}.most"),
            )
        )
    return found


def body_of(asked: Form, inputs: list[Json]) -> dict[str, dict[str, Any]]:
    """What the form asks the API, by kind of input; fields that are left empty are not asked about.

    A least or a most makes a range; what is left out of it is as the likely value. Raises InvalidInput for
    what is no number.

    >>> calls = [{"kind": "usage", "key": "calls", "name": "Calls", "unit": ""}]
    >>> body_of(Form(pairs=(("usage.calls", "1,000"),)), calls)["usage"]
    {'calls': '1000'}
    >>> body_of(Form(pairs=(("usage.calls", "5"), ("usage.calls.most", "9"))), calls)["usage"]
    {'calls': {'low': '5', 'likely': '5', 'high': '9'}}
    """
    found: dict[str, dict[str, Any]] = {"usage": {}, "quantities": {}, "needs": {}}
    for one, row in zip(inputs, rows_of(asked, inputs), strict=True):
        least, likely, most = (_number(text) for text in (row.least, row.likely, row.most))
        middle = likely or most or least
        if not middle:
            continue
        is_range = row.ranged and (least or most)
        found[one["kind"]][one["key"]] = (
            {"low": least or middle, "likely": middle, "high": most or middle} if is_range else middle
        )
    return found


def _number(text: str) -> str:
    bare = text.replace(",", "").replace(" ", "")
    return str(parse_decimal(bare)) if bare else ""


def with_quantities(body: dict[str, dict[str, Any]], inputs: list[Json]) -> dict[str, dict[str, Any]]:
    """The same, with one of every quantity that plans ask for and nobody named: a bill needs it.

    >>> with_quantities({"quantities": {}}, [{"kind": "quantities", "key": "seats"}])
    {'quantities': {'seats': '1'}}
    """
    ones = {one["key"]: "1" for one in inputs if one["kind"] == "quantities"}
    return body | {"quantities": ones | body["quantities"]}


def query_of(asked: Form, *names: str) -> str:
    """The inputs of the form as a query, so that they go along from page to page; `names` go too."""
    kept = [
        (name, text)
        for name, text in asked.fields.items()
        if text and (name in (*names, *CHOICE) or name.partition(".")[0] in ("usage", "quantities", "needs"))
    ]
    return urlencode(kept)
