"""Roles, statuses and reaches in the words of people."""

from __future__ import annotations

from typing import Final

ROLE_WORDS: Final = {
    "owner": ("Owner", "Everything, people included."),
    "product": ("Product", "Defines what is sold and measured."),
    "engineer": ("Engineer", "Sends and corrects usage, writes the catalog."),
    "finance": ("Finance", "Bills, contracts and the books."),
    "revenue_operations": ("Revenue operations", "Catalog, customers, contracts and bills."),
    "sales": ("Sales", "Contracts of their own customers."),
    "success": ("Success", "Reads all of their segments' customers."),
    "support": ("Support", "Corrects usage of their segments' customers."),
    "executive": ("Executive", "Reads everything, agrees to what is sensitive."),
    "auditor": ("Auditor", "Reads everything, changes nothing."),
    "guest": ("Guest", "Reads everything, changes nothing."),
    "customer_admin": ("Customer's admin", "Sees all of their customer, invites its people."),
    "customer_finance": ("Customer's finance", "Their customer's bills."),
    "customer_engineer": ("Customer's engineer", "Sends and reads their customer's usage."),
    "customer_viewer": ("Customer's viewer", "Reads their customer's usage."),
}
TONES: Final = {"pending": "draft", "agreed": "ok", "refused": "bad", "expired": "bad"}
REACHES: Final = {"all": "all", "segment": "segments", "own": "own"}


def role_name(role: str) -> str:
    """What a role is called.

    >>> role_name("revenue_operations"), role_name("key")
    ('Revenue operations', 'key')
    """
    return ROLE_WORDS[role][0] if role in ROLE_WORDS else role


def listed(text: str) -> list[str]:
    """The words of a field that takes several, separated by commas or blanks.

    >>> listed("acme, bolt  coil")
    ['acme', 'bolt', 'coil']
    """
    return text.replace(",", " ").split()
