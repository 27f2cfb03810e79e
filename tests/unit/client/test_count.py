"""The client's own count: what it says, what a crash leaves of it, and that no change of it goes unseen."""

from __future__ import annotations

import builtins
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.client import count_key
from steelyard.client.count_log import CountLog
from steelyard.client.counted import Counted, read_logs
from steelyard.client.reconcile import compare
from steelyard.client.tally import Group, fingerprint
from steelyard.metering.arrivals import HOUR_MICROS, Arrivals

HOUR = "2026-11-21T07"


def event(number: int | str, **more: str) -> dict[str, Any]:
    return {
        "id": str(number),
        "source": "app",
        "type": "t",
        "subject": "acme",
        "time": f"{HOUR}:00:00Z",
        **more,
    }


def counted(folder: Path, *numbers: int) -> Counted:
    log = CountLog(folder)
    for number in numbers:
        log.note(event(number))
    log.close()
    return read_logs([folder])


GROUP = Group("app", "acme", "t", HOUR)


def test_a_count_says_which_events_and_is_signed(tmp_path: Path) -> None:
    found = counted(tmp_path, 1, 2, 3)
    assert found.groups == {GROUP: {"1", "2", "3"}}
    assert (found.problems, found.unsealed) == ([], 0)
    assert found.signers[0].startswith("ed25519 ")
    assert stat.S_IMODE((tmp_path / "count.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "1.log").stat().st_mode) == 0o600


def test_a_count_goes_on_where_it_ended(tmp_path: Path) -> None:
    for start in (0, 10, 20):
        found = counted(tmp_path, *range(start, start + 10))
    assert found.events == 30
    assert found.problems == []
    assert len(list(tmp_path.glob("*.log"))) == 1


def test_two_that_count_at_once_have_a_file_each(tmp_path: Path) -> None:
    first, second = CountLog(tmp_path), CountLog(tmp_path)
    first.note(event(1))
    second.note(event(2))
    first.close()
    second.close()
    assert len(list(tmp_path.glob("*.log"))) == 2
    found = read_logs([tmp_path])
    assert (found.groups, found.problems) == ({GROUP: {"1", "2"}}, [])
    assert len(found.signers) == 1


@pytest.mark.parametrize("cut", [0, 1, 5, 100])
def test_a_crash_leaves_a_count_that_the_next_start_seals(tmp_path: Path, cut: int) -> None:
    counted(tmp_path, 1, 2)
    crashed = CountLog(tmp_path)
    crashed.note(event(3))
    crashed.note(event(4))
    crashed.abandon()
    path = tmp_path / "1.log"
    os.truncate(path, path.stat().st_size - cut)
    before = read_logs([path])
    assert before.unsealed == (2 if cut == 0 else 1)
    assert before.problems == []
    found = counted(tmp_path, 5)
    kept = {"1", "2", "3", "4", "5"} if cut == 0 else {"1", "2", "3", "5"}
    assert (found.groups, found.problems, found.unsealed) == ({GROUP: kept}, [], 0)


def test_a_log_longer_than_one_look_back_is_gone_on_with(tmp_path: Path) -> None:
    crashed = CountLog(tmp_path)
    for number in range(3000):
        crashed.note(event(number))
    crashed.abandon()
    found = counted(tmp_path, 9999)
    assert (found.events, found.problems, found.unsealed) == (3001, [], 0)


def test_an_unreadable_log_is_left_alone_and_told_of(tmp_path: Path) -> None:
    (tmp_path / "1.log").write_bytes(b"not a count\n")
    found = counted(tmp_path, 1)
    assert found.events == 1
    assert found.problems == ["1.log line 1: is not readable"]
    assert (tmp_path / "1.log").read_bytes() == b"not a count\n"


def test_every_change_of_a_log_is_seen(tmp_path: Path) -> None:
    counted(tmp_path, 1)
    path = tmp_path / "1.log"
    whole = path.read_bytes()
    missed = []
    for place in range(len(whole) - 1):
        spoiled = bytearray(whole)
        spoiled[place] ^= 1
        path.write_bytes(spoiled)
        if not read_logs([path]).problems:
            missed.append((place, whole[place - 20 : place + 5]))
    assert missed == []


def test_lines_left_out_moved_or_doubled_are_seen(tmp_path: Path) -> None:
    counted(tmp_path, 1, 2, 3)
    path = tmp_path / "1.log"
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (
        [*lines[:2], *lines[3:]],
        [*lines[:1], lines[2], lines[1], *lines[3:]],
        [*lines[:2], *lines[1:]],
        lines[1:],
    ):
        path.write_bytes(b"".join(changed))
        assert read_logs([path]).problems


def test_a_count_made_anew_with_another_key_is_another_signer(tmp_path: Path) -> None:
    mine = counted(tmp_path / "mine", 1)
    forged = counted(tmp_path / "forged", 1)
    assert mine.signers != forged.signers


def test_without_the_package_a_local_secret_signs_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    found = counted(tmp_path, 1)
    assert found.signers[0].startswith("hmac-sha256 ")
    assert found.problems == []
    (tmp_path / "count.key").unlink()
    assert "local secret that is not here" in read_logs([tmp_path]).problems[0]


def test_many_that_begin_together_have_one_key(tmp_path: Path) -> None:
    keys: set[str] = set()
    threads = [
        threading.Thread(target=lambda: keys.add(count_key.load_or_make(tmp_path).public)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["count.key"]


@given(ids=st.sets(st.text(max_size=20), max_size=20), source=st.text(max_size=10))
def test_both_sides_compute_the_same_fingerprint(ids: set[str], source: str) -> None:
    arrivals = Arrivals(sources=[source], start_micros=0, end_micros=HOUR_MICROS)
    try:
        payloads = [
            json.dumps({"source": source, "id": one, "type": "t", "time": 1}, ensure_ascii=False).encode()
            for one in ids
        ]
    except UnicodeEncodeError:
        return
    arrivals.see(payloads)
    there = [(tally.events, tally.fingerprint) for tally in arrivals.tallies().values()]
    assert there == ([(len(ids), fingerprint(source, ids))] if ids else [])


def server_with(ids: dict[Group, set[str]]) -> Any:
    """A server that has these ids."""

    def ask(path: str, body: Any) -> Any:
        if path.endswith("/ids"):
            names = [Group(**one) for one in body["hours"]]
            return {"hours": [{**one._asdict(), "ids": sorted(ids.get(one, set()))} for one in names]}
        inside = {
            group: (len(some), fingerprint(group.source, some))
            for group, some in ids.items()
            if body["from"][:13] <= group.hour < body["to"][:13] and group.source in body["sources"]
        }
        said = {Group(*(one[f] for f in Group._fields)): (one["count"], one["hash"]) for one in body["hours"]}
        groups = {*inside, *said}
        nothing = (0, "0" * 64)
        differing = [one for one in groups if inside.get(one, nothing) != said.get(one, nothing)]
        return {
            "agreeing": len(groups) - len(differing),
            "differing": [
                {**one._asdict(), "count": inside.get(one, nothing)[0]} for one in sorted(differing)
            ],
        }

    return ask


def test_equal_sides_agree(tmp_path: Path) -> None:
    found = compare(counted(tmp_path, 1, 2), server_with({GROUP: {"1", "2"}}))
    assert found.agrees
    assert (found.groups, found.events) == (1, 2)


def test_differing_ids_are_named_on_both_sides(tmp_path: Path) -> None:
    other = GROUP._replace(type="u")
    found = compare(counted(tmp_path, 1, 2), server_with({GROUP: {"2", "3"}, other: {"9"}}))
    assert [(one.group.type, one.only_here, one.only_there) for one in found.differences] == [
        ("t", ["1"], ["3"]),
        ("u", [], ["9"]),
    ]


def test_an_hour_that_the_server_lacks_altogether_is_named(tmp_path: Path) -> None:
    found = compare(counted(tmp_path, 1, 2), server_with({}))
    assert [one.only_here for one in found.differences] == [["1", "2"]]


def test_refused_events_are_no_difference(tmp_path: Path) -> None:
    log = CountLog(tmp_path)
    log.note(event(1))
    log.note(event(2))
    log.note_refused([(event(2), "not_a_time")])
    log.close()
    found = compare(read_logs([tmp_path]), server_with({GROUP: {"1"}}))
    assert found.agrees
    assert found.refused == 1


def test_a_long_and_wide_count_is_compared_in_parts(tmp_path: Path) -> None:
    groups = {
        Group("app", f"who-{who}", "t", f"2026-{month:02d}-01T{hour:02d}"): {f"{who}-{month}-{hour}"}
        for who in range(30)
        for month in range(1, 8)
        for hour in range(0, 24, 3)
    }
    asked: list[str] = []
    answer = server_with(groups)

    def ask(path: str, body: Any) -> Any:
        asked.append(path)
        return answer(path, body)

    everything = Counted(dict(groups), {}, [], [], 0)
    found = compare(everything, ask)
    assert found.agrees
    assert (found.groups, found.events) == (1680, 1680)
    assert 5 < len(asked) < 20


def test_no_count_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_logs([tmp_path])
