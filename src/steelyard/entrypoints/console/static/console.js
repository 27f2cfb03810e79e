// What the pages gain where scripts run: charts, theme, copying, live entries, a proof computed here.
(function () {
  "use strict";
  const root = document.documentElement;
  const charts = new Map();

  // -- colours come from the stylesheet's tokens, resolved by the browser -------------------------------
  function colour(token) {
    const probe = document.createElement("span");
    probe.className = "probe " + token;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  // -- charts read their table, so that picture and figures cannot differ --------------------------------
  // A figure may name the columns that it draws; a value that is not known leaves a gap.
  function read(table, columns) {
    const wanted = (cells) => Array.from(cells).filter((_, place) => (columns ? columns.includes(place) : place > 0));
    const value = (cell) => (cell.querySelector("data").value === "" ? null : Number(cell.querySelector("data").value));
    const names = wanted(table.tHead.rows[0].cells).map((cell) => cell.textContent.trim());
    const rows = Array.from(table.tBodies[0].rows, (row) => ({
      at: row.cells[0].querySelector("time")?.dateTime ?? row.cells[0].textContent.trim(),
      label: row.cells[0].textContent.trim(),
      values: wanted(row.cells).map(value),
      texts: wanted(row.cells).map((cell) => cell.textContent.trim()),
    }));
    return { names, rows };
  }

  function compact(value) {
    return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }

  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

  // Days of one month are numbers, hours of one day are times; everything else says more.
  function tick(rows, width) {
    if (width === "LABEL") return (at) => at.replace(/ %$/, "").replace(" to ", "…");
    const one = new Set(rows.map((row) => row.at.slice(0, width === "HOUR" ? 10 : 7))).size === 1;
    const month = (at) => MONTHS[Number(at.slice(5, 7)) - 1];
    if (width === "MONTH") return (at) => month(at) + " " + at.slice(0, 4);
    if (width === "HOUR") return (at) => (one || at.slice(11, 13) !== "00" ? at.slice(11, 16) : Number(at.slice(8, 10)) + " " + month(at));
    return (at) => (one ? String(Number(at.slice(8, 10))) : Number(at.slice(8, 10)) + " " + month(at));
  }

  function series(figure, { names, rows }) {
    const kind = figure.dataset.chart;
    const hue = colour(figure.classList.contains("hue-proof") ? "is-proof" : "is-value");
    const hues = names.length > 1 || kind === "stack" || kind === "lines" ? names.map((_, n) => colour("series-" + (n + 1))) : [hue];
    const values = (n) => rows.map((row) => row.values[n]);
    if (kind === "area") {
      return [{ type: "line", step: "end", symbol: "circle", symbolSize: 4, data: rows.map((row) => [row.at, row.values[0]]), lineStyle: { color: hue, width: 1.5 }, itemStyle: { color: hue }, areaStyle: { color: hue, opacity: 0.12 } }];
    }
    if (kind === "lines") {
      return names.map((name, n) => ({ type: "line", name, symbol: "circle", symbolSize: 4, data: values(n), lineStyle: { color: hues[n], width: 1.5 }, itemStyle: { color: hues[n] } }));
    }
    return names.map((name, n) => ({ type: "bar", name, stack: kind === "groups" ? undefined : "all", barCategoryGap: "28%", barMaxWidth: 64, data: values(n), itemStyle: { color: hues[n], borderRadius: names.length > 1 ? 0 : [2, 2, 0, 0] } }));
  }

  function tip(figure, { names, rows }, place) {
    const row = rows[place];
    if (names.length === 1) return row.label + "\n" + row.texts[0] + " " + figure.dataset.unit;
    const lines = names.map((name, n) => [name, row.values[n], row.texts[n]]).filter((line) => line[1]);
    return [row.label, ...lines.sort((a, b) => b[1] - a[1]).map((line) => line[0] + "  " + line[2])].join("\n");
  }

  function option(figure, table) {
    const data = read(table, figure.dataset.columns?.split(",").map(Number));
    const area = figure.dataset.chart === "area";
    const ink = colour("is-muted");
    // Names in quotes would end the attribute of an SVG text too early.
    const font = getComputedStyle(document.body).fontFamily.replaceAll('"', "");
    return {
      animation: false,
      aria: { enabled: false },
      textStyle: { fontFamily: font },
      grid: { left: 44, right: area ? 20 : 2, top: 10, bottom: 24 },
      xAxis: {
        type: area ? "time" : "category",
        data: area ? undefined : data.rows.map((row) => row.at),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colour("is-line") } },
        splitLine: { show: false },
        axisLabel: { color: ink, fontSize: 11, hideOverlap: true, formatter: area ? undefined : tick(data.rows, figure.dataset.window) },
      },
      yAxis: {
        type: "value",
        splitNumber: 4,
        splitLine: { lineStyle: { color: colour("is-line") } },
        axisLabel: { color: ink, fontSize: 11, formatter: compact },
      },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: colour("is-raised"),
        borderColor: colour("is-line"),
        borderWidth: 1,
        padding: [6, 10],
        textStyle: { color: colour("is-ink"), fontSize: 12, fontFamily: font },
        axisPointer: { type: area || figure.dataset.chart === "lines" ? "line" : "shadow", shadowStyle: { color: ink, opacity: 0.14 }, lineStyle: { color: ink } },
        formatter: (points) => tip(figure, data, points[0].dataIndex),
      },
      series: series(figure, data),
    };
  }

  function draw(scope) {
    if (!window.echarts) return;
    for (const figure of scope.querySelectorAll("figure[data-chart]")) {
      const table = document.getElementById(figure.dataset.table);
      if (!table || figure.querySelector(".chart-empty")) continue;
      charts.get(figure)?.dispose();
      const box = document.createElement("div");
      box.className = "chart-box";
      figure.replaceChildren(box);
      const chart = echarts.init(box, null, { renderer: "svg" });
      chart.setOption(option(figure, table));
      charts.set(figure, chart);
      sized.observe(figure);
    }
  }

  const sized = new ResizeObserver((entries) => {
    for (const entry of entries) charts.get(entry.target)?.resize();
  });

  function redraw() {
    for (const figure of charts.keys()) if (!figure.isConnected) charts.delete(figure);
    draw(document);
  }

  // -- theme -----------------------------------------------------------------------------------------------
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);

  function toggleTheme() {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("steelyard-theme", root.dataset.theme);
    } catch {
      // Storage is off; the choice lasts for this page.
    }
    redraw();
  }

  // -- copying ---------------------------------------------------------------------------------------------
  async function copy(button) {
    const text = document.getElementById(button.dataset.copy).textContent;
    const label = button.querySelector("span");
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      label.textContent = "Selected";
    }
    setTimeout(() => (label.textContent = "Copy"), 1600);
  }

  // -- an inclusion proof, computed in this browser (RFC 9162, 2.1.3.2) -----------------------------------
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const base64 = (data) => btoa(String.fromCharCode(...new Uint8Array(data)));

  async function hash(prefix, ...parts) {
    const joined = new Uint8Array([prefix, ...parts.flatMap((part) => [...new Uint8Array(part)])]);
    return crypto.subtle.digest("SHA-256", joined);
  }

  async function climb(proof) {
    let node = await hash(0, bytes(proof.leaf));
    let place = BigInt(proof.index);
    let last = BigInt(proof.size) - 1n;
    for (const text of proof.hashes.split(" ").filter(Boolean)) {
      const left = (place & 1n) === 1n || place === last;
      node = left ? await hash(1, bytes(text), node) : await hash(1, node, bytes(text));
      if (left) while (place !== 0n && (place & 1n) === 0n) [place, last] = [place >> 1n, last >> 1n];
      [place, last] = [place >> 1n, last >> 1n];
    }
    return base64(node);
  }

  async function prove(button) {
    const box = button.closest("[data-proof]");
    const answer = box.querySelector("output");
    if (!window.crypto?.subtle) {
      answer.textContent = "This browser computes hashes only over HTTPS or on this machine.";
      return;
    }
    const top = await climb(box.dataset);
    const same = top === box.dataset.root;
    answer.textContent = same ? "Computed here: the same root." : "Computed here: another root, " + top;
    answer.className = same ? "good" : "bad";
  }

  // -- live entries: htmx fetches on each tick; the tick stops when nobody looks or somebody says so -----
  let live = true;
  setInterval(() => {
    const poller = document.querySelector("[data-live]");
    if (poller && live && !document.hidden) poller.dispatchEvent(new Event("tick"));
  }, 3000);

  function toggleLive(button) {
    live = !live;
    button.setAttribute("aria-pressed", String(live));
    button.textContent = live ? "Live" : "Paused";
  }

  // -- fields that matter only with a certain choice ---------------------------------------------------------
  function fit(form) {
    for (const field of form.querySelectorAll("[data-when]")) {
      const [name, value] = field.dataset.when.split("=");
      const chosen = form.elements[name];
      field.hidden = Boolean(chosen) && !value.split("|").includes(chosen.value);
      for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = field.hidden;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.form) fit(event.target.form);
  });
  for (const form of document.forms) fit(form);

  // -- a choice that fills a text, and how far a long answer is ----------------------------------------------
  document.addEventListener("change", (event) => {
    const text = event.target.form?.elements[event.target.dataset.fills];
    if (text) text.value = event.target.selectedOptions[0].dataset.text;
  });
  for (const choice of document.querySelectorAll("[data-fills]")) {
    const text = choice.form.elements[choice.dataset.fills];
    if (!text.value && choice.selectedOptions[0]) text.value = choice.selectedOptions[0].dataset.text;
  }

  document.addEventListener("submit", (event) => {
    const address = event.target.dataset.progress;
    if (!address) return;
    const field = event.target.querySelector("[data-bar]");
    const bar = field.querySelector("progress");
    event.target.querySelector("button").disabled = true;
    field.hidden = false;
    setInterval(async () => {
      const far = await fetch(address).then((answer) => answer.json()).catch(() => null);
      if (!far?.total) return;
      bar.max = far.total;
      bar.value = far.done;
      field.querySelector("label").textContent = far.done * 2 < far.total ? "Reading usage" : "Drafting bills";
    }, 300);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-progress]")) form.querySelector("button").disabled = false;
  });

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (on("[data-theme-toggle]")) toggleTheme();
    else if (on("[data-copy]")) copy(on("[data-copy]"));
    else if (on("[data-prove]")) prove(on("[data-prove]"));
    else if (on("[data-live-toggle]")) toggleLive(on("[data-live-toggle]"));
  });

  document.addEventListener("htmx:after:swap", () => {
    redraw();
    const title = document.querySelector("[data-focus]");
    if (title && !title.dataset.seen) {
      title.dataset.seen = "yes";
      title.focus({ preventScroll: matchMedia("(min-width: 1100px)").matches });
    }
  });

  draw(document);
})();
