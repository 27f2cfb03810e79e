"""Names with values as people write them on the command line: `seats=8`."""

from __future__ import annotations

from collections.abc import Iterable


def pairs(said: Iterable[str]) -> dict[str, str]:
    """The values by name; the interface says what is wrong with them.

    >>> pairs(["seats=8", "region=", "note=a=b"])
    {'seats': '8', 'region': '', 'note': 'a=b'}
    """
    parts = (one.partition("=") for one in said)
    return {name: value for name, _, value in parts}
