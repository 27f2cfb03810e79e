"""Whether what the pricing tests name is in the catalog beside which they stand."""

from __future__ import annotations

from steelyard.catalog.source import Path, Reading
from steelyard.catalog.trial import Trial
from steelyard.catalog.written import Sheet


def judge_trial(reading: Reading, sheet: Sheet, trial: Trial, path: Path) -> None:
    """Notes what the test names and the catalog does not have."""
    plans, metrics = sheet.declared.get("plans", set()), sheet.declared.get("metrics", set())
    if trial.plan not in plans:
        reading.unknown((*path, "plan"), "unknown_plan", "plan", trial.plan, plans)
    for key, rows in trial.usage.items():
        if key not in metrics:
            reading.unknown((*path, "usage", key), "unknown_metric", "metric", key, metrics)
            continue
        known = sheet.metrics[key][0].meter.dimensions if key in sheet.metrics else ()
        for row in rows if key in sheet.metrics else ():
            for name in row.where:
                if name not in known:
                    place = (*path, "usage", key)
                    reading.unknown(place, "unknown_dimension", "dimension", name, known)
