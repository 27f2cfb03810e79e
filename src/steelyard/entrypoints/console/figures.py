"""How numbers, amounts and times look on a page: exact in, text out.

Babel formats and nothing more; the digits of an amount come from ISO 4217 by way of the kernel, because
Babel's own table differs from it. A minus is the typographic one, so that columns of figures align.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.numbers import NumberPattern, format_currency, format_decimal, parse_pattern

from steelyard.kernel import InvalidInput, instant, minor_digits, parse_decimal, parse_month, round_minor
from steelyard.kernel.period import zone

LOCALE = "en"
_MINUS = "\N{MINUS SIGN}"
_LETTERS = re.compile("([A-Z])(?=[0-9])")
_PATTERN_QUANTITY = "#,##0.############"


def number(value: str | int | Decimal | None, *, missing: str = "–") -> str:
    """A quantity with grouped thousands and all the digits that it has.

    >>> number("20412877"), number("0.0000032"), number("-5"), number(None)
    ('20,412,877', '0.0000032', '−5', '–')
    """
    if value is None or value == "":
        return missing
    text = format_decimal(parse_decimal(value), format=_PATTERN_QUANTITY, locale=LOCALE)
    return text.replace("-", _MINUS)


def amount(value: str | Decimal, currency: str) -> str:
    """An amount with its currency's sign, in the currency's minor units.

    >>> amount("19312.75", "USD"), amount("-5", "EUR"), amount("1200", "JPY")
    ('$19,312.75', '−€5.00', '¥1,200')
    >>> amount("-1.5", "KWD").split()
    ['−KWD', '1.500']
    """
    rounded = round_minor(parse_decimal(value), currency)
    text = format_currency(
        rounded, currency, format=_currency_pattern(currency), locale=LOCALE, currency_digits=False
    )
    return _LETTERS.sub("\\1\N{NO-BREAK SPACE}", text).replace("-", _MINUS)


def plain_amount(value: str | Decimal, currency: str) -> str:
    """The amount without its sign, for columns whose head names the currency.

    >>> plain_amount("4320", "USD")
    '4,320.00'
    """
    rounded = round_minor(parse_decimal(value), currency)
    return format_decimal(rounded, format="#,##0" + _fraction(currency), locale=LOCALE).replace("-", _MINUS)


def exact_amount(value: str | Decimal, currency: str) -> str:
    """The amount before rounding: at least the minor digits, and every further digit that it has.

    >>> exact_amount("39053.1776", "USD"), exact_amount("400", "USD")
    ('39,053.1776', '400.00')
    """
    pattern = "#,##0." + "0" * minor_digits(currency) + "#" * (20 - minor_digits(currency))
    return format_decimal(parse_decimal(value), format=pattern, locale=LOCALE).replace("-", _MINUS)


def percent(part: Decimal, whole: Decimal) -> str:
    """A share of the whole in percent with one digit; a dash where there is no whole.

    >>> percent(Decimal(1), Decimal(8)).split(), percent(Decimal(1), Decimal(0))
    (['12.5', '%'], '–')
    """
    if whole == 0:
        return "–"
    return number((part * 100 / whole).quantize(Decimal("0.1"))) + "\N{NO-BREAK SPACE}%"


def moment(text: str | None) -> str:
    """An instant as a person reads it, in UTC as the foot of every page says.

    >>> moment("2026-11-01T06:00:04.412Z")
    '1 Nov 2026, 06:00'
    """
    if not text:
        return "–"
    at = instant(text).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M}"


def moment_exact(text: str) -> str:
    """An instant with its milliseconds, for things that follow each other closely.

    >>> moment_exact("2026-11-01T06:00:04.412008Z")
    '1 Nov 2026, 06:00:04.412'
    """
    at = instant(text).astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M:%S}.{at.microsecond // 1000:03d}"


def day(text: str | None) -> str:
    """The day of a date or an instant in UTC.

    >>> day("2026-10-05"), day("2026-11-01T06:00:04Z")
    ('5 Oct 2026', '1 Nov 2026')
    """
    if not text:
        return "–"
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%b %Y}"


def day_in(text: str | None, timezone: str) -> str:
    """The day of an instant on the calendar of a time zone.

    >>> day_in("2025-12-31T23:00:00Z", "Europe/Berlin"), day_in(None, "UTC")
    ('1 Jan 2026', '–')
    """
    return "–" if not text else day(instant(text).astimezone(zone(timezone)).isoformat())


def day_before(text: str, timezone: str) -> str:
    """The last day that belongs to a stretch which ends at this instant, on the calendar of a time zone.

    >>> day_before("2026-12-01T00:00:00Z", "UTC"), day_before("2026-12-01T08:00:00Z", "UTC")
    ('30 Nov 2026', '1 Dec 2026')
    """
    return day((instant(text) - timedelta(microseconds=1)).astimezone(zone(timezone)).isoformat())


def label(text: str) -> str:
    """What a chart's table calls a row: an instant, an hour, a day or a month.

    >>> label("2026-10"), label("2026-10-05"), label("2026-10-05T17:00")
    ('October 2026', '5 Oct 2026', '5 Oct 2026, 17:00')
    """
    if "T" not in text:
        return month(text) if len(text) == len("2026-10") else day(text)
    if len(text) > len("2026-10-05T17:00"):
        return moment_exact(text)
    return f"{day(text)}, {text[-5:]}"


def month(label: str) -> str:
    """The month that `YYYY-MM` names, in words; other labels stay as they are.

    >>> month("2026-10"), month("custom")
    ('October 2026', 'custom')
    """
    try:
        return f"{parse_month(label).start:%B %Y}"
    except InvalidInput:
        return label


def count(how_many: int, one: str, many: str = "") -> str:
    """A number of things with the right form of their name.

    >>> count(1, "event"), count(312, "event"), count(0, "entry", "entries")
    ('1 event', '312 events', '0 entries')
    """
    return f"{number(how_many)} {one if how_many == 1 else many or one + 's'}"


def short(digest: str, head: int = 8) -> str:
    """The beginning and the end of a hash or id that is too long for a table.

    >>> short("kTqeC0wZ3mL9aP0xQ2rS7tUvWxYzAbCdEfGhIjKlMnO=")
    'kTqeC0wZ…MnO='
    """
    return digest if len(digest) <= head + 6 else f"{digest[:head]}…{digest[-4:]}"


def _fraction(currency: str) -> str:
    digits = minor_digits(currency)
    return "." + "0" * digits if digits else ""


@lru_cache(maxsize=64)
def _currency_pattern(currency: str) -> NumberPattern:
    return parse_pattern("¤#,##0" + _fraction(currency))
