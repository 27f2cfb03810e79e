"""The thread that does what a day brings by itself, for as long as a workspace is served.

A duty is a function of the workspace and the moment that says in words what it did, or nothing. Each can be
done any number of times: what is done already is not done again. A command does the same by hand.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from steelyard.billing.commitment_alerts import alert_write
from steelyard.billing.top_ups import top_up
from steelyard.catalog import live_version
from steelyard.contracts import Customer, together
from steelyard.contracts.renewal import renew_automatically
from steelyard.kernel import SteelyardError, month_of
from steelyard.kernel.period import zone
from steelyard.ledger import TopUp

if TYPE_CHECKING:
    from steelyard.entrypoints.bootstrap import Workspace

ROUND_SECONDS: Final = 600.0
"""Days turn in every time zone, so the round is made more often than once a day."""

Duty = Callable[["Workspace", datetime], str]

logger = logging.getLogger("steelyard.duties")


def renew_contracts(workspace: Workspace, now: datetime) -> str:
    """Lets contracts go on whose end has come, where they do so by themselves."""
    with workspace.billing:
        planned = renew_automatically(workspace.state, now=now)
        write = together(one.write for one in planned)
        if write is None:
            return ""
        workspace.writer.submit(write).result()
    return f"{len(planned)} contracts renewed"


def top_credit_up(workspace: Workspace, now: datetime) -> str:
    """Carries out the rules that top credit up at a threshold."""
    live = live_version(workspace.state)
    if live is None or not workspace.state.find(TopUp, limit=1):
        return ""
    workspace.catch_up()
    done = top_up(workspace.books, live.catalog, at=now)
    if done.write is None:
        return ""
    workspace.writer.submit(done.write).result()
    return f"{len(done.lots)} lots of credit topped up"


def tell_of_commitments(workspace: Workspace, now: datetime) -> str:
    """Records which commitments have come to a point at which somebody should look."""
    if live_version(workspace.state) is None:
        return ""
    workspace.catch_up()
    write = alert_write(workspace.books, _months_now(workspace, now), at=now)
    if write is None:
        return ""
    workspace.writer.submit(write).result()
    return f"{len(write.rows)} alerts of commitments"


def _months_now(workspace: Workspace, now: datetime) -> list[str]:
    """The month that it is, on the calendars of all customers: two at most."""
    zones = {one.timezone for one in workspace.state.find(Customer)}
    return sorted({f"{month_of(now, one).start.astimezone(zone(one)):%Y-%m}" for one in zones})


DUTIES: Final[tuple[Duty, ...]] = (renew_contracts, top_credit_up, tell_of_commitments)


def do_duties(workspace: Workspace, now: datetime) -> list[str]:
    """Does every duty once; one that fails is told in the log and hinders no other."""
    done: list[str] = []
    for duty in DUTIES:
        try:
            said = duty(workspace, now)
        except SteelyardError as error:
            logger.warning("%s: %s", duty.__name__, error)
            continue
        if said:
            logger.info("%s: %s", duty.__name__, said)
            done.append(said)
    return done


class Round:
    """Does the duties at once and then again and again, until it is told to stop."""

    def __init__(self, workspace: Workspace, seconds: float = ROUND_SECONDS) -> None:
        self._workspace, self._seconds = workspace, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, name="duties", daemon=True)

    def __enter__(self) -> Round:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _go(self) -> None:
        while True:
            do_duties(self._workspace, datetime.now(UTC))
            if self._stop.wait(self._seconds):
                return
