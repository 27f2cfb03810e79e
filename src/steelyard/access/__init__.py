"""Access: who asks, and what they may do.

Owns: scopes, API keys and how much they may send, principals, console sessions and one-time sign-in tokens.
Does not own: what is being asked for; how a request carries its key.

Invariants: a secret is shown once and kept nowhere, only its SHA-256 is; a key is revoked, never deleted,
so that the record can always say whose key did something.
"""

from steelyard.access.authorise import Allowed, Refusal, RefusalCode, authenticate, authorise, principal_of
from steelyard.access.keyring import KeyRing
from steelyard.access.model import ApiKey, Principal, Role, Scope, Session, SignInToken
from steelyard.access.rate_limit import Bucket, RateLimit, Taken, full_bucket, take
from steelyard.access.secrets import hash_secret
from steelyard.access.service import CreatedKey, RevokedKey, create_key, create_owner_key, revoke_key
from steelyard.access.sessions import SESSION_LIFETIME, SIGN_IN_LIFETIME, Sessions, SignedIn

__all__ = [
    "SESSION_LIFETIME",
    "SIGN_IN_LIFETIME",
    "Allowed",
    "ApiKey",
    "Bucket",
    "CreatedKey",
    "KeyRing",
    "Principal",
    "RateLimit",
    "Refusal",
    "RefusalCode",
    "RevokedKey",
    "Role",
    "Scope",
    "Session",
    "Sessions",
    "SignInToken",
    "SignedIn",
    "Taken",
    "authenticate",
    "authorise",
    "create_key",
    "create_owner_key",
    "full_bucket",
    "hash_secret",
    "principal_of",
    "revoke_key",
    "take",
]
