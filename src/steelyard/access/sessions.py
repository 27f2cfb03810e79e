"""Sessions: somebody is signed in, until they sign out, the time is over, or their rights end.

A session lies in the state, so that it survives a restart, but only as the hash of its token. What its person
may do is looked up anew at each request: a change of roles holds at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from steelyard.access.secrets import SESSION_PREFIX, hash_secret, make_secret
from steelyard.kernel import NotFound, make_id
from steelyard.record import WORKSPACE_CHAIN, Expect, Kind, Save, State, Write
from steelyard.record.model import Batch
from steelyard.record.planned import Planned, saving
from steelyard.record.telling import telling

SESSION_LIFETIME: Final = timedelta(hours=12)
SESSIONS_MAX: Final = 20
CLOCK_SLACK: Final = timedelta(minutes=5)
"""How far a clock may be set back without a session's end."""

LINK_OWNER: Final = "owner"
"""Who is signed in by the link that the server prints: whoever started it."""


class Opened(StrEnum):
    """How somebody showed who they are."""

    PASSWORD = "password"
    INVITATION = "invitation"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in person (or the owner, by a printed link); `hash` is the SHA-256 of the token."""

    id: str
    hash: str
    by: str
    opened: Opened
    started_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None

    def live_at(self, moment: datetime) -> bool:
        """Whether the session is neither ended nor over at the moment.

        One that began long after the moment was opened while a clock ran ahead: it would last too long.
        """
        return self.ended_at is None and self.started_at - CLOCK_SLACK <= moment < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session to be opened: its token (nowhere else, never again), and what to write."""

    session: Session
    token: str = dataclasses.field(repr=False)
    write: Write


def open_session(
    by: str, opened: Opened, *, at: datetime, entropy: bytes, others: Iterable[Session] = ()
) -> SignedIn:
    """The plan that signs somebody in; `entropy` is 48 random bytes.

    `others` are the sessions that they have open: beyond twenty the oldest end.

    >>> from steelyard.kernel import instant
    >>> signed = open_session("person_1", Opened.LINK, at=instant("2026-11-01T00:00:00Z"), entropy=bytes(48))
    >>> signed.token[:5], signed.session.hash == hash_secret(signed.token), signed.write.entry_count
    ('se_AA', True, 1)
    """
    token = make_secret(SESSION_PREFIX, entropy[:32])
    session = Session(
        id=make_id("ses", at, entropy[32:]),
        hash=hash_secret(token),
        by=by,
        opened=opened,
        started_at=at,
        ends_at=at + SESSION_LIFETIME,
    )
    live = sorted((one for one in others if one.live_at(at)), key=lambda one: one.started_at)
    ended = [dataclasses.replace(one, ended_at=at) for one in live[: max(0, len(live) - SESSIONS_MAX + 1)]]
    records = [session, *ended]
    payloads = [telling(one) for one in records]
    batch = Batch(kind=Kind.ACCESS, customers=[WORKSPACE_CHAIN] * len(records), payloads=payloads)
    rows = tuple(Save(record=one, told_by=place) for place, one in enumerate(records))
    expect = (Expect(type=Session, key=session.id, version=None),)
    return SignedIn(session=session, token=token, write=Write(batches=(batch,), rows=rows, expect=expect))


def end_session(state: State, id: str, *, by: str, at: datetime) -> Planned[Session]:
    """The plan that ends a session of this person; one that has ended stays so.

    Raises NotFound for an unknown session, or another person's.
    """
    version = state.version(Session, id)
    session = state.get(Session, id)
    if session is None or session.by != by:
        raise NotFound(f"you have no session {id[:60]!r}", code="unknown_session")
    if not session.live_at(at):
        return Planned(record=session, write=None)
    ended = dataclasses.replace(session, ended_at=at)
    return Planned(record=ended, write=saving(Kind.ACCESS, WORKSPACE_CHAIN, ended, id, version))


def end_all(sessions: Iterable[Session], *, at: datetime, but: str = "") -> Write | None:
    """The write that ends these sessions but one; None where none of them is live."""
    ended = [dataclasses.replace(one, ended_at=at) for one in sessions if one.live_at(at) and one.id != but]
    if not ended:
        return None
    payloads = [telling(one) for one in ended]
    batch = Batch(kind=Kind.ACCESS, customers=[WORKSPACE_CHAIN] * len(ended), payloads=payloads)
    rows = tuple(Save(record=one, told_by=place) for place, one in enumerate(ended))
    return Write(batches=(batch,), rows=rows)
