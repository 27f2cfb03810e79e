"""The printed document: the same bytes each time, the figures of the document, text that stays text."""

import dataclasses
import io
from typing import Any

import pypdf
import pytest

from steelyard.adapters.documents import Seal, invoice_pdf
from steelyard.billing import Document
from steelyard.billing.adjust import BilledPeriod, adjustments
from steelyard.billing.draft import draft, with_adjustments
from steelyard.billing.finalise import finalise
from steelyard.kernel import Period, instant
from tests.billing_cards import customer, drafted, fee, per_call, seats, terms

pytest.importorskip("typst", reason="passed over: typst is not installed (extra `documents`)")


@pytest.fixture
def invoice() -> Document:
    part = terms(fee("1234.5"), seats("3", "20"), per_call("0.25", included="8"), readings={"calls": "10"})
    draft = drafted(part, tax="19")
    return finalise(draft, number="INV-2026-000042", at=instant("2026-11-02T09:00:00Z"))


def text_of(document: Document, **fields: Any) -> str:
    pdf = pypdf.PdfReader(io.BytesIO(invoice_pdf(document, **fields)))
    return "\n".join(page.extract_text() for page in pdf.pages)


def test_it_is_the_same_bytes_each_time(invoice: Document):
    assert invoice_pdf(invoice) == invoice_pdf(invoice)


def test_it_says_what_the_document_says(invoice: Document):
    text = text_of(invoice, seller="Lighthouse")
    assert "INV-2026-000042" in text
    for figure in ("1,234.50", "60.00", "0.50", "1,295.00", "246.05", "1,541.05"):
        assert figure in text
    assert "10 calls used, 8 included: 2 charged" in text
    assert "October 2026" in text
    assert "Lighthouse" in text


def test_it_says_where_it_stands_in_the_record(invoice: Document):
    text = text_of(invoice, seal=Seal(index=1204, size=1300, root="q1c8"))
    assert "entry 1,204 of 1,300, root q1c8" in text
    assert "cat_1" in text


def test_a_credit_note_says_that_it_credits():
    draft = drafted(terms(per_call("0.25"), readings={"calls": "-10"}))
    note = finalise(draft, number="CN-2026-000001", at=instant("2026-11-02T09:00:00Z"))
    text = text_of(note)
    assert "Credit note" in text
    assert "Total credited" in text
    assert "2.50" in text


def test_an_adjustment_stands_apart_with_what_was_billed_on_which_document(invoice: Document):
    text = text_of(adjusting(invoice, calls="13"))
    assert "Adjustment of October 2026, billed on INV-2026-000042" in text
    assert "10 became 13, 0.50 became 1.25" in text
    assert "billed before (INV-2026-000042): 10 calls, 0.50" in text
    assert "VAT 19 %, October 2026" in text
    assert "0.89" in text


def adjusting(invoice: Document, calls: str) -> Document:
    """November's document, which has nothing but the adjustment of October to so many calls."""
    items = fee("1234.5"), seats("3", "20"), per_call("0.25", included="8")
    now = drafted(terms(*items, readings={"calls": calls}), tax="19")
    lines = adjustments(BilledPeriod(first=invoice), now)
    november = draft(customer(tax="19"), Period.month(2026, 11), [])
    at = instant("2026-12-02T09:00:00Z")
    return finalise(with_adjustments(november, lines), number="INV-2026-000043", at=at)


def test_text_of_users_is_never_markup(invoice: Document):
    name = '#panic("x") *bold* $x$ <label> @ref [a] \\ `c` // no'
    assert '#panic("x") *bold*' in text_of(dataclasses.replace(invoice, customer_name=name))


def test_it_is_tagged_pdf_a(invoice: Document):
    pdf = invoice_pdf(invoice)
    root: Any = pypdf.PdfReader(io.BytesIO(pdf)).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert b"<pdfaid:part>3" in pdf or b'pdfaid:part="3"' in pdf


def test_a_name_that_no_font_draws_is_no_reason_to_fail(invoice: Document):
    assert invoice_pdf(dataclasses.replace(invoice, customer_name="\U00010380\U0001f984")).startswith(b"%PDF")
