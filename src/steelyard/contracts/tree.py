"""The customer tree: who is whose parent, without cycles, at most sixteen deep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from steelyard.contracts.model import Customer
from steelyard.kernel import InvalidInput

TREE_DEPTH_MAX: Final = 16


class Tree:
    """The tree that these customers form by their parents.

    Raises InvalidInput when a parent is missing (`unknown_parent`), when parents run in a circle
    (`parent_cycle`) or when a branch is too deep (`tree_too_deep`).

    >>> from steelyard.kernel import instant
    >>> made = {"currency": "EUR", "created_at": instant("2026-01-01T00:00:00Z")}
    >>> group = Customer(key="group", name="Group", **made)
    >>> shop = Customer(key="shop", name="Shop", parent="group", **made)
    >>> tree = Tree([shop, group])
    >>> tree.descendants("group"), tree.ancestors("shop"), tree.depth("shop"), tree.roots
    (('shop',), ('group',), 1, ('group',))
    """

    __slots__ = ("_children", "_parents")

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._parents: dict[str, str | None] = {one.key: one.parent for one in customers}
        refuse_bad_parents(self._parents)
        self._children: dict[str, list[str]] = {}
        for key, parent in sorted(self._parents.items()):
            if parent is not None:
                self._children.setdefault(parent, []).append(key)

    @property
    def roots(self) -> tuple[str, ...]:
        """Customers without a parent, by key."""
        return tuple(sorted(key for key, parent in self._parents.items() if parent is None))

    def children(self, key: str) -> tuple[str, ...]:
        """The customers directly under this one, by key."""
        return tuple(self._children.get(key, ()))

    def descendants(self, key: str) -> tuple[str, ...]:
        """All customers below this one: each before those below it, siblings by key."""
        found: list[str] = []
        waiting = list(reversed(self.children(key)))
        while waiting:
            found.append(waiting.pop())
            waiting += reversed(self.children(found[-1]))
        return tuple(found)

    def ancestors(self, key: str) -> tuple[str, ...]:
        """The parents of this customer, the nearest first."""
        return tuple(ancestors(self._parents, key))

    def depth(self, key: str) -> int:
        """How many customers are above this one; 0 for a root."""
        return len(self.ancestors(key))


def ancestors(parents: Mapping[str, str | None], key: str) -> list[str]:
    """The parents above a key, the nearest first; raises InvalidInput `parent_cycle` for a circle.

    >>> ancestors({"a": None, "b": "a", "c": "b"}, "c")
    ['b', 'a']
    """
    above: list[str] = []
    parent = parents.get(key)
    while parent is not None:
        if parent == key or parent in above:
            raise InvalidInput(f"the parents of {key!r} run in a circle", code="parent_cycle")
        above.append(parent)
        parent = parents.get(parent)
    return above


def refuse_bad_parents(parents: Mapping[str, str | None]) -> None:
    """Raises InvalidInput for a missing parent, a circle, or a branch that is too deep."""
    for key, parent in parents.items():
        if parent is not None and parent not in parents:
            raise InvalidInput(f"{key!r} has the unknown parent {parent!r}", code="unknown_parent")
        if len(ancestors(parents, key)) >= TREE_DEPTH_MAX:
            message = f"{key!r} is more than {TREE_DEPTH_MAX} levels deep"
            raise InvalidInput(message, code="tree_too_deep")
