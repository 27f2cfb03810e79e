"""Paths into the data of an event, in the small part of JSONPath that meters need: `$.a.b`.

A path names members of objects, never places in lists. `$` is the event's `data`. A name with other
characters than letters, digits, `_` and `-` is written in quotes: `$."input tokens"`.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from steelyard.kernel import InvalidInput

_STEP = re.compile(r"""\.(?:([A-Za-z0-9_-]+)|"([^"\\*\x00-\x1f]+)")|\['([^'"\\*\x00-\x1f]+)'\]""")

PATH_STEPS: Final = r"""(?:\.(?:[A-Za-z0-9_-]+|"[^"\\*\x00-\x1f]+")|\['[^'"\\*\x00-\x1f]+'\])+"""
"""What follows the `$` of a path, as part of another pattern: the steps above, nothing captured."""


@functools.lru_cache(maxsize=4096)
def parse_path(path: str) -> tuple[str, ...]:
    """The member names that a path walks through, outermost first.

    Raises InvalidInput where the text is not such a path.

    >>> parse_path("$.usage.input"), parse_path("$['input tokens']")
    (('usage', 'input'), ('input tokens',))
    """
    names: list[str] = []
    place = 1
    while path.startswith("$") and place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            break
        names.append(step[1] or step[2] or step[3])
        place = step.end()
    if not names or place != len(path):
        raise InvalidInput(f"{path!r} is not a path into data; write $.name or $.a.b", code="not_a_path")
    return tuple(names)


def engine_path(names: tuple[str, ...]) -> str:
    """The same path in the form that SQL engines read, every name in quotes.

    >>> engine_path(("data", "input tokens"))
    '$."data"."input tokens"'
    """
    return "$" + "".join(f'."{name}"' for name in names)
