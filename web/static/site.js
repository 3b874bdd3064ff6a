// What every page needs: htmx's requests carry the proof that they are ours, and a failure becomes a passing note.
(() => {
  const note = (text) => {
    const place = document.getElementById("note");
    if (!place || !text) return;
    place.textContent = text;
    place.hidden = false;
    clearTimeout(place.timer);
    place.timer = setTimeout(() => { place.hidden = true; }, 8000);
  };
  for (const here of document.querySelectorAll("nav [aria-current]")) { // a phone shows which page it is
    const strip = here.parentElement;
    strip.scrollLeft = here.offsetLeft - strip.offsetLeft - (strip.clientWidth - here.clientWidth) / 2;
  }
  document.addEventListener("htmx:config:request", (event) => {
    const { request } = event.detail.ctx;
    if (request.method !== "GET") request.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf]").content;
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { response, text } = event.detail.ctx;
    if (response.status === 401) { location.reload(); return; }
    if ((response.headers.get("Content-Type") || "").startsWith("text/plain")) note(text);
    else note(String(response.status));
  });
  // A live page says when it is not: at once when the line is cut, after a while when nothing comes; then it dials again.
  let heard = 0, line = null;
  const cut = (is) => {
    const place = document.getElementById("cut"), clock = document.querySelector(".clock time");
    if (is && place.hidden) place.querySelector("time").textContent = clock ? clock.textContent
      : new Date(heard || Date.now()).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    place.hidden = !is;
  };
  const hear = (event) => { line = event.detail.connection || line; heard = Date.now(); cut(false); };
  document.addEventListener("htmx:sse:after:connection", hear);
  document.addEventListener("htmx:sse:after:message", hear);
  document.addEventListener("htmx:sse:error", (event) => {
    if (event.detail.status === 401) location.reload();
    cut(!asleep());
  });
  document.addEventListener("visibilitychange", () => { if (heard) heard = Date.now(); });
  const asleep = () => document.hidden && !document.documentElement.classList.contains("kiosk");
  const opened = Date.now();
  setInterval(() => {
    if (asleep()) return;
    if (!heard && document.querySelector("[hx-sse\\:connect]") && Date.now() - opened > 8000) { // it never got a line
      cut(true);
      fetch(location.href, { method: "HEAD" }).then((answer) => { if (answer.ok) location.reload(); }, () => {});
    } else if (heard && Date.now() - heard > 40000) {
      cut(true);
      heard += 10000;
      line?.reader?.cancel().catch(() => {});
    }
  }, 4000);
})();
