"""What the demo says at its end: totals, speeds, what is real and what is modelled, where to look."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from steelyard.entrypoints.demo.proving import Proven
from steelyard.entrypoints.demo.scenarios import Job
from steelyard.entrypoints.demo.sending import Sent
from steelyard.kernel import plain


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one pass of the demo did, and what it found afterwards."""

    published: bool = False
    customers_made: int = 0
    subscriptions_made: int = 0
    sent: Sent
    stored: int
    billed: int
    billing_seconds: float
    documents: Mapping[str, int]
    totals: Mapping[str, Decimal]
    runs: Sequence[Mapping[str, Any]] = field(default=())
    proven: Proven
    overview: Mapping[str, Any]
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether this pass left anything behind that was not there before."""
        made = self.customers_made or self.subscriptions_made
        return bool(self.published or made or self.stored or self.billed)


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line about progress on standard error, where a person watches."""
    if sys.stderr.isatty():
        sys.stderr.write(text + "\n")


def print_json(answer: Any) -> None:
    """One JSON document on standard output."""
    say(json.dumps(answer, indent=2, ensure_ascii=False))


def as_json(job: Job, outcome: Outcome, address: str) -> dict[str, Any]:
    """The summary for programs; amounts are text."""
    return {
        "title": job.title,
        "changed": outcome.changed,
        "months": job.months,
        "events": {
            "sent": outcome.sent.events,
            "stored": outcome.stored,
            "per_second": outcome.sent.rate,
            "seconds": f"{outcome.sent.seconds:.2f}",
        },
        "customers": len(job.customers),
        "documents": dict(outcome.documents),
        "totals": {currency: plain(amount) for currency, amount in sorted(outcome.totals.items())},
        "billed_now": outcome.billed,
        "billing_seconds": f"{outcome.billing_seconds:.2f}",
        "evidence": {
            "verified": outcome.proven.documents,
            "bytes": outcome.proven.bytes,
            "seconds": f"{outcome.proven.seconds:.2f}",
            "problems": list(outcome.proven.problems),
        },
        "real": list(job.real),
        "modelled": list(job.modelled),
        "address": address,
        "seconds": f"{outcome.seconds:.2f}",
    }


def print_summary(job: Job, outcome: Outcome) -> None:
    """The summary for people."""
    say("")
    say(f"Steelyard billed {job.title}.")
    if not outcome.changed:
        say("Everything was here already: every event a duplicate, every month billed. Nothing changed.")
    _usage(outcome)
    _money(job, outcome)
    proven = outcome.proven
    verdict = "all verify" if not proven.problems else f"{len(proven.problems)} PROBLEMS"
    say(
        f"  proof     {proven.documents:,} evidence files checked offline by the record's key: {verdict} "
        f"({proven.bytes / 1e6:,.1f} MB, {proven.seconds:.1f} s)"
    )
    for problem in proven.problems[:10]:
        say(f"            {problem}")
    say("")
    for heading, lines in (("Real", job.real), ("Modelled", job.modelled)):
        say(f"{heading}:")
        for line in lines:
            say(f"  · {line}")
    say("")


def print_where(address: str, sign_in: str, folder: str) -> None:
    """Where to look next."""
    say(f"Console:      {sign_in or address + '/console'}")
    say(f"HTTP:         {address}/openapi.json, with the key in {folder}/owner.key")
    say(f"The record:   {address}/record/checkpoint")
    say("Stop it with Ctrl-C; everything stays in the folder.")


def print_later(folder: str) -> None:
    """Where to look once no server runs."""
    say(f"Everything is in {folder}. Look at it with: steelyard serve --dir {folder}")


def _usage(outcome: Outcome) -> None:
    sent, overview = outcome.sent, outcome.overview
    say(
        f"  usage     {sent.events:,} events sent in {sent.seconds:.1f} s ({sent.rate:,} a second, durable, "
        f"receipted), {outcome.stored:,} new"
    )
    unmatched = ", ".join(f"{one['events']:,} {one['type']}" for one in overview["unmatched"][:4]) or "none"
    say(f"            {overview['unattributed']:,} without a customer, of unknown type: {unmatched}")


def _money(job: Job, outcome: Outcome) -> None:
    months = job.months[0] if len(job.months) == 1 else f"{job.months[0]} to {job.months[-1]}"
    documents = outcome.documents
    say(
        f"  invoices  {documents['invoice']:,} invoices, {documents['credit_note']:,} credit notes "
        f"of {months} ({outcome.billed:,} now, {outcome.billing_seconds:.1f} s)"
    )
    for currency, amount in sorted(outcome.totals.items()):
        say(f"            {currency} {amount:>16,.2f} in all, taxes included, credit notes taken off")
