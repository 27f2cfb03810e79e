"""What holds for every draft, whatever the prices, the usage and the days."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.billing import DocumentKind, DraftInvoice, LineGroup
from steelyard.billing.finalise import finalise
from steelyard.billing.posting import journal_entry
from steelyard.kernel import Period, instant, round_minor
from steelyard.kernel.period import from_micros, micros
from steelyard.ledger import ROUNDING_DIFFERENCE
from steelyard.rating import StepKind
from tests.billing_cards import OCTOBER, drafted, fee, per_call, terms

AMOUNTS = st.decimals("0", "100000", places=6)
QUANTITIES = st.decimals("-1000000", "1000000", places=3)
MOMENTS = st.integers(micros(OCTOBER.start) + 1, micros(OCTOBER.end) - 1).map(from_micros)


@st.composite
def drafts(draw: st.DrawFn) -> DraftInvoice:
    start = draw(st.none() | MOMENTS)
    active = OCTOBER if start is None else Period(start=start, end=OCTOBER.end)
    fees = [fee(str(draw(AMOUNTS)), key=f"fee{n}") for n in range(draw(st.integers(0, 4)))]
    calls = per_call(str(draw(AMOUNTS)), included=str(draw(st.integers(0, 1000))))
    part = terms(
        *fees,
        calls,
        readings={"calls": str(draw(QUANTITIES))},
        active=active,
        commitment=str(draw(AMOUNTS)) if draw(st.booleans()) else "",
    )
    return drafted(part, tax=draw(st.sampled_from(["", "0", "7.7", "19"])))


@given(drafts())
def test_lines_sum_to_the_total_and_each_is_its_exact_amount_rounded_once(draft: DraftInvoice):
    assert sum(line.amount for line in draft.lines) == draft.total
    assert all(line.amount == round_minor(line.amount_exact, "USD") for line in draft.lines)


@given(drafts())
def test_the_steps_of_each_line_recompute_to_its_exact_amount(draft: DraftInvoice):
    for line in draft.lines:
        assert abs(sum(step.amount for step in line.steps) - line.amount_exact) <= Decimal("1e-17")
        for step in line.steps:
            charged = Decimal(0) if step.kind is StepKind.NOTE else step.quantity * step.unit_amount
            assert abs(step.amount - charged) <= Decimal("1e-17")


@given(drafts())
def test_the_journal_balances_and_holds_the_rounding_difference(draft: DraftInvoice):
    document = finalise(draft, number="X-1", at=instant("2026-11-02T00:00:00Z"))
    entry = journal_entry(document)
    assert sum(posting.amount for posting in entry.postings) == 0
    posted = sum(one.amount for one in entry.postings if one.account == ROUNDING_DIFFERENCE)
    charged = [line for line in draft.lines if line.group is not LineGroup.TAX]
    assert -posted == sum(line.amount - line.amount_exact for line in charged) == draft.rounding_difference
    assert (document.kind is DocumentKind.CREDIT_NOTE) == (draft.total < 0)


@given(MOMENTS, AMOUNTS)
def test_splitting_a_period_splits_a_fee_without_losing_any(moment, amount):
    first = terms(fee(str(amount)), active=Period(start=OCTOBER.start, end=moment))
    second = terms(fee(str(amount)), active=Period(start=moment, end=OCTOBER.end))
    halves = drafted(first, second)
    exact = sum(line.amount_exact for line in halves.lines)
    assert abs(exact - amount) <= Decimal("1e-17")
    assert abs(halves.total - drafted(terms(fee(str(amount)))).total) <= Decimal("0.01")


@given(st.permutations(range(4)), AMOUNTS)
def test_the_order_of_items_changes_no_amount(order, amount):
    items = [fee(str(amount + n), key=f"fee{n}") for n in range(4)]
    plain, shuffled = drafted(terms(*items)), drafted(terms(*(items[n] for n in order)))
    assert plain.total == shuffled.total
    assert {(one.title, one.amount) for one in plain.lines} == {
        (one.title, one.amount) for one in shuffled.lines
    }
