// Signature, tree and chain: that what an evidence file shows is what the record holds (WebCrypto only).

const HEAD = new TextEncoder().encode("\u2014 ");
const BATCH = 512;
const encoder = new TextEncoder();

/** What is wrong, in words for a person. */
export class Broken extends Error {}

export function refuse(words) {
  throw new Broken(words);
}

/** The bytes of base64 in its one spelling; refuses any other. */
export function bytesOf(text, length) {
  let raw = "";
  try {
    raw = atob(text);
  } catch {
    refuse(`${String(text).slice(0, 40)} is not base64`);
  }
  if (btoa(raw) !== text) refuse(`${text.slice(0, 40)} is not base64 in its one spelling`);
  if (length !== undefined && raw.length !== length) refuse(`${raw.length} bytes where ${length} belong`);
  return Uint8Array.from(raw, (one) => one.charCodeAt(0));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

export function same(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

/** A verifier key `name+id+base64`: its name, its four bytes of id, its public key. */
export async function readKey(text) {
  const [name, id, encoded] = [text.split("+")[0], text.split("+")[1] ?? "", text.split("+").slice(2).join("+")];
  const raw = bytesOf(encoded);
  if (!name || raw.length !== 33 || raw[0] !== 1) refuse("this is no verifier key of Ed25519");
  const hash = (await sha256(encoder.encode(`${name}\n`), raw)).slice(0, 4);
  const stated = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (stated !== id) refuse("the verifier key's id does not belong to it: a character of it is wrong");
  return { name, id: hash, key: raw.slice(1) };
}

/** The checkpoint that the key signed: origin, size and root; refuses any other. */
export async function openCheckpoint(note, key) {
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut + 1);
  const lines = text.split("\n");
  const signature = note.slice(cut + 2);
  if (cut < 0 || lines.length !== 4 || !signature.endsWith("\n") || signature.indexOf("\n") !== signature.length - 1) {
    refuse("the checkpoint is not a note with one signature");
  }
  const [mark, name, encoded, ...rest] = signature.slice(0, -1).split(" ");
  if (`${mark} ` !== new TextDecoder().decode(HEAD) || rest.length || name !== key.name || lines[0] !== key.name) {
    refuse(`the checkpoint is not one of ${key.name}`);
  }
  const signed = bytesOf(encoded, 68);
  if (!same(signed.slice(0, 4), key.id)) refuse("the checkpoint was signed by another key");
  const imported = await crypto.subtle.importKey("raw", key.key, { name: "Ed25519" }, false, ["verify"]);
  const good = await crypto.subtle.verify({ name: "Ed25519" }, imported, signed.slice(4), encoder.encode(text));
  if (!good) refuse("the checkpoint's signature does not verify");
  if (!/^(0|[1-9]\d{0,15})$/.test(lines[1])) refuse("the checkpoint's size is no number");
  return { origin: lines[0], size: Number(lines[1]), root: bytesOf(lines[2], 32) };
}

/** The public 32 bytes of an entry: SHA-256(header, commitment). */
export async function leafOf(entry, customer) {
  const head = new DataView(new ArrayBuffer(26));
  for (const name of ["index", "seq"]) {
    if (!Number.isSafeInteger(entry[name]) || entry[name] < 0) refuse(`an entry's ${name} is no number`);
  }
  if (!Number.isSafeInteger(entry.recorded_at) || !Number.isInteger(entry.kind) || entry.kind < 0 || entry.kind > 255) {
    refuse(`entry ${entry.index} has numbers that no entry has`);
  }
  head.setUint8(0, 1);
  head.setUint8(1, entry.kind);
  head.setBigUint64(2, BigInt(entry.index));
  head.setBigUint64(10, BigInt(entry.seq));
  head.setBigInt64(18, BigInt(entry.recorded_at));
  const commitment = entry.commitment
    ? bytesOf(entry.commitment, 32)
    : await sha256(bytesOf(entry.salt ?? "", 16), encoder.encode(entry.payload ?? ""));
  return sha256(new Uint8Array(head.buffer), bytesOf(entry.prev, 32), encoder.encode(customer), commitment);
}

/** Whether the hashes lead from the leaf at this index to the root (RFC 9162, 2.1.3.2). */
async function leadsToRoot(leaf, index, proof, checkpoint) {
  let [place, last] = [BigInt(index), BigInt(checkpoint.size) - 1n];
  if (place > last) return false;
  let node = await sha256(new Uint8Array([0]), leaf);
  for (const encoded of proof) {
    const sibling = bytesOf(encoded, 32);
    if (last === 0n) return false;
    if (place & 1n || place === last) {
      node = await sha256(new Uint8Array([1]), sibling, node);
      while (!(place & 1n) && place !== 0n) [place, last] = [place >> 1n, last >> 1n];
    } else node = await sha256(new Uint8Array([1]), node, sibling);
    [place, last] = [place >> 1n, last >> 1n];
  }
  return last === 0n && same(node, checkpoint.root);
}

/** Refuses an entry that the record does not hold at its place. */
export async function proveEntry(entry, what, checkpoint) {
  const leaf = await leafOf(entry, entry.customer);
  if (!(await leadsToRoot(leaf, entry.index, entry.proof, checkpoint))) {
    refuse(`entry ${entry.index} (${what}) is not the one that the record holds at this place`);
  }
}

/** Refuses a section with a gap, a changed entry, or an end that the document does not follow. */
export async function proveChain(section, document, progress = () => {}) {
  const entries = section.entries;
  if (!entries.length) refuse("the section of the chain is empty");
  if (section.customer !== document.customer) refuse("the section is of another customer's chain");
  let [previous, seq] = [entries[0].prev, entries[0].seq];
  for (let start = 0; start < entries.length; start += BATCH) {
    const some = entries.slice(start, start + BATCH);
    const leaves = await Promise.all(some.map((entry) => leafOf(entry, section.customer)));
    some.forEach((entry, place) => {
      const shown = entry.commitment ? !entry.salt && !entry.payload : true;
      if (!shown) refuse(`entry ${entry.index} is shown whole and by its commitment`);
      if (entry.seq !== seq) refuse(`entry ${entry.index}: chain number ${seq} expected, found ${entry.seq}: one is missing`);
      if (entry.prev !== previous) refuse(`entry ${entry.index} (chain number ${seq}) does not follow the entry before it`);
      previous = btoa(String.fromCharCode(...leaves[place]));
      seq += 1;
    });
    progress(Math.min(start + BATCH, entries.length), entries.length);
  }
  const last = entries[entries.length - 1];
  if (seq !== document.seq) refuse(`between entry ${last.index} and the document one is missing`);
  if (previous !== document.prev) {
    refuse(`entry ${last.index} (chain number ${last.seq}) is not the one that the document follows`);
  }
}
