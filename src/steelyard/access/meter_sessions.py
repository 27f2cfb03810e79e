"""Tokens that stand for an API key for a few minutes, and with which nothing but events can be sent.

A token names its key and when it ends, under a code that only this process can make: nothing is kept, and a
token means nothing after a restart.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from steelyard.access.authorise import Refusal, RefusalCode, principal_of
from steelyard.access.model import ApiKey, Principal, Scope

METER_SESSION_PREFIX: Final = "mes_"
LASTS: Final = timedelta(minutes=15)


def session_token(secret: bytes, key_id: str, until: datetime) -> str:
    """The token of a key until a moment.

    >>> session_token(bytes(32), "key_1", datetime(2026, 11, 1, tzinfo=UTC))[:21]
    'mes_1793491200.key_1.'
    """
    said = f"{int(until.timestamp())}.{key_id}"
    return f"{METER_SESSION_PREFIX}{said}.{_code(secret, said)}"


def session_principal(
    secret: bytes, token: str, now: datetime, find: Callable[[str], ApiKey | None]
) -> Principal | Refusal:
    """Who asks with a token: its key, as far as that may send events; `find` looks a key up by its id."""
    said, _, code = token.removeprefix(METER_SESSION_PREFIX).rpartition(".")
    if not hmac.compare_digest(_code(secret, said).encode(), code.encode("utf-8", "surrogatepass")):
        return Refusal(code=RefusalCode.UNKNOWN_KEY, reason="this session is not known here; make a new one")
    until, _, key_id = said.partition(".")
    key = find(key_id)
    if key is None or not key.live_at(now) or now >= datetime.fromtimestamp(int(until), UTC):
        return Refusal(code=RefusalCode.KEY_EXPIRED, reason="this session has ended; make a new one")
    asker = principal_of(key)
    allowed = frozenset({Scope.EVENTS_WRITE}) if asker.may(Scope.EVENTS_WRITE) else frozenset[Scope]()
    return replace(asker, scopes=allowed)


def _code(secret: bytes, said: str) -> str:
    return hmac.digest(secret, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
