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
  function rows(table) {
    return Array.from(table.tBodies[0].rows, (row) => ({
      at: row.cells[0].querySelector("time").dateTime,
      label: row.cells[0].textContent.trim(),
      value: Number(row.cells[1].querySelector("data").value),
      text: row.cells[1].textContent.trim(),
    }));
  }

  function compact(value) {
    return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
  }

  function option(figure, data) {
    const hue = colour(figure.classList.contains("hue-proof") ? "is-proof" : "is-value");
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
        data: area ? undefined : data.map((row) => row.at),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colour("is-line") } },
        splitLine: { show: false },
        axisLabel: {
          color: ink,
          fontSize: 11,
          hideOverlap: true,
          formatter: area ? undefined : (day) => String(Number(day.slice(8))),
        },
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
        backgroundColor: colour("is-raised"),
        borderColor: colour("is-line"),
        borderWidth: 1,
        padding: [6, 10],
        textStyle: { color: colour("is-ink"), fontSize: 12, fontFamily: font },
        axisPointer: { type: area ? "line" : "shadow", shadowStyle: { color: ink, opacity: 0.14 }, lineStyle: { color: ink } },
        formatter: (points) => {
          const row = data[points[0].dataIndex];
          return row.label + "\n" + row.text + " " + figure.dataset.unit;
        },
      },
      series: [
        area
          ? { type: "line", step: "end", symbol: "circle", symbolSize: 4, data: data.map((row) => [row.at, row.value]), lineStyle: { color: hue, width: 1.5 }, itemStyle: { color: hue }, areaStyle: { color: hue, opacity: 0.12 } }
          : { type: "bar", barCategoryGap: "28%", data: data.map((row) => row.value), itemStyle: { color: hue, borderRadius: [2, 2, 0, 0] } },
      ],
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
      chart.setOption(option(figure, rows(table)));
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
