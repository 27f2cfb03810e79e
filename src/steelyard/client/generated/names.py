"""What can be asked about names, made from the table of endpoints and never edited.

`python -m steelyard.entrypoints.api.generate` writes this file anew.
"""

# Fields of a request are arguments and nouns are attributes, however many they are.

from __future__ import annotations

import builtins
from typing import TypedDict

from steelyard.client.transport import Transport


class NameList(TypedDict):
    """The people and keys that the asker may know of, by name."""

    items: builtins.list[NameRow]


class NameRow(TypedDict):
    """Who an id of the record stands for."""

    id: str
    name: str


class NamesApi:
    """What can be asked about names."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> NameList:
        """Who the ids of people and keys stand for, as far as one may know."""
        return self._transport.json("GET", "/api/v1/names")
