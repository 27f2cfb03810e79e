"""Which other product's client asks, and where its request goes: to an endpoint in that product's language.

A client says what it is in its User-Agent; one that does not is pointed at `/openmeter` or `/lago` before the
path. Of what it asks, some has an endpoint of that product (whose path begins so), some is spoken at our own
address already, and the rest is refused in words: our own endpoints would answer in a form that it misreads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.routing import Match, Route
from starlette.types import Scope

from steelyard.entrypoints.api.problems import ProblemAnswer, problem

_SAY_SO: Final = {"openmeter": b"openmeter/", "lago": b"lago python", "stripe": b"stripe/"}
"""What the User-Agent of a product's client holds, in small letters."""

_SPOKEN: Final[Mapping[str, re.Pattern[str]]] = {
    "openmeter": re.compile(r"POST /api/v1/events|POST /api/v1/meters/[^/]+/query|GET /api/v1/meters/.+"),
    "lago": re.compile(r"POST /api/v1/events(/batch)?"),
}
"""What our own addresses answer in the product's language; Stripe's are like none of ours."""

_OURS: Final = {
    "invoices": "/api/v1/invoices",
    "credit_notes": "/api/v1/invoices",
    "fees": "/api/v1/invoices",
    "past_usage": "/api/v1/invoices",
    "projected_usage": "/api/v1/customers/{key}/preview",
    "current_usage": "/api/v1/customers/{key}/usage",
    "estimate_fees": "/api/v1/estimate",
    "customers": "/api/v1/customers",
    "subscriptions": "/api/v1/subscriptions",
    "wallets": "/api/v1/credits/lots",
    "grants": "/api/v1/credits/lots",
    "coupons": "/api/v1/discounts",
    "plans": "the catalog: steelyard catalog publish",
    "prices": "the catalog: steelyard catalog publish",
    "products": "the catalog: steelyard catalog publish",
    "features": "the catalog: steelyard catalog publish",
    "meters": "the catalog: steelyard catalog publish",
    "billable_metrics": "the catalog: steelyard catalog publish",
    "events": "/api/v1/events",
    "usage": "/api/v1/meters/{slug}/query",
}
"""Where ours is of what other products call so; the last part of a path that is named here counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Where a request of another product's client goes: to this path, or nowhere."""

    product: str
    path: str
    is_served: bool


_SPOKEN_AT: Final = {"openmeter": ("/api/",), "lago": ("/api/",), "stripe": ("/v1/", "/v2/")}
"""Where a product's clients ask; elsewhere its name says nothing (Stripe itself calls back, for one)."""

_BEGINNINGS: Final = ("/openmeter/", "/lago/", "/v1/", "/v2/")


class Products:
    """Knows the requests of other products' clients by what sent them, or by where they came."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """`routes` are all of ours; those that begin as a product's do are that product's."""
        self._routes = [one for one in routes if one.path.startswith(_BEGINNINGS)]

    def sent(self, scope: Scope) -> Sent | None:
        """Where this request goes, if a client of another product sent it."""
        path: str = scope["path"]
        first = path.split("/", 2)[1] if path.startswith("/") else ""
        if first in ("openmeter", "lago") and "/api/" in path:
            product, path = first, path.removeprefix(f"/{first}")
        else:
            agent = next((value.lower() for name, value in scope["headers"] if name == b"user-agent"), b"")
            found = next((name for name, said in _SAY_SO.items() if said in agent), None)
            if found is None or not path.startswith(_SPOKEN_AT[found]):
                return None
            product = found
        own = path if product == "stripe" else f"/{product}{path}"
        if any(one.matches({**scope, "path": own})[0] is Match.FULL for one in self._routes):
            return Sent(product=product, path=own, is_served=True)
        spoken = _SPOKEN.get(product)
        is_spoken = spoken is not None and spoken.fullmatch(f"{scope['method']} {path}") is not None
        return Sent(product=product, path=path, is_served=is_spoken)


def not_offered(product: str, method: str, path: str) -> ProblemAnswer:
    """Why nothing answers this request in the product's language, and where ours is.

    >>> not_offered("lago", "GET", "/api/v1/invoices").detail
    "Lago's GET /api/v1/invoices is not offered; ours is /api/v1/invoices"
    """
    name = {"openmeter": "OpenMeter"}.get(product, product.capitalize())
    ours = next((_OURS[part] for part in reversed(path.split("/")) if part in _OURS), "in /openapi.json")
    detail = f"{name}'s {method} {path} is not offered; ours is {ours}"
    return problem(status=404, code="not_offered", detail=detail)
