"""Access: who asks, and what they may do.

Owns: scopes, API keys, principals, console sessions and one-time sign-in tokens.
Does not own: what is being asked for; how a request carries its key.

Invariants: a secret is shown once and kept nowhere, only its SHA-256 is; a key is revoked, never deleted,
so that the record can always say whose key did something.
"""

from steelyard.access.model import ApiKey, Principal, Role, Scope, Session, SignInToken

__all__ = ["ApiKey", "Principal", "Role", "Scope", "Session", "SignInToken"]
