"""The client's own count against the server's record: which hours differ, and which ids only one side has.

First whole hours are compared by count and fingerprint; ids travel only for the hours that differ.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from steelyard.client.tally import Group, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from steelyard.client.counted import Counted

    Ask = Callable[[str, Mapping[str, Any]], Any]

_GROUPS_A_REQUEST: Final = 5_000
_SPAN: Final = timedelta(days=31)
_IDS_A_REQUEST: Final = 50_000
_NAMES_A_REQUEST: Final = 1_000
_HOUR: Final = timedelta(hours=1)


class Difference(NamedTuple):
    """An hour in which both sides differ: ids that only the sender has, with a reason where there is one,
    and ids that only the server has.
    """

    group: Group
    counted_here: int
    counted_there: int
    only_here: list[str]
    only_there: list[str]
    refused: dict[str, str]


class Comparison(NamedTuple):
    """What comparing found: groups and events that agree, hours that differ, events that nobody bills.

    `refused` counts events that the server refused and said so: both sides agree that they are not stored.
    """

    groups: int
    events: int
    refused: int
    differences: list[Difference]

    @property
    def agrees(self) -> bool:
        """Whether both sides have the same events."""
        return not self.differences


def compare(counted: Counted, ask: Ask, since: str = "", until: str = "") -> Comparison:
    """Compare the count with the server that `ask(path, body)` reaches, for hours in [since, until).

    Hours are texts such as 2026-11-21T07; by default from the first to the last hour that was counted.
    """
    groups, refused = _stored_by_us(counted)
    hours = [group.hour for group in groups if group.hour]
    first, last = since or min(hours, default=""), until or _after(max(hours, default=""))
    found: list[Difference] = []
    total = events = 0
    if not first:
        return Comparison(0, 0, refused, [])
    sources = sorted({group.source for group in groups})
    for start, end in _spans(groups, first, last):
        part = {group: ids for group, ids in groups.items() if start <= group.hour < end}
        answer = ask("/api/v1/events/reconcile", _request(part, sources, start, end))
        total += answer["agreeing"] + len(answer["differing"])
        events += sum(len(ids) for ids in part.values())
        found += _differences(part, counted, ask, answer["differing"])
    return Comparison(total, events, refused, found)


def _stored_by_us(counted: Counted) -> tuple[dict[Group, set[str]], int]:
    """What the sender says is stored: all that it counted, without what the server refused."""
    groups: dict[Group, set[str]] = {}
    refused = 0
    for group, ids in counted.groups.items():
        left = ids - counted.refused.get(group, {}).keys()
        refused += len(ids) - len(left)
        if left:
            groups[group] = left
    return groups, refused


def _request(part: Mapping[Group, set[str]], sources: list[str], start: str, end: str) -> dict[str, Any]:
    counts = [
        {**group._asdict(), "count": len(ids), "hash": fingerprint(group.source, ids)}
        for group, ids in part.items()
    ]
    return {"sources": sources, "from": f"{start}:00:00Z", "to": f"{end}:00:00Z", "hours": counts}


def _spans(groups: Mapping[Group, set[str]], first: str, last: str) -> Iterator[tuple[str, str]]:
    """Spans of whole hours, each short enough and with few enough groups for one request."""
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group.hour] = sizes.get(group.hour, 0) + 1
    start, size = _moment(first), 0
    here, end = start, _moment(last)
    while here < end:
        following = here + _HOUR
        size += sizes.get(_text(here), 0)
        full = size + sizes.get(_text(following), 0) > _GROUPS_A_REQUEST
        if full or following >= end or following - start >= _SPAN:
            yield _text(start), _text(following)
            start, size = following, 0
        here = following


def _differences(
    part: Mapping[Group, set[str]], counted: Counted, ask: Ask, differing: list[dict[str, Any]]
) -> Iterator[Difference]:
    waiting: list[dict[str, Any]] = []
    total = 0
    for one in differing:
        if waiting and (total + one["count"] > _IDS_A_REQUEST or len(waiting) >= _NAMES_A_REQUEST):
            yield from _named(part, counted, ask, waiting)
            waiting, total = [], 0
        waiting.append(one)
        total += one["count"]
    if waiting:
        yield from _named(part, counted, ask, waiting)


def _named(
    part: Mapping[Group, set[str]], counted: Counted, ask: Ask, differing: list[dict[str, Any]]
) -> Iterator[Difference]:
    names = [{name: one[name] for name in Group._fields} for one in differing]
    for said in ask("/api/v1/events/reconcile/ids", {"hours": names})["hours"]:
        group = Group(said["source"], said["who"], said["type"], said["hour"])
        ours, theirs = part.get(group, set()), set(said["ids"])
        refused = counted.refused.get(group, {})
        if ours == theirs:
            continue  # It arrived between the two questions.
        yield Difference(
            group,
            counted_here=len(ours),
            counted_there=len(theirs),
            only_here=sorted(ours - theirs),
            only_there=sorted(theirs - ours),
            refused={one: code for one, code in refused.items() if one in theirs - ours},
        )


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour + "+0000", "%Y-%m-%dT%H%z")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")


def _after(hour: str) -> str:
    return _text(_moment(hour) + _HOUR) if hour else ""
