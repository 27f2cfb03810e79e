"""Reading a client's own count: every line's chain, every seal's signature and figures are checked.

What is wrong with a count is said in words and does not stop the reading, so that one look tells all of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from steelyard.client.count_key import HMAC, CountKey, load
from steelyard.client.count_log import FORMAT, chained, hours_said, seal_message
from steelyard.client.tally import Group

_CHAIN: Final = ',"chain":"'


class Counted(NamedTuple):
    """What one or several logs say: the ids of each group, those that were refused with why, what is wrong.

    `signers` says with what the logs are signed, `unsealed` how many events no signature covers yet.
    """

    groups: dict[Group, set[str]]
    refused: dict[Group, dict[str, str]]
    problems: list[str]
    signers: list[str]
    unsealed: int

    @property
    def events(self) -> int:
        """How many events were counted, each id once in its hour."""
        return sum(len(ids) for ids in self.groups.values())


def read_logs(places: list[Path]) -> Counted:
    """The counts of all logs named, and of all logs in the folders named, as one.

    Raises FileNotFoundError where there is none.
    """
    paths: list[Path] = []
    for place in places:
        found = sorted(place.glob("*.log")) if place.is_dir() else [place]
        if not found:
            raise FileNotFoundError(2, "no count log there", str(place))
        paths += found
    counted = Counted({}, {}, [], [], 0)
    for path in paths:
        reading = _Reading(path, counted)
        reading.read()
        counted = counted._replace(unsealed=counted.unsealed + reading.unsealed)
    return counted


class _Reading:
    """One log being read, line by line."""

    def __init__(self, path: Path, into: Counted) -> None:
        self._path, self._into = path, into
        self._chain = ""
        self._key: CountKey | None = None
        self._can_check = True
        self._since_seal: dict[Group, set[str]] = {}
        self._number = 0

    @property
    def unsealed(self) -> int:
        """How many events came after the last seal."""
        return sum(len(ids) for ids in self._since_seal.values())

    def read(self) -> None:
        """Take in every line."""
        with self._path.open("rb") as file:
            for self._number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    continue  # Half a line: the process ended while it wrote, and `track` never returned.
                try:
                    self._take(line.decode("ascii").rstrip("\n"))
                except (ValueError, KeyError, TypeError):
                    self._wrong("is not readable")

    def _wrong(self, what: str) -> None:
        self._into.problems.append(f"{self._path.name} line {self._number}: {what}")

    def _take(self, text: str) -> None:
        said: dict[str, Any] = json.loads(text)
        chain = said.pop("chain")
        signature = said.pop("signature", "")
        if chained(self._chain, said)[1] != chain or _CHAIN + chain not in text:
            self._wrong("does not follow from the line before: something was changed, moved or left out")
        self._chain = chain
        if "id" in said:
            self._count(_group(said), said["id"])
        elif "refused" in said:
            self._into.refused.setdefault(_group(said), {})[said["refused"]] = said["code"]
        elif "sealed" in said:
            self._seal(said["hours"], signature)
        else:
            self._begin(said)

    def _count(self, group: Group, event_id: str) -> None:
        self._into.groups.setdefault(group, set()).add(event_id)
        self._since_seal.setdefault(group, set()).add(event_id)

    def _begin(self, said: dict[str, Any]) -> None:
        if said["log"] != FORMAT or self._number != 1:
            self._wrong(f"is not the beginning of a {FORMAT} log")
        self._key = CountKey(said["signer"], said["key"])
        if self._key.kind == HMAC:
            kept = load(self._path.parent)
            if kept is not None and kept.public == self._key.public:
                self._key = kept
            else:
                self._can_check = False
                self._wrong("is signed with a local secret that is not here, so its seals cannot be checked")
        name = f"{self._key.kind} {self._key.public}"
        if name not in self._into.signers:
            self._into.signers.append(name)

    def _seal(self, hours: list[list[Any]], signature: str) -> None:
        if self._key is None:
            self._wrong("is a seal before any key is named")
        elif self._can_check and not self._key.verifies(signature, seal_message(self._chain)):
            self._wrong("has a signature that is not that of the log's key")
        if hours_said(self._since_seal) != hours:
            self._wrong("says other figures than the lines before it")
        self._since_seal = {}


def _group(said: dict[str, Any]) -> Group:
    return Group(said["source"], said["who"], said["type"], said["hour"])
