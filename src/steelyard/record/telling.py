"""How an entry tells of a state row: one payload form, made and read in one place.

The payload is the canonical JSON `{"body": {...}, "what": "customer"}`. `body` is the whole record, `what`
the name of its type, which is also the name of the table that keeps the row. Because the row's body is the
payload's body byte for byte, the state can be checked against the record (and rebuilt from it).
"""

from __future__ import annotations

import functools
import re
from typing import Any, Protocol, cast

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
    return _payload(encode(record), type(record))


def _payload(body: bytes, kind: type) -> bytes:
    return b'%s%s,"what":"%s"}' % (_HEAD, body, what_of(kind).encode())


def tells_of(payload: bytes, record: object) -> bool:
    """Whether the payload is the telling of this record, as made today or by an earlier Steelyard."""
    said = told(payload)
    if said is None or payload != _payload(bytes(said.body), type(record)):
        return False
    return is_form_of(bytes(said.body), record)


def record_of(save: Saves) -> bytes:
    """The payload of the entry that tells of what is saved; see `telling`."""
    return telling(save.record)


def is_form_of(body: bytes, record: object) -> bool:
    """Whether these bytes are the record's canonical body, as written today or by an earlier Steelyard.

    An earlier body lacks what records of its type have come to say since; whatever it does say, the record
    read from it says too.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Customer:
    ...     key: str
    ...     note: str = ""
    >>> acme = Customer(key="acme")
    >>> is_form_of(b'{"key":"acme","note":""}', acme), is_form_of(b'{"key":"acme"}', acme)
    (True, True)
    >>> is_form_of(b'{"key":"acme","colour":"red"}', acme), is_form_of(b'{"key": "acme"}', acme)
    (False, False)
    """
    today = encode(record)
    if today == body:
        return True
    said = _plain.decode(body)
    return _one_spelling.encode(said) == body and _says(_plain.decode(today), said)


def _says(today: Any, said: Any) -> bool:
    """Whether a value of today says all that an earlier one said."""
    if isinstance(said, dict) and isinstance(today, dict):
        one, other = cast("dict[str, Any]", today), cast("dict[str, Any]", said)
        return all(name in one and _says(one[name], value) for name, value in other.items())
    if isinstance(said, list) and isinstance(today, list):
        those, these = cast("list[Any]", today), cast("list[Any]", said)
        return len(those) == len(these) and all(map(_says, those, these))
    return bool(today == said) and isinstance(today, bool) is isinstance(said, bool)


_plain = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode()))
_one_spelling = msgspec.json.Encoder(order="deterministic")
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
