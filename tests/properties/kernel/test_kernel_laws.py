"""Laws of the kernel: splits conserve, encodings are canonical, instants survive the round trip."""

from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from steelyard.kernel import (
    allocate,
    decode,
    digest,
    encode,
    from_micros,
    make_id,
    micros,
    plain,
    round_minor,
)

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
minor_amounts = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
weights = st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=20).filter(lambda w: sum(w) > 0)


@given(total=minor_amounts, parts=weights)
def test_the_parts_of_a_split_sum_to_the_whole_and_stray_less_than_a_cent(
    total: Decimal, parts: list[Decimal]
) -> None:
    shares = allocate(total, parts, "USD")
    assert sum(shares) == total
    for share, weight in zip(shares, parts, strict=True):
        assert abs(share - total * weight / sum(parts)) < Decimal("0.01")


@given(amounts)
def test_rounding_is_symmetric_and_idempotent(amount: Decimal) -> None:
    rounded = round_minor(amount, "USD")
    assert round_minor(-amount, "USD") == -rounded
    assert round_minor(rounded, "USD") == rounded
    assert abs(rounded - amount) <= Decimal("0.005")


@given(amounts)
def test_plain_text_reads_back_as_the_same_number(amount: Decimal) -> None:
    assert Decimal(plain(amount)) == amount
    assert encode(amount) == encode(amount.normalize())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_canonical_bytes_decode_to_the_value_and_encode_to_themselves(value: object) -> None:
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)
    assert digest(value) == digest(decode(encode(value)))


@given(
    st.integers(0, 7_258_118_400_000_000).map(from_micros),
    st.binary(min_size=10, max_size=10),
)
def test_instants_and_ids_keep_their_order(moment: datetime, entropy: bytes) -> None:
    assert from_micros(micros(moment)) == moment
    later = from_micros(micros(moment) + 1000)
    assert make_id("x", moment, entropy)[:12] < make_id("x", later, entropy)[:12]
