// The chart of a stream: drawn from what the page brought, asked for again at the width of the screen and on every zoom.
(() => {
  const place = document.getElementById("chart");
  if (!place || !window.uPlot) return;
  const page = JSON.parse(place.dataset.page), words = place.dataset, whole = document.getElementById("whole");
  const lang = document.documentElement.lang, number = new Intl.NumberFormat(lang, { maximumSignificantDigits: 4 });
  const colour = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name);
  const english = lang === "en", date = (options) => { const f = new Intl.DateTimeFormat(english ? "en-GB" : lang, { timeZone: page.zone, ...options }); return (s) => f.format(s * 1e3); };
  const day = date({ day: "numeric", month: english ? "short" : "numeric" }), hour = date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const write = (u, value) => (value == null ? "–" : number.format(value));
  const baseline = words.compare === "baseline", previous = words.compare === "previous";
  const line = (label, name, more) => ({ label, stroke: colour(name), width: 1.5, points: { show: false }, spanGaps: false, value: write, ...more });
  const upper = (label, low) => line(label, "--soft", { width: 0, value: (u, value, at, index) => (value == null ? "–" : `${number.format(u.data[low][index])} – ${number.format(value)}`) });
  const lower = () => line("", "--soft", { width: 0, class: "gone" });
  const series = [{ label: words.time, value: (u, at) => (at == null ? "–" : `${day(at)} ${hour(at)}`) }];
  const bands = [], columns = ["at"];
  const add = (column, one) => { columns.push(column); series.push(one); return series.length - 1; };
  if (baseline && page.curve.low.some((one) => one != null)) {
    bands.push({ series: [add("high", upper(words.band, 2)), add("low", lower())], fill: colour("--band") });
  }
  bands.push({ series: [add("most", upper(words.range, series.length + 1)), add("least", lower())], fill: colour("--range") });
  if (baseline) add("expected", line(words.expected, "--soft"));
  if (previous) add("previous", line(words.previous, "--soft", { dash: [6, 4] }));
  add("mean", line(words.actual, "--accent", { width: 2 }));

  const data = (curve) => columns.map((name) => (name === "at" ? curve.at.map((at) => at + curve.step / 2) : curve[name]));
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "13px system-ui" };
  const shade = (u) => {
    u.ctx.fillStyle = colour("--span")();
    for (const [from, to] of page.spans) {
      const [left, right] = [from, to].map((at) => Math.min(Math.max(u.valToPos(at, "x", true), u.bbox.left), u.bbox.left + u.bbox.width));
      if (right > left) u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    }
  };
  let shown = [page.from, page.to], points = page.curve.at.length, asked = null;
  const width = () => Math.max(200, Math.floor(place.clientWidth));
  const ask = async ([from, to], pixels = width()) => {
    asked?.abort();
    asked = new AbortController();
    const iso = (at) => new Date(at * 1e3).toISOString();
    try {
      const answer = await fetch(`${words.url}&start=${iso(from)}&end=${iso(to)}&pixels=${pixels}`, { signal: asked.signal });
      if (answer.status === 401) location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const curve = await answer.json();
      shown = [from, to];
      points = pixels;
      u.setData(data(curve), false);
      u.setScale("x", { min: from, max: to });
      whole.hidden = from === page.from && to === page.to;
      history.replaceState(null, "", whole.hidden ? location.pathname + location.search : `#z=${from}-${to}`);
    } catch (trouble) {
      if (trouble.name === "AbortError") return;
      const note = document.getElementById("note");
      note.textContent = trouble.message;
      note.hidden = false;
      setTimeout(() => { note.hidden = true; }, 8000);
    }
  };
  const all = () => ask([page.from, page.to]);
  const u = new window.uPlot({
    width: width(), height: 260, series, bands, tzDate: (at) => window.uPlot.tzDate(new Date(at * 1e3), page.zone),
    scales: { x: { range: (self, low, high) => [low ?? page.from, high ?? page.to] }, y: { range: (self, low, high) => (low == null ? [0, 1] : window.uPlot.rangeNum(Math.min(0, low), high || 1, 0.05, true)) } },
    axes: [
      { ...axis, size: 30, values: (self, splits, index, space, step) => splits.map((at) => (step >= 86400 || hour(at) === "00:00" ? day(at) : hour(at))) },
      { ...axis, size: 62, values: (self, splits) => splits.map((at) => number.format(at)) },
    ],
    cursor: { drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => { all(); return null; } } },
    hooks: {
      drawClear: [shade],
      setCursor: [(self) => self.root.classList.toggle("idle", self.cursor.idx == null)],
      setSelect: [(self) => {
        if (self.select.width < 4) return;
        const [from, to] = [self.select.left, self.select.left + self.select.width].map((left) => Math.round(self.posToVal(left, "x")));
        self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        if (to - from >= 2 * page.interval) ask([from, to]);
      }],
    },
  }, data(page.curve), place);
  u.setScale("x", { min: page.from, max: page.to });
  place.classList.add("live");
  u.root.classList.add("idle");
  whole.addEventListener("click", all);
  const zoom = /^#z=(\d+)-(\d+)$/.exec(location.hash)?.slice(1).map(Number);
  if (zoom && zoom[0] >= page.from && zoom[1] <= page.to && zoom[0] < zoom[1]) ask(zoom);
  else if (page.curve.step > page.interval && width() > 1.2 * points) all();
  let later = 0;
  new ResizeObserver(() => {
    if (width() === u.width) return;
    u.setSize({ width: width(), height: 260 });
    clearTimeout(later);
    if (width() > 1.2 * points) later = setTimeout(() => ask(shown), 300);
  }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => u.redraw(false));
})();
