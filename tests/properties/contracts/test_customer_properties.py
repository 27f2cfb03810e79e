"""What holds for every tree of customers and every history of attributes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from steelyard.contracts import ATTRIBUTE_NAMES, Customer, DatedAttributes, Tree
from steelyard.kernel import InvalidInput, decode, encode, instant

START = instant("2026-01-01T00:00:00Z")

parents = st.lists(st.integers(min_value=-1, max_value=11), min_size=1, max_size=12)
histories = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.dictionaries(st.sampled_from(ATTRIBUTE_NAMES), st.sampled_from(["", "x", "y"])),
    ),
    max_size=8,
)


def customer(key: str, **changes: object) -> Customer:
    return Customer(**{"key": key, "name": key, "currency": "EUR", "created_at": START, **changes})  # pyright: ignore[reportArgumentType]


@given(parents)
def test_a_tree_is_refused_or_every_customer_hangs_below_exactly_one_root(given_parents: list[int]) -> None:
    customers = [
        customer(str(i), parent=None if parent < 0 else str(parent)) for i, parent in enumerate(given_parents)
    ]
    try:
        tree = Tree(customers)
    except InvalidInput:
        return
    below = [key for root in tree.roots for key in (root, *tree.descendants(root))]
    assert sorted(below) == sorted(one.key for one in customers)
    for one in customers:
        assert tree.depth(one.key) == len(tree.ancestors(one.key))
        assert all(one.key in tree.descendants(above) for above in tree.ancestors(one.key))


@given(parents)
def test_circles_are_always_found(given_parents: list[int]) -> None:
    links = {i: parent for i, parent in enumerate(given_parents) if parent < len(given_parents)}
    customers = [customer(str(i), parent=None if p < 0 else str(p)) for i, p in links.items()]
    if any(parent >= 0 and parent not in links for parent in links.values()):
        return

    def ends(node: int) -> bool:
        for _ in range(len(links) + 1):
            node = links[node]
            if node < 0:
                return True
        return False

    try:
        Tree(customers)
        refused = False
    except InvalidInput:
        refused = True
    assert refused == (not all(ends(node) for node in links))


@given(histories, st.integers(0, 20))
def test_attributes_at_a_moment_are_the_last_told_of_each_up_to_it(
    history: list[tuple[int, dict[str, str]]], day: int
) -> None:
    dated = tuple(
        DatedAttributes(effective_from=START + timedelta(days=d), values=values) for d, values in history
    )
    held = customer("a", attributes=dated).attributes_at(START + timedelta(days=day))
    for name in ATTRIBUTE_NAMES:
        told = [
            (d, place, values[name])
            for place, (d, values) in enumerate(history)
            if name in values and d <= day
        ]
        expected = max(told)[2] if told else ""
        assert held.get(name, "") == expected


@given(histories)
def test_a_customer_survives_its_canonical_form(history: list[tuple[int, dict[str, str]]]) -> None:
    dated = tuple(
        DatedAttributes(effective_from=START + timedelta(days=d, microseconds=d), values=values)
        for d, values in history
    )
    one = customer("a", attributes=dated, subjects=("ä", "b"))
    assert decode(encode(one), Customer) == one
