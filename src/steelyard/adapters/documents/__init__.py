"""Documents: what a finished invoice or credit note looks like on paper (PDF by typst).

Owns: the page's look and wording. Does not own: any figure on it; all of them are the document's.

Invariants: the same document gives the same bytes on every machine (fonts come with typst, the time is that
of issue); text of users is data, never markup; the result is tagged PDF/A-3b.
"""

from steelyard.adapters.documents.invoice_pdf import Seal, comparison_pdf, invoice_pdf, invoice_png

__all__ = ["Seal", "comparison_pdf", "invoice_pdf", "invoice_png"]
