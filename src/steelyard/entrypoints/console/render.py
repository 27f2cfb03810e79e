"""Templates and static files: one strict environment, one hash per file for addresses that never go stale."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

import steelyard
from steelyard.entrypoints.console import figures
from steelyard.entrypoints.console.navigation import NAVIGATION
from steelyard.entrypoints.console.pages.lines import paired

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
MOUNT = "/console"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        enable_async=False,
    )
    filters: dict[str, Callable[..., Any]] = {
        "number": figures.number,
        "amount": figures.amount,
        "plain_amount": figures.plain_amount,
        "exact_amount": figures.exact_amount,
        "moment": figures.moment,
        "moment_exact": figures.moment_exact,
        "day": figures.day,
        "day_in": figures.day_in,
        "day_before": figures.day_before,
        "month": figures.month,
        "label": figures.label,
        "short": figures.short,
        "count": figures.count,
        "paired": paired,
    }
    environment.filters.update(filters)
    environment.globals.update(asset=asset, version=steelyard.__version__, navigation=NAVIGATION)
    return environment


def render(template: str, view: dict[str, Any]) -> str:
    """The page that a template makes of a view."""
    return _environment().get_template(template).render(view)


def asset(name: str) -> str:
    """The address of a static file; it changes with the file's content, so browsers may keep it for ever.

    >>> asset("console.css").startswith("/console/static/console.css?v=")
    True
    """
    return f"{MOUNT}/static/{name}?v={etag(STATIC / name)[:12]}"


def etag(file: Path) -> str:
    """The hash of a file's content, remembered until the file changes; `missing` where there is none."""
    try:
        return _hash(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return "missing"


@lru_cache(maxsize=64)
def _hash(file: Path, changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
