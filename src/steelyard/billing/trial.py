"""Runs the pricing tests of a catalog: the usage that a test gives, through the draft that bills.

Nothing is calculated here. The store of usage is one that answers what the test says was used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast

from steelyard.billing.accounts import Cards, account
from steelyard.billing.draft import draft
from steelyard.billing.model import DraftInvoice, Line
from steelyard.billing.readings import read_terms
from steelyard.catalog import LIVE_KEY, Catalog, CatalogVersion, LiveCatalog, catalog_id
from steelyard.catalog.trial import Difference, ExpectedLine, GivenUsage, Outcome, Trial
from steelyard.contracts import Customer, DatedAttributes, Subscription, Tax
from steelyard.kernel import ZERO, Period, parse_month, plain, round_minor
from steelyard.metering import Filter, FilterOp, Meter, QuantityRow, UsageStore
from steelyard.record import State

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CUSTOMER: Final = "test"


def run_trials(catalog: Catalog, trials: Iterable[Trial]) -> tuple[Outcome, ...]:
    """How each test went, in their order.

    >>> run_trials(Catalog(), [])
    ()
    """
    cards = cards_of(catalog)
    return tuple(_outcome(trial, catalog, cards) for trial in trials)


def cards_of(catalog: Catalog) -> Cards:
    """The rate cards of a catalog as if it were published, and nothing else were."""
    version = CatalogVersion(
        id=catalog_id(catalog), number=1, published_at=_LONG_AGO, published_by="", catalog=catalog
    )
    return Cards(cast("State", _Shelf(version)))


def _outcome(trial: Trial, catalog: Catalog, cards: Cards) -> Outcome:
    bill = bill_of(trial, catalog, cards)
    codes = sorted({problem.code for problem in bill.problems})
    found: list[Difference] = []
    if codes != sorted(set(trial.expect.problems)):
        told = "; ".join(problem.message for problem in bill.problems)
        expected = ", ".join(sorted(trial.expect.problems))
        found.append(Difference(what="problems", expected=expected, got=told or ", ".join(codes)))
    found += _differences(trial, bill)
    return Outcome(trial=trial, differences=tuple(found), invoice=tuple(_printed(bill)))


def bill_of(trial: Trial, catalog: Catalog, cards: Cards) -> DraftInvoice:
    """The bill of a month in which what the trial says was used, by the catalog of these cards.

    Raises NotFound where the catalog has no such plan or metric.
    """
    plan = catalog.plan(trial.plan)
    period = parse_month(trial.period, trial.timezone)
    dated = (DatedAttributes(effective_from=_LONG_AGO, values=dict(trial.attributes)),)
    customer = Customer(
        key=_CUSTOMER,
        name="Test",
        currency=plan.currency,
        created_at=_LONG_AGO,
        timezone=trial.timezone,
        attributes=dated if trial.attributes else (),
        tax=Tax(name="Tax", percent=trial.tax) if trial.tax is not None else None,
    )
    subscription = Subscription(
        id="sub_test",
        customer=_CUSTOMER,
        plan=trial.plan,
        start=trial.start or _LONG_AGO,
        end=trial.end,
        quantities=dict(trial.quantities),
        add_ons=trial.add_ons,
        commitment=trial.commitment,
    )
    one = account(customer, [subscription], period, cards)
    usage = cast("UsageStore", _Given(catalog, trial.usage))
    return draft(customer, period, read_terms(usage, one.spans))


class _Shelf:
    """The state in which one catalog version is live, and nothing else is."""

    def __init__(self, version: CatalogVersion) -> None:
        live = LiveCatalog(version_id=version.id, number=1, published_at=version.published_at)
        self._rows: dict[tuple[type, str], object] = {
            (LiveCatalog, LIVE_KEY): live,
            (CatalogVersion, version.id): version,
        }

    def get(self, type: type, key: str) -> Any:
        """The record of this type and key, or None."""
        return self._rows.get((type, key))

    def find(self, type: type, /, **_columns: Any) -> list[Any]:
        """No records: a test names all that there is."""
        return []


class _Given:
    """A store of usage that answers what a test says was used."""

    def __init__(self, catalog: Catalog, usage: Mapping[str, tuple[GivenUsage, ...]]) -> None:
        self.meters = catalog.meters
        self._usage = {catalog.metric(key).meter.key: rows for key, rows in usage.items()}

    def prepare(self, meters: Sequence[Meter]) -> None:
        """All that can be asked is known already."""

    def quantities(
        self,
        meter: Meter | str,
        period: Period,
        *,
        group_by: Sequence[str] = (),
        filters: Sequence[Filter] = (),
        **_rest: Any,
    ) -> list[QuantityRow]:
        """The given quantities under the filters, summed by group."""
        key = meter if isinstance(meter, str) else meter.key
        groups: dict[tuple[str, ...], list[GivenUsage]] = {}
        for row in self._usage.get(key, ()):
            if all(_passes(row, one) for one in filters):
                groups.setdefault(tuple(row.where.get(name, "") for name in group_by), []).append(row)
        return [_row(dict(zip(group_by, group, strict=True)), rows, period) for group, rows in groups.items()]


def _passes(row: GivenUsage, condition: Filter) -> bool:
    is_among = row.where.get(condition.path, "") in condition.values
    return is_among if condition.op is FilterOp.IN else not is_among


def _row(group: dict[str, str], rows: Sequence[GivenUsage], period: Period) -> QuantityRow:
    amounts = [row.amount for row in rows if row.amount is not None]
    return QuantityRow(
        customer=_CUSTOMER,
        group=group,
        quantity=sum((row.quantity for row in rows), ZERO),
        amount=sum(amounts, ZERO) if amounts else None,
        events=len(rows),
        first_seq=1,
        last_seq=1,
        window_start=period.start,
        window_end=period.end,
    )


def _differences(trial: Trial, bill: DraftInvoice) -> Iterator[Difference]:
    expect = trial.expect
    for what, wanted, got in (
        ("total", expect.total, bill.total),
        ("subtotal", expect.subtotal, bill.subtotal),
        ("tax", expect.tax, bill.tax),
    ):
        if wanted is not None and wanted != got:
            yield Difference(what=what, expected=_money(bill, wanted), got=_money(bill, got))
    if expect.lines is not None:
        yield from _line_differences(expect.lines, bill)


def _line_differences(expected: Sequence[ExpectedLine], bill: DraftInvoice) -> Iterator[Difference]:
    """Every expected line that is missing or says something else, and every line that was not expected."""
    left = list(bill.lines)
    for wanted in expected:
        alike = [line for line in left if wanted.name in (line.price_key, line.title)]
        if not alike:
            amount = _money(bill, wanted.amount)
            yield Difference(what=f"line {wanted.name}", expected=amount, got="")
            continue
        line = next((one for one in alike if one.amount == wanted.amount), alike[0])
        left.remove(line)
        if line.amount != wanted.amount:
            amounts = {"expected": _money(bill, wanted.amount), "got": _money(bill, line.amount)}
            yield Difference(what=f"line {wanted.name}", **amounts)
        if wanted.quantity is not None and line.quantity != wanted.quantity:
            got = plain(line.quantity) if line.quantity is not None else ""
            yield Difference(what=f"quantity of {wanted.name}", expected=plain(wanted.quantity), got=got)
    for line in left:
        name = line.price_key or line.title
        yield Difference(what=f"line {name}", expected="", got=_money(bill, line.amount))


def _printed(bill: DraftInvoice) -> Iterator[str]:
    for line in bill.lines:
        yield f"{line.title}: {_quantity(line)}{_money(bill, line.amount)}"
        for step in line.steps:
            yield f"    {step.text}"
    yield f"total: {_money(bill, bill.total)} {bill.currency}"


def _quantity(line: Line) -> str:
    return "" if line.quantity is None else f"{plain(line.quantity)} {line.unit}".strip() + ", "


def _money(bill: DraftInvoice, amount: Decimal) -> str:
    return str(round_minor(amount, bill.currency)) if bill.currency else plain(amount)
