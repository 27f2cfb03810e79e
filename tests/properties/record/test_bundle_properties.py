"""Sealed bundles: what was put in comes out, whole, and every leaf is the one its entry defines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from steelyard.record import Bundle, Kind
from steelyard.record.merkle import EMPTY_ROOT, Frontier, leaf_hash, root, root_of
from steelyard.record.seal import Head, seal

CUSTOMERS = st.sampled_from(["acme", "globex", "Käufer", "$workspace", "🜚"])
ENTRIES = st.lists(
    st.tuples(CUSTOMERS, st.sampled_from(Kind), st.binary(max_size=40)), min_size=1, max_size=40
)


@given(st.lists(ENTRIES, max_size=4))
def test_entries_survive_sealing_in_any_groups(groups: list[list[tuple[str, Kind, bytes]]]) -> None:
    heads: dict[str, Head] = {}
    frontier: Frontier = ()
    chains: dict[str, list[bytes]] = {}
    hashes: list[bytes] = []
    index = 0
    for number, group in enumerate(groups):
        customers, kinds, payloads = (list(column) for column in zip(*group, strict=True))
        sealed = seal(
            first_index=index,
            recorded_at=number + 1,
            kinds=bytes(kinds),
            customers=customers,
            payloads=payloads,
            salts=bytes(range(16)) * len(group),
            heads=heads,
            frontier=frontier,
        )
        heads.update(sealed.heads)
        frontier = sealed.frontier
        bundle = Bundle(first_index=index, count=len(group), data=sealed.data, checkpoint="")
        assert bundle.payload_list() == payloads
        for position, (customer, kind, payload) in enumerate(group):
            entry = bundle.entry_at(position)
            chain = chains.setdefault(customer, [])
            assert (entry.index, entry.customer, entry.kind) == (index + position, customer, kind)
            assert (entry.payload, entry.recorded_at) == (payload, number + 1)
            assert (entry.customer_seq, entry.customer_prev) == (len(chain), [bytes(32), *chain][-1])
            assert bundle.leaf_at(position) == entry.leaf()
            chain.append(entry.leaf())
            hashes.append(leaf_hash(entry.leaf()))
        index = bundle.end
    assert heads == {customer: (len(chain) - 1, chain[-1]) for customer, chain in chains.items()}
    assert root_of(frontier) == (root(hashes) if hashes else EMPTY_ROOT)
