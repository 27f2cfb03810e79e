"""Writes the JSON answers that the console's pages are designed and tested on.

An AI vendor with 40 customers and one month. Everything adds up: line amounts to totals, totals to the
overview, receipts to a real Merkle tree with a real root. Run it as a program after changing a shape.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "fixtures"
ORIGIN = "steelyard.local/aurelia-ai"
NAMES = [
    "Northwind Robotics", "Halden Bank", "Cobalt Health", "Juniper & Vale", "Meridian Freight", "Kestrel Legal",
    "Lumen Insurance", "Ostrava Steel", "Pinecrest Schools", "Quillfeather Press", "Redwood Analytics",
    "Saffron Foods", "Tidewater Energy", "Umbra Security", "Verity Audit", "Wayfarer Travel", "Xenia Pharma",
    "Yarrow Studio", "Zephyr Airlines", "Arcadia Games", "Bluefin Capital", "Cinder Labs", "Driftwood Media",
    "Ember Logistics", "Fathom Research", "Granite Public Sector", "Harbor Clinics", "Indigo Retail",
    "Jasper Mobility", "Koru Telecom", "Larkspur Design", "Monsoon Weather", "Nimbus Hosting", "Opal Jewellers",
    "Parallax Optics", "Quartz Mining", "Rill Water", "Sable Motors", "Thistle Farms", "Undertow Surf",
]  # fmt: skip
PLANS = (["enterprise"] * 6) + (["regulated-plus"] * 2) + (["team"] * 18) + (["community"] * 14)
DAYS = [date(2026, 10, 1) + timedelta(days=n) for n in range(31)]
RNG = random.Random(7)
EVENTS = 28_185
PERIOD = {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}


def save(name: str, value: Any) -> None:
    (FOLDER / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def key_of(name: str) -> str:
    return name.lower().replace(" & ", "-").replace(" ", "-").replace("+", "plus")


def spread(total: int, weights: list[float]) -> list[int]:
    whole = sum(weights)
    parts = [int(total * w / whole) for w in weights]
    parts[parts.index(max(parts))] += total - sum(parts)
    return parts


def day_weights() -> list[float]:
    return [(0.45 if d.weekday() >= 5 else 1.0) * RNG.uniform(0.82, 1.2) * (1 + i * 0.012) for i, d in enumerate(DAYS)]


def h(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tree_levels(leaves: list[bytes]) -> bytes:
    level = leaves
    while len(level) > 1:
        level = [h(b"\x01", level[i], level[i + 1]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


def subtree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return h(b"\x01", subtree(leaves[:k]), subtree(leaves[k:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < k:
        return [*path(index, leaves[:k]), subtree(leaves[k:])]
    return [*path(index - k, leaves[k:]), subtree(leaves[:k])]


def checkpoint(size: int, root: bytes) -> str:
    signature = hashlib.sha512(b"fixture" + root).digest()
    return f"{ORIGIN}\n{size}\n{b64(root)}\n\n— {ORIGIN} {b64(b'kid0' + signature)}\n"


LEAF_DATA = [h(b"leaf", n.to_bytes(8, "big")) for n in range(EVENTS + 412)]
LEAVES = [h(b"\x00", leaf) for leaf in LEAF_DATA]
ROOT = tree_levels(LEAVES)


def proof_text(index: int) -> str:
    hashes = "\n".join(b64(p) for p in path(index, LEAVES))
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n\n{checkpoint(len(LEAVES), ROOT)}"


METRICS = [
    ("input-tokens", "Input tokens", "token", 20_412_877),
    ("cached-tokens", "Cached input tokens", "token", 6_118_240),
    ("output-tokens", "Output tokens", "token", 1_904_335),
    ("requests", "Requests", "request", 9_412),
    ("agent-calls", "Agent calls", "call", 3_127),
    ("seats", "Seats", "seat", 240),
]


def line(number: int, group: str, title: str, **more: Any) -> dict[str, Any]:
    base = {
        "id": f"ln_{number:02d}", "group": group, "title": title, "price_key": "", "price_version": "cat_5f1c9a7be2d04c11",
        "metric": "", "meter": "", "period": PERIOD, "quantity": None, "unit": "", "amount_exact": "0",
        "amount": "0", "steps": [], "events": 0, "first_seq": 0, "last_seq": 0, "dimension": {},
        "subscription": "sub_01k6aw31xq", "reason": "Enterprise plan, catalog version 3",
    }  # fmt: skip
    return base | more


def step(text: str, quantity: str | None, unit_amount: str | None, amount: str) -> dict[str, Any]:
    return {"text": text, "quantity": quantity or "1", "unit_amount": unit_amount or amount, "amount": amount, "kind": "usage"}


def usage_line(number: int, group: str, title: str, metric: str, unit: str, quantity: int, rate: str, **more: Any):
    exact = Decimal(quantity) * Decimal(rate)
    return line(
        number, group, title, metric=metric, meter=metric, unit=unit, quantity=str(quantity),
        amount_exact=format(exact.normalize(), "f"), amount=str(cents(exact)),
        steps=[step(f"{quantity:,} {unit}s × {rate} USD", str(quantity), rate, format(exact.normalize(), "f"))],
        first_seq=4, last_seq=9_868, **more,
    )  # fmt: skip


def invoice_lines() -> list[dict[str, Any]]:
    out = [
        line(1, "core", "Enterprise platform", price_key="platform-enterprise", quantity="1", unit="month",
             amount_exact="2500", amount="2500.00", steps=[step("Flat fee for the period", "1", "2500", "2500")]),
        line(2, "core", "Seats", price_key="seat-enterprise", quantity="240", unit="seat", amount_exact="4320",
             amount="4320.00", metric="seats", steps=[step("240 seats × 18 USD", "240", "18", "4320")]),
        line(3, "committed", "Annual commitment, monthly instalment", price_key="commitment", quantity="1", unit="month",
             amount_exact="9000", amount="9000.00",
             steps=[step("108,000 USD a year ÷ 12 months", "1", "9000", "9000")]),
        usage_line(4, "overage", "Input tokens · gpt-4o", "input-tokens", "token", 12_204_118, "0.0000032",
                   price_key="input-tokens-gpt-4o", dimension={"model": "gpt-4o"}, events=5_140),
        usage_line(5, "overage", "Input tokens · claude-sonnet-4", "input-tokens", "token", 8_208_759, "0.0000038",
                   price_key="input-tokens-claude-sonnet-4", dimension={"model": "claude-sonnet-4"}, events=4_272),
        usage_line(6, "overage", "Cached input tokens", "cached-tokens", "token", 6_118_240, "0.0000008",
                   price_key="cached-tokens", events=9_412),
        usage_line(7, "overage", "Output tokens · gpt-4o", "output-tokens", "token", 1_140_902, "0.000013",
                   price_key="output-tokens-gpt-4o", dimension={"model": "gpt-4o"}, events=5_140),
        usage_line(8, "overage", "Output tokens · claude-sonnet-4", "output-tokens", "token", 763_433, "0.000019",
                   price_key="output-tokens-claude-sonnet-4", dimension={"model": "claude-sonnet-4"}, events=4_272),
    ]  # fmt: skip
    tiers = [
        step("First 1,000 calls × 0.40 USD", "1000", "0.4", "400"),
        step("Next 2,000 calls × 0.32 USD", "2000", "0.32", "640"),
        step("Last 127 calls × 0.25 USD", "127", "0.25", "31.75"),
    ]
    out.append(line(9, "overage", "Agent calls", price_key="agent-calls", metric="agent-calls", meter="agent-calls",
                    unit="call", quantity="3127", amount_exact="1071.75", amount="1071.75", steps=tiers,
                    events=3127, first_seq=11, last_seq=9_861))  # fmt: skip
    out.append(line(10, "support", "Premium support, 6 % of platform and seats", price_key="support-premium",
                    quantity="1", unit="month", amount_exact="409.2", amount="409.20",
                    steps=[step("6 % of 6,820 USD", "6820", "0.06", "409.2")]))  # fmt: skip
    covered = sum((Decimal(x["amount"]) for x in out if x["group"] == "overage"), Decimal(0))
    out.append(line(11, "credit", "Usage covered by the commitment", price_key="commitment", amount_exact=str(-covered),
                    amount=str(-covered), steps=[step("Covered usage, at most the 9,000 USD committed", None, None,
                                                      str(-covered))]))  # fmt: skip
    net = sum((Decimal(x["amount"]) for x in out), Decimal(0))
    tax = net * Decimal("0.19")
    out.append(line(12, "tax", "VAT 19 %", amount_exact=format(tax.normalize(), "f"), amount=str(cents(tax)),
                    steps=[step(f"19 % of {net:,} USD", str(net), "0.19", format(tax.normalize(), "f"))]))  # fmt: skip
    return out


def make_invoice(lines: list[dict[str, Any]]) -> dict[str, Any]:
    tax = sum((Decimal(x["amount"]) for x in lines if x["group"] == "tax"), Decimal(0))
    total = sum((Decimal(x["amount"]) for x in lines), Decimal(0))
    exact = sum((Decimal(x["amount_exact"]) for x in lines), Decimal(0))
    return {
        "id": "inv_01k9x2v0m4", "number": "INV-2026-000001", "kind": "invoice", "customer": "northwind-robotics",
        "customer_name": "Northwind Robotics", "currency": "USD", "period": PERIOD,
        "issued_at": "2026-11-01T06:00:04Z", "lines": lines, "subtotal": str(total - tax), "tax": str(tax),
        "total": str(total), "rounding_difference": format((total - exact).normalize(), "f"), "period_name": "2026-10",
        "catalog_version": "cat_5f1c9a7be2d04c11", "subscriptions": ["sub_01k6aw31xq"], "run": "run_01k9x2uzzc",
        "chain": {"first_seq": 3, "last_seq": 9_870, "events": 12_539}, "status": "finalised",
    }  # fmt: skip


MODELS = ["gpt-4o", "claude-sonnet-4", "llama-3.3-70b", "mistral-large-2"]


def event(n: int, customer: str, status: str = "attributed", kind: str = "llm.completion") -> dict[str, Any]:
    at = datetime(2026, 10, 1, 0, 2, 11, tzinfo=UTC) + timedelta(seconds=n * 71.3)
    return {
        "index": 41 + n * 7, "customer": customer, "seq": 4 + n, "source": "gateway/eu-1", "id": f"req_{h(b'id', bytes([n % 256, n // 256])).hex()[:14]}",
        "type": kind, "subject": f"{customer}/agent-{n % 5 + 1}", "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "recorded_at": "2026-11-01T05:58:41.204118Z", "status": status,
        "data": {"model": MODELS[n % 2], "input_tokens": RNG.randint(140, 7200), "cached_tokens": RNG.randint(0, 900),
                 "output_tokens": RNG.randint(9, 480)},
        "cost": None, "dimensions": {"feature": "assistant", "agent": f"agent-{n % 5 + 1}", "environment": "production"},
    }  # fmt: skip


def traces(invoice: dict[str, Any]) -> dict[str, Any]:
    out = {}
    for item in invoice["lines"]:
        metered = bool(item["meter"])
        events = [event(n, invoice["customer"]) for n in range(12)] if metered else []
        for e in events:
            if item["meter"] == "agent-calls":
                e |= {"type": "agent.call", "data": {"tool": "search", "agent": "agent-2"}}
        out[item["id"]] = {
            "invoice": invoice["id"],
            "line": item,
            "price": {"key": item["price_key"], "name": item["title"], "owner": "Pricing council",
                      "definition": "What the customer pays for this metric once the commitment is used up.",
                      "currency": "USD", "metric": item["metric"], "model": {"model": "graduated" if item["id"] == "ln_09" else "per_unit" if metered else "flat"},
                      "catalog_version": {"id": item["price_version"], "number": 3, "published_at": "2026-09-28T09:12:00Z"}},
            "steps": item["steps"],
            "quantity": item["quantity"],
            "meter": {"key": item["meter"], "name": item["title"].split(" · ")[0], "event_types": ["llm.completion"],
                      "aggregation": "sum", "value": "$." + item["meter"].replace("-", "_"), "unit": item["unit"],
                      "filters": [{"path": "$.model", "op": "eq", "values": list(item["dimension"].values())}] if item["dimension"] else []}
                      if metered else None,
            "events": events,
            "receipts": [{"index": e["index"], "customer": e["customer"], "seq": e["seq"], "leaf": LEAF_DATA[e["index"]].hex()} for e in events],
            "next": "MTI" if metered else None,
        }  # fmt: skip
    return out


def customers(usage_weights: list[float]) -> list[dict[str, Any]]:
    rows = []
    for n, name in enumerate(NAMES):
        segment = {"enterprise": "enterprise", "regulated-plus": "regulated", "team": "mid-market"}.get(PLANS[n], "self-serve")
        rows.append({
            "key": key_of(name), "name": name, "parent": "halden-bank" if n in (20, 29) else None, "currency": "EUR" if n in (7, 14) else "USD",
            "timezone": "Europe/Berlin" if n % 4 == 0 else "UTC", "email": f"billing@{key_of(name)}.example",
            "attributes": [
                {"effective_from": "2026-01-01T00:00:00Z", "values": {"segment": segment, "region": ["eu", "us", "apac"][n % 3], "size": "1000+" if n < 8 else "50-250", "vertical": ["industry", "finance", "health"][n % 3]}},
            ],
            "subjects": [key_of(name) + f"/agent-{k}" for k in range(1, 6)], "tax": {"name": "VAT", "percent": "19"} if n % 4 == 0 else None,
            "created_at": "2026-09-01T08:00:00Z",
        })  # fmt: skip
    return rows


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    weights = sorted((RNG.paretovariate(0.9) for _ in NAMES), reverse=True)
    people = customers(weights)
    per_customer = spread(EVENTS - 312 - 64, weights)
    lines = invoice_lines()
    invoice = make_invoice(lines)
    save("invoice.json", invoice)
    save("traces.json", traces(invoice))
    invoices = []
    for n, person in enumerate(people):
        total = Decimal(invoice["total"]) if n == 0 else cents(Decimal(per_customer[n]) * Decimal("1.374") + (2500 if n < 8 else 290 if n < 26 else 0))
        if total == 0 or n in (38, 39):
            continue
        credit = n == 24
        invoices.append({k: invoice[k] for k in ("currency", "period", "period_name", "status")} | {
            "id": f"inv_{n + 1:04d}" if n else invoice["id"], "number": f"CN-2026-{1:06d}" if credit else f"INV-2026-{len(invoices) + 1 - (n > 24):06d}",
            "kind": "credit_note" if credit else "invoice", "customer": person["key"], "customer_name": person["name"],
            "currency": person["currency"], "issued_at": "2026-11-01T06:00:04Z", "total": str(total), "subtotal": str(total), "tax": "0.00"})  # fmt: skip
    save("invoices.json", {"items": invoices, "next": None})
    save("customers.json", {"items": people, "next": None})
    save("subscriptions.json", {"next": None, "items": [
        {"id": f"sub_{n + 1:06d}" if n else "sub_01k6aw31xq", "customer": person["key"], "plan": PLANS[n],
         "start": "2026-09-01T00:00:00Z", "end": None, "quantities": {"seats": "240"} if n == 0 else {},
         "add_ons": ["premium-support"] if n < 3 else [], "commitment": "108000" if n < 8 else None, "catalog": "live"}
        for n, person in enumerate(people)]})  # fmt: skip
    save("customer.json", people[0])
    usage = []
    for key, name, unit, total in METRICS:
        days = [total // 31] * 31 if key == "seats" else spread(total, day_weights())
        if key == "seats":
            days = [240] * 31
        usage.append({"metric": key, "name": name, "unit": unit, "total": str(total),
                      "days": [{"day": d.isoformat(), "quantity": str(q)} for d, q in zip(DAYS, days, strict=True)]})  # fmt: skip
    save("usage.json", {"customer": people[0]["key"], "period": "2026-10", "metrics": usage})
    preview = {k: v for k, v in invoice.items() if k not in ("number", "issued_at", "id", "kind", "run")}
    save("preview.json", preview | {"status": "draft", "problems": []})
    overview(people, per_customer, invoices)
    record()


def overview(people: list[dict[str, Any]], per_customer: list[int], invoices: list[dict[str, Any]]) -> None:
    billed: dict[str, Decimal] = {}
    for item in invoices:
        sign = -1 if item["kind"] == "credit_note" else 1
        billed[item["currency"]] = billed.get(item["currency"], Decimal(0)) + sign * Decimal(item["subtotal"])
    per_day = spread(EVENTS, day_weights())
    top = [
        {"key": p["key"], "name": p["name"], "currency": p["currency"], "amount": i["subtotal"], "events": per_customer[n]}
        for n, (p, i) in enumerate(zip(people[:8], invoices[:8], strict=True))
    ]  # fmt: skip
    save("overview.json", {
        "workspace": ORIGIN, "period": "2026-10", "at": "2026-11-21T04:02:11Z",
        "events": {"total": EVENTS, "period": EVENTS, "today": 0,
                   "per_day": [{"day": d.isoformat(), "events": n} for d, n in zip(DAYS, per_day, strict=True)]},
        "value": {c: {"billed": str(a), "unbilled": "1284.07" if c == "USD" else "0"} for c, a in sorted(billed.items(), reverse=True)},
        "cost": "21874.338114",
        "unattributed": 312, "unmatched": [{"type": "llm.embedding", "events": 48}, {"type": "debug.ping", "events": 16}],
        "fold_lag": 0,
        "invoices": {"invoices": len(invoices) - 1, "credit_notes": 1, "totals": {c: str(a) for c, a in billed.items()}},
        "record": {"origin": ORIGIN, "size": len(LEAVES), "root": b64(ROOT),
                   "verified_at": "2026-11-21T03:40:12Z", "verified_ok": True},
        "checks": [
            {"name": "record", "ok": True, "text": "The record's tree, chains and signatures verify up to entry 28,596."},
            {"name": "usage store", "ok": True, "text": "Usage has folded every recorded event; it is 0 entries behind."},
            {"name": "bills", "ok": True, "text": "Every customer can be billed."},
            {"name": "attribution", "ok": False, "text": "312 events have no customer."},
        ],
        "top_customers": top,
    })  # fmt: skip


def record() -> None:
    kinds = ["usage"] * 14 + ["journal", "invoice"] * 3
    entries = []
    for k in range(60):
        n = len(LEAVES) - 1 - k
        kind = "invoice" if k < 76 and k % 2 else "journal" if k < 76 else kinds[n % 14]
        customer = key_of(NAMES[(n * 7) % 40])
        entries.append({"index": n, "kind": kind, "customer": customer, "customer_seq": 120 + n // 40,
                        "recorded_at": "2026-11-01T06:00:04.412008Z" if k < 76 else "2026-11-01T05:58:41.204118Z",
                        "leaf": LEAF_DATA[n].hex(),
                        "text": {"usage": "llm.completion from gateway/eu-1", "invoice": "INV-2026-000014", "journal": "Invoice posted"}[kind]})  # fmt: skip
    save("entries.json", {"items": entries, "next": entries[-1]["index"], "size": len(LEAVES)})
    (FOLDER / "checkpoint.txt").write_text(checkpoint(len(LEAVES), ROOT), encoding="utf-8")
    save("verify.json", {"ok": True, "entries": len(LEAVES), "size": len(LEAVES), "root": b64(ROOT), "problems": [],
                         "state_problems": [], "seconds": 0.31, "at": "2026-11-21T03:58:02Z"})  # fmt: skip
    save("proofs.json", {str(n): proof(n) for n in range(41, 41 + 7 * 12, 7)})


def proof(index: int) -> dict[str, Any]:
    return {"index": index, "size": len(LEAVES), "leaf": LEAF_DATA[index].hex(), "hashes": [x.hex() for x in path(index, LEAVES)],
            "checkpoint": checkpoint(len(LEAVES), ROOT), "text": proof_text(index)}  # fmt: skip


if __name__ == "__main__":
    main()
