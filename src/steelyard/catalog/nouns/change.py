"""The section `change`: the document of a change, as it is written beside the catalog."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from steelyard.catalog.change import EVERYONE, ChangeDocument, Rollout, RolloutTo
from steelyard.catalog.fields import (
    TEXT,
    WRONG,
    Field,
    Noun,
    decimal,
    is_right,
    mapping_to,
    one_of,
    one_or_many,
    read_noun,
    record,
)
from steelyard.catalog.nouns.trial import MOMENT
from steelyard.catalog.source import Path, Reading
from steelyard.kernel import ZERO

_HUNDRED: Final = Decimal(100)

ROLLOUT = Noun(
    "roll-out",
    (
        Field("to", one_of(RolloutTo), "to whom it applies", required=True),
        Field("where", mapping_to(one_or_many(TEXT)), "of a cohort: attributes and their values", default={}),
        Field("percent", decimal(above=ZERO), "of a share: how many percent of the customers"),
        Field("salt", TEXT, "what draws the share; the same one draws the same customers", default=""),
        Field("until", MOMENT, "until when the others stay on the version before"),
    ),
)


def _rollout(reading: Reading, path: Path, values: dict[str, Any]) -> Any:
    if not is_right(*values.values()):
        return WRONG
    before = len(reading.problems)
    to: RolloutTo = values["to"]
    if (to is RolloutTo.COHORT) != bool(values["where"]):
        message = "a cohort says 'where', and nothing else does"
        reading.wrong((*path, "where"), "bad_rollout", message, allowed="where: {segment: smb}")
    if (to is RolloutTo.PERCENT) != (values["percent"] is not None):
        reading.wrong((*path, "percent"), "bad_rollout", "a share says its 'percent', and nothing else does")
    elif values["percent"] is not None and values["percent"] > _HUNDRED:
        reading.wrong((*path, "percent"), "out_of_range", "a share is at most all", allowed="0 to 100")
    if to is RolloutTo.EVERYONE and values["until"] is not None:
        reading.wrong((*path, "until"), "bad_rollout", "where everyone follows, nobody stays until a date")
    return Rollout(**values) if len(reading.problems) == before else WRONG


CHANGE = Noun(
    "change",
    (
        Field("hypothesis", TEXT, "what is believed about customers and value", required=True),
        Field("expected_effect", TEXT, "what should come of it, in figures where possible", required=True),
        Field("trade_off", TEXT, "what it costs, or who may dislike it", required=True),
        Field("success_measure", TEXT, "by what it will be judged", required=True),
        Field("review_date", MOMENT, "when somebody looks at that measure", required=True),
        Field("owner", TEXT, "who answers for the change", default=""),
        Field("rollout", record(ROLLOUT, _rollout), "to whom it applies", default=EVERYONE),
    ),
)


def read_change(reading: Reading) -> ChangeDocument | None:
    """The document of the section `change`, or None where there is none or it is wrong, which is noted."""
    value = reading.source.values.get("change")
    if value is None:
        return None
    values = read_noun(reading, CHANGE, ("change",), value)
    if values is None or not is_right(*values.values()):
        return None
    rollout: Rollout = values["rollout"]
    if rollout.until is not None and rollout.until > values["review_date"]:
        message = "somebody looks at the change before all customers have it"
        reading.wrong(("change", "review_date"), "date_order", message, allowed="a day after rollout.until")
        return None
    return ChangeDocument(**values)
