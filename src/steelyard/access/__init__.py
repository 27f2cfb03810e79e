"""Access: who asks, and what they may do.

Owns: people and their roles, the table of permissions, scopes, API keys and how much they may send,
principals, invitations, passwords, sessions, deeds (who did or saw what), reviews.
Does not own: what is being asked for or agreed to; how a request carries its key.

Invariants: a secret is shown once and kept nowhere, only its hash is; keys are revoked and people leave, but
neither is deleted, so that the record can always say who did something; nobody agrees to their own request.
"""

from steelyard.access.authorise import (
    Allowed,
    Refusal,
    RefusalCode,
    authenticate,
    authorise,
    principal_of,
    principal_of_person,
    reach_of,
)
from steelyard.access.consents import Consents, ConsentUse, consents_to, using
from steelyard.access.deeds import Deed, Doer, noting, signed
from steelyard.access.invitations import Invitation, Invited, find_invitation, take_back
from steelyard.access.keyring import KeyRing
from steelyard.access.model import ApiKey, Principal, Role, Scope, SignInToken
from steelyard.access.passwords import Cost, Credential, is_right, make_credential, password_problems
from steelyard.access.people import NewPerson, Person, may_stand_in, person_problems, plain_email
from steelyard.access.permissions import CUSTOMER_ROLES, PERMISSIONS, SELLER_ROLES, Reach, permissions_of
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
from steelyard.access.roster import LINKED_OWNER, Roster
from steelyard.access.secrets import hash_secret
from steelyard.access.senders import Senders, noting_senders, read_senders
from steelyard.access.service import CreatedKey, RevokedKey, create_key, create_owner_key, revoke_key
from steelyard.access.sessions import (
    LINK_OWNER,
    SESSION_LIFETIME,
    Opened,
    Session,
    SignedIn,
    end_all,
    end_session,
    open_session,
)
from steelyard.access.staff import (
    accept,
    change_person,
    find_person,
    invite_person,
    leave,
    person_of,
    set_password,
)
from steelyard.access.throttle import Throttle, Tries

__all__ = [
    "CUSTOMER_ROLES",
    "LINKED_OWNER",
    "LINK_OWNER",
    "PERMISSIONS",
    "SELLER_ROLES",
    "SESSION_LIFETIME",
    "Allowed",
    "ApiKey",
    "Bucket",
    "ConsentUse",
    "Consents",
    "Cost",
    "CreatedKey",
    "Credential",
    "Deed",
    "Doer",
    "Invitation",
    "Invited",
    "KeyRing",
    "NewPerson",
    "NewReview",
    "Opened",
    "Person",
    "Principal",
    "RateLimit",
    "Reach",
    "Refusal",
    "RefusalCode",
    "Review",
    "ReviewAnswer",
    "ReviewRefusal",
    "ReviewRefusalCode",
    "ReviewStatus",
    "RevokedKey",
    "Role",
    "Roster",
    "Scope",
    "Senders",
    "Session",
    "SignInToken",
    "SignedIn",
    "Standing",
    "Taken",
    "Throttle",
    "Tries",
    "accept",
    "answer_review",
    "authenticate",
    "authorise",
    "change_person",
    "consent",
    "consents_to",
    "create_key",
    "create_owner_key",
    "end_all",
    "end_session",
    "find_invitation",
    "find_person",
    "full_bucket",
    "hash_secret",
    "invite_person",
    "is_right",
    "leave",
    "make_credential",
    "may_stand_in",
    "noting",
    "noting_senders",
    "open_session",
    "password_problems",
    "permissions_of",
    "person_of",
    "person_problems",
    "plain_email",
    "principal_of",
    "principal_of_person",
    "reach_of",
    "read_senders",
    "request_review",
    "review_status",
    "revoke_key",
    "set_password",
    "signed",
    "standings",
    "take",
    "take_back",
    "using",
]
