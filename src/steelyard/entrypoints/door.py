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
from time import time_ns
from typing import Final, Protocol

from steelyard.access import (
    Cost,
    Credential,
    Doer,
    Opened,
    Person,
    Roster,
    SignedIn,
    Throttle,
    Tries,
    hash_secret,
    is_right,
    open_session,
    person_of,
    plain_email,
    signed,
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
_PERSON: Final = "person:"
_ADDRESS: Final = "address:"


class TooManyTries(Unavailable):
    """Somebody guesses; `headers` say when the next try is heard."""

    def __init__(self, wait_seconds: int) -> None:
        message = f"too many tries; the next one is heard in {wait_seconds} s"
        super().__init__(message, code="too_many_tries")
        self.headers = {"retry-after": str(wait_seconds)}


class KeptTries(Protocol):
    """Where tries outlive the process."""

    def all(self) -> dict[str, Tries]:
        """What is kept, the oldest first."""
        ...

    def keep(self, name: str, tries: Tries | None) -> None:
        """Keeps these tries under the name, or none any more."""
        ...


class Door:
    """Who comes in to one open workspace."""

    def __init__(
        self,
        state: State,
        writer: RecordWriter,
        roster: Roster,
        cost: Cost = COST,
        kept: KeptTries | None = None,
    ) -> None:
        self.cost = cost
        self._state, self._writer, self._roster, self._kept = state, writer, roster, kept
        known = kept.all() if kept is not None else {}
        self._people = Throttle(free=FREE_TRIES, known=_named(known, _PERSON))
        self._addresses = Throttle(free=FREE_TRIES_OF_AN_ADDRESS, known=_named(known, _ADDRESS))
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
        doer = Doer(by=person.id, did="sessions.create", about="/api/v1/sessions")
        return person, self.opened(person.id, Opened.PASSWORD, now, doer)

    def opened(self, by: str, how: Opened, now: datetime, doer: Doer, also: Write | None = None) -> SignedIn:
        """A new session, written together with what made somebody a person, and with who did it."""
        others = self._roster.open_sessions(by, now)
        opened = open_session(by, how, at=now, entropy=secrets.token_bytes(48), others=others)
        write = together([also, opened.write])
        assert write is not None, "a session is written"
        self.done(write, doer, now)
        return opened

    def done(self, write: Write, doer: Doer, now: datetime) -> None:
        """Carries out a write of somebody who comes or goes; the record says who."""
        self._writer.submit(signed(write, doer.deed(now, secrets.token_bytes(10)))).result()

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
        now = time_ns() // 1000
        with self._lock:
            for throttle, kind, name in self._counted(email, client):
                wait = throttle.attempt(name, now)
                if wait:
                    raise TooManyTries(wait)
                self._keep(kind + name, throttle.tries(name))

    def trusted(self, email: str, client: str) -> None:
        """Forgets the tries of somebody who showed who they are."""
        with self._lock:
            for throttle, kind, name in self._counted(email, client):
                throttle.succeeded(name)
                self._keep(kind + name, None)

    def _counted(self, email: str, client: str) -> list[tuple[Throttle, str, str]]:
        """Whose tries these are: of where they come from, and of the address they name."""
        both = ((self._addresses, _ADDRESS, client), (self._people, _PERSON, email))
        return [(throttle, kind, hash_secret(name)) for throttle, kind, name in both if name]

    def _keep(self, name: str, tries: Tries | None) -> None:
        if self._kept is not None:
            self._kept.keep(name, tries)


def _named(known: dict[str, Tries], kind: str) -> dict[str, Tries]:
    return {name.removeprefix(kind): tries for name, tries in known.items() if name.startswith(kind)}
