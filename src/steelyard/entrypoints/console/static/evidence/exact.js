// Exact numbers and exact JSON: a number stays the text that was written, a decimal is a scaled BigInt.

export const PLACES = 12;
const WHOLE_MAX = 26;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const JSON_NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const DEPTH_MAX = 512;

/** A JSON number as it was written. */
export class Written {
  constructor(text) {
    this.text = text;
  }
}

/** A decimal: `n` times ten to the power of minus `places`. */
export class Decimal {
  constructor(n, places) {
    this.n = n;
    this.places = places;
  }

  /** The decimal that a text stands for, or null. */
  static of(text) {
    const clean = String(text).trim().replaceAll("_", "");
    if (!NUMBER.test(clean)) return null;
    const [mantissa, power = "0"] = clean.toLowerCase().split("e");
    const [whole, fraction = ""] = mantissa.split(".");
    if (power.length > 6) return /[1-9]/.test(mantissa) ? null : new Decimal(0n, 0);
    const places = fraction.length - Number(power);
    const digits = BigInt(whole.replace("+", "").replace("-", "") + fraction || "0");
    const n = whole.startsWith("-") ? -digits : digits;
    return places < 0 ? new Decimal(n * 10n ** BigInt(-places), 0) : new Decimal(n, places);
  }

  /** `n` at another number of places, which must lose nothing. */
  at(places) {
    if (places >= this.places) return this.n * 10n ** BigInt(places - this.places);
    return this.n / 10n ** BigInt(this.places - places);
  }

  plus(other) {
    const places = Math.max(this.places, other.places);
    return new Decimal(this.at(places) + other.at(places), places);
  }

  minus(other) {
    return this.plus(new Decimal(-other.n, other.places));
  }

  times(sign) {
    return new Decimal(this.n * BigInt(sign), this.places);
  }

  compare(other) {
    const places = Math.max(this.places, other.places);
    const [one, two] = [this.at(places), other.at(places)];
    return one < two ? -1 : one > two ? 1 : 0;
  }

  equals(other) {
    return this.compare(other) === 0;
  }

  /** Divided by a whole number, to 38 digits, half to even, as the seller's arithmetic does it. */
  over(count) {
    if (this.n === 0n) return new Decimal(0n, 0);
    const sign = this.n < 0n ? -1n : 1n;
    let [above, below, places] = [this.n * sign, BigInt(count), this.places];
    const digits = () => String(above / below).length - (above / below === 0n ? 1 : 0);
    while (above % below !== 0n && digits() < 38) [above, places] = [above * 10n, places + 1];
    while (digits() > 38) [below, places] = [below * 10n, places - 1];
    let whole = above / below;
    const rest = (above % below) * 2n;
    if (rest > below || (rest === below && whole % 2n === 1n)) whole += 1n;
    return places < 0 ? new Decimal(sign * whole * 10n ** BigInt(-places), 0) : new Decimal(sign * whole, places);
  }

  /** With at most so many places, half to even. */
  rounded(places) {
    if (this.places <= places) return this;
    const [unit, sign] = [10n ** BigInt(this.places - places), this.n < 0n ? -1n : 1n];
    const [whole, rest] = [(this.n * sign) / unit, ((this.n * sign) % unit) * 2n];
    const up = rest > unit || (rest === unit && whole % 2n === 1n);
    return new Decimal(sign * (up ? whole + 1n : whole), places);
  }

  /** Plain digits without an exponent and without zeros at the end. */
  toString() {
    const digits = String(this.n < 0n ? -this.n : this.n).padStart(this.places + 1, "0");
    const fraction = digits.slice(digits.length - this.places).replace(/0+$/, "");
    const whole = this.places ? digits.slice(0, -this.places) : digits;
    return (this.n < 0n ? "-" : "") + (fraction && this.places ? `${whole}.${fraction}` : whole);
  }
}

export const ZERO = new Decimal(0n, 0);

/** The metered number that a text stands for: at most 26 digits before and 12 after the point; else null. */
export function metered(text) {
  const found = text === null || text === undefined ? null : Decimal.of(text);
  if (found === null) return null;
  const [, fraction = ""] = String(found).split(".");
  const size = found.n < 0n ? -found.n : found.n;
  if (fraction.length > PLACES || size >= 10n ** BigInt(WHOLE_MAX + found.places)) return null;
  return found;
}

/** The text of a JSON value as meters read it; null for objects, lists and null. */
export function textOf(value) {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (!(value instanceof Written)) return null;
  const found = Decimal.of(value.text);
  return found === null || String(found).length > 62 ? null : String(found);
}

/** JSON read so that numbers stay as they were written; throws on anything that is not JSON. */
export function parseExact(text) {
  let at = 0;

  function fail() {
    throw new SyntaxError(`not JSON at character ${at}`);
  }
  function blanks() {
    while (at < text.length && " \t\n\r".includes(text[at])) at += 1;
  }
  function take(word, value) {
    if (!text.startsWith(word, at)) fail();
    at += word.length;
    return value;
  }
  function matched(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) fail();
    at += found[0].length;
    return found[0];
  }
  function string() {
    take('"');
    let made = "";
    for (;;) {
      made += matched(PLAIN_TEXT);
      const mark = text[at];
      at += 1;
      if (mark === '"') return made;
      if (mark !== "\\") fail();
      const kind = text[at];
      at += 1;
      if (kind === "u") {
        const code = text.slice(at, at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(code)) fail();
        made += String.fromCharCode(parseInt(code, 16));
        at += 4;
      } else if (kind in ESCAPES) made += ESCAPES[kind];
      else fail();
    }
  }
  function members(close, each) {
    at += 1;
    blanks();
    if (text[at] === close) return take(close);
    for (;;) {
      each();
      blanks();
      if (text[at] !== ",") return take(close);
      at += 1;
      blanks();
    }
  }
  function value(depth) {
    if (depth > DEPTH_MAX) fail();
    blanks();
    const mark = text[at];
    if (mark === '"') return string();
    if (mark === "t") return take("true", true);
    if (mark === "f") return take("false", false);
    if (mark === "n") return take("null", null);
    if (mark === "[") {
      const list = [];
      members("]", () => list.push(value(depth + 1)));
      return list;
    }
    if (mark === "{") {
      const object = Object.create(null);
      members("}", () => {
        const name = string();
        blanks();
        take(":");
        // Of a repeated name the last one counts.
        object[name] = value(depth + 1);
      });
      return object;
    }
    return new Written(matched(JSON_NUMBER));
  }

  const found = value(0);
  blanks();
  if (at !== text.length) fail();
  return found;
}
