"""What one row of the table of endpoints says, and what a handler gets and gives."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from steelyard.access import ConsentUse, Doer, Principal, Scope, noting, signed, using
from steelyard.kernel.errors import InvalidInput, NotFound
from steelyard.record import Idempotency, Write
from steelyard.record.planned import together

if TYPE_CHECKING:
    from steelyard.entrypoints.api.problems import ProblemAnswer
    from steelyard.entrypoints.bootstrap import Workspace
    from steelyard.record import Written


CONVERTERS: Final = {"rest": "path", "index": "int"}
"""Parameters of paths that are not one plain part of it."""


class NoQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint without query parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """An answer that is bytes of a named type, such as a PDF or a checkpoint."""

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Everything a handler may know about a request: who asks, when, and for what.

    `path` holds the path's own parameters, `query` and `body` the parsed shapes, `accept` the header of that
    name; `did` and `address` are what the record will say of it, `client` where it came from, `agreed` the
    review whose agreement it spends. The console makes one of these itself and calls the same handlers.
    """

    workspace: Workspace
    principal: Principal
    now: datetime
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Any = None
    body: Any = None
    idempotency_key: str = ""
    request_hash: bytes = b""
    accept: str = ""
    did: str = ""
    address: str = ""
    client: str = ""
    agreed: str = ""

    def about(self, customer: str) -> str:
        """The customer's key, if the asker may see that customer.

        Raises NotFound otherwise: a key confined to one customer does not learn that others exist.
        """
        if not self.principal.sees(customer):
            raise NotFound(f"there is no customer {customer!r}")
        return customer

    def about_whom(self, customer: str | None) -> str | None:
        """Whose a list is: the customer's that was asked for, else the asker's own; None is everybody's.

        Raises NotFound as `about` does.
        """
        return self.principal.customer if customer is None else self.about(customer)

    def commit(self, write: Write, answer: Any = None) -> Written:
        """Carry the write out, together with the answer that a repeat of this request will get.

        The record says who did it, in the same write. Raises Conflict when a precondition no longer holds.
        """
        return self.workspace.writer.submit(self._kept(self.signed(self._spending(write)), answer)).result()

    def _spending(self, write: Write) -> Write:
        """The write, which also spends the agreement that it needs."""
        if not self.agreed:
            return write
        by = self.principal.key_id
        use = ConsentUse(review=self.agreed, by=by, did=self.did, about=self.address, at=self.now)
        both = together([write, using(use)])
        assert both is not None, "the use of an agreement is written"
        return both

    def submit(self, write: Write) -> Written:
        """Carry out a write that is a part of this request; the record says who did it."""
        return self.workspace.writer.submit(self.signed(write)).result()

    def signed(self, write: Write) -> Write:
        """The write with the entry that says who does it; as it is where nobody is signed in."""
        if not self.principal.key_id or not self.did:
            return write
        return signed(write, self._doer.deed(self.now, secrets.token_bytes(10)))

    def noted(self) -> None:
        """Put into the record that the asker looked at this, before they are shown it."""
        deed = self._doer.deed(self.now, secrets.token_bytes(10), looked=True)
        self.workspace.writer.submit(noting(deed)).result()

    @property
    def _doer(self) -> Doer:
        return Doer(by=self.principal.key_id, did=self.did, about=self.address)

    def _kept(self, write: Write, answer: Any) -> Write:
        if not self.idempotency_key:
            return write
        kept = Idempotency(
            key=self.idempotency_key, request_hash=self.request_hash, answer=msgspec.json.encode(answer)
        )
        return with_idempotency(write, kept)

    def remember(self, answer: Any) -> None:
        """Keep the answer for a repeat of this request, where what it did is committed already.

        Only for what is safe to repeat by itself: a process killed in between repeats it.
        """
        if self.idempotency_key:
            self.workspace.writer.submit(self._kept(Write(batches=()), answer)).result()


def with_idempotency(write: Write, kept: Idempotency) -> Write:
    """The same write, which also keeps the answer for a repeat."""
    return msgspec.structs.replace(write, idempotency=kept)


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row: where, what for, who may, what comes in and goes out, and who does it.

    `customer_may`: whether somebody who is confined to one customer may ask; its handler then shows that
    customer's data alone. `reach_may`: whether a person of the seller may whose permission reaches some
    customers only, for those. `many_customers`: its handler asks `Call.about` or `Principal.sees` of each
    customer that it shows, so that it serves those who see several. `signed_in`: whoever is known may ask,
    about themselves. `sensitive`: the record says who looked. `at_once`: its handler touches no disk, so that
    it need not go to a thread. `also`: media types of texts that it gives where the Accept header asks for
    them. `refusal`: the shape of its refusals where those are not problems of ours; `problems` then has every
    status that it refuses with. `refuse`: says a problem in that shape, with its status.
    `consent`: gives the call once those agreed who must (see `consenting`).
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Call], Any] | None
    scope: Scope | None = None
    query: type[msgspec.Struct] = NoQuery
    body: Any = None
    answer: Any = None
    status: int = 200
    media_type: str = "application/json"
    customer_may: bool = False
    reach_may: bool = False
    many_customers: bool = False
    signed_in: bool = False
    sensitive: bool = False
    at_once: bool = False
    problems: tuple[int, ...] = ()
    body_media: tuple[str, ...] = ("application/json",)
    refusal: Any = None
    also: tuple[str, ...] = ()
    consent: Callable[[Call], Call] | None = None
    refuse: Callable[[ProblemAnswer], tuple[int, Any]] | None = None

    @property
    def of_another_product(self) -> bool:
        """Whether it speaks the language of another product, whose clients have methods for it."""
        return self.refusal is not None

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces, in order.

        >>> Endpoint(method="GET", path="/a/{b}/{c}", name="x", summary="", handler=None).path_parameters
        ('b', 'c')
        """
        return tuple(part.partition("}")[0] for part in self.path.split("{")[1:])

    @property
    def route(self) -> str:
        """The path as the router writes it: with what some parameters are made of.

        >>> Endpoint(method="GET", path="/tile/{rest}", name="x", summary="", handler=None).route
        '/tile/{rest:path}'
        """
        route = self.path
        for name, converter in CONVERTERS.items():
            route = route.replace(f"{{{name}}}", f"{{{name}:{converter}}}")
        return route

    @property
    def public(self) -> bool:
        """Whether it answers without a key."""
        return self.scope is None and not self.signed_in


def carried_out(endpoint: Endpoint, call: Call) -> Any:
    """What the endpoint's handler gives; who looks at something sensitive stands in the record first."""
    assert endpoint.handler is not None, f"{endpoint.name} is answered elsewhere"
    if endpoint.sensitive:
        call.noted()
    return endpoint.handler(call if endpoint.consent is None else endpoint.consent(call))


def scoped_key(principal: Principal, endpoint: Endpoint, path: str, key: str) -> str:
    """The idempotency key as it is kept: one caller's key means nothing to another caller or endpoint.

    Raises InvalidInput for a key that is too long.
    """
    if not key:
        return ""
    if len(key) > 255:
        raise InvalidInput("an Idempotency-Key has at most 255 characters", code="invalid_parameter")
    return f"{principal.key_id}\x1f{endpoint.method} {path}\x1f{key}"
