"""From a draft to a numbered document and its postings."""

from decimal import Decimal

import pytest

from steelyard.billing import CreditNote, Document, DraftInvoice, Invoice
from steelyard.billing.finalise import finalise
from steelyard.billing.posting import journal_entry
from steelyard.kernel import InvalidInput, instant
from steelyard.rating import GraduatedPrice, Tier
from tests.billing_cards import drafted, fee, per_call, terms, usage

AT = instant("2026-11-02T09:00:00Z")


def finished(draft: DraftInvoice) -> Document:
    return finalise(draft, number="X-1", at=AT)


def test_a_positive_total_becomes_an_invoice():
    document = finished(drafted(terms(fee("10"))))
    assert isinstance(document, Invoice)
    assert (document.number, document.total, document.status.value) == ("X-1", Decimal("10.00"), "issued")


def test_a_total_of_zero_is_an_invoice_that_says_so():
    assert finished(drafted(terms(fee("0")))).kind.value == "invoice"


def test_a_negative_total_becomes_a_credit_note_of_positive_amounts():
    document = finished(drafted(terms(per_call("0.25"), readings={"calls": "-10"}), tax="20"))
    assert isinstance(document, CreditNote)
    assert (document.subtotal, document.tax, document.total) == (Decimal("2.50"), Decimal("0.50"), Decimal(3))
    assert sum(line.amount for line in document.lines) == document.total
    assert document.lines[0].quantity == Decimal(-10)


def test_a_customers_period_has_one_id_whoever_finishes_it_and_when():
    draft = drafted(terms(fee("10")))
    again = finalise(draft, number="X-2", at=instant("2026-12-01T00:00:00Z"))
    assert finished(draft).id == again.id


def test_a_draft_with_problems_is_never_finished():
    tiered = GraduatedPrice(tiers=(Tier(unit_amount=Decimal(1)),))
    with pytest.raises(InvalidInput) as refused:
        finished(drafted(terms(fee("1"), usage("calls", tiered), readings={"calls": "-1"})))
    assert refused.value.detail_code == "draft_has_problems"


def test_a_draft_without_lines_is_never_finished():
    with pytest.raises(InvalidInput, match="nothing to bill"):
        finished(drafted(terms()))


def test_the_books_take_the_exact_amounts_and_the_rounding_apart():
    entry = journal_entry(finished(drafted(terms(fee("10.004"), per_call("0.001")), tax="19")))
    assert {posting.account: posting.amount for posting in entry.postings} == {
        "receivable": Decimal("11.90"),
        "revenue:core": Decimal("-10.004"),
        "tax_payable": Decimal("-1.90"),
        "rounding_difference": Decimal("0.004"),
    }
    assert entry.about.startswith("inv_")


def test_a_credit_note_turns_every_posting():
    entry = journal_entry(finished(drafted(terms(per_call("0.25"), readings={"calls": "-10"}))))
    assert {posting.account: posting.amount for posting in entry.postings} == {
        "receivable": Decimal("-2.50"),
        "revenue:overage": Decimal("2.50"),
    }
