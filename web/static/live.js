// Keeps an open page true: listens for "this zone changed", asks for the page again, and puts in what is different.
"use strict";
(() => {
  const AT_MOST_EVERY = 1000; // ms between two questions
  const POLL_EVERY = 10000; // while there is no stream
  const REFRESH_AGES = 60000; // "3 minutes ago" becomes wrong by itself
  const PICTURES_EVERY = 10000; // each look at a camera is an audit entry
  const body = document.body;
  const lost = document.getElementById("connection-lost");
  const edited = new WeakSet();
  let asked = 0;
  let timer = 0;
  let asking = false;
  let again = false;

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    if (form) edited.add(form);
  });

  // Changes `from` into `to`, touching only what differs: focus, scroll, open details and typed text stay.
  function morph(from, to) {
    if (from.isEqualNode(to)) return;
    if (from.nodeType !== Node.ELEMENT_NODE) {
      from.nodeValue = to.nodeValue;
      return;
    }
    if (from.nodeName === "FORM" && (edited.has(from) || from.contains(document.activeElement))) return;
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
    }
    for (const { name, value } of [...to.attributes]) {
      if (name === "src" && from.hasAttribute("data-refresh")) continue;
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
    let here = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      let match = null;
      if (wanted.id) {
        match = [...from.children].find((child) => child.id === wanted.id && child.nodeName === wanted.nodeName) || null;
      } else if (here && !here.id && here.nodeName === wanted.nodeName) {
        match = here;
      }
      if (!match) {
        from.insertBefore(document.importNode(wanted, true), here);
      } else {
        if (match === here) here = here.nextSibling;
        else from.insertBefore(match, here);
        morph(match, wanted);
      }
    }
    while (here) {
      const next = here.nextSibling;
      if (!(here.nodeType === Node.ELEMENT_NODE && here.nodeName === "FORM" && edited.has(here))) here.remove();
      here = next;
    }
  }

  async function ask() {
    timer = 0;
    asking = true;
    asked = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { "X-Fragment": "live" }, cache: "no-store" });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const region of document.querySelectorAll("[data-live][id]")) {
          const wanted = fresh.getElementById(region.id);
          if (wanted) morph(region, wanted);
        }
        watchPictures();
      }
    } catch {
      // No connection: the stream's error tells it, and brings us back here.
    } finally {
      asking = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  function refresh() {
    if (document.hidden || asking) {
      again = true;
      return;
    }
    if (!timer) timer = setTimeout(ask, Math.max(0, asked + AT_MOST_EVERY - Date.now()));
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && again && !asking) {
      again = false;
      refresh();
    }
  });

  let stream = null;
  let trouble = 0;
  function listen() {
    stream = new EventSource(body.dataset.stream);
    stream.addEventListener("open", () => {
      clearTimeout(trouble);
      trouble = 0;
      lost.textContent = "";
      refresh(); // what happened while nobody listened
      document.dispatchEvent(new CustomEvent("zone-changed", { detail: { topic: "alert" } }));
    });
    stream.addEventListener("zone", (event) => {
      const { zone } = JSON.parse(event.data);
      document.dispatchEvent(new CustomEvent("zone-changed", { detail: JSON.parse(event.data) }));
      const shown = body.dataset.zone;
      if (zone === null || !shown || Number(shown) === zone) refresh();
    });
    stream.addEventListener("ended", () => location.reload());
    stream.addEventListener("error", () => {
      // A short break mends itself; a longer one is told.
      if (!trouble) trouble = setTimeout(() => { lost.textContent = lost.dataset.text; }, 3000);
    });
  }
  if (body.dataset.stream && document.querySelector("[data-live]")) {
    listen();
    setInterval(() => {
      if (stream.readyState === EventSource.OPEN) return;
      refresh();
      if (stream.readyState === EventSource.CLOSED) listen();
    }, POLL_EVERY);
    setInterval(refresh, REFRESH_AGES);
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  }

  // Over pictures of cameras: who looks, and the time, which must not stand still on a photograph of the screen.
  const clocks = new Map();
  function inWords(clock) {
    if (!clocks.has(clock)) {
      const form = { timeZone: clock, day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
      clocks.set(clock, new Intl.DateTimeFormat("en-GB", form));
    }
    const parts = Object.fromEntries(clocks.get(clock).formatToParts(new Date()).map(({ type, value }) => [type, value]));
    return `${parts.hour}:${parts.minute}:${parts.second} ${parts.day}/${parts.month}/${parts.year}`;
  }
  setInterval(() => {
    for (const place of document.querySelectorAll(".shown-to")) {
      const words = `${place.dataset.viewer} · ${inWords(place.dataset.clock)}`;
      place.dataset.words = words;
      place.firstElementChild.textContent = words;
    }
  }, 1000);

  // Pictures of cameras: only those on screen, and only while somebody looks.
  const inView = new Set();
  const eyes = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inView.add(target);
      else inView.delete(target);
    }
  });
  function watchPictures() {
    for (const picture of document.querySelectorAll("img[data-refresh]")) eyes.observe(picture);
  }
  watchPictures();
  setInterval(() => {
    if (document.hidden) return;
    for (const picture of inView) {
      if (!picture.isConnected) {
        inView.delete(picture);
        continue;
      }
      fetch(picture.dataset.refresh, { cache: "no-store" })
        .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(String(answer.status)))))
        .then((blob) => {
          if (picture.src.startsWith("blob:")) URL.revokeObjectURL(picture.src);
          picture.src = URL.createObjectURL(blob);
        })
        .catch(() => {});
    }
  }, PICTURES_EVERY);
})();
