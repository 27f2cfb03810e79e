"""Everybody who can sign in and everybody who is signed in, in memory: what each request asks.

Also the reviews that nobody has decided yet, for the badge on each page. Current after each commit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from steelyard.access.authorise import Refusal, RefusalCode, principal_of_person
from steelyard.access.model import Principal, Role, Scope
from steelyard.access.people import Person
from steelyard.access.reviews import Review, ReviewStatus, review_status, standings
from steelyard.access.secrets import hash_secret
from steelyard.access.sessions import LINK_OWNER, Session
from steelyard.kernel import decode
from steelyard.record import Bundle, Kind
from steelyard.record.telling import told, what_of

LINKED_OWNER = Principal(
    key_id="console", name="owner", role=Role.OWNER, scopes=frozenset({Scope.OWNER}), roles=(Role.OWNER,)
)
"""Who opened the link that the server printed: whoever can start it may do everything."""


class Roster:
    """People by id, sessions by the hash of their token, and undecided reviews."""

    __slots__ = ("_people", "_reviews", "_sessions")

    def __init__(
        self,
        people: Iterable[Person] = (),
        sessions: Iterable[Session] = (),
        reviews: Iterable[Review] = (),
    ) -> None:
        self._people = {one.id: one for one in people}
        self._sessions: dict[str, Session] = {}
        self._reviews: dict[str, Review] = {}
        for session in sessions:
            self._learn_session(session)
        for review in reviews:
            self._learn_review(review)

    def person(self, id: str) -> Person | None:
        """The person of this id, also one who left; None for nobody."""
        return self._people.get(id)

    def people(self) -> list[Person]:
        """Everybody, also those who left."""
        return list(self._people.values())

    def session(self, token: str, now: datetime) -> Session | Refusal:
        """The session that this token is of, while it lasts."""
        session = self._sessions.get(hash_secret(token))
        if session is None or not session.live_at(now):
            if session is not None:
                self._sessions.pop(session.hash, None)
            return Refusal(code=RefusalCode.SESSION_ENDED, reason="this session has ended; sign in again")
        return session

    def principal(self, token: str, now: datetime) -> Principal | Refusal:
        """Who asks with this session's token, with the roles that they have now."""
        session = self.session(token, now)
        if isinstance(session, Refusal):
            return session
        if session.by == LINK_OWNER:
            return dataclasses.replace(LINKED_OWNER, session=session.id)
        person = self._people.get(session.by)
        if person is None or person.left_at is not None:
            return Refusal(code=RefusalCode.SESSION_ENDED, reason="this account is closed")
        return dataclasses.replace(principal_of_person(person), session=session.id)

    def open_sessions(self, by: str, now: datetime) -> list[Session]:
        """The sessions that somebody has open, oldest first."""
        mine = [one for one in list(self._sessions.values()) if one.by == by and one.live_at(now)]
        return sorted(mine, key=lambda one: (one.started_at, one.id))

    def reviews_for(self, person: str | None, now: datetime) -> list[Review]:
        """The pending reviews that this person may answer, the first to expire first."""
        somebody = self._people.get(person or "")
        if somebody is None:
            return []
        people = list(self._people.values())
        open_ones = [one for one in list(self._reviews.values()) if standings(one, somebody, people, now)]
        return sorted(open_ones, key=lambda one: (one.expires_at, one.id))

    def follow(self, bundle: Bundle) -> None:
        """Takes in what a bundle tells of people, sessions and reviews; made to subscribe to the writer."""
        for position in bundle.positions_of(Kind.ACCESS, Kind.APPROVAL):
            said = told(bundle.payload_at(position))
            if said is None:
                continue
            if said.what == what_of(Person):
                person = decode(bytes(said.body), Person)
                self._people[person.id] = person
            elif said.what == what_of(Session):
                self._learn_session(decode(bytes(said.body), Session))
            elif said.what == what_of(Review):
                self._learn_review(decode(bytes(said.body), Review))

    def _learn_session(self, session: Session) -> None:
        if session.ended_at is None:
            self._sessions[session.hash] = session
        else:
            self._sessions.pop(session.hash, None)

    def _learn_review(self, review: Review) -> None:
        if review_status(review, review.requested_at) is ReviewStatus.PENDING:
            self._reviews[review.id] = review
        else:
            self._reviews.pop(review.id, None)
