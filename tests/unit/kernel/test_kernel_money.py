"""Money: ISO 4217 minor units, one rounding, splits that lose nothing."""

from decimal import Decimal, FloatOperation

import pytest

from steelyard.kernel import (
    InvalidInput,
    Money,
    Rounding,
    allocate,
    minor_digits,
    parse_decimal,
    plain,
    round_minor,
)


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("MGA", 2), ("CLF", 4)])
def test_minor_units_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("code", ["usd", "", "ZZZ", "BTC"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        minor_digits(code)
    assert refusal.value.detail_code == "unknown_currency"


@pytest.mark.parametrize(
    ("amount", "currency", "mode", "rounded"),
    [
        ("0.005", "USD", Rounding.HALF_AWAY_FROM_ZERO, "0.01"),
        ("-0.005", "USD", Rounding.HALF_AWAY_FROM_ZERO, "-0.01"),
        ("0.005", "USD", Rounding.HALF_EVEN, "0.00"),
        ("1.5", "JPY", Rounding.HALF_AWAY_FROM_ZERO, "2"),
        ("1.0001", "KWD", Rounding.UP, "1.001"),
        ("-1.009", "EUR", Rounding.DOWN, "-1.00"),
        ("-0.001", "USD", Rounding.HALF_AWAY_FROM_ZERO, "0.00"),
    ],
)
def test_rounding_names_its_mode(amount: str, currency: str, mode: Rounding, rounded: str) -> None:
    assert str(round_minor(Decimal(amount), currency, mode)) == rounded


def test_amounts_of_two_currencies_never_add() -> None:
    with pytest.raises(InvalidInput, match="cannot add EUR to USD"):
        _ = Money(amount=Decimal(1), currency="USD") + Money(amount=Decimal(1), currency="EUR")


def test_a_split_refuses_what_has_no_answer() -> None:
    with pytest.raises(InvalidInput, match="not all be zero"):
        allocate(Decimal(1), [Decimal(0)], "USD")
    with pytest.raises(InvalidInput, match="finer than the minor unit"):
        allocate(Decimal("0.001"), [Decimal(1)], "USD")


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "", "1,5", "0x10", "1" * 39, "1e999999", "1e-99", True, 1.5, None]
)
def test_what_is_no_exact_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        parse_decimal(value)  # type: ignore[arg-type]


def test_a_float_never_touches_an_exact_number() -> None:
    with pytest.raises((FloatOperation, TypeError)):
        _ = Decimal("0.1") + 0.2  # type: ignore[operator]
    with pytest.raises(FloatOperation):
        _ = Decimal("0.5") < 0.7


def test_plain_text_has_no_exponent() -> None:
    assert [plain(Decimal(t)) for t in ("1E+2", "1.10", "-0.0", "0E-9", "100")] == [
        "100",
        "1.1",
        "0",
        "0",
        "100",
    ]
