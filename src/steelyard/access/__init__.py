"""Access: who asks, and what they may do.

Owns: people and their roles, scopes, API keys and how much they may send, principals, sessions, reviews.
Does not own: what is being asked for or agreed to; how a request carries its key.

Invariants: a secret is shown once and kept nowhere, only its SHA-256 is; a key is revoked, never deleted,
so that the record can always say whose key did something.
"""

from steelyard.access.authorise import Allowed, Refusal, RefusalCode, authenticate, authorise, principal_of
from steelyard.access.keyring import KeyRing
from steelyard.access.model import ApiKey, Principal, Role, Scope, Session, SignInToken
from steelyard.access.people import Person
from steelyard.access.rate_limit import Bucket, RateLimit, Taken, full_bucket, take
from steelyard.access.reviewing import NewReview, answer_review, request_review
from steelyard.access.reviews import (
    Review,
    ReviewAnswer,
    ReviewRefusal,
    ReviewRefusalCode,
    ReviewStatus,
    Standing,
    consent,
    review_status,
    standings,
)
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
    "NewReview",
    "Person",
    "Principal",
    "RateLimit",
    "Refusal",
    "RefusalCode",
    "Review",
    "ReviewAnswer",
    "ReviewRefusal",
    "ReviewRefusalCode",
    "ReviewStatus",
    "RevokedKey",
    "Role",
    "Scope",
    "Session",
    "Sessions",
    "SignInToken",
    "SignedIn",
    "Standing",
    "Taken",
    "answer_review",
    "authenticate",
    "authorise",
    "consent",
    "create_key",
    "create_owner_key",
    "full_bucket",
    "hash_secret",
    "principal_of",
    "request_review",
    "review_status",
    "revoke_key",
    "standings",
    "take",
]
