// What stands, and what a meter makes of it: the rules of metering once more, for the seven plain aggregations.

import { Decimal, PLACES, ZERO, Written, metered, parseExact, textOf } from "./exact.js";

export const KIND = {
  usage: 1, catalog: 2, customer: 3, subscription: 4, invoice: 5, attribution: 7, contract: 9, correction: 13, backfill: 14, erasure: 15, credit: 18,
};
const USAGE_KINDS = new Set([KIND.usage, KIND.attribution, KIND.correction, KIND.backfill]);
const RESERVED = ["feature", "integration", "agent", "team", "role", "environment"];
const ENDS = ["voided", "amended"];
const PATH_STEP = /\.(?:([A-Za-z0-9_-]+)|"([^"\\*\u0000-\u001f]+)")|\['([^'"\\*\u0000-\u001f]+)'\]/y;

/** Microseconds since 1970 of an RFC 3339 time in UTC. */
export function micros(text) {
  const [whole, fraction = ""] = text.replace("Z", "").split(".");
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6) || "0");
}

function eventOf(value) {
  const isEvent =
    value && typeof value === "object" && !Array.isArray(value) && ["source", "id", "type"].every((name) => typeof value[name] === "string") && value.time instanceof Written && /^-?\d+$/.test(value.time.text);
  return isEvent ? { ...value, data: value.data ?? null, time: BigInt(value.time.text) } : null;
}

function meets(range, event, customer) {
  if (range.customer !== null && range.customer !== customer) return false;
  if (range.event_types.length && !range.event_types.includes(event.type)) return false;
  if (range.source && range.source !== event.source) return false;
  return micros(range.period.start) <= event.time && event.time < micros(range.period.end);
}

class Carrier {
  constructor(entry, event, reasons) {
    Object.assign(this, { index: entry.index, seq: entry.seq, event, reasons, past: [] });
    this.since = reasons.size ? null : BigInt(entry.recorded_at);
  }

  add(reason, at) {
    this.reasons.add(reason);
    if (this.since !== null) this.past.push([this.since, at]);
    this.since = null;
  }

  drop(reason, at) {
    this.reasons.delete(reason);
    if (!this.reasons.size && this.since === null) this.since = at;
  }

  get ended() {
    return ENDS.some((reason) => this.reasons.has(reason));
  }
}

/** The times during which each event of a chain's section counted, from its entries in order. */
export function standing(section) {
  const carriers = new Map();
  for (const entry of section ? section.entries : []) {
    if (!USAGE_KINDS.has(entry.kind) || entry.commitment) continue;
    const said = parseExact(entry.payload);
    if (entry.kind === KIND.usage) take(carriers, entry, eventOf(said));
    else if (said.what === "attributed") carry(carriers, entry, eventOf(said.body.event), new Set());
    else if (said.what === "corrected") correct(carriers, entry, said.body);
    else if (said.what === "backfilled") backfill(carriers, entry, said.body, section.customer);
  }
  return [...carriers.values()].flatMap((one) => {
    const times = one.since === null ? one.past : [...one.past, [one.since, null]];
    return times.map(([from, until]) => ({ index: one.index, seq: one.seq, event: one.event, from, until }));
  });
}

function carry(carriers, entry, event, reasons) {
  if (event) carriers.set(entry.index, new Carrier(entry, event, reasons));
}

function take(carriers, entry, event) {
  carry(carriers, entry, event, new Set(event && event.backfill ? [`pending:${event.backfill}`] : []));
}

function correct(carriers, entry, said) {
  const [one, at] = [carriers.get(Number(said.of.text)), BigInt(entry.recorded_at)];
  if (!one || one.ended) return;
  if (said.action === "amend") {
    carry(carriers, entry, eventOf(said.event), new Set([...one.reasons].filter((reason) => reason !== "held")));
    one.add("amended", at);
  } else if (said.action === "void") one.add("voided", at);
  else if (said.action === "hold") one.add("held", at);
  else if (said.action === "release") one.drop("held", at);
}

function backfill(carriers, entry, said, customer) {
  const at = BigInt(entry.recorded_at);
  for (const one of [...carriers.values()]) {
    const own = one.event.backfill === said.id;
    if (said.action === "commit" && own) one.drop(`pending:${said.id}`, at);
    else if (said.action === "commit") {
      const hit = one.index < Number(said.upto.text) && !one.ended && said.deprecate.some((range) => meets(range, one.event, customer));
      if (hit) one.add(`deprecated:${said.id}`, at);
    } else if (said.action === "revert" && own) one.add(`withdrawn:${said.id}`, at);
    else if (said.action === "revert") one.drop(`deprecated:${said.id}`, at);
    else if (said.action === "abandon" && own) {
      one.add(`withdrawn:${said.id}`, at);
      one.drop(`pending:${said.id}`, at);
    }
  }
}

/** Those that counted as known at the moment (null: at the end of the section). */
export function knownAt(standings, moment) {
  if (moment === null) return standings.filter((one) => one.until === null);
  return standings.filter((one) => one.from <= moment && (one.until === null || moment < one.until));
}

function steps(path) {
  const names = [];
  let at = 1;
  while (path.startsWith("$") && at < path.length) {
    PATH_STEP.lastIndex = at;
    const found = PATH_STEP.exec(path);
    if (!found) return null;
    names.push(found[1] ?? found[2] ?? found[3]);
    at = PATH_STEP.lastIndex;
  }
  return names.length ? names : null;
}

function textAt(event, path) {
  let found = event.data;
  for (const name of steps(path)) {
    found = found && typeof found === "object" && !Array.isArray(found) && !(found instanceof Written) ? found[name] : undefined;
  }
  return found === undefined ? null : textOf(found);
}

function dimension(event, name, groupBy) {
  if (name in groupBy) return textAt(event, groupBy[name]);
  if (event[name] || !RESERVED.includes(name)) return event[name] ?? "";
  return textAt(event, `$.${name}`);
}

function passes(event, filter, meter) {
  const text = filter.path.startsWith("$") ? textAt(event, filter.path) : dimension(event, filter.path, meter.group_by);
  if (filter.op === "in") return filter.values.includes(text);
  if (filter.op === "not_in") return !filter.values.includes(text);
  if (filter.op === "exists") return text !== null;
  if (filter.op === "absent") return text === null;
  const [number, bound] = [metered(text), metered(filter.values[0]) ?? ZERO];
  if (number === null) return false;
  const order = number.compare(bound);
  return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[filter.op];
}

/** Why this page cannot measure with the meter; blank where it can. */
export function beyond(meter) {
  const plain = ["sum", "count", "unique", "max", "min", "latest", "average"];
  if (!plain.includes(meter.aggregation) || meter.windowed) return `the aggregation ${meter.windowed ? "over windows" : meter.aggregation}`;
  if (meter.approximate) return "an approximate count";
  if (meter.value && !steps(meter.value)) return "a value that is an expression";
  if (Object.keys(meter.dimension_types ?? {}).length || meter.filters.some((one) => one.type && one.type !== "text")) {
    return "dimensions that are numbers";
  }
  return "";
}

/** What the meter measures from these standings for a price in a period: quantity, events, first and last. */
export function measure(meter, price, standings, start, end) {
  const groups = [...Object.entries(price.dimensions), ...Object.entries(price.excluded)].map(([name]) => name);
  const counted = [];
  for (const { seq, event } of standings) {
    if (event.time < start || event.time >= end || !meter.event_types.includes(event.type)) continue;
    const text = meter.value ? textAt(event, meter.value) : "";
    const number = ["count", "unique"].includes(meter.aggregation) ? ZERO : metered(text);
    if (text === null || number === null || (number.n < 0n && !meter.allow_negative)) continue;
    if (!meter.filters.every((filter) => passes(event, filter, meter))) continue;
    const group = Object.fromEntries(groups.map((name) => [name, dimension(event, name, meter.group_by) ?? ""]));
    const falls = Object.entries(price.dimensions).every(([name, values]) => values.includes(group[name])) && Object.entries(price.excluded).every(([name, values]) => !values.includes(group[name]));
    if (falls) counted.push({ seq, time: event.time, text, number });
  }
  const seqs = counted.map((one) => one.seq);
  return {
    quantity: folded(meter.aggregation, counted),
    events: counted.length,
    first: seqs.reduce((least, seq) => Math.min(least, seq), seqs[0] ?? 0),
    last: seqs.reduce((most, seq) => Math.max(most, seq), 0),
  };
}

function folded(aggregation, counted) {
  if (!counted.length) return ZERO;
  const numbers = counted.map((one) => one.number);
  const sum = () => numbers.reduce((total, number) => total.plus(number), ZERO);
  const best = (better) => numbers.reduce((found, number) => (better(number.compare(found)) ? number : found));
  switch (aggregation) {
    case "count":
      return new Decimal(BigInt(counted.length), 0);
    case "unique":
      return new Decimal(BigInt(new Set(counted.map((one) => one.text)).size), 0);
    case "sum":
      return sum();
    case "average":
      return sum().over(counted.length).rounded(PLACES);
    case "max":
      return best((order) => order > 0);
    case "min":
      return best((order) => order < 0);
    default:
      // Among simultaneous events the largest counts, so that the order of arrival cannot matter.
      return counted.reduce((found, one) => (one.time > found.time || (one.time === found.time && one.number.compare(found.number) > 0) ? one : found)).number;
  }
}

