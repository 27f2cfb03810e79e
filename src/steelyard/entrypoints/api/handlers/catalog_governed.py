"""What is known of a catalog before it is published: effect, risk, what forbids it, who must agree."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from steelyard.catalog import Catalog, Impact, ReleaseAction, explained, live_version
from steelyard.catalog.change import EVERYONE, ChangeDocument, RolloutTo
from steelyard.catalog.governance import Governance, GuardLevel
from steelyard.catalog.guard import Finding, InUse, findings
from steelyard.catalog.publishing import Candidate, Free, Waiting, decide, governance_of
from steelyard.catalog.risk import Risk, risk_of
from steelyard.contracts import Customer, Subscription
from steelyard.contracts.rollout import Staying, follows_live, staying, with_staying
from steelyard.entrypoints.api.endpoint import Call
from steelyard.entrypoints.api.handlers.impact import impact_for, last_month
from steelyard.entrypoints.api.problems import ProblemItem
from steelyard.entrypoints.api.shapes import catalog as shapes
from steelyard.insight import impact_lines
from steelyard.insight.free_units import below_in_words, judge_free_units, not_judged_in_words
from steelyard.kernel import Conflict, iso
from steelyard.record import Kind, Write
from steelyard.record.planned import saving

_BROKEN_TOLD_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A candidate with what was found about it, and the governance that judges it.

    `moving` counts the subscriptions that would follow it at once; `seen` are all that were looked at.
    """

    candidate: Candidate
    governance: Governance | None
    impact: Impact | None
    staying: tuple[Staying, ...] = ()
    moving: int = 0
    seen: frozenset[str] = frozenset()

    @property
    def reach(self) -> str:
        """To whom the change applies, in words, with how many of the subscriptions that is."""
        return _reach(self.candidate.change, self.moving, len(self.staying))

    @property
    def warnings(self) -> list[ProblemItem]:
        """The breaches that are told and do not refuse."""
        return [found(one) for one in self.candidate.findings if one.level is GuardLevel.WARN]

    @property
    def refusals(self) -> list[ProblemItem]:
        """The breaches that refuse."""
        return [found(one) for one in self.candidate.findings if one.level is GuardLevel.REFUSE]


def judged(
    call: Call,
    catalog: Catalog,
    *,
    action: ReleaseAction = ReleaseAction.PUBLISHED,
    change: ChangeDocument | None = None,
    note: str = "",
    with_money: bool = False,
) -> Judged:
    """All that is known of a catalog's effect; money is worked out where it is asked for or decides."""
    state = call.workspace.state
    live = live_version(state)
    governance = governance_of(state, live, call.now)
    before = live.catalog if live else Catalog()
    subscriptions = state.find(Subscription)
    stays = _staying(call, subscriptions, change, live.id if live else "")
    counts = live is not None and (with_money or governance is not None)
    impact = impact_for(call, catalog) if counts else None
    if impact is not None and stays:
        impact = with_staying(impact, subscriptions, stays, call.now)
    moving = sum(follows_live(one, call.now) for one in subscriptions) - len(stays)
    in_use = _at_usage(call, catalog, _in_use(subscriptions, stays, impact, call.now))
    risk = risk_of(before, catalog, impact, governance) if live is not None else None
    told = findings(catalog, governance, in_use)
    candidate = Candidate(
        catalog=catalog,
        at=call.now,
        author=call.principal.author,
        note=note,
        action=action,
        change=change,
        findings=told,
        impact=impact,
        risk=risk,
        shown=_shown(before, catalog, impact, risk, change, told, _reach(change, moving, len(stays))),
    )
    return Judged(
        candidate=candidate,
        governance=governance,
        impact=impact,
        staying=stays,
        moving=moving,
        seen=frozenset(one.id for one in subscriptions),
    )


def _reach(change: ChangeDocument | None, moving: int, stays: int) -> str:
    text = (change.rollout if change is not None else EVERYONE).text
    if not stays:
        return text
    return f"{text}: {moving} of {moving + stays} subscriptions move, {stays} stay"


def refuse_new_followers(call: Call, one: Judged) -> None:
    """Raises Conflict where a subscription began since, which the roll-out would have to judge."""
    change = one.candidate.change
    if change is None or change.rollout.to is RolloutTo.EVERYONE:
        return
    if any(found.id not in one.seen for found in call.workspace.state.find(Subscription)):
        message = "a subscription began while this was judged; publish it again"
        raise Conflict(message, code="changed_meanwhile")


def decided(call: Call, one: Judged) -> Free | Waiting:
    """Whether the candidate may be published now, or waits; InvalidInput where it is refused."""
    return decide(call.workspace.state, one.candidate, one.governance, entropy=secrets.token_bytes(10))


def risk_found(risk: Risk | None) -> shapes.RiskFound | None:
    """The risk as it goes over the wire."""
    if risk is None:
        return None
    reasons = [reason.text for reason in risk.reasons]
    return shapes.RiskFound(level=risk.level.value, score=risk.score, reasons=reasons)


def waits_for(waiting: Waiting) -> shapes.WaitsFor:
    """The review that a publication waits for."""
    review = waiting.review
    return shapes.WaitsFor(
        review=review.id,
        proposal=waiting.proposal.id,
        requires=[role.value for role in review.requires],
        unmet=[role.value for role in review.unmet],
        expires_at=iso(review.expires_at),
    )


def found(one: Finding) -> ProblemItem:
    """A breach as it goes over the wire."""
    return ProblemItem(code=one.rule.value, message=one.message, field=one.field)


def _staying(
    call: Call, subscriptions: list[Subscription], change: ChangeDocument | None, base: str
) -> tuple[Staying, ...]:
    """The subscriptions that the roll-out of the change leaves on the version before."""
    if change is None or not base:
        return ()
    customers = {one.key: one for one in call.workspace.state.find(Customer)}
    by = call.principal.author
    return staying(change.rollout, subscriptions, customers, base=base, now=call.now, by=by)


def _in_use(
    subscriptions: Iterable[Subscription], stays: Iterable[Staying], impact: Impact | None, now: datetime
) -> InUse:
    """What subscriptions that follow the live catalog, and will follow the new one, need of it."""
    held = {one.before.id for one in stays}
    plans: Counter[str] = Counter()
    prices: Counter[str] = Counter()
    for one in subscriptions:
        if one.id not in held and follows_live(one, now):
            terms = one.terms_at(max(now, one.start))
            plans[terms.plan] += 1
            prices.update(terms.add_ons)
    broken = tuple(_broken(impact)) if impact is not None else ()
    return InUse(plans=plans, prices=prices, broken=broken)


def _at_usage(call: Call, catalog: Catalog, in_use: InUse) -> InUse:
    """The same with what free units leave of the floors at the usage of the last month."""
    call.workspace.catch_up()
    state, usage = call.workspace.state, call.workspace.usage
    rows = judge_free_units(state, usage, catalog, month=last_month(call.now), now=call.now)
    return replace(in_use, below_floor=below_in_words(rows), not_judged=not_judged_in_words(rows))


def staying_writes(call: Call, those: Iterable[Staying]) -> list[Write]:
    """What to write so that these stay, each only as it was when it was looked at."""
    state = call.workspace.state
    return [
        saving(
            Kind.SUBSCRIPTION,
            one.after.customer,
            one.after,
            one.after.id,
            state.version(Subscription, one.after.id),
        )
        for one in those
    ]


def _broken(impact: Impact) -> Iterable[str]:
    for one in impact.broken[:_BROKEN_TOLD_MAX]:
        yield f"{one.customer} could not be billed: {one.problems[0].message}"
    if len(impact.broken) > _BROKEN_TOLD_MAX:
        yield f"and {len(impact.broken) - _BROKEN_TOLD_MAX} more customers could not be billed"


def _shown(
    before: Catalog,
    after: Catalog,
    impact: Impact | None,
    risk: Risk | None,
    change: ChangeDocument | None,
    told: Iterable[Finding],
    reach: str,
) -> tuple[str, ...]:
    """What whoever agrees is shown, line by line."""
    lines = [one.text for one in explained(before, after)]
    if change is not None:
        lines += [
            f"Hypothesis: {change.hypothesis}",
            f"Expected effect: {change.expected_effect}",
            f"Trade-off: {change.trade_off}",
            f"Success measure: {change.success_measure}, looked at on {change.review_date:%Y-%m-%d}",
            f"Applies to: {reach}",
        ]
    if impact is not None:
        lines += impact_lines(impact)
    if risk is not None:
        lines.append(f"Risk {risk.level.value} ({risk.score} of 100)")
        lines += [f"  {reason.text}" for reason in risk.reasons]
    return (*lines, *(f"{one.level.value}: {one.message}" for one in told))
