"""Who is signed in to the console: one-time links of the owner, and sessions behind a narrow port.

A running server keeps sessions in its workspace's state, so that a restart signs nobody out; a console over
files keeps them in memory. Either way only hashes are kept. Clock and randomness come from outside.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from steelyard.access import (
    LINK_OWNER,
    LINKED_OWNER,
    SESSION_LIFETIME,
    Doer,
    Opened,
    Principal,
    Refusal,
    SignInToken,
    end_session,
)

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

COOKIE = "steelyard_session"
LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = SESSION_LIFETIME
SESSIONS_MAX = 1000


def _now() -> datetime:
    return datetime.now(UTC)


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Keeping(Protocol):
    """Where sessions are kept."""

    def start(self, now: datetime) -> str:
        """The secret of a new session of the owner, whose link was good."""
        ...

    def principal(self, secret: str, now: datetime) -> Principal | None:
        """Who the session belongs to; None when it is unknown or over."""
        ...

    def end(self, secret: str, now: datetime) -> None:
        """Ends a session; one that is over stays so."""
        ...


@dataclass(slots=True)
class InMemory:
    """Sessions of a console over files: gone when the process is."""

    secret: Callable[[], str] = _secret
    _open: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def start(self, now: datetime) -> str:
        """The secret of a new session of the owner."""
        living = sorted((ends, digest) for digest, ends in self._open.items() if ends > now)
        self._open = {digest: ends for ends, digest in living[-(SESSIONS_MAX - 1) :]}
        secret = self.secret()
        self._open[_hash(secret)] = now + SESSION_LASTS
        return secret

    def principal(self, secret: str, now: datetime) -> Principal | None:
        """The owner, while the session lasts."""
        ends = self._open.get(_hash(secret))
        return LINKED_OWNER if ends is not None and ends > now else None

    def end(self, secret: str, now: datetime) -> None:
        """Ends a session."""
        self._open.pop(_hash(secret), None)


@dataclass(frozen=True, slots=True)
class InState:
    """Sessions in the state of an open workspace."""

    workspace: Workspace

    def start(self, now: datetime) -> str:
        """The secret of a new session of the owner."""
        doer = Doer(by=LINKED_OWNER.key_id, did="sessions.create", about="/console/sign-in")
        return self.workspace.door.opened(LINK_OWNER, Opened.LINK, now, doer).token

    def principal(self, secret: str, now: datetime) -> Principal | None:
        """Whose session it is, with the roles that they have now."""
        found = self.workspace.roster.principal(secret, now)
        return None if isinstance(found, Refusal) else found

    def end(self, secret: str, now: datetime) -> None:
        """Ends a session; the record says so."""
        session = self.workspace.roster.session(secret, now)
        if isinstance(session, Refusal):
            return
        planned = end_session(self.workspace.state, session.id, by=session.by, at=now)
        if planned.write is not None:
            by = LINKED_OWNER.key_id if session.by == LINK_OWNER else session.by
            doer = Doer(by=by, did="sessions.end", about="/console/sign-out")
            self.workspace.door.done(planned.write, doer, now)


@dataclass(slots=True)
class Sessions:
    """The signed-in people of one console, and the owner's links, which a restart forgets."""

    clock: Callable[[], datetime] = _now
    secret: Callable[[], str] = _secret
    kept: Keeping = field(default_factory=InMemory)
    _links: dict[str, SignInToken] = field(default_factory=dict[str, SignInToken])

    def link(self) -> str:
        """A token that signs the owner in once, within a day."""
        token = self.secret()
        ends = self.clock() + LINK_LASTS
        self._links[_hash(token)] = SignInToken(hash=_hash(token), principal=LINKED_OWNER, ends_at=ends)
        return token

    def redeem(self, token: str) -> str | None:
        """The session's secret for a token that is good, once; None for any other.

        >>> sessions = Sessions()
        >>> token = sessions.link()
        >>> sessions.redeem(token) is None, sessions.redeem(token) is None
        (False, True)
        """
        link = self._links.pop(_hash(token), None)
        if link is None or link.ends_at <= self.clock():
            return None
        return self.kept.start(self.clock())

    def principal(self, secret: str) -> Principal | None:
        """Who the session belongs to; None when it is unknown or over."""
        return self.kept.principal(secret, self.clock()) if secret else None

    def end(self, secret: str) -> None:
        """Sign out."""
        if secret:
            self.kept.end(secret, self.clock())
