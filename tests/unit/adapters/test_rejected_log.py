"""Refused events are kept for people to see: the newest of them in detail, all of them by number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from steelyard.adapters.sqlite import RejectedLog
from steelyard.adapters.sqlite.rejected import COUNTED_DAYS, KEPT_MAX
from steelyard.metering import Rejection

HOUR = 3_600_000_000


def refused(number: int, *, at: int = 0, code: str = "missing_field", type: str = "llm") -> Rejection:
    return Rejection(at=at, code=code, field="id", message=f"number {number}", type=type, key="key_1")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RejectedLog]:
    opened = RejectedLog(tmp_path / "quality.sqlite")
    yield opened
    opened.close()


def test_what_is_noted_can_be_listed_at_once_newest_first(log: RejectedLog) -> None:
    log.note([refused(1), refused(2, code="too_deep")])
    assert [one.message for one in log.newest(limit=10)] == ["number 2", "number 1"]
    assert [one.message for one in log.newest(limit=10, code="too_deep")] == ["number 2"]
    assert [one.message for one in log.newest(limit=10, before=2)] == ["number 1"]
    assert log.newest(limit=10, type="other") == []


def test_only_the_newest_are_kept_but_all_are_counted(log: RejectedLog) -> None:
    for start in range(0, KEPT_MAX + 500, 500):
        log.note([refused(number) for number in range(start, start + 500)])
    found = log.newest(limit=KEPT_MAX + 1)
    assert len(found) == KEPT_MAX
    assert found[0].message == f"number {KEPT_MAX + 499}"
    assert log.counts() == {("missing_field", "llm"): KEPT_MAX + 500}


def test_refusals_that_are_not_kept_in_detail_are_counted(log: RejectedLog) -> None:
    log.note([refused(1)], more=8999)
    assert log.counts() == {("missing_field", "llm"): 9000}


def test_old_counts_go_and_a_period_can_be_asked_for(log: RejectedLog) -> None:
    log.note([refused(1, at=0)])
    log.flush()
    log.note([refused(2, at=5 * HOUR, code="too_deep")])
    assert log.counts(since=2 * HOUR) == {("too_deep", "llm"): 1}
    log.note([refused(3, at=(24 * COUNTED_DAYS + 1) * HOUR)])
    assert log.counts() == {("missing_field", "llm"): 1, ("too_deep", "llm"): 1}


def test_a_flood_of_made_up_types_does_not_grow_the_counts_without_bound(log: RejectedLog) -> None:
    log.note([refused(number, type=f"made-up-{number}") for number in range(5000)])
    assert len(log.counts()) <= 202
    assert sum(log.counts().values()) == 5000


def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    first = RejectedLog(tmp_path / "quality.sqlite")
    first.note([refused(1), Rejection(at=0, code="x", field="", message="half \ud800 a pair")])
    first.close()
    second = RejectedLog(tmp_path / "quality.sqlite")
    assert [one.message for one in second.newest(limit=5)] == ["half ? a pair", "number 1"]
    second.close()


def test_a_damaged_file_is_begun_anew_and_keeps_nobody_from_working(tmp_path: Path) -> None:
    path = tmp_path / "quality.sqlite"
    path.write_bytes(b"this is no database, and it is long enough to be looked at" * 100)
    log = RejectedLog(path)
    log.note([refused(1)])
    assert len(log.newest(limit=5)) == 1
    log.close()


def test_a_file_that_cannot_be_written_costs_only_the_list(tmp_path: Path) -> None:
    log = RejectedLog(tmp_path / "quality.sqlite")
    with sqlite3.connect(tmp_path / "quality.sqlite") as other:
        other.execute("DROP TABLE rejected_count")
        other.commit()
    log.note([refused(1)])
    assert log.newest(limit=5) == []
    log.close()


def test_what_is_kept_of_a_subject_can_be_erased_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "quality.sqlite"
    log = RejectedLog(path)
    about = Rejection(at=0, code="x", field="", message="m", subject="ada", item="what ada sent")
    unread = Rejection(at=0, code="x", field="", message="m", item='{"subject": "ada", "secret": 1')
    other = Rejection(at=0, code="x", field="", message="m", subject="adam", item='{"subject": "adam"}')
    log.note([about, unread, other])
    log.forget(["ada", "nobody"])
    assert [one.subject for one in log.newest(limit=5)] == ["adam"]
    log.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"secret" not in left
    assert b"what ada sent" not in left
