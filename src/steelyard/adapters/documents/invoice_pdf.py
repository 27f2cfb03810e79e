"""PDF and picture of a finished document, made by typst from one template."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from steelyard.adapters.documents.view import Seal, comparison_view, view
from steelyard.billing import Document, DraftInvoice
from steelyard.billing.finalise import finalise
from steelyard.kernel import Unavailable, encode, micros

_ATTEMPTS: Final[tuple[dict[str, Any], ...]] = (
    {"ignore_system_fonts": True, "pdf_standards": "a-3b"},
    {"ignore_system_fonts": False, "pdf_standards": "a-3b"},
    {"ignore_system_fonts": False},
)


def invoice_pdf(document: Document, *, seller: str = "", seal: Seal | None = None) -> bytes:
    """The document as tagged PDF/A-3b, the same bytes each time.

    Characters that typst's own fonts lack are looked for among the system's; where none has them, the result
    is a plain PDF that shows their absence, not a refusal. Raises Unavailable without typst.
    """
    return _pdf(document, view(document, seller=seller, seal=seal))


def _pdf(document: Document, shown: dict[str, Any]) -> bytes:
    typst = _typst()
    options: dict[str, Any] = {
        "format": "pdf",
        "sys_inputs": _inputs(shown),
        "timestamp": micros(document.issued_at) // 1_000_000,
    }
    for attempt in _ATTEMPTS[:-1]:
        try:
            return bytes(typst.compile(_template(), **options, **attempt))
        except typst.TypstError:
            # PDF/A refuses a document with a character that no font draws.
            continue
    return bytes(typst.compile(_template(), **options, **_ATTEMPTS[-1]))


def comparison_pdf(draft: DraftInvoice, *, banner: str, due: bool, at: datetime, seller: str = "") -> bytes:
    """A draft set beside another for comparison, as PDF; its banner says what it is and whether it is due.

    It has no number and no evidence: nothing of it is kept. The same draft and moment give the same bytes.
    """
    document = finalise(draft, number=draft.period_name, at=at)
    return _pdf(document, comparison_view(document, banner=banner, due=due, seller=seller))


def invoice_png(document: Document, *, seller: str = "", seal: Seal | None = None) -> list[bytes]:
    """The document's pages as pictures."""
    inputs = _inputs(view(document, seller=seller, seal=seal))
    made = _typst().compile(_template(), format="png", ppi=110, sys_inputs=inputs, ignore_system_fonts=True)
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]


def _inputs(shown: dict[str, Any]) -> dict[str, str]:
    return {"data": encode(shown).decode()}


@cache
def _template() -> bytes:
    return files("steelyard.adapters.documents").joinpath("invoice.typ").read_bytes()


def _typst() -> Any:
    try:
        import typst
    except ImportError:
        message = "PDF needs typst: install steelyard with the extra `documents`"
        raise Unavailable(message, code="no_typst") from None
    return typst
