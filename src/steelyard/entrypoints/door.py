"""The door of a running server: signing in by password or invitation, slowed down for who guesses.

Judging a password costs 32 MiB and a quarter of a second, so only two are judged at once; who would have to
wait too long is told to come back.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic_ns
from typing import Final

from steelyard.access import (
    Cost,
    Credential,
    Opened,
    Person,
    Roster,
    SignedIn,
    Throttle,
    hash_secret,
    is_right,
    open_session,
    person_of,
    plain_email,
)
from steelyard.access.passwords import COST, LENGTH_MAX
from steelyard.kernel import InvalidInput, Unavailable
from steelyard.record import State, Write
from steelyard.record.planned import together
from steelyard.record.ports import RecordWriter

FREE_TRIES: Final = 5
FREE_TRIES_OF_AN_ADDRESS: Final = 50
_AT_ONCE: Final = 2
_PATIENCE_SECONDS: Final = 10.0


class TooManyTries(Unavailable):
    """Somebody guesses; `headers` say when the next try is heard."""

    def __init__(self, wait_seconds: int) -> None:
        message = f"too many tries; the next one is heard in {wait_seconds} s"
        super().__init__(message, code="too_many_tries")
        self.headers = {"retry-after": str(wait_seconds)}


class Door:
    """Who comes in to one open workspace."""

    def __init__(self, state: State, writer: RecordWriter, roster: Roster, cost: Cost = COST) -> None:
        self.cost = cost
        self._state, self._writer, self._roster = state, writer, roster
        self._people = Throttle(free=FREE_TRIES)
        self._addresses = Throttle(free=FREE_TRIES_OF_AN_ADDRESS)
        self._judging = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()

    def sign_in(self, *, email: str, password: str, client: str, now: datetime) -> tuple[Person, SignedIn]:
        """A new session for whoever has this address and password.

        Raises InvalidInput `wrong_password` for a wrong one, and the same after the same time where nobody
        has the address; TooManyTries for who guessed too often.
        """
        plain = plain_email(email)
        self.heard(plain, client)
        person = person_of(self._state, plain)
        works = person is not None and person.left_at is None
        kept = self._state.get(Credential, person.id) if works and person else None
        if not self.is_right(kept, password) or person is None:
            raise InvalidInput("this address and password do not go together", code="wrong_password")
        self.trusted(plain, client)
        return person, self.opened(person.id, Opened.PASSWORD, now)

    def opened(self, by: str, how: Opened, now: datetime, also: Write | None = None) -> SignedIn:
        """A new session, written together with what made somebody a person."""
        others = self._roster.open_sessions(by, now)
        opened = open_session(by, how, at=now, entropy=secrets.token_bytes(48), others=others)
        write = together([also, opened.write])
        assert write is not None, "a session is written"
        self._writer.submit(write).result()
        return opened

    def is_right(self, credential: Credential | None, password: str) -> bool:
        """Whether this is the password; raises Unavailable `too_busy` where too many are judged already."""
        with self.judging():
            return is_right(credential, password[: LENGTH_MAX + 1], self.cost)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Room for one more hash of a password; raises Unavailable `too_busy` where there is none."""
        if not self._judging.acquire(timeout=_PATIENCE_SECONDS):
            raise Unavailable("too many sign in at once; try again", code="too_busy")
        try:
            yield
        finally:
            self._judging.release()

    def heard(self, email: str, client: str) -> None:
        """Counts a try before it is judged; raises TooManyTries where it must wait."""
        now = monotonic_ns() // 1000
        with self._lock:
            for throttle, key in ((self._addresses, client), (self._people, hash_secret(email))):
                wait = throttle.attempt(key, now) if key else 0
                if wait:
                    raise TooManyTries(wait)

    def trusted(self, email: str, client: str) -> None:
        """Forgets the tries of somebody who showed who they are."""
        with self._lock:
            self._people.succeeded(hash_secret(email))
            self._addresses.succeeded(client)
