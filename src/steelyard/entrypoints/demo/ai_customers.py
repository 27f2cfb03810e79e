"""The forty made-up companies of the AI scenario: their plans, contracts, tree and subjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One customer of the demo's vendor, as one row of the table below says."""

    key: str
    name: str
    plan: str
    segment: str
    vertical: str
    region: str
    seats: int = 0
    commitment: str = ""
    parent: str = ""
    tools: bool = False
    tax: tuple[str, str] | None = None
    batch: int = 0
    """Requests of each night's batch, about; 0 for companies that send none."""

    @property
    def currency(self) -> str:
        """Regulated+ contracts are in euro, everything else in dollars."""
        return "EUR" if self.plan == "regulated" else "USD"

    @property
    def subjects(self) -> tuple[str, ...]:
        """Under which names the company's usage arrives: one key an environment that its plan has."""
        environments = ("prod",) if self.plan == "community" else ("prod", "staging", "dev")
        return tuple(f"{self.key}:{environment}" for environment in environments)


_MWST: Final = ("MwSt", "19")
_TVA: Final = ("TVA", "20")

_ROWS: Final = """
    halden-group        | Halden Group             | enterprise | large  | logistics     | north-america
    halden-freight      | Halden Freight           | enterprise | large  | logistics     | north-america
    halden-retail       | Halden Retail            | team       | mid    | retail        | europe
    orrery-labs         | Orrery Labs              | enterprise | large  | software      | north-america
    castellan-air       | Castellan Air            | enterprise | large  | travel        | north-america
    brightwater-energy  | Brightwater Energy       | enterprise | large  | energy        | north-america
    brightwater-home    | Brightwater Home         | team       | mid    | energy        | north-america
    merrow-media        | Merrow Media             | enterprise | mid    | media         | europe
    quillon-systems     | Quillon Systems          | enterprise | large  | software      | asia-pacific
    tessel-games        | Tessel Games             | enterprise | mid    | games         | asia-pacific
    aldermere-bank      | Aldermere Bank           | regulated  | large  | banking       | europe
    aldermere-life      | Aldermere Life           | regulated  | large  | insurance     | europe
    kronfeld-klinik     | Kronfeld Kliniken        | regulated  | large  | health        | europe
    sainte-odile        | Hôpital Sainte-Odile     | regulated  | mid    | health        | europe
    fernhollow          | Fernhollow Legal         | team       | small  | legal         | north-america
    pepperbox           | Pepperbox Commerce       | team       | mid    | retail        | north-america
    loomworks           | Loomworks                | team       | mid    | manufacturing | asia-pacific
    tidemark            | Tidemark Surveys         | team       | small  | research      | europe
    sunday-parcel       | Sunday Parcel            | team       | mid    | logistics     | north-america
    glasswing           | Glasswing Analytics      | team       | mid    | software      | north-america
    bramblegate         | Bramblegate Schools      | team       | mid    | education     | europe
    copperline          | Copperline Support       | team       | mid    | services      | asia-pacific
    novella-press       | Novella Press            | team       | small  | media         | europe
    harrowgate          | Harrowgate Realty        | team       | small  | property      | north-america
    larkspur-health     | Larkspur Health          | team       | mid    | health        | north-america
    oxbow-outdoors      | Oxbow Outdoors           | team       | small  | retail        | north-america
    piloti              | Piloti Architects        | team       | small  | construction  | europe
    rookery             | Rookery Security         | team       | mid    | software      | north-america
    driftwood-studio    | Driftwood Studio         | community  | small  | design        | europe
    evenfall            | Evenfall                 | community  | small  | games         | north-america
    fathom-club         | Fathom Diving Club       | community  | small  | leisure       | asia-pacific
    gossamer            | Gossamer Textiles        | community  | small  | manufacturing | asia-pacific
    hearthside          | Hearthside Recipes       | community  | small  | media         | north-america
    inkwell-tutors      | Inkwell Tutors           | community  | small  | education     | europe
    juniper-row         | Juniper Row              | community  | small  | retail        | north-america
    kestrel-maps        | Kestrel Maps             | community  | small  | software      | europe
    lanternfish         | Lanternfish              | community  | small  | software      | asia-pacific
    mossgrove           | Mossgrove Gardens        | community  | small  | leisure       | europe
    nettlebed           | Nettlebed Press          | community  | small  | media         | europe
    open-almanac        | Open Almanac             | community  | small  | research      | north-america
"""

_TERMS: Final[dict[str, dict[str, Any]]] = {
    "halden-group": {"seats": 310, "commitment": "12000", "batch": 620_000, "tools": True},
    "halden-freight": {"seats": 120, "commitment": "6000", "batch": 240_000, "parent": "halden-group"},
    "halden-retail": {"seats": 14, "parent": "halden-group", "batch": 190_000},
    "orrery-labs": {"seats": 85, "commitment": "14000", "batch": 810_000, "tools": True},
    "castellan-air": {"seats": 240, "commitment": "6000", "batch": 380_000},
    "brightwater-energy": {"seats": 160, "commitment": "12000", "batch": 410_000},
    "brightwater-home": {"seats": 9, "parent": "brightwater-energy"},
    "merrow-media": {"seats": 48, "commitment": "2500", "batch": 150_000, "tools": True},
    "quillon-systems": {"seats": 400, "commitment": "25000", "batch": 920_000},
    "tessel-games": {"seats": 55, "commitment": "7500", "batch": 470_000},
    "aldermere-bank": {"seats": 210, "batch": 330_000, "tax": _MWST},
    "aldermere-life": {"seats": 95, "batch": 120_000, "parent": "aldermere-bank", "tax": _MWST},
    "kronfeld-klinik": {"seats": 130, "batch": 90_000, "tax": _MWST},
    "sainte-odile": {"seats": 60, "tax": _TVA},
    "fernhollow": {"seats": 6},
    "pepperbox": {"seats": 18, "batch": 260_000, "tools": True},
    "loomworks": {"seats": 11, "batch": 130_000},
    "tidemark": {"seats": 5, "tools": True},
    "sunday-parcel": {"seats": 16, "batch": 210_000},
    "glasswing": {"seats": 22, "batch": 175_000, "tools": True},
    "bramblegate": {"seats": 12},
    "copperline": {"seats": 25, "batch": 240_000},
    "novella-press": {"seats": 4},
    "harrowgate": {"seats": 7, "tools": True},
    "larkspur-health": {"seats": 13, "batch": 80_000},
    "oxbow-outdoors": {"seats": 5},
    "piloti": {"seats": 8},
    "rookery": {"seats": 19, "batch": 165_000},
}


def _company(row: str) -> Company:
    key, name, plan, segment, vertical, region = (cell.strip() for cell in row.split("|"))
    return Company(
        key=key,
        name=name,
        plan=plan,
        segment=segment,
        vertical=vertical,
        region=region,
        **_TERMS.get(key, {}),
    )


COMPANIES: Final = tuple(_company(row) for row in _ROWS.strip().splitlines())
"""All forty, in the order in which requests fall to them: the first get the most."""


def customer_bodies() -> list[dict[str, Any]]:
    """What is sent to make the customers, parents before children."""
    return [_customer_body(company) for company in COMPANIES]


def subscription_bodies(start: str) -> list[dict[str, Any]]:
    """What is sent to begin the subscriptions at a moment."""
    return [_subscription_body(company, start) for company in COMPANIES]


def _customer_body(company: Company) -> dict[str, Any]:
    body: dict[str, Any] = {
        "key": company.key,
        "name": company.name,
        "currency": company.currency,
        "attributes": {
            "segment": company.segment,
            "vertical": company.vertical,
            "region": company.region,
            "channel": "direct" if company.plan in ("enterprise", "regulated") else "self-service",
        },
        "subjects": list(company.subjects),
        "email": f"billing@{company.key}.example",
    }
    if company.parent:
        body["parent"] = company.parent
    if company.tax:
        body["tax"] = {"name": company.tax[0], "percent": company.tax[1]}
    return body


def _subscription_body(company: Company, start: str) -> dict[str, Any]:
    body: dict[str, Any] = {"customer": company.key, "plan": company.plan, "start": start}
    if company.seats:
        body["quantities"] = {"seats": str(company.seats)}
    if company.commitment:
        body["commitment"] = company.commitment
    if company.tools:
        body["add_ons"] = ["partner-tools"]
    return body
