"""Rules that say whose an event is when no customer claims its subject.

A rule is looked at only after the explicit mapping of subjects and the equality of keys. Rules stand in an
order, the first that matches decides. Who made a rule, when and why is part of it; a rule that is taken back
stays on record and matches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from steelyard.kernel import InvalidInput, NotFound, Problem, decode, make_id
from steelyard.metering.defining import RESERVED_DIMENSIONS
from steelyard.metering.model import UsageEvent
from steelyard.metering.paths import parse_path
from steelyard.metering.reading import Fields
from steelyard.record import WORKSPACE_CHAIN, Batch, Bundle, Expect, Kind, Save, Write
from steelyard.record.telling import telling, told, what_of

RULES_MAX: Final = 1_000
"""So many rules may be in force at once."""

_NO_DIMENSIONS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionRule:
    """Events that meet all of these conditions are this customer's; blank conditions are met by every event.

    `subject` is the whole subject, `subject_prefix` its beginning (the event's `customer`, where it has one,
    takes the subject's place, as it does everywhere). `dimensions` are values of typed dimensions, or of
    paths into the data (`$.a.b`). Rules are looked at by `position`, then by `id`.

    >>> rule = AttributionRule(
    ...     id="ar_1", position=1, customer="acme", subject_prefix="acme-", reason="their bots", by="key_1",
    ...     created_at=datetime.fromisoformat("2026-11-01T00:00:00+00:00"),
    ... )  # fmt: skip
    >>> rule.meets(UsageEvent(source="api", id="1", type="t", time=0, subject="acme-7"))
    True
    """

    id: str
    position: int
    customer: str
    subject: str = ""
    subject_prefix: str = ""
    source: str = ""
    event_type: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    reason: str
    by: str
    created_at: datetime
    retired_at: datetime | None = None
    retired_by: str = ""

    def meets(self, event: UsageEvent) -> bool:
        """Whether the event meets every condition."""
        who = event.customer or event.subject
        if self.subject and who != self.subject:
            return False
        if not who.startswith(self.subject_prefix):
            return False
        if self.source and event.source != self.source:
            return False
        if self.event_type and event.type != self.event_type:
            return False
        if not self.dimensions:
            return True
        fields = Fields.of(event)
        return all(_value(fields, name) == value for name, value in self.dimensions.items())


def _value(fields: Fields, name: str) -> str | None:
    return fields.at(name) if name.startswith("$") else fields.dimension(name, _NO_DIMENSIONS)


class Rules:
    """The rules in force, in their order; answers from memory, and follows the record.

    One thread may `learn` or `follow` while others ask.
    """

    __slots__ = ("_known", "_order")

    def __init__(self, rules: Iterable[AttributionRule] = ()) -> None:
        self._known: dict[str, AttributionRule] = {}
        self._order: tuple[AttributionRule, ...] = ()
        for rule in rules:
            self.learn(rule)

    def __bool__(self) -> bool:
        return bool(self._order)

    @property
    def in_force(self) -> tuple[AttributionRule, ...]:
        """The rules in force, first one first."""
        return self._order

    def rule_for(self, event: UsageEvent) -> AttributionRule | None:
        """The first rule that the event meets, or None.

        >>> Rules().rule_for(UsageEvent(source="api", id="1", type="t", time=0)) is None
        True
        """
        return next((rule for rule in self._order if rule.meets(event)), None)

    def learn(self, rule: AttributionRule) -> None:
        """Takes in a new or changed rule."""
        self._known[rule.id] = rule
        live = [one for one in self._known.values() if one.retired_at is None]
        self._order = tuple(sorted(live, key=lambda one: (one.position, one.id)))

    def follow(self, bundle: Bundle) -> None:
        """Takes in what a bundle of the record tells of rules; made to be a subscriber of the writer."""
        for position in bundle.positions_of(Kind.CUSTOMER):
            said = told(bundle.payload_at(position))
            if said is not None and said.what == what_of(AttributionRule):
                self.learn(decode(bytes(said.body), AttributionRule))


def rule_problems(rule: AttributionRule) -> list[Problem]:
    """What is wrong with a rule as it is written; whether its customer exists is for the caller to know.

    >>> now = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    >>> rule = AttributionRule(id="ar_1", position=1, customer="acme", reason=" ", by="k", created_at=now)
    >>> [problem.code for problem in rule_problems(rule)]
    ['missing_reason', 'no_condition']
    """
    found: list[Problem] = []
    if not rule.reason.strip():
        found.append(
            Problem(code="missing_reason", message="say why these events are theirs", field="reason")
        )
    named = (rule.subject, rule.subject_prefix, rule.source, rule.event_type)
    if not any(named) and not rule.dimensions:
        message = "a rule without a condition would take every event"
        found.append(Problem(code="no_condition", message=message))
    for name in rule.dimensions:
        problem = _dimension_problem(name)
        if problem:
            found.append(Problem(code="unknown_dimension", message=problem, field=f"dimensions.{name}"))
    return found


def _dimension_problem(name: str) -> str:
    if not name.startswith("$"):
        known = ", ".join(RESERVED_DIMENSIONS)
        return "" if name in RESERVED_DIMENSIONS else f"{name[:60]!r} is no dimension; {known}, or $.path"
    try:
        parse_path(name)
    except InvalidInput as error:
        return error.message
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRule:
    """A new rule, and what to write."""

    rule: AttributionRule
    write: Write


def make_rule(
    rules: Rules, rule: AttributionRule, *, at: datetime, entropy: bytes
) -> MadeRule | tuple[Problem, ...]:
    """The rule with its id and place, and what to write; or what is wrong with it.

    A `position` of 0 puts it after all others.
    """
    problems = rule_problems(rule)
    if len(rules.in_force) >= RULES_MAX:
        message = f"{RULES_MAX} rules are in force; take some back first"
        problems.append(Problem(code="too_many_rules", message=message))
    if problems:
        return tuple(problems)
    last = max((one.position for one in rules.in_force), default=0)
    made = replace(rule, id=make_id("ar", at, entropy), position=rule.position or last + 1, created_at=at)
    return MadeRule(rule=made, write=_saving(made, None))


def retire_rule(
    rule: AttributionRule | None, version: int | None, *, at: datetime, by: str
) -> tuple[AttributionRule, Write | None]:
    """The rule taken back, and what to write; nothing where it was taken back already.

    Raises NotFound for a rule that does not exist.
    """
    if rule is None:
        raise NotFound("there is no such rule", code="unknown_rule")
    if rule.retired_at is not None:
        return rule, None
    retired = replace(rule, retired_at=at, retired_by=by)
    return retired, _saving(retired, version)


def _saving(rule: AttributionRule, version: int | None) -> Write:
    return Write(
        batches=(Batch(kind=Kind.CUSTOMER, customers=[WORKSPACE_CHAIN], payloads=[telling(rule)]),),
        rows=(Save(record=rule, told_by=0),),
        expect=(Expect(type=AttributionRule, key=rule.id, version=version),),
    )
