"""Evidence: one file that lets a customer check an invoice offline, trusting nobody but the record's key.

`build` collects the document, the terms it rests on and the section of the customer's chain with its usage;
`verify` proves each of them against the signed checkpoint, computes the invoice anew from the events and
compares every line. Neither trusts an amount that the file states.
"""

from steelyard.billing.evidence.build import build, collect
from steelyard.billing.evidence.form import (
    FORMAT,
    Evidence,
    EvidenceVerdict,
    Proven,
    Section,
    SectionEntry,
    read_evidence,
    write_evidence,
)
from steelyard.billing.evidence.verify import verify

__all__ = [
    "FORMAT",
    "Evidence",
    "EvidenceVerdict",
    "Proven",
    "Section",
    "SectionEntry",
    "build",
    "collect",
    "read_evidence",
    "verify",
    "write_evidence",
]
