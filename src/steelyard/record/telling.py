"""How an entry tells of a state row: one payload form, made and read in one place.

The payload is the canonical JSON `{"body": {...}, "what": "customer"}`. `body` is the whole record, `what`
the name of its type, which is also the name of the table that keeps the row. Because the row's body is the
payload's body byte for byte, the state can be checked against the record (and rebuilt from it).
"""

from __future__ import annotations

import functools
import re
from typing import Protocol

import msgspec

from steelyard.kernel import encode

_HEAD = b'{"body":'
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Saves(Protocol):
    """What carries a record that is to become a state row, as `Save` does."""

    @property
    def record(self) -> object:
        """The record to keep."""
        ...


class Told(msgspec.Struct, frozen=True):
    """What an entry's payload says: the name of the record's type, and the canonical bytes of its body."""

    what: str
    body: msgspec.Raw


@functools.cache
def what_of(kind: type) -> str:
    """The name under which records of a type are told and kept.

    >>> class JournalEntry: ...
    >>> what_of(JournalEntry)
    'journal_entry'
    """
    return _WORD.sub("_", kind.__name__).lower()


def telling(record: object) -> bytes:
    """The payload of the entry that tells of this record.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Customer:
    ...     key: str
    >>> telling(Customer(key="acme"))
    b'{"body":{"key":"acme"},"what":"customer"}'
    """
    return b'%s%s,"what":"%s"}' % (_HEAD, encode(record), what_of(type(record)).encode())


def record_of(save: Saves) -> bytes:
    """The payload of the entry that tells of what is saved; see `telling`."""
    return telling(save.record)


_reader = msgspec.json.Decoder(Told)


def told(payload: bytes) -> Told | None:
    """What the payload tells of, or None if it is no telling payload (such as a usage event's).

    >>> said = told(b'{"body":{"key":"acme"},"what":"customer"}')
    >>> said.what, bytes(said.body)
    ('customer', b'{"key":"acme"}')
    >>> told(b'{"source":"api","id":"1"}') is None
    True
    """
    if not payload.startswith(_HEAD):
        return None
    try:
        return _reader.decode(payload)
    except msgspec.DecodeError:
        return None
