"""Consent before something is carried out: above a limit of the catalog's governance it asks for a review.

The first attempt asks for the review and is refused with its id; the same request again, once it was agreed,
is carried out, once. An agreement is bound to the hash of the request.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from steelyard.access import NewReview, Review, Role, consents_to, request_review
from steelyard.catalog import live_version
from steelyard.catalog.governance import Governance, Limited
from steelyard.catalog.publishing import governance_of
from steelyard.entrypoints.api.endpoint import Call, Handler
from steelyard.kernel import Conflict, InvalidInput, content_id, encode, plain
from steelyard.metering import Backfill
from steelyard.record.planned import Planned

_SHOWN_MAX: Final = 20_000
_CALLED: Final = {
    Limited.CREDITS: "Grant credit",
    Limited.DISCOUNTS: "Give a discount",
    Limited.CORRECTIONS: "Correct usage",
}
Amounts = Mapping[str, Decimal]


def _nothing(_: Call) -> object:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an endpoint needs consent for, above which limit.

    `look` gives what the request would do, `amounts` how much of which unit that moves; `bound` is what the
    request rests on besides its own words.
    """

    limited: Limited
    look: Handler
    amounts: Callable[[Call, Any], Amounts]
    bound: Callable[[Call], object] = _nothing

    def __call__(self, call: Call) -> Call:
        """The call, which then spends the agreement that it needs; as it is where it needs none.

        Raises Conflict `consent_needed` with the review that it waits for, `review_closed` where it was
        refused.
        """
        state = call.workspace.state
        governance = governance_of(state, live_version(state), call.now)
        is_dry = getattr(call.body, "dry_run", False)
        if governance is None or is_dry or governance.limits(self.limited) is None:
            return call
        effect = self.look(call)
        over = governance.above(self.limited, self.amounts(call, effect))
        return self._agreed(call, governance, over, effect) if over else call

    def _agreed(self, call: Call, governance: Governance, over: Amounts, effect: Any) -> Call:
        """The call with the review that agreed to it, asking for one where there is none."""
        requires = tuple(Role(role) for role in governance.consent_roles)
        about = f"{call.did} {call.address}"
        asked = msgspec.json.decode(msgspec.json.encode(call.body))
        digest = content_id("ask", encode([about, asked, self.bound(call)]))
        said = consents_to(call.workspace.state, about=about, digest=digest, requires=requires, now=call.now)
        if said.agreed is not None:
            return dataclasses.replace(call, agreed=said.agreed.id)
        if said.pending is None and said.refused is not None:
            raise Conflict(f"the review {said.refused.id} refused exactly this", code="review_closed")
        amounts = ", ".join(f"{plain(amount)} {unit}" for unit, amount in over.items())
        review = said.pending or _requested(
            call,
            NewReview(
                about=about,
                digest=digest,
                summary=f"{_CALLED[self.limited]}: {amounts}",
                by=call.principal.author,
                reason=getattr(call.body, "reason", "") or "above the limit for one person",
                requires=requires,
                expires_at=call.now + timedelta(hours=governance.review_hours),
                shown=_shown(asked, effect),
            ),
        )
        waits = ", ".join(role.value for role in review.unmet)
        message = f"{amounts} needs the consent of {waits}; ask again when the review {review.id} is agreed"
        raise Conflict(message, code="consent_needed")


def dry(handler: Handler) -> Handler:
    """What the handler answers to the same request as a dry run.

    Raises what the handler refuses with, so that nobody is asked to agree to what cannot be done.
    """
    return lambda call: handler(
        dataclasses.replace(call, body=msgspec.structs.replace(call.body, dry_run=True))
    )


def _requested(call: Call, new: NewReview) -> Review:
    planned = request_review(call.workspace.state, new, at=call.now, entropy=secrets.token_bytes(10))
    if not isinstance(planned, Planned):
        raise InvalidInput(f"no consent can be asked for: {planned[0]}", code="bad_review", problems=planned)
    if planned.write is not None:
        dataclasses.replace(call, did="reviews.ask").submit(planned.write)
    return planned.record


def _shown(body: Any, effect: Any) -> str:
    """What whoever agrees sees: what was asked, and what it would do now."""
    lines = ["Asked:", *_lines(body), "", "What it would do when it was asked:"]
    lines += _lines(msgspec.json.decode(msgspec.json.encode(effect)))
    return "\n".join(lines)[:_SHOWN_MAX]


def _lines(value: Any, path: str = "") -> Iterator[str]:
    """Every value that is not empty with the way to it.

    >>> list(_lines({"a": {"b": 1}, "c": ["x", None]}))
    ['  a.b: 1', '  c[0]: x']
    """
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _lines(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _lines(one, f"{path}[{place}]")
    elif value not in (None, "", False):
        yield f"  {path}: {value}"


def of_version(call: Call) -> object:
    """The version of the backfill that the path names: what is in it is agreed to, not only its id."""
    return call.workspace.state.version(Backfill, call.path["id"])


def of_lot(call: Call, _: Any) -> Amounts:
    """How much credit a grant gives."""
    return {call.body.unit: call.body.amount}


def in_known_months(handler: Handler) -> Handler:
    """What a discount would take off the month before or this one, whichever is more, had it begun then.

    Whatever start and period were asked for: a start in the future would show a month without usage.
    """
    as_asked = dry(handler)

    def look(call: Call) -> Any:
        this = call.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        before = (this - timedelta(days=1)).replace(day=1)
        found = [as_asked(call)]
        for start in (before, this):
            body = msgspec.structs.replace(call.body, start=start, period=f"{start:%Y-%m}")
            try:
                found.append(as_asked(dataclasses.replace(call, body=body)))
            except (InvalidInput, Conflict):
                # It cannot begin then: the other months tell.
                continue
        return max(found, key=lambda one: sum(of_month(call, one).values()))

    return look


def of_month(_: Call, answer: Any) -> Amounts:
    """How much less a month comes to."""
    return {} if answer.month is None else {answer.month.currency: abs(Decimal(answer.month.difference))}


def of_quantities(_: Call, answer: Any) -> Amounts:
    """By meter, how much a correction changes."""
    found: dict[str, Decimal] = {}
    for one in answer.quantities:
        found[one.meter] = found.get(one.meter, Decimal(0)) + abs(Decimal(one.difference))
    return found


def of_money(_: Call, answer: Any) -> Amounts:
    """By currency, how much a backfill changes bills."""
    found: dict[str, Decimal] = {}
    for one in answer.money:
        found[one.currency] = found.get(one.currency, Decimal(0)) + abs(Decimal(one.difference))
    return found
