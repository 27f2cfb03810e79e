"""All API keys in memory, by hash: what every request asks, current after each commit."""

from __future__ import annotations

from collections.abc import Iterable

from steelyard.access.model import ApiKey
from steelyard.kernel import decode
from steelyard.record import Bundle, Kind
from steelyard.record.telling import told, what_of


class KeyRing:
    """Finds an API key by the hash of its secret; a revoked key is found too, and says so itself.

    >>> from steelyard.kernel import instant
    >>> ring = KeyRing(
    ...     [ApiKey(id="key_1", name="ci", hash="ab", scopes=(), created_at=instant("2026-01-01T00:00Z"))]
    ... )
    >>> ring.find("ab").name, ring.find("cd")
    ('ci', None)
    """

    __slots__ = ("_by_hash", "_customers", "_hashes", "_names")

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._by_hash: dict[str, ApiKey] = {}
        self._hashes: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._customers: dict[str, str | None] = {}
        for key in keys:
            self.learn(key)

    def find(self, digest: str) -> ApiKey | None:
        """The key whose secret has this SHA-256 (hexadecimal), or None."""
        return self._by_hash.get(digest)

    def of_id(self, id: str) -> ApiKey | None:
        """The key of this id, or None."""
        return self._by_hash.get(self._hashes.get(id, ""))

    def name_of(self, id: str) -> str:
        """The name of the key with this id; empty where there is none."""
        return self._names.get(id, "")

    def customer_of(self, id: str) -> str | None:
        """The customer to whom the key with this id is confined; None where it is to none."""
        return self._customers.get(id)

    def names(self) -> list[tuple[str, str]]:
        """The id and name of every key."""
        return list(self._names.items())

    def learn(self, key: ApiKey) -> None:
        """Takes in a new or changed key."""
        self._by_hash[key.hash] = key
        self._hashes[key.id] = key.hash
        self._names[key.id] = key.name
        self._customers[key.id] = key.customer

    def follow(self, bundle: Bundle) -> None:
        """Takes in what a bundle of the record tells of keys; made to be a subscriber of the writer."""
        for position in bundle.positions_of(Kind.ACCESS):
            said = told(bundle.payload_at(position))
            if said is not None and said.what == what_of(ApiKey):
                self.learn(decode(bytes(said.body), ApiKey))
