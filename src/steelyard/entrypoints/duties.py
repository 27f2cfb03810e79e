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

from steelyard.contracts import together
from steelyard.contracts.renewal import renew_automatically
from steelyard.kernel import SteelyardError

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


DUTIES: Final[tuple[Duty, ...]] = (renew_contracts,)


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
