// Checks an evidence file, `steelyard.evidence/2`, in the browser: nothing is asked of any server.
//
// Proven here: the signature, that every entry is in the signed tree, that the customer's chain has no gap, which
// events count after corrections, each line's quantity, and that the amounts add up. Prices are worked out anew by
// `steelyard receipt verify`, which uses the same rules that made the bill.

import { Decimal, ZERO, parseExact } from "./exact.js";
import { Broken, openCheckpoint, proveChain, proveEntry, readKey, refuse } from "./proof.js";
import { KIND, beyond, knownAt, measure, micros, standing } from "./usage.js";

const FORMAT = "steelyard.evidence/2";
const SHOWN = new Set([KIND.usage, KIND.customer, KIND.subscription, KIND.invoice, KIND.attribution, KIND.contract, KIND.correction, KIND.backfill, KIND.erasure, KIND.credit]);
const FIELDS = {
  evidence: ["checkpoint", "document", "format", "section", "sources"],
  proven: ["customer", "index", "kind", "payload", "prev", "proof", "recorded_at", "salt", "seq"],
  section: ["customer", "entries"],
};

/** What was found: each check with `ok` (true, false, or null where it cannot be made here) and its words. */
export async function checkEvidence(bytes, vkey, progress = () => {}) {
  const checks = [];
  const say = (ok, text) => checks.push({ ok, text });
  try {
    if (!globalThis.crypto?.subtle) refuse("this browser gives a page cryptography over https or on this machine only");
    await prove(read(bytes), vkey, say, progress);
  } catch (error) {
    if (!(error instanceof Broken)) say(false, `the file cannot be read: ${error.message}`);
    else say(false, error.message);
  }
  return { ok: checks.length > 0 && checks.every((one) => one.ok !== false), checks };
}

function names(value, expected, what) {
  const found = value && typeof value === "object" ? Object.keys(value).sort().join() : "";
  if (found !== expected.join()) refuse(`the file has no ${what} of the form ${FORMAT}`);
}

function read(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const evidence = JSON.parse(text);
  names(evidence, FIELDS.evidence, "content");
  if (evidence.format !== FORMAT) refuse(`the file has the form ${String(evidence.format).slice(0, 60)}, this page reads ${FORMAT}`);
  for (const one of [evidence.document, ...evidence.sources]) names(one, FIELDS.proven, "entry");
  if (evidence.section !== null) names(evidence.section, FIELDS.section, "section");
  if (`${JSON.stringify(sorted(evidence))}\n` !== text) refuse("the file is not written in its one canonical form; something changed its bytes");
  return evidence;
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

async function prove(evidence, vkey, say, progress) {
  const { document, sources, section } = evidence;
  const checkpoint = await openCheckpoint(evidence.checkpoint, await readKey(vkey.trim()));
  say(true, `The checkpoint of ${checkpoint.origin} at ${count(checkpoint.size, "entry", "entries")} is signed by this key`);
  await proveEntry(document, "document", checkpoint);
  for (const one of sources) await proveEntry(one, "terms", checkpoint);
  say(true, `The document and ${count(sources.length, "entry", "entries")} with its terms are in the record as shown`);
  if (section) {
    await proveChain(section, document, progress);
    say(true, `The chain of ${section.customer} is unbroken from ${section.entries[0].seq} to the document: ${count(section.entries.length, "entry", "entries")}, none left out`);
  }
  const pool = new Pool(evidence);
  const told = tellingOf(document);
  if (!told || document.kind !== KIND.invoice || !["invoice", "credit_note"].includes(told.what)) refuse("the document's entry tells of no invoice");
  const erased = hidden(evidence, pool, say);
  checkLines(told, document, evidence, pool, erased, say);
  checkSums(told.body, told.what, say);
}

function count(number, one, many) {
  return `${Number(number).toLocaleString("en")} ${number === 1 ? one : many}`;
}

function tellingOf(entry) {
  if (!entry.payload || !entry.payload.startsWith('{"body":')) return null;
  const said = parseExact(entry.payload);
  return said && typeof said.what === "string" ? said : null;
}

/** What the proven entries tell of: customers, subscriptions, catalogs, documents, erasures. */
class Pool {
  constructor(evidence) {
    const chain = evidence.section ? evidence.section.customer : "";
    const inside = (evidence.section ? evidence.section.entries : []).filter((one) => !one.commitment).map((one) => ({ ...one, customer: chain, inside: true }));
    const usage = new Set([KIND.usage, KIND.correction, KIND.attribution, KIND.backfill]);
    this.entries = [...evidence.sources, ...inside]
      .filter((one) => !usage.has(one.kind))
      .sort((one, other) => one.index - other.index)
      .map((one) => ({ ...one, said: tellingOf(one) }))
      .filter((one) => one.said);
  }

  latest(what, key, before) {
    const name = what === "customer" ? "key" : "id";
    const found = this.entries.filter((one) => one.index < before && one.said.what === what && one.said.body[name] === key);
    if (!found.length) refuse(`the evidence lacks the ${what.replace("_", " ")} ${key}`);
    return found[found.length - 1].said.body;
  }

  documents() {
    return this.entries.filter((one) => one.inside && one.kind === KIND.invoice && ["invoice", "credit_note"].includes(one.said.what));
  }

  /** By what a period is charged where other terms were agreed for it after it was billed. */
  revised(first, before) {
    const { period_name: name, number } = first.said.body;
    const found = this.entries
      .filter((one) => one.said.what === "revision" && one.customer === first.customer && one.index > first.index && one.index < before)
      .flatMap((one) => one.said.body.periods.filter((said) => said.period_name === name && said.document === number).map((said) => ({ said, index: one.index })))
      .pop();
    if (!found) return null;
    const { versions, turned, contracts } = found.said;
    return { body: { ...first.said.body, versions, turned, contracts }, index: found.index };
  }

  tellsErased(customer, seq) {
    const number = (value) => Number(value.text);
    return this.entries.some(
      (one) => one.kind === KIND.erasure && one.customer === customer && one.said.what === "erasure" && one.said.body.sections.some((part) => part.customer === customer && number(part.first_seq) <= seq && seq <= number(part.last_seq)),
    );
  }
}

/** How many entries were erased; refuses one that is hidden without such a word in the record. */
function hidden(evidence, pool, say) {
  let erased = 0;
  for (const one of evidence.section ? evidence.section.entries : []) {
    if (!one.commitment || !SHOWN.has(one.kind)) continue;
    if (!pool.tellsErased(evidence.section.customer, one.seq)) refuse(`entry ${one.index} (chain number ${one.seq}) is not shown, and no erasure in the record tells why`);
    erased += 1;
  }
  if (erased) say(null, `${count(erased, "entry was", "entries were")} erased, as the record tells: quantities that rest on them cannot be measured any more`);
  return erased;
}

/** The number with its thousands apart. */
function spaced(number) {
  const [whole, fraction] = String(number).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
}

function quantityOf(text) {
  return text === null ? ZERO : (Decimal.of(text) ?? refuse(`${text} is no number`));
}

/** The events that the document knew; an early one says it by its range of the chain alone. */
function knownTo(document, standings) {
  if (document.known_at) return knownAt(standings, micros(document.known_at));
  return knownAt(standings, null).filter((one) => one.seq <= Number(document.chain.last_seq.text));
}

function checkLines(told, entry, evidence, pool, erased, say) {
  const document = told.body;
  const known = knownTo(document, standing(evidence.section));
  for (const line of document.lines) {
    const name = `${line.adjusts ? `${line.adjusts.period_name}: ` : ""}${line.title}`;
    const first = line.adjusts ? checkBilled(line, told.what, evidence, pool) : { body: document, index: entry.index };
    if (!line.metric || !line.meter) {
      if (Number(line.events.text)) refuse(`line ${line.id} (${name}) names events, and is of no meter`);
      const theirs = line.borne ? (line.borne.customer === document.customer ? `borne by ${line.borne.payer}` : `as the document of ${line.borne.customer} says, whose own evidence proves it`) : "";
      const why = theirs ? theirs : line.group === "tax" ? "as the sums below give it" : line.unit ? `${line.quantity} ${line.unit} as agreed` : "no usage, as agreed";
      say(true, `${name}: ${line.adjusts ? "what was billed before is as its documents say" : why}`);
      continue;
    }
    const { meter, price } = termsOf(line, first, pool);
    const stated = quantityOf(line.adjusts ? line.adjusts.quantity : line.quantity);
    if (isFixed(line, first, pool)) {
      say(true, `${name}: ${spaced(stated)} ${line.unit} as agreed`);
    } else if (erased || beyond(meter)) {
      say(null, `${name}: ${spaced(stated)} ${line.unit}, not measured here (${erased ? "events were erased" : beyond(meter)})`);
    } else {
      const found = measure(meter, price, known, micros(line.period.start), micros(line.period.end));
      compareLine(line, name, stated, found);
      say(true, `${name}: ${spaced(stated)} ${line.unit} from ${count(found.events, "event", "events")}, measured again`);
    }
  }
}

function compareLine(line, name, stated, found) {
  if (!found.quantity.equals(stated)) refuse(`line ${line.id} (${name}): the events give ${found.quantity} ${line.unit}, the document says ${stated}`);
  const [events, first, last] = [line.events, line.first_seq, line.last_seq].map((one) => Number(one.text));
  if (found.events !== events || found.first !== first || found.last !== last) {
    refuse(`line ${line.id} (${name}): ${found.events} events count (${found.first} to ${found.last}), the document says ${events} (${first} to ${last})`);
  }
}

/** The line's meter and price by the proven catalog version, for a subscription that ran then. */
function termsOf(line, first, pool) {
  const subscription = pool.latest("subscription", line.subscription, first.index);
  // A subscription that turned to other versions in the month is priced by all of them, which the document names.
  const turned = Object.entries(first.body.turned ?? {}).filter(([name]) => name === line.subscription || name.startsWith(`${line.subscription}@`));
  const named = first.body.versions ? [first.body.versions[line.subscription], ...turned.map(([, version]) => version)] : [line.price_version];
  if (!named.includes(line.price_version)) refuse(`line ${line.id} (${line.title}) is priced by a catalog that its document does not name`);
  const { catalog } = pool.latest("catalog_version", line.price_version, Infinity);
  const price = catalog.prices[line.price_key];
  const agreed = itemsOf(line, first, pool).length > 0 || addOnsOf(subscription).includes(line.price_key);
  if (!price || !agreed || price.metric !== line.metric) refuse(`line ${line.id} (${line.title}) is of a price that ${line.subscription} does not have`);
  const starts = [subscription.start, first.body.period.start].map(micros);
  const ends = [subscription.end, first.body.period.end].filter((one) => one !== null).map(micros);
  const [start, end] = [starts.reduce((a, b) => (a > b ? a : b)), ends.reduce((a, b) => (a < b ? a : b))];
  // A price that changed in the month stands on a line for each part of it.
  if (micros(line.period.start) < start || micros(line.period.end) > end) refuse(`line ${line.id} (${line.title}) is for another time than ${line.subscription} ran in the period`);
  return { meter: catalog.metrics[price.metric].meter, price };
}

/** Whether the quantity is agreed on, not measured. */
function isFixed(line, first, pool) {
  const items = itemsOf(line, first, pool);
  return items.length > 0 && items.every((item) => item.quantity !== null || item.quantity_from !== null);
}

/** The items of the line's price in every plan that the subscription had, by its changes and the contracts too. */
function itemsOf(line, first, pool) {
  const subscription = pool.latest("subscription", line.subscription, first.index);
  const { catalog } = pool.latest("catalog_version", line.price_version, Infinity);
  const phases = (first.body.contracts ?? []).flatMap((id) => pool.latest("contract", id, first.index).phases);
  const plans = new Set([subscription, ...(subscription.changes ?? []), ...phases].map((one) => one.plan).filter(Boolean));
  return [...plans].flatMap((key) => catalog.plans[key]?.items ?? []).filter((item) => item.price === line.price_key);
}

function addOnsOf(subscription) {
  return [...subscription.add_ons, ...(subscription.changes ?? []).flatMap((one) => one.add)];
}

function lineKey(line) {
  const since = line.group === "tax" ? "" : line.period.start;
  return JSON.stringify([line.subscription, line.group, line.price_key, line.reason, since]);
}

/** The first document of the adjusted period; refuses what it, and those that adjusted it since, do not say. */
function checkBilled(line, what, evidence, pool) {
  const { adjusts } = line;
  const before = pool.documents().filter((one) => one.index < evidence.document.index);
  const first = before.find((one) => one.said.body.period_name === adjusts.period_name);
  if (!first) refuse(`the evidence does not show the document that billed ${adjusts.period_name}`);
  const about = (one) => (own) => lineKey(own) === lineKey(line) && (own.adjusts ? own.adjusts.period_name === adjusts.period_name : one === first);
  const all = before.filter((one) => one === first || one.said.body.lines.some((own) => own.adjusts && own.adjusts.period_name === adjusts.period_name));
  const numbers = all.map((one) => one.said.body.number);
  if ([...numbers].sort().join() !== [...adjusts.documents].sort().join()) refuse(`line ${line.id} adjusts ${adjusts.documents.join(", ")}; the chain shows ${numbers.join(", ")}`);
  let [amount, exact, quantity] = [ZERO, ZERO, ZERO];
  for (const one of all) {
    const sign = one.said.what === "credit_note" ? -1 : 1;
    for (const own of one.said.body.lines.filter(about(one))) {
      amount = amount.plus(quantityOf(own.amount).times(sign));
      exact = exact.plus(quantityOf(own.amount_exact).times(sign));
      quantity = quantity.plus(quantityOf(own.quantity));
    }
  }
  const sign = what === "credit_note" ? -1 : 1;
  const right =
    amount.equals(quantityOf(adjusts.billed)) && exact.equals(quantityOf(adjusts.billed_exact)) && quantity.equals(quantityOf(adjusts.billed_quantity)) &&
    quantityOf(adjusts.amount).minus(amount).equals(quantityOf(line.amount).times(sign)) && quantityOf(adjusts.quantity).minus(quantity).equals(quantityOf(line.quantity));
  if (!right) refuse(`line ${line.id} (${line.title}) is not the difference to what ${numbers.join(", ")} billed`);
  return pool.revised(first, evidence.document.index) ?? { body: first.said.body, index: first.index };
}

/** Steps sum to exact amounts, lines to the totals. */
function checkSums(document, what, say) {
  const sign = what === "credit_note" ? -1 : 1;
  let [subtotal, tax, exact] = [ZERO, ZERO, ZERO];
  for (const line of document.lines) {
    const [amount, whole] = [quantityOf(line.amount), quantityOf(line.amount_exact)];
    if (line.steps.length) {
      const steps = line.steps.reduce((sum, step) => sum.plus(quantityOf(step.amount)), ZERO).times(sign);
      const off = steps.minus(whole);
      if (off.compare(new Decimal(1n, 17)) > 0 || off.compare(new Decimal(-1n, 17)) < 0) refuse(`line ${line.id} (${line.title}): its steps sum to ${steps}, the line says ${whole}`);
    }
    if (line.group === "tax") tax = tax.plus(amount);
    else [subtotal, exact] = [subtotal.plus(amount), exact.plus(whole)];
  }
  const stated = (name) => quantityOf(document[name]);
  for (const [name, found] of [["subtotal", subtotal], ["tax", tax], ["total", subtotal.plus(tax)], ["rounding_difference", subtotal.minus(exact)]]) {
    if (!found.equals(stated(name))) refuse(`the lines give a ${name.replace("_", " ")} of ${found}, the document says ${stated(name)}`);
  }
  say(true, `${count(document.lines.length, "line", "lines")} add up to ${spaced(document.total)} ${document.currency}, each rounded once`);
}

