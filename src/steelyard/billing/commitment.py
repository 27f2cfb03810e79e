"""A commitment: the amount due in any case, and the credit for the usage that it covers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from steelyard.billing.charges import prorated
from steelyard.billing.model import Line, LineGroup
from steelyard.billing.rounding import rounded
from steelyard.billing.terms import Share, Terms
from steelyard.contracts.rate_card import AgreedCommitment
from steelyard.kernel import ONE, ZERO, minor_digits
from steelyard.rating import Rated, Step, StepKind, Wording


def commitment_lines(terms: Terms, lines: Iterable[Line], share: Share) -> list[Line]:
    """The committed amount and what it covers of these lines, or no lines without a commitment.

    The credit takes off what the covered lines say (their rounded amounts), up to the commitment, so that
    a customer below it pays the committed amount to the cent.
    """
    agreed = terms.card.commitment
    if agreed is None:
        return []
    currency = terms.card.currency
    wording = Wording(decimals=minor_digits(currency))
    flat = Step(
        text=f"{wording.amount(agreed.amount)} committed for the period",
        quantity=ONE,
        unit_amount=agreed.amount,
        amount=agreed.amount,
        kind=StepKind.FLAT,
    )
    due = prorated(Rated(amount=agreed.amount, steps=(flat,)), share, wording)
    committed = _line(terms, agreed, group=LineGroup.COMMITTED, title="Committed amount", rated=due)
    covered = max(ZERO, sum((line.amount for line in lines if _covers(agreed, terms, line)), ZERO))
    credit = min(committed.amount, covered)
    if credit == 0:
        return [committed]
    text = (
        f"{wording.amount(covered)} of covered usage, {wording.amount(committed.amount)} committed: "
        f"{wording.amount(credit)} covered"
    )
    step = Step(text=text, quantity=ONE, unit_amount=-credit, amount=-credit, kind=StepKind.LESS)
    less = Rated(amount=-credit, steps=(step,))
    return [
        committed,
        _line(terms, agreed, group=LineGroup.CREDIT, title="Covered by the commitment", rated=less),
    ]


def _covers(agreed: AgreedCommitment, terms: Terms, line: Line) -> bool:
    if line.price_key in agreed.covers:
        return True
    families = {item.price.key: item.price.family for item in terms.card.items}
    return families.get(line.price_key) in agreed.covers


def _line(terms: Terms, agreed: AgreedCommitment, *, group: LineGroup, title: str, rated: Rated) -> Line:
    amount: Decimal = rated.amount
    return Line(
        id="",
        group=group,
        title=title,
        period=terms.active,
        amount_exact=amount,
        amount=rounded(amount, terms.card.currency),
        price_version=terms.card.catalog_version,
        subscription=terms.card.subscription,
        reason=agreed.reason,
        steps=rated.steps,
    )
