"""Who is signed in: one-time links and sessions, in memory, hashed, with an end.

A restart signs everybody out, which costs a person one look at the terminal; nothing that opens the console
lies on disk. Clock and randomness come from outside, so that the rules can be tested.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from steelyard.access import Principal, Role, Scope, Session, SignInToken

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(hours=12)
SESSIONS_MAX = 1000

OWNER = Principal(key_id="console", name="owner", role=Role.OWNER, scopes=frozenset({Scope.OWNER}))


def _now() -> datetime:
    return datetime.now(UTC)


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(slots=True)
class Sessions:
    """The signed-in people of one running server."""

    clock: Callable[[], datetime] = _now
    secret: Callable[[], str] = _secret
    _links: dict[str, SignInToken] = field(default_factory=dict[str, SignInToken])
    _open: dict[str, Session] = field(default_factory=dict[str, Session])

    def link(self, principal: Principal = OWNER) -> str:
        """A token that signs in once, within a day."""
        token = self.secret()
        kept = SignInToken(hash=_hash(token), principal=principal, ends_at=self.clock() + LINK_LASTS)
        self._links[kept.hash] = kept
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
        return self.start(link.principal)

    def start(self, principal: Principal) -> str:
        """The secret of a new session for somebody whose right is proven already."""
        self._sweep()
        secret, now = self.secret(), self.clock()
        session = Session(
            hash=_hash(secret), principal=principal, started_at=now, ends_at=now + SESSION_LASTS
        )
        self._open[session.hash] = session
        return secret

    def principal(self, secret: str) -> Principal | None:
        """Who the session belongs to; None when it is unknown or over."""
        session = self._open.get(_hash(secret)) if secret else None
        return session.principal if session and session.ends_at > self.clock() else None

    def end(self, secret: str) -> None:
        """Sign out."""
        self._open.pop(_hash(secret), None)

    def _sweep(self) -> None:
        now = self.clock()
        living = [session for session in self._open.values() if session.ends_at > now]
        newest = sorted(living, key=lambda session: session.started_at)[-(SESSIONS_MAX - 1) :]
        self._open = {session.hash: session for session in newest}
