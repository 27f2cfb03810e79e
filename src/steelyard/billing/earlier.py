"""What documents of an earlier Steelyard do not say of themselves, read from what they do say.

Such a document names no `versions` and no `known_at`: each of its lines says its own catalog version, and its
chain range says up to which entry the usage was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from steelyard.billing.model import Document
from steelyard.kernel import ZERO


def versions_of(document: Document) -> Mapping[str, str]:
    """The catalog version by which each subscription of the document is priced."""
    if document.versions:
        return document.versions
    by_line = {line.subscription: line.price_version for line in document.lines if line.price_version}
    return {one: by_line.get(one, document.catalog_version) for one in document.subscriptions}


def known_until(document: Document) -> datetime:
    """The moment up to which the record was read for the document; where it does not say: its issue."""
    return document.issued_at if document.known_at is None else document.known_at


def last_known_seq(document: Document) -> int | None:
    """The last entry of the customer's chain that was read; None where `known_at` says it better."""
    return document.chain.last_seq if document.known_at is None else None


def in_form_of(stated: Document, computed: Document) -> Document:
    """The computed document without what the stated one could not say yet, so that they can be compared."""
    if not any(line.given_free for line in stated.lines):
        computed = replace(computed, lines=tuple(replace(one, given_free=ZERO) for one in computed.lines))
    return computed if stated.versions else replace(computed, versions={})
