"""Signing in to the console: a link that works once, and the session that it opens.

Sessions live in the memory of the server: they end when it stops. Clock and randomness are the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from steelyard.access.authorise import Refusal, RefusalCode
from steelyard.access.model import Principal, Session, SignInToken
from steelyard.access.secrets import SESSION_PREFIX, SIGN_IN_PREFIX, hash_secret, make_secret

SIGN_IN_LIFETIME: Final = timedelta(hours=1)
SESSION_LIFETIME: Final = timedelta(hours=12)
SESSIONS_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An opened session and the token for the person's cookie, which is kept nowhere else."""

    session: Session
    token: str


class Sessions:
    """The one-time links and the sessions that are open, by the hashes of their tokens.

    At most a thousand sessions are open; a further one ends the oldest.

    >>> from steelyard.access.model import Role, Scope
    >>> from steelyard.kernel import instant
    >>> now = instant("2026-11-01T00:00:00Z")
    >>> ada = Principal(key_id="key_1", name="ada", role=Role.OWNER, scopes=frozenset({Scope.OWNER}))
    >>> sessions = Sessions()
    >>> link = sessions.issue(ada, now, bytes(32))
    >>> signed_in = sessions.sign_in(link, now, bytes(32))
    >>> sessions.principal(signed_in.token, now).name, sessions.sign_in(link, now, bytes(32)).code.value
    ('ada', 'token_spent')
    """

    __slots__ = ("_links", "_open")

    def __init__(self) -> None:
        self._links: dict[str, SignInToken] = {}
        self._open: dict[str, Session] = {}

    def issue(self, principal: Principal, now: datetime, entropy: bytes) -> str:
        """A token that signs this principal in once, within the hour."""
        self._forget_ended(now)
        token = make_secret(SIGN_IN_PREFIX, entropy)
        digest = hash_secret(token)
        self._links[digest] = SignInToken(hash=digest, principal=principal, ends_at=now + SIGN_IN_LIFETIME)
        return token

    def sign_in(self, token: str, now: datetime, entropy: bytes) -> SignedIn | Refusal:
        """The session that a token opens; a token that was used, or is too old, opens none."""
        link = self._links.pop(hash_secret(token), None)
        if link is None or link.ends_at <= now:
            reason = "this sign-in link was used already or is too old; ask for another"
            return Refusal(code=RefusalCode.TOKEN_SPENT, reason=reason)
        return self.open(link.principal, now, entropy)

    def open(self, principal: Principal, now: datetime, entropy: bytes) -> SignedIn:
        """A new session of somebody who showed who they are in another way, such as by an API key."""
        self._forget_ended(now)
        while len(self._open) >= SESSIONS_MAX:
            del self._open[next(iter(self._open))]
        token = make_secret(SESSION_PREFIX, entropy)
        digest = hash_secret(token)
        session = Session(hash=digest, principal=principal, started_at=now, ends_at=now + SESSION_LIFETIME)
        self._open[digest] = session
        return SignedIn(session=session, token=token)

    def principal(self, token: str, now: datetime) -> Principal | Refusal:
        """Whose session this token is of."""
        session = self._open.get(hash_secret(token))
        if session is None or session.ends_at <= now:
            return Refusal(code=RefusalCode.SESSION_ENDED, reason="this session has ended; sign in again")
        return session.principal

    def end(self, token: str) -> None:
        """Ends a session; one that is not open is ended already."""
        self._open.pop(hash_secret(token), None)

    def end_of_key(self, key_id: str) -> None:
        """Ends every session and link that rests on a key, as when the key is revoked."""
        for digest in [d for d, session in self._open.items() if session.principal.key_id == key_id]:
            del self._open[digest]
        for digest in [d for d, link in self._links.items() if link.principal.key_id == key_id]:
            del self._links[digest]

    def _forget_ended(self, now: datetime) -> None:
        self._open = {digest: session for digest, session in self._open.items() if session.ends_at > now}
        self._links = {digest: link for digest, link in self._links.items() if link.ends_at > now}
