"""What became of an event, in one word for a badge and one sentence for a person who wonders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A badge's text and tone (`ok`, `draft`, `bad` or none), the name of a filter, and what it means."""

    text: str
    tone: str
    filter: str
    meaning: str


VERDICTS: Final[dict[str, Verdict]] = {
    "attributed": Verdict(
        text="counted",
        tone="ok",
        filter="Counted",
        meaning="It belongs to a customer and a meter reads its type: it counts in usage and bills.",
    ),
    "unattributed": Verdict(
        text="nobody's yet",
        tone="draft",
        filter="Nobody's yet",
        meaning="No customer has this subject. It is kept, and counts as soon as it is given to a customer.",
    ),
    "unmatched": Verdict(
        text="no meter",
        tone="draft",
        filter="Read by no meter",
        meaning="No meter reads this type. It is kept, and counts as soon as a meter names the type.",
    ),
    "quarantined": Verdict(
        text="quarantined",
        tone="draft",
        filter="Quarantined",
        meaning="It does not fit the schema of its type. It counts once somebody accepts or amends it.",
    ),
    "held": Verdict(
        text="held",
        tone="draft",
        filter="Held",
        meaning="It looks unusual and is held back before billing, until somebody releases or voids it.",
    ),
    "voided": Verdict(
        text="voided",
        tone="bad",
        filter="Voided",
        meaning="Somebody voided it. It stays in the record and counts in nothing.",
    ),
    "amended": Verdict(
        text="amended",
        tone="draft",
        filter="Amended",
        meaning="Somebody corrected it: a later entry counts in its place.",
    ),
    "pending": Verdict(
        text="pending",
        tone="draft",
        filter="In an open backfill",
        meaning="It belongs to a backfill that is not committed yet, and counts with the commit.",
    ),
    "withdrawn": Verdict(
        text="withdrawn",
        tone="",
        filter="Withdrawn with a backfill",
        meaning="Its backfill was reverted or abandoned, so it counts in nothing.",
    ),
    "deprecated": Verdict(
        text="set aside",
        tone="",
        filter="Set aside by a backfill",
        meaning="A backfill set it aside: what the backfill brought counts in its place, until a revert.",
    ),
}


def verdict_of(status: str) -> Verdict:
    """The verdict that a status stands for; one that is not known here is shown by its own name.

    >>> verdict_of("attributed").text, verdict_of("frozen_over").text
    ('counted', 'frozen over')
    """
    words = status.replace("_", " ")
    return VERDICTS.get(status) or Verdict(text=words, tone="", filter=words.capitalize(), meaning="")
