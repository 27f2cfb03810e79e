"""Checks a Steelyard evidence file or tlog-proof offline, with nothing but Python and a verifier key.

    python verify_receipt.py EVIDENCE.json VKEY [--keys KEYS.json]
    python verify_receipt.py ENTRY.tlog-proof VKEY --leaf HEX [--keys KEYS.json]

VKEY is the verifier key as the vendor publishes it (GET /record/key); KEYS.json is what GET /record/keys
gave, and is needed only where the key has changed. The exit code is 0 where everything holds, 1 where
something does not, 2 for wrong use. Signatures are checked by the `cryptography` package if it is there, else
by the few lines below (RFC 8032). This file imports nothing of Steelyard and may be copied and changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import re
import struct
import sys
from base64 import b64decode, b64encode
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

FORMATS = ("steelyard.evidence/2",)
USAGE, INVOICE, ATTRIBUTION, CORRECTION, BACKFILL, KEY_ROTATION = 1, 5, 7, 13, 14, 16
PROVEN = {"index", "kind", "customer", "seq", "prev", "recorded_at", "salt", "payload", "proof"}
SHOWN = {"index", "kind", "seq", "prev", "recorded_at"}
RESERVED = ("subject", "source", "feature", "integration", "agent", "team", "role", "environment")


class Wrong(Exception):
    """Something does not hold; the message says what, and where."""


def require(holds: Any, message: str) -> None:
    """Nothing where it holds; Wrong where it does not."""
    if not holds:
        raise Wrong(message)


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def raw(text: Any, length: int | None = None) -> bytes:
    """Bytes of canonical base64, of this length if one is asked for."""
    try:
        data = b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Wrong(f"{text!r} is not base64") from None
    require(b64encode(data).decode() == text, f"{text!r} is not canonical base64")
    require(length is None or len(data) == length, f"{text!r} has {len(data)} bytes, not {length}")
    return data


# Ed25519 (RFC 8032, section 5.1.7), for where no library is installed.

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def _add(one: Any, two: Any) -> Any:
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Any) -> Any:
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _add(total, point)
        point, number = _add(point, point), number >> 1
    return total


def _point(data: bytes) -> Any:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def plain_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's of the message, by the definition."""
    key, nonce = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or nonce is None or s >= Q:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    base = _point(bytes([0x58]) + bytes([0x66]) * 31)
    one = _times(s, base)
    two = _add(nonce, _times(int.from_bytes(digest, "little") % Q, key))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


def ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's of the message."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return plain_ed25519(public, signature, message)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# Signed notes and the tree (C2SP signed-note and tlog-checkpoint, RFC 9162).


def read_key(vkey: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of a verifier key `name+id+base64`."""
    name, _, rest = vkey.strip().partition("+")
    hexed, _, encoded = rest.partition("+")
    data = raw(encoded, 33)
    key_id = sha(name.encode() + b"\n" + data)[:4]
    require(data[0] == 1 and key_id.hex() == hexed, "the verifier key's parts do not fit together")
    return name, key_id, data[1:]


def open_note(note: str, keys: list[str], *, signatures: int | None = None) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that the newest fitting of these keys signed."""
    text, found, block = note.rpartition("\n\n")
    require(found and block.endswith("\n"), "the checkpoint is no signed note")
    lines = [line.split(" ") for line in block[:-1].split("\n")]
    require(all(len(line) == 3 and line[0] == "—" for line in lines), "a signature line has another form")
    require(signatures in (None, len(lines)), "the checkpoint carries signatures of others")
    by_key = {(line[1], raw(line[2])[:4]): raw(line[2])[4:] for line in lines}
    for name, key_id, public in reversed([read_key(key) for key in keys]):
        signature = by_key.get((name, key_id))
        if signature is not None:
            require(ed25519(public, signature, f"{text}\n".encode()), "the signature does not verify")
            parts = text.split("\n")
            require(len(parts) >= 3 and parts[0] == name, f"the checkpoint is not one of {name}")
            require(parts[1].isdecimal() and str(int(parts[1])) == parts[1], "the size is no number")
            return parts[0], int(parts[1]), raw(parts[2], 32)
    raise Wrong("none of the given keys signed the checkpoint")


def included(index: int, leaf: bytes, proof: list[bytes], size: int, root: bytes) -> bool:
    """Whether the proof shows the leaf at this index of the tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, sha(b"\0" + leaf)
    for step in proof:
        if last == 0 or len(step) != 32:
            return False
        if position & 1 or position == last:
            node = sha(b"\1" + step + node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = sha(b"\1" + node + step)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def leaf_of(entry: Any, customer: str) -> bytes:
    """The public leaf of an entry that is shown whole, or by its commitment."""
    numbers = [entry[name] for name in ("kind", "index", "seq", "recorded_at")]
    require(all(type(one) is int and 0 <= one < 2**63 for one in numbers), "an entry has no proper numbers")
    head = struct.pack(">BBQQq", 1, *numbers) + raw(entry["prev"], 32) + customer.encode()
    if "commitment" in entry:
        return sha(head + raw(entry["commitment"], 32))
    return sha(head + sha(raw(entry["salt"], 16) + entry["payload"].encode()))


def check_entry(entry: Any, size: int, root: bytes, what: str) -> None:
    """That the entry is the one that the record holds at its place."""
    require(entry.keys() == PROVEN, f"an entry ({what}) does not have the fields of one")
    leaf, proof = leaf_of(entry, entry["customer"]), [raw(one, 32) for one in entry["proof"]]
    message = f"entry {entry['index']} ({what}) is not the one that the record holds at this place"
    require(included(entry["index"], leaf, proof, size, root), message)


def check_chain(section: Any, document: Any) -> None:
    """That the section leads without a gap to the document, which names the leaf of the entry before it."""
    require(section.keys() == {"customer", "entries"} and section["entries"], "the section is empty")
    require(section["customer"] == document["customer"], "the section is of another customer's chain")
    before, seq = section["entries"][0]["prev"], section["entries"][0]["seq"]
    for entry in section["entries"]:
        shown = entry.keys() - SHOWN
        whole = {"salt"} <= shown <= {"salt", "payload"}
        require(entry.keys() >= SHOWN and (whole or shown == {"commitment"}), "an entry has other fields")
        require(entry["seq"] == seq, f"chain number {seq} expected, found {entry['seq']}: one is missing")
        require(entry["prev"] == before, f"entry {entry['index']} does not follow the entry before it")
        require(entry.get("payload") != "", "an empty field is written out")
        leaf = leaf_of({"payload": "", **entry}, section["customer"])
        before, seq = b64encode(leaf).decode(), seq + 1
    require(document["seq"] == seq and document["prev"] == before, "the chain does not lead to the document")


def follow(vkey: str, history: Any) -> list[str]:
    """The key and all that follow it, each named by an entry under a checkpoint that both signed."""
    keys = [vkey.strip()]
    for one in history["rotations"]:
        entry = {name: one[name] for name in PROVEN}
        body = json.loads(entry["payload"])["body"]
        if body["old"] != keys[-1] or entry["kind"] != KEY_ROTATION:
            continue
        new, old = open_note(one["checkpoint"], [body["new"]]), open_note(one["checkpoint"], [keys[-1]])
        require(new == old, "the checkpoint of a change of the key is not one of both keys")
        check_entry(entry, old[1], old[2], "change of the key")
        keys.append(body["new"])
    return keys


# What the invoice says.


def micros(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    whole = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (moment - whole) // (moment.resolution)


def standing(section: Any, known: Any) -> list[Any] | None:
    """The events that counted among the entries known; None where backfills or erasures need the program."""
    events: dict[int, Any] = {}
    held: dict[int, Any] = {}
    for entry in section["entries"]:
        if entry["kind"] == BACKFILL or (entry["kind"] == USAGE and "commitment" in entry):
            return None
        if not known(entry) or "payload" not in entry:
            continue
        said = json.loads(entry["payload"], parse_float=Decimal, parse_int=Decimal)
        if entry["kind"] == USAGE:
            events[entry["index"]] = said
        elif entry["kind"] in (ATTRIBUTION, CORRECTION):
            said = said["body"]
        if entry["kind"] == ATTRIBUTION:
            events[entry["index"]] = said["event"]
        elif entry["kind"] == CORRECTION:
            of, action = int(said["of"]), said["action"]
            if action == "release" and of in held:
                events[of] = held.pop(of)
            elif of in events or of in held:
                event = events.pop(of, None) or held.pop(of)
                if action == "amend":
                    events[entry["index"]] = said["event"]
                elif action == "hold":
                    held[of] = event
    return list(events.values())


def at_path(event: Any, path: str) -> Any:
    """What lies at `$.a.b` of an event's data, or what its dimension is."""
    if not path.startswith("$"):
        return event.get(path) or (event.get("data") or {}).get(path)
    value = event.get("data")
    for name in path.split(".")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text_of(value: Any) -> str | None:
    """A value as meters read it: a text as it is, a number in plain digits; objects and lists are absent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
    return value if isinstance(value, str) else None


def number_of(value: Any) -> Decimal | None:
    """The number that a value stands for, if it is a finite one."""
    try:
        found = Decimal(text_of(value) or "")
    except ArithmeticError:
        return None
    return found if found.is_finite() else None


def is_plain(meter: Any) -> bool:
    """Whether this program can measure with the meter; the whole program can with any."""
    kinds = meter["aggregation"] in ("sum", "count", "max", "min", "unique") and not meter.get("windowed")
    paths = [meter["value"], *meter["group_by"].values()]
    simple = all(re.fullmatch(r"(\$(\.[A-Za-z0-9_-]+)+)?", path) for path in paths)
    filters = all(one["op"] in ("in", "not_in") for one in meter["filters"])
    return kinds and simple and filters and not meter.get("dimension_types")


def quantity(meter: Any, price: Any, line: Any, events: list[Any]) -> Decimal | None:
    """The quantity of a line from its events; None for meters that need the whole program."""
    if not is_plain(meter):
        return None
    kind, path = meter["aggregation"], meter["value"]
    start, end = micros(line["period"]["start"]), micros(line["period"]["end"])
    values: list[Any] = []
    for event in events:
        if event["type"] not in meter["event_types"] or not start <= event["time"] < end:
            continue

        def dimension(name: str, event: Any = event) -> str | None:
            return text_of(at_path(event, meter["group_by"].get(name, name)))

        here = all((dimension(name) or "") in values for name, values in price["dimensions"].items())
        away = any((dimension(name) or "") in values for name, values in price["excluded"].items())
        meets = all(
            (dimension(one["path"]) in one["values"]) == (one["op"] == "in") for one in meter["filters"]
        )
        value = at_path(event, path) if path else Decimal(1)
        found = text_of(value) if kind == "unique" else number_of(value)
        negative = isinstance(found, Decimal) and found < 0 and not meter["allow_negative"]
        if here and not away and meets and found is not None and not negative:
            values.append(found)
    if kind in ("count", "unique"):
        return Decimal(len(values if kind == "count" else set(values)))
    return {"sum": sum, "max": max, "min": min}[kind](values) if values else Decimal(0)


def known_to(document: Any) -> Any:
    """Which entries were known when the document was made; an early one says it by its chain alone."""
    if document.get("known_at") is None:
        return lambda entry: entry["seq"] <= document["chain"]["last_seq"]
    moment = micros(document["known_at"])
    return lambda entry: entry["recorded_at"] <= moment


def check_document(evidence: Any, say: Any) -> None:
    """That the document adds up, and that its quantities follow from the events that are shown."""
    proven = evidence["document"]
    said = json.loads(proven["payload"])
    require(said["what"] in ("invoice", "credit_note") and proven["kind"] == INVOICE, "this is no invoice")
    document = said["body"]
    require(document["customer"] == proven["customer"], "the document is of another customer")
    amounts = [Decimal(line["amount"]) for line in document["lines"] if line["group"] != "tax"]
    require(sum(amounts) == Decimal(document["subtotal"]), "the lines do not sum to the subtotal")
    total = Decimal(document["subtotal"]) + Decimal(document["tax"])
    require(total == Decimal(document["total"]), "subtotal and tax do not make the total")
    say(f"ok  {document['number']}: {len(amounts)} lines sum to {document['total']} {document['currency']}")
    told = [json.loads(one["payload"]) for one in evidence["sources"]]
    catalogs = {one["body"]["id"]: one["body"]["catalog"] for one in told if one["what"] == "catalog_version"}
    sign = -1 if said["what"] == "credit_note" else 1
    section = evidence["section"] or {"entries": []}
    events = standing(section, known_to(document))
    for line in document["lines"]:
        steps = sum(Decimal(step["amount"]) for step in line["steps"])
        off = sign * steps - Decimal(line["amount_exact"])
        require(not line["steps"] or abs(off) < Decimal("1e-17"), f"line {line['id']} misadds")
        if not line["events"]:
            continue
        catalog = catalogs.get(line["price_version"], {"metrics": {}, "prices": {}})
        meter = catalog["metrics"].get(line["metric"], {}).get("meter")
        price = catalog["prices"].get(line["price_key"])
        usable = events is not None and meter is not None and price is not None
        found = quantity(meter, price, line, events or []) if usable else None
        if found is None:
            say(f"    line {line['id']} ({line['title']}) needs the whole program: steelyard receipt verify")
            continue
        stated = Decimal((line.get("adjusts") or line)["quantity"])
        message = f"line {line['id']}: the events give {found}, the document says {stated}"
        require(found == stated, message)
        say(f"ok  line {line['id']} ({line['title']}): the events give {stated} {line['unit']}")


def check_evidence(data: bytes, keys: list[str], say: Any) -> None:
    """That an evidence file holds, step by step."""
    evidence = json.loads(data)
    require(isinstance(evidence, dict) and evidence.get("format") in FORMATS, "this is no evidence file")
    canonical = json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    require(canonical.encode() == data, "the file is not written in its one canonical form")
    fields = {"format", "checkpoint", "document", "sources", "section"}
    require(evidence.keys() == fields, "the file does not have the fields of evidence")
    origin, size, root = open_note(evidence["checkpoint"], keys, signatures=1)
    say(f"ok  checkpoint of {origin} at {size} entries is signed")
    check_entry(evidence["document"], size, root, "document")
    for source in evidence["sources"]:
        check_entry(source, size, root, "terms")
    say(f"ok  {1 + len(evidence['sources'])} entries are in the record as shown")
    if evidence["section"] is not None:
        check_chain(evidence["section"], evidence["document"])
        count = len(evidence["section"]["entries"])
        say(f"ok  chain of {evidence['section']['customer']} has no gap in the {count} entries shown")
    check_document(evidence, say)


def check_proof(text: str, leaf: bytes, keys: list[str], say: Any) -> None:
    """That a tlog-proof file shows this leaf."""
    head, found, note = text.partition("\n\n")
    lines = head.split("\n")
    rest = lines[2:] if lines[1:] and lines[1].startswith("extra ") else lines[1:]
    require(found and rest and rest[0].startswith("index "), "this is no tlog-proof")
    origin, size, root = open_note(note, keys)
    index = int(rest[0].removeprefix("index "))
    proof = [raw(line, 32) for line in rest[1:]]
    require(included(index, leaf, proof, size, root), f"the proof does not show this leaf at index {index}")
    say(f"ok  entry {index} is in the record {origin} at {size} entries")


def main(words: list[str]) -> int:
    """The command line; 0 where all holds, 1 where something does not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("vkey")
    parser.add_argument("--keys", type=pathlib.Path, help="what GET /record/keys gave")
    parser.add_argument("--leaf", default="", help="the entry's public leaf, for a tlog-proof")
    asked = parser.parse_args(words)

    def say(text: str) -> None:
        sys.stdout.write(text + "\n")

    try:
        data = asked.file.read_bytes()
        keys = follow(asked.vkey, json.loads(asked.keys.read_bytes())) if asked.keys else [asked.vkey]
        if data.startswith(b"c2sp.org/tlog-proof@v1\n"):
            require(asked.leaf, "a tlog-proof needs the entry's leaf: --leaf HEX, as its receipt says")
            check_proof(data.decode(), bytes.fromhex(asked.leaf), keys, say)
        else:
            check_evidence(data, keys, say)
    except Wrong as error:
        say(f"BAD {error}")
        return 1
    except (ValueError, KeyError, TypeError, AttributeError, OSError, InvalidOperation) as error:
        say(f"BAD the file cannot be read: {type(error).__name__}: {error}")
        return 1
    say("verified")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
