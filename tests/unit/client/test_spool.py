"""The spool: what was put in is there for the next process, whatever happens to this one and to the file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.client.courier import Left
from steelyard.client.segment import MAGIC, framed, parse
from steelyard.client.spool import SpoolQueue
from steelyard.client.waiting import QueueFullError
from tests.unit.client.conftest import Scripted, line


def spool(folder: Path, **options: int) -> SpoolQueue:
    return SpoolQueue(folder, **{"bytes_max": 1 << 20, **options})


def dead(folder: Path, *lines: bytes, **options: int) -> None:
    """Leave these events behind as a killed process does: files that nobody holds."""
    queue = spool(folder, **options)
    for one in lines:
        queue.put(one)
    queue.abandon()


def drained(queue: SpoolQueue) -> list[bytes]:
    queue.look_for_orphans(pytest.fail)
    found: list[bytes] = []
    while batch := queue.take(1000, 1 << 20):
        found += batch
        queue.settle()
    return found


def test_events_of_a_dead_process_are_adopted_once(tmp_path: Path) -> None:
    dead(tmp_path, line(1), line(2))
    dead(tmp_path, line(3))
    first, second = spool(tmp_path), spool(tmp_path)
    assert first.look_for_orphans(pytest.fail)
    assert not second.look_for_orphans(pytest.fail)
    assert first.adopted == first.events == 3
    assert drained(first) == [line(1), line(2), line(3)]
    assert list(tmp_path.iterdir()) == []


def test_a_living_process_keeps_its_files_to_itself(tmp_path: Path) -> None:
    living, other = spool(tmp_path), spool(tmp_path)
    living.put(line(1))
    other.put(line(2))
    assert drained(other) == [line(2)]
    assert drained(living) == [line(1)]


def test_what_was_settled_is_not_sent_again(tmp_path: Path) -> None:
    queue = spool(tmp_path)
    for number in range(5):
        queue.put(line(number))
    assert queue.take(2, 1 << 20) == [line(0), line(1)]
    assert queue.settle() == 2
    assert queue.take(2, 1 << 20) == [line(2), line(3)]
    queue.abandon()
    assert drained(spool(tmp_path)) == [line(2), line(3), line(4)]


def test_files_follow_one_another_and_go_when_nothing_waits_in_them(tmp_path: Path) -> None:
    queue = spool(tmp_path, segment_bytes=200)
    for number in range(40):
        queue.put(line(number))
    assert len(list(tmp_path.iterdir())) > 3
    assert drained(queue) == [line(number) for number in range(40)]
    assert queue.events == 0
    queue.close()
    assert list(tmp_path.iterdir()) == []


def test_it_is_bounded_and_says_so(tmp_path: Path) -> None:
    queue = spool(tmp_path, bytes_max=150)
    for number in range(4):
        queue.make_room(len(line(number)))
        queue.put(line(number))
    with pytest.raises(QueueFullError, match="wait in"):
        queue.make_room(len(line(5)))
    assert 0 < queue.size <= 150
    queue.take(1000, 1 << 20)
    queue.settle()
    queue.make_room(20)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    queue = spool(tmp_path / "new")
    queue.put(line(1))
    (path,) = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("cut", range(1, 33))
def test_a_file_cut_off_anywhere_in_its_last_event_keeps_the_others(tmp_path: Path, cut: int) -> None:
    dead(tmp_path, line(1), line(2))
    (path,) = tmp_path.iterdir()
    os.truncate(path, path.stat().st_size - cut)
    told: list[str] = []
    queue = spool(tmp_path)
    queue.look_for_orphans(told.append)
    assert queue.take(10, 1 << 20) == [line(1)]
    assert bool(told) == (cut < 32)


def test_every_flipped_bit_costs_one_event_at_most(tmp_path: Path) -> None:
    dead(tmp_path, line(1), line(2), line(3))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for place in range(len(MAGIC), len(whole)):
        spoiled = bytearray(whole)
        spoiled[place] ^= 1 << (place % 8)
        path.write_bytes(spoiled)
        told: list[str] = []
        queue = spool(tmp_path)
        queue.look_for_orphans(told.append)
        left = queue.take(10, 1 << 20)
        assert len(left) == 2
        assert set(left) < {line(1), line(2), line(3)}
        assert told
        queue.abandon()


@given(data=st.binary(max_size=300), lines=st.lists(st.binary(max_size=20), max_size=4))
def test_whatever_the_bytes_are_sound_records_are_found(data: bytes, lines: list[bytes]) -> None:
    data = data.replace(b"\xf5", b"")
    records = b"".join(framed(b"E", one) for one in lines)
    found = parse(data + records, 8, whole=True)
    assert [one for one, _ in found.events] == lines
    assert found.damaged == len(data)


def test_garbage_files_in_the_folder_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "0-garbage.spool").write_bytes(os.urandom(5000))
    (tmp_path / "1-empty.spool").touch()
    (tmp_path / "notes.txt").write_text("mine")
    dead(tmp_path, line(1))
    told: list[str] = []
    queue = spool(tmp_path)
    queue.look_for_orphans(told.append)
    assert queue.take(10, 1 << 20) == [line(1)]
    assert len(told) == 1
    assert (tmp_path / "notes.txt").exists()


def test_an_event_larger_than_a_batch_goes_alone(tmp_path: Path) -> None:
    queue = spool(tmp_path, bytes_max=1 << 24)
    large = b"x" * 900_000
    for one in (line(1), large, line(2)):
        queue.put(one)
    batches = [queue.take(10, 10_000)]
    while queue.settle() and queue.events:
        batches.append(queue.take(10, 10_000))
    assert batches == [[line(1)], [large], [line(2)]] or batches == [[line(1)], [large, line(2)]]


def test_a_full_disk_refuses_the_event_and_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = spool(tmp_path)
    queue.put(line(1))
    write = os.write
    monkeypatch.setattr(os, "write", lambda where, data: write(where, data[: len(data) // 2]))
    with pytest.raises(OSError, match="space"):
        queue.put(line(2))
    monkeypatch.undo()
    queue.put(line(3))
    assert queue.events == 2
    queue.abandon()
    assert drained(spool(tmp_path)) == [line(1), line(3)]


def test_the_courier_delivers_what_others_left_and_flush_waits_for_it(
    tmp_path: Path, server: Scripted
) -> None:
    dead(tmp_path, *(line(number) for number in range(10)))
    courier = server.courier(spool(tmp_path))
    courier.start()
    assert courier.flush(5)
    assert [one for batch in server.sent for one in batch] == [line(number) for number in range(10)]
    assert (courier.stats().adopted, courier.stats().tracked, courier.stats().settled) == (10, 0, 10)
    assert courier.close(1) == Left(0, kept=True)
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_delivered_waits_for_the_next_start(tmp_path: Path, server: Scripted) -> None:
    server.steps = [ConnectionRefusedError("gone")]
    courier = server.courier(spool(tmp_path))
    courier.put(line(1))
    left = courier.close(0.1)
    assert left == Left(1, kept=True)
    assert "next start" in str(left)
    server.steps = [server.steps[0]]
    assert drained(spool(tmp_path)) == [line(1)]
