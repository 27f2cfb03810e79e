"""Delivery against a scripted server: what is repeated, refused, waits, and is never lost."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from steelyard.client.courier import ClosedError, Left
from steelyard.client.transport import Answer
from steelyard.client.waiting import MemoryQueue, QueueFullError
from tests.unit.client.conftest import STORED, Scripted, line, refusing


def test_events_arrive_in_order_and_in_batches(server: Scripted) -> None:
    courier = server.courier(batch_events=3, flush_seconds=30)
    for number in range(7):
        courier.put(line(number))
    assert courier.flush(5)
    assert [one for batch in server.sent for one in batch] == [line(number) for number in range(7)]
    assert max(map(len, server.sent)) == 3
    assert courier.stats().settled == 7
    assert not courier.close(5)


def test_a_batch_leaves_when_it_has_enough_bytes_or_has_waited_enough(server: Scripted) -> None:
    courier = server.courier(batch_bytes=60, flush_seconds=30)
    for number in range(4):
        courier.put(line(number))
    until(lambda: len(server.sent) >= 1)
    assert all(len(b"".join(batch)) <= 60 for batch in server.sent)
    courier.close(5)
    quick = server.courier(flush_seconds=0.05)
    quick.put(line(9))
    until(lambda: server.sent[-1] == [line(9)])
    quick.close(5)


@pytest.mark.parametrize(
    "failure",
    [
        Answer(500, {}, b""),
        Answer(503, {"retry-after": "0"}, b'{"code": "too_busy", "detail": "wait"}'),
        Answer(429, {}, b"not even JSON"),
        Answer(401, {}, b'{"code": "unauthenticated"}'),
        Answer(404, {}, b"<html>a proxy</html>"),
        Answer(409, {}, b'{"code": "conflict"}'),
        ConnectionRefusedError("nobody there"),
    ],
)
def test_what_is_not_about_the_events_is_tried_again(server: Scripted, failure: object) -> None:
    server.steps = [failure, failure, STORED]
    courier = server.courier()
    courier.put(line(1))
    assert courier.flush(5)
    assert server.sent == [[line(1)]] * 3
    assert [trouble.attempt for trouble in server.troubles] == [1, 2]
    assert courier.stats() == courier.stats()._replace(failures=2, settled=1, refused=0, trouble=None)
    courier.close(1)


def test_retry_after_is_kept_even_when_someone_flushes(server: Scripted) -> None:
    server.steps = [Answer(429, {"retry-after": "1"}, b""), STORED]
    courier = server.courier()
    courier.put(line(1))
    until(lambda: bool(server.troubles))
    began = time.monotonic()
    assert courier.flush(5)
    assert time.monotonic() - began > 0.8
    courier.close(1)


def test_refused_events_are_told_with_their_reason_and_not_sent_again(server: Scripted) -> None:
    server.steps = [refusing(line(1), line(3))]
    courier = server.courier(flush_seconds=30)
    for number in range(5):
        courier.put(line(number))
    assert courier.flush(5)
    assert len(server.sent) == 1
    assert [(one.event["id"], one.code, one.field) for one in server.refused] == [
        ("1", "not_a_time", "time"),
        ("3", "not_a_time", "time"),
    ]
    assert (courier.stats().settled, courier.stats().refused) == (5, 2)
    courier.close(1)


def test_one_event_that_spoils_its_batch_is_found_by_halving(server: Scripted) -> None:
    def read_all_or_nothing(lines: Sequence[bytes]) -> Answer:
        return Answer(400, {}, b'{"code": "not_readable", "detail": "no"}') if line(6) in lines else STORED

    server.steps = [read_all_or_nothing]
    courier = server.courier(flush_seconds=30)
    for number in range(10):
        courier.put(line(number))
    assert courier.flush(5)
    assert [(one.event["id"], one.code) for one in server.refused] == [("6", "not_readable")]
    stored = [one for batch in server.sent if line(6) not in batch for one in batch]
    assert sorted(stored) == [line(number) for number in range(10) if number != 6]
    courier.close(1)


def test_a_refusal_that_names_no_event_of_ours_is_not_believed_of_all(server: Scripted) -> None:
    odd = {"code": "events_refused", "errors": [{"index": 99, "code": "x", "message": "?"}]}

    def answer(lines: Sequence[bytes]) -> Answer:
        return Answer(422, {}, json.dumps(odd).encode()) if len(lines) > 1 else STORED

    server.steps = [answer]
    courier = server.courier(flush_seconds=30)
    for number in range(3):
        courier.put(line(number))
    assert courier.flush(5)
    assert (courier.stats().settled, courier.stats().refused) == (3, 0)
    courier.close(1)


def test_a_full_queue_blocks_until_there_is_room(server: Scripted) -> None:
    server.gate.clear()
    courier = server.courier(waiting_events=2)
    courier.put(line(1))
    courier.put(line(2))
    third = threading.Thread(target=courier.put, args=(line(3),))
    third.start()
    time.sleep(0.05)
    assert third.is_alive()
    server.gate.set()
    third.join(5)
    assert courier.flush(5)
    assert courier.stats().tracked == courier.stats().settled == 3
    courier.close(1)


def test_a_full_queue_raises_where_that_was_chosen_or_patience_ends(server: Scripted) -> None:
    server.gate.clear()
    choices: list[dict[str, Any]] = [{"when_full": "raise"}, {"block_seconds": 0.05}]
    for limits in choices:
        courier = server.courier(waiting_bytes=100, **limits)
        courier.put(line(1))
        with pytest.raises(QueueFullError):
            courier.put(line(2))
        assert courier.stats().tracked == 1
    server.gate.set()


def test_closing_says_what_is_left_and_takes_nothing_more(server: Scripted) -> None:
    server.steps = [ConnectionRefusedError("gone")]
    courier = server.courier()
    courier.put(line(1))
    courier.put(line(2))
    began = time.monotonic()
    assert courier.close(0.2) == Left(2, kept=False)
    assert time.monotonic() - began < 2
    with pytest.raises(ClosedError):
        courier.put(line(3))
    assert courier.close(0.2) == Left(2, kept=False)
    assert not courier.flush(0.1)


def test_flushing_from_many_threads_loses_nothing(server: Scripted) -> None:
    courier = server.courier(batch_events=7)

    def work(first: int) -> None:
        for number in range(first, first + 200):
            courier.put(line(number))
            if number % 50 == 0:
                assert courier.flush(10)

    threads = [threading.Thread(target=work, args=(1000 * one,)) for one in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert courier.flush(10)
    sent = [one for batch in server.sent for one in batch]
    assert len(sent) == len(set(sent)) == 1200
    courier.close(1)


def until(is_so: object, seconds: float = 5.0) -> None:
    """Wait until it is so."""
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.005)


class Interrupting:
    """A queue into which a signal handler or a finalizer puts an event while another is being put."""

    def __init__(self, inner: MemoryQueue) -> None:
        self.inner, self.interrupt = inner, list[Any]()

    def __getattr__(self, name: str) -> Any:
        if name in ("put", "take", "settle") and self.interrupt:
            self.interrupt.pop()()
        return getattr(self.inner, name)


def test_code_that_interrupts_the_client_may_track_too(server: Scripted) -> None:
    queue: Any = Interrupting(MemoryQueue(events_max=100, bytes_max=10_000))
    courier = server.courier(queue)
    queue.interrupt = [lambda number=number: courier.put(line(number)) for number in range(10, 16)]
    for number in range(6):
        courier.put(line(number))
    assert courier.flush(5)
    assert courier.flush(5)
    sent = sorted(one for batch in server.sent for one in batch)
    assert sent == sorted(line(number) for number in (*range(6), *range(10, 16)))
    courier.close(1)


def test_a_signal_handler_may_track_at_any_moment(server: Scripted) -> None:
    courier = server.courier(waiting_events=1_000_000)
    caught: list[int] = []

    def handler(number: int, frame: object) -> None:
        caught.append(number)
        courier.put(b"s%d" % len(caught))

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        for number in range(20_000):
            courier.put(line(number))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert courier.flush(10)
    assert courier.flush(10)
    assert len(caught) > 10
    sent = [one for batch in server.sent for one in batch]
    assert len(sent) == len(set(sent)) == 20_000 + len(caught)
    courier.close(1)
