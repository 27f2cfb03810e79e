"""What a calculator is given: quantities by metric, numbers that a subscription states, what is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from steelyard.catalog import Catalog, Plan
from steelyard.catalog.trial import Expected, GivenUsage, Trial
from steelyard.insight.draws import Chance, Range, drawn
from steelyard.kernel import ZERO, InvalidInput, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class RangedUsage:
    """How much of a metric is used in a month, for these values of its dimensions.

    `amount` is what the events carry in sum, for prices that rest on it; it is taken as it is.
    """

    quantity: Range
    amount: Decimal | None = None
    where: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that a calculation asks for.

    `usage` is by metric, `quantities` by the name that plans give them (such as seats). `needs` is how much
    of a feature must be granted (such as 50 tenants), `features` what must be granted at all.
    """

    usage: Mapping[str, tuple[RangedUsage, ...]] = field(default_factory=dict[str, tuple[RangedUsage, ...]])
    quantities: Mapping[str, Range] = field(default_factory=dict[str, Range])
    needs: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    features: tuple[str, ...] = ()
    add_ons: tuple[str, ...] = ()
    commitment: Decimal | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    tax: Decimal | None = None
    period: str = "2026-01"
    timezone: str = "UTC"

    @property
    def ranges(self) -> list[Range]:
        """All that may vary, in one order."""
        used = [row.quantity for rows in self.usage.values() for row in rows]
        return used + list(self.quantities.values())

    @property
    def is_exact(self) -> bool:
        """Whether nothing varies."""
        return all(one.is_exact for one in self.ranges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One set of exact inputs: what was drawn, or the likely values."""

    usage: Mapping[str, tuple[GivenUsage, ...]]
    quantities: Mapping[str, Decimal]

    def of(self, metric: str) -> Decimal:
        """How much of the metric is used, over all dimensions."""
        return sum((row.quantity for row in self.usage.get(metric, ())), ZERO)


def likely_case(inputs: Inputs) -> Case:
    """The case in which everything is as it is likely to be."""
    return _case(inputs, [one.likely for one in inputs.ranges])


def drawn_cases(inputs: Inputs, *, draws: int, chance: Chance) -> list[Case]:
    """So many cases drawn from the inputs; one where nothing varies."""
    return [_case(inputs, values) for values in drawn(inputs.ranges, draws=draws, chance=chance)]


def _case(inputs: Inputs, values: Sequence[Decimal]) -> Case:
    left = iter(values)
    return Case(
        usage={
            key: tuple(GivenUsage(quantity=next(left), amount=row.amount, where=row.where) for row in rows)
            for key, rows in inputs.usage.items()
        },
        quantities={key: next(left) for key in inputs.quantities},
    )


def trial_of(inputs: Inputs, case: Case, plan: str) -> Trial:
    """The month that is billed: this plan, and what the case says."""
    return Trial(
        name=plan,
        plan=plan,
        expect=Expected(),
        period=inputs.period,
        timezone=inputs.timezone,
        quantities=case.quantities,
        add_ons=inputs.add_ons,
        commitment=inputs.commitment,
        tax=inputs.tax,
        attributes=inputs.attributes,
        usage=case.usage,
    )


def input_problems(inputs: Inputs, catalog: Catalog, plans: Sequence[Plan]) -> Iterator[Problem]:
    """What the inputs name that the catalog does not know, and quantities below zero."""
    named = {item.quantity_from for plan in plans for item in plan.items if item.quantity_from}
    named |= {item.quantity_from for plan in catalog.plans.values() for item in plan.items} - {None}
    for field_name, keys, known, noun in (
        ("usage", inputs.usage, catalog.metrics, "value metric"),
        ("quantities", inputs.quantities, named, "named quantity"),
        ("needs", inputs.needs, catalog.features, "feature"),
        ("features", inputs.features, catalog.features, "feature"),
        ("add_ons", inputs.add_ons, catalog.prices, "price"),
    ):
        for key in keys:
            if key not in known:
                code = f"unknown_{noun.split()[-1]}"
                yield Problem(
                    code=code, message=f"the catalog has no {noun} {key!r}", field=f"{field_name}.{key}"
                )
    for key, one in inputs.quantities.items():
        if one.low < 0:
            yield Problem(
                code="out_of_range", message="a quantity is not below zero", field=f"quantities.{key}"
            )
    for key, rows in inputs.usage.items():
        if any(row.quantity.low < 0 for row in rows):
            yield Problem(code="out_of_range", message="usage is not below zero", field=f"usage.{key}")


def checked(inputs: Inputs, catalog: Catalog, plans: Sequence[Plan]) -> Inputs:
    """The same inputs, where the catalog knows all that they name; raises InvalidInput with every problem."""
    problems = tuple(input_problems(inputs, catalog, plans))
    if problems:
        raise InvalidInput(problems[0].message, code="invalid_inputs", problems=problems)
    return inputs
