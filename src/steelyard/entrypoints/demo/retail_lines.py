"""The lines of Online Retail II as usage events: each carries its quantity and its unit price.

Online Retail II: UCI Machine Learning Repository, by Daqing Chen, CC BY 4.0; https://doi.org/10.24432/C5CG6D
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Final, NamedTuple
from zoneinfo import ZoneInfo

from steelyard.kernel import InvalidInput, iso

HEADER: Final = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
TIMEZONE: Final = "Europe/London"
_ZONE: Final = ZoneInfo(TIMEZONE)


@dataclass(slots=True)
class Shop:
    """What reading the lines taught: the customers, the months of each, and how many lines there were."""

    countries: dict[str, str] = field(default_factory=dict[str, str])
    months: set[str] = field(default_factory=set[str])
    customer_months: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    lines: int = 0
    without_customer: int = 0


class Row(NamedTuple):
    """One line as the file has it, with its place in time."""

    moment: str
    invoice: str
    number: int
    stock_code: str
    description: str
    quantity: str
    unit_price: str
    customer: str
    country: str


def read_rows(file: IO[str], shop: Shop) -> list[Row]:
    """All lines, in the order of their times.

    Raises InvalidInput where the file is not Online Retail II.
    """
    reader = csv.reader(file)
    if next(reader, None) != HEADER.split(","):
        raise InvalidInput("this is not the Online Retail II file: its header is another", code="bad_data")
    rows: list[Row] = []
    numbers: dict[str, int] = {}
    moments: dict[str, tuple[str, str]] = {}
    for invoice, stock, description, quantity, date, price, customer, country in reader:
        number = numbers[invoice] = numbers.get(invoice, 0) + 1
        known = moments.get(date)
        if known is None:
            known = moments[date] = _moment(date)
        key = f"c{customer.removesuffix('.0')}" if customer else ""
        if key:
            shop.countries.setdefault(key, country)
            shop.customer_months.add((key, known[1]))
        else:
            shop.without_customer += 1
        shop.months.add(known[1])
        rows.append(Row(known[0], invoice, number, stock, description, quantity, price, key, country))
    shop.lines = len(rows)
    rows.sort(key=lambda row: row.moment)
    return rows


def encoded(rows: Iterable[Row], size: int) -> Iterator[tuple[int, bytes]]:
    """The events of the rows as JSON arrays of at most this many, each with its number of events."""
    quoted = _Quoted()
    part: list[str] = []
    for row in rows:
        # A line without a customer has no subject; an empty one would be read event by event.
        subject = f'"subject":"{row.customer}",' if row.customer else ""
        part.append(
            f'{{"id":"{row.invoice}-{row.number}","source":"online-retail-ii","type":"sale",{subject}'
            f'"time":"{row.moment}","data":{{"quantity":{row.quantity},'
            f'"unit_price":"{row.unit_price}","stock_code":{quoted[row.stock_code]},'
            f'"description":{quoted[row.description]},"country":{quoted[row.country]}}}}}'
        )
        if len(part) == size:
            yield size, f"[{','.join(part)}]".encode()
            part = []
    if part:
        yield len(part), f"[{','.join(part)}]".encode()


class _Quoted(dict[str, str]):
    """Texts as JSON writes them, each made once."""

    def __missing__(self, text: str) -> str:
        quoted = self[text] = json.dumps(text, ensure_ascii=False)
        return quoted


def _moment(text: str) -> tuple[str, str]:
    """A British local time such as `12/1/2009 7:45` as an instant, and its month on that calendar."""
    try:
        day, clock = text.split(" ")
        month, date, year = (int(part) for part in day.split("/"))
        hour, minute = (int(part) for part in clock.split(":"))
        local = datetime(year, month, date, hour, minute, tzinfo=_ZONE)
    except ValueError:
        raise InvalidInput(f"{text!r} is no time as Online Retail II writes them", code="bad_data") from None
    return iso(local.astimezone(UTC)), f"{year:04d}-{month:02d}"
