"""A contract: its time line, everything dated in it, what it is worth, how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from steelyard.entrypoints.console.answers import Asker, Json
from steelyard.entrypoints.console.forms import Form
from steelyard.entrypoints.console.pages.contract_dates import AS_KEYS, Said, change_words, dates_of
from steelyard.entrypoints.console.pages.contract_forms import PARTS, tried
from steelyard.entrypoints.console.pages.page import Page, customer_names, people
from steelyard.entrypoints.console.spans import Axis, Picture, Track, around, picture
from steelyard.kernel import instant
from steelyard.kernel.period import months_later, zone

STATUS = {
    "open": "renews unless notice is given",
    "renews": "renews: the day of notice has passed",
    "ends": "ends unless somebody renews it",
    "notice_given": "ends: notice was given",
    "replaced": "ends: another contract follows",
}
_AHEAD = {"within_days": "3660"}
_LOOK = timedelta(days=365)


async def load(ask: Asker, id: str, form: Form, now: datetime, part: Form | None = None) -> Page:
    """The page of one contract, with what a month comes to with and without it; a part is tried out."""
    contract = await ask.get("/api/v1/contracts/{id}", {"id": id})
    customer = await ask.get("/api/v1/customers/{key}", {"key": contract["customer"]})
    renewals = await ask.get_or_none("/api/v1/contracts/renewals", query=_AHEAD) or {"items": []}
    due = next((one for one in renewals["items"] if one["contract"] == id), None)
    held = await ask.get_or_none("/api/v1/subscriptions", query={"customer": contract["customer"]})
    month = form.one("month") or f"{now.astimezone(zone(customer['timezone'])):%Y-%m}"
    worth = await ask.get_or_none("/api/v1/contracts/{id}/shadow", {"id": id}, {"period": month})
    done = None if part is None else await tried(ask, id, part, customer["timezone"])
    live = await ask.get_or_none("/api/v1/catalog/versions/{id}", {"id": "live"})
    prices = {key: one["name"] for key, one in live["catalog"]["prices"].items()} if live else {}
    customers = await customer_names(ask)
    me = await ask.get("/api/v1/me")
    say = Said(prices=prices, customers=customers, currency=customer["currency"])
    view = {
        "tried": done,
        "filled": done.fields if done else {},
        "parts": PARTS,
        "months": named(done.answer["months"], customers) if done and done.answer else [],
        "prices": prices,
        "plans": {key: one["name"] for key, one in live["catalog"]["plans"].items()} if live else {},
        "customers": customers,
        "names": await people(ask),
        "may": any(one["scope"] == "contracts:write" for one in me["permissions"]),
        "contract": contract,
        "customer": customer,
        "due": due,
        "status": STATUS.get(due["status"], "") if due else "",
        "picture": drawn(contract, customer["timezone"], due, now, say),
        "dates": sorted(
            dates_of(contract, due, say),
            key=lambda row: row["from"],
        ),
        "phase": phase_now(contract, now),
        "subscriptions": _under(contract, (held or {"items": []})["items"]),
        "month": month,
        "worth": worth,
        "done": form.one("done"),
        "runs": _runs(contract, now),
    }
    return Page(template="contract.html", title=contract["name"], nav="contracts", view=view)


async def give_notice(ask: Asker, id: str, form: Form) -> str:
    """Record notice; where to go then."""
    await ask.post("/api/v1/contracts/{id}/notice", {"reason": form.one("reason")}, {"id": id})
    return _told(id, "notice")


async def renew(ask: Asker, id: str, form: Form) -> str:
    """Let the contract go on; where to go then."""
    await ask.post("/api/v1/contracts/{id}/renew", {"reason": form.one("reason")}, {"id": id})
    return _told(id, "renewed")


def named(months: list[Json], customers: dict[str, str]) -> list[Json]:
    """The months of an amendment with their customers' names."""
    return [{**one, "customer_name": customers.get(one["customer"], one["customer"])} for one in months]


def _told(id: str, done: str) -> str:
    return f"/console/contracts/{quote(id, safe='')}?" + urlencode({"done": done})


def phase_now(contract: Json, now: datetime) -> str:
    """The name of the phase that the contract is in; empty where there is none."""
    begun = [one for one in contract["phases"] if instant(one["effective_from"]) <= now]
    return max(begun, key=lambda one: one["effective_from"])["name"] if begun else ""


def _runs(contract: Json, now: datetime) -> str:
    if instant(contract["start"]) > now:
        return "coming"
    return "over" if contract["end"] and instant(contract["end"]) <= now else "running"


def _under(contract: Json, subscriptions: list[Json]) -> list[Json]:
    wanted = [one for one in subscriptions if not contract["plans"] or one["plan"] in contract["plans"]]
    return [one for one in wanted if one["end"] is None or one["end"] > contract["start"]]


def drawn(contract: Json, timezone: str, due: Json | None, now: datetime, say: Said = AS_KEYS) -> Picture:
    """The contract's time line: term, phases, prices, locks, escalators, fees, members, amendments."""
    start, end = instant(contract["start"]), _moment(contract["end"])
    until = _moment(due["renewed_until"]) if due and due["status"] in ("open", "renews") else None
    # What has no end is drawn for a year beyond today, so that today is seen on it.
    shown = [
        start,
        end or max(now, start) + _LOOK,
        until,
        *(_moment(one["from"]) for one in dates_of(contract, due)),
    ]
    first, last = around(moment for moment in shown if moment is not None and moment < start + 40 * _LOOK)
    axis = Axis(start=first, end=last, timezone=timezone)
    term = [axis.bar(start, end, contract["name"])]
    if end and until:
        term.append(axis.bar(end, until, "renews", title="what it renews for", faint=True))
    notice = [axis.mark(_day(due["notice_by"], timezone), "last day", "last day of notice")] if due else []
    tracks = [
        Track(name="Term", bars=tuple(term)),
        Track(name="Notice", marks=tuple(notice)),
        *_terms_tracks(contract, axis, end, say),
        Track(
            name="Amendments",
            marks=tuple(
                axis.mark(instant(one["at"]), str(one["number"]), one["reason"])
                for one in contract["amendments"]
                if axis.shows(instant(one["at"]))
            ),
        ),
    ]
    return picture(axis, tracks, now)


def _terms_tracks(contract: Json, axis: Axis, end: datetime | None, say: Said) -> Iterator[Track]:
    phases = sorted(contract["phases"], key=lambda one: one["effective_from"])
    ends = [one["effective_from"] for one in phases[1:]] + [contract["end"]] * bool(phases)
    yield Track(
        name="Phases",
        bars=tuple(
            axis.bar(instant(one["effective_from"]), _moment(stop), one["name"], hue=place % 7 + 1)
            for place, (one, stop) in enumerate(zip(phases, ends, strict=True))
        ),
    )
    for one in contract["overrides"]:
        since = _moment(one["effective_from"]) or instant(contract["start"])
        text = f"{say.price(one['price'])} {change_words(one)}"
        yield Track(
            name="Price", bars=(axis.bar(since, _moment(one["effective_until"]) or end, text, hue=3),)
        )
    for price, start, stop in _locks(contract, say):
        yield Track(name="Lock", bars=(axis.bar(start, stop, price, title=f"{price} locked", hue=2),))
    if contract["escalators"]:
        marks = [
            axis.mark(step, f"{one['percent']} %", one["reason"] or "prices step")
            for one in contract["escalators"]
            for step in _steps(one, axis, end)
        ]
        yield Track(name="Escalators", marks=tuple(marks))
    for fee in contract["fees"]:
        bar = axis.bar(
            instant(fee["effective_from"]), _moment(fee["effective_until"]) or end, fee["name"], hue=6
        )
        yield Track(name="Fee", bars=(bar,))
    for one in contract["commitments"]:
        text = f"{say.money(one['amount'])} a {one['every']}"
        bar = axis.bar(instant(one["start"]), _moment(one["end"]) or end, text, hue=7)
        yield Track(name="Commitment", bars=(bar,))
    for one in contract["members"]:
        bar = axis.bar(
            instant(one["effective_from"]),
            _moment(one["effective_until"]) or end,
            say.customer(one["customer"]),
            hue=5,
        )
        yield Track(name="Member", bars=(bar,))


def _locks(contract: Json, say: Said) -> list[tuple[str, datetime, datetime]]:
    """The locks, those of one span of time together."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in contract["locks"]:
        found.setdefault((one["effective_from"], one["effective_until"]), []).append(say.price(one["price"]))
    return [
        (prices[0] if len(prices) == 1 else f"{len(prices)} prices", instant(start), instant(stop))
        for (start, stop), prices in found.items()
    ]


def _steps(escalator: Json, axis: Axis, end: datetime | None) -> Iterator[datetime]:
    step, count = instant(escalator["first_at"]), 0
    while step <= axis.end and (end is None or step <= end):
        yield step
        count += 1
        step = months_later(instant(escalator["first_at"]), count * escalator["every_months"], axis.timezone)


def _moment(text: str | None) -> datetime | None:
    return instant(text) if text else None


def _day(day: str, timezone: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=zone(timezone))
