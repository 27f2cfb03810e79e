// The part of a page that checks evidence: a button that fetches a document's file, an input for one on disk.

import { checkEvidence } from "./check.js";

const MARKS = { true: "m3.5 8.5 3 3 6-7", false: "m4 4 8 8M12 4l-8 8", null: "M4 8h8" };
const WORDS = { true: "holds", false: "fails", null: "not checked here" };

function element(name, fields = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, fields);
  made.append(...children);
  return made;
}

function mark(ok) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  for (const side of ["width", "height"]) svg.setAttribute(side, "16");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", WORDS[ok]);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", MARKS[ok]);
  svg.append(path);
  return svg;
}

function kind(ok) {
  return { true: "ok", false: "bad", null: "odd" }[ok];
}

function headline(found) {
  if (!found.ok) return "This does not hold. Do not rely on the document before it is explained.";
  const open = found.checks.filter((one) => one.ok === null).length;
  return open ? "What can be checked in a browser holds; the rest is named below." : "Everything holds: computed on this machine, from the file and the key alone.";
}

function show(box, found, name) {
  const verdict = element("p", { className: `verdict ${found.ok ? "ok" : "bad"}`, tabIndex: -1 }, mark(found.ok), element("span", { textContent: headline(found) }));
  const list = element("ol", { className: "checks" });
  for (const one of found.checks) list.append(element("li", { className: kind(one.ok) }, mark(one.ok), element("span", { textContent: one.text[0].toUpperCase() + one.text.slice(1) })));
  box.replaceChildren(verdict, list, element("p", { className: "muted", textContent: name }));
  box.hidden = false;
  box.dataset.verdict = found.ok ? "ok" : "bad";
  verdict.focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest" });
}

async function run(panel, name, load) {
  const box = panel.querySelector("[data-evidence-result]");
  const key = panel.querySelector("[data-evidence-key]");
  const buttons = panel.querySelectorAll("button, input[type=file]");
  box.hidden = false;
  delete box.dataset.verdict;
  box.replaceChildren(element("p", { className: "muted", textContent: "Checking …" }));
  buttons.forEach((one) => (one.disabled = true));
  try {
    const bytes = await load();
    const progress = (done, of) => (box.firstChild.textContent = `Checking … ${done.toLocaleString("en")} of ${of.toLocaleString("en")} entries`);
    show(box, await checkEvidence(bytes, key.value ?? key.textContent, progress), name);
  } catch (error) {
    show(box, { ok: false, checks: [{ ok: false, text: `the file did not arrive: ${error.message}` }] }, name);
  } finally {
    buttons.forEach((one) => (one.disabled = false));
  }
}

async function fetched(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function start(panel) {
  const button = panel.querySelector("[data-evidence-fetch]");
  const file = panel.querySelector("[data-evidence-file]");
  button?.addEventListener("click", () => run(panel, button.dataset.evidenceName, () => fetched(button.dataset.evidenceFetch)));
  file?.addEventListener("change", () => {
    const chosen = file.files[0];
    if (chosen) run(panel, chosen.name, async () => new Uint8Array(await chosen.arrayBuffer()));
  });
}

document.querySelectorAll("[data-evidence]").forEach(start);
