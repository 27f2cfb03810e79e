"""What was measured: printed line by line, and kept as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement; `ratio` is its value divided by the baseline's, where there is one."""

    name: str
    value: float
    unit: str
    target: str = ""
    baseline: str = ""
    ratio: float | None = None


@dataclass(slots=True)
class Figures:
    """All measurements of a run, printed as they come."""

    found: list[Figure] = field(default_factory=list[Figure])

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        target: str = "",
        *,
        beside: tuple[str, float] | None = None,
    ) -> None:
        """Keeps and prints a measurement, with its target and its ratio to a baseline of this run."""
        ratio = value / beside[1] if beside and beside[1] else None
        figure = Figure(
            name=name,
            value=value,
            unit=unit,
            target=target,
            baseline=beside[0] if beside else "",
            ratio=ratio,
        )
        self.found.append(figure)
        shown = f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
        line = f"{name}: {shown} {unit}"
        if target:
            line += f" ({target})"
        if ratio is not None:
            line += f" {ratio:.2f} of {figure.baseline}"
        print(line, flush=True)

    def write(self, path: Path) -> None:
        """Writes everything with the circumstances under which it was measured."""
        content = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "load_average": list(os.getloadavg()),
            "figures": [asdict(figure) for figure in self.found],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
