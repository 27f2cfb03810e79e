"""Reads a scenario's YAML: whole numbers and truth values as such, everything else as text."""

from __future__ import annotations

from typing import Any

import yaml

from steelyard.kernel import InvalidInput


class _Texts(yaml.SafeLoader):
    """Times and decimals stay the texts that they are written as, so that nothing is rounded."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":float", ":timestamp"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str, name: str) -> Any:
    """The values in the text; InvalidInput with the place where it is no YAML.

    >>> read("{at: 2026-10-01T00:00:00Z, rate: 0.10, days: 30}", "x")
    {'at': '2026-10-01T00:00:00Z', 'rate': '0.10', 'days': 30}
    """
    try:
        return yaml.load(text, _Texts)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{name} is not readable: {error}", code="bad_scenario") from None
