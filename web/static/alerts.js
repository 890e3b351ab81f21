// Alerts on an open page: shown with a button that takes them, told in the title, by sound and, where allowed, by the browser.
"use strict";
(() => {
  const place = document.getElementById("alerts");
  if (!place) return;
  const more = document.getElementById("more-alerts");
  const fold = document.getElementById("alerts-fold");
  const narrow = matchMedia("(max-width: 40rem)");
  const EVERY = 20000; // ms, should the stream be silent
  const MOST = 3; // that stay on the page; what is new always shows
  const title = document.title;
  const rung = new Set();
  let asking = false;
  let again = false;

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(place.dataset.waiting, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) await show((await answer.json()).alerts);
    } catch {
      // No connection: the page tells of that itself.
    } finally {
      asking = false;
      if (again) {
        again = false;
        ask();
      }
    }
  }

  async function show(all) {
    const rank = (alert) => (alert.references.length ? 0 : 2) + (alert.danger && alert.open ? 0 : 1);
    const sorted = [...all].sort((one, other) => rank(one) - rank(other));
    const alerts = sorted.filter((alert, at) => at < MOST || alert.references.length);
    const kept = new Map([...place.children].map((each) => [each.dataset.id, each]));
    for (const alert of alerts) {
      const id = String(alert.id);
      const shown = kept.get(id);
      kept.delete(id);
      const fresh = banner(alert);
      if (!shown) place.append(fresh);
      else if (shown.dataset.title !== alert.title) shown.replaceWith(fresh);
    }
    // What is over goes, but for what says that it is over: that goes with the page.
    for (const [, old] of kept) if (old.dataset.open) old.remove();
    const rest = all.length - alerts.length;
    more.hidden = !rest;
    fold.dataset.count = String(sorted.length);
    folded(sorted[0]);
    more.firstElementChild.textContent = `${place.dataset.more} (${rest})`;
    const open = sorted.filter((each) => each.open);
    document.title = open.length ? `(${open.length}) ${open[0].title} · ${title}` : title;
    // Of what is folded only the first is read; the others are told of as shown once they are.
    const seen = place.hidden ? sorted.slice(0, 1) : alerts;
    const references = seen.flatMap((each) => each.references);
    const news = seen.filter((each) => each.references.some((reference) => !rung.has(reference)));
    for (const reference of references) rung.add(reference);
    for (const alert of news) notify(alert);
    if (news.some((each) => each.open || !each.id)) ring(news.some((each) => each.danger));
    if (references.length) {
      await fetch(place.dataset.shown, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": place.dataset.token },
        body: JSON.stringify({ references }),
      });
    }
  }

  // On a phone several alerts are one line with their number, so that what is to do stays on the first screen.
  function folded(first) {
    const many = narrow.matches && Number(fold.dataset.count) > 1;
    fold.parentElement.hidden = !many;
    more.hidden ||= many;
    if (!many) fold.setAttribute("aria-expanded", "false");
    place.hidden = many && fold.getAttribute("aria-expanded") !== "true";
    if (first) fold.lastElementChild.textContent = `${fold.dataset.count} ${fold.dataset.alerts}: ${first.title}`;
    if (first) fold.parentElement.className = `alert folded ${first.danger && first.open ? "bad" : first.open ? "watch" : "good"}`;
  }

  fold.addEventListener("click", () => {
    fold.setAttribute("aria-expanded", String(fold.getAttribute("aria-expanded") !== "true"));
    folded();
    ask();
  });
  narrow.addEventListener("change", () => folded());

  function banner(alert) {
    const box = document.createElement("div");
    box.className = `alert ${alert.danger && alert.open ? "bad" : alert.open ? "watch" : "good"}`;
    box.dataset.id = alert.id;
    box.dataset.title = alert.title;
    if (alert.open) box.dataset.open = "yes";
    const link = document.createElement("a");
    link.href = alert.link;
    link.textContent = alert.text ? `${alert.title} · ${alert.text}` : alert.title;
    box.append(link);
    if (alert.open) {
      const form = document.createElement("form");
      form.method = "post";
      form.action = `${alert.link}/take`;
      const token = document.createElement("input");
      token.type = "hidden";
      token.name = "csrf_token";
      token.value = place.dataset.token;
      const button = document.createElement("button");
      button.className = "main";
      button.textContent = place.dataset.take;
      form.append(token, button);
      box.append(form);
    }
    return box;
  }

  function notify(alert) {
    if (self.Notification?.permission !== "granted" || !document.hidden) return;
    try {
      const note = new Notification(alert.title, { body: alert.text, tag: `alert-${alert.id}` });
      note.onclick = () => {
        window.focus();
        location.href = alert.link;
      };
    } catch {
      // Some browsers show notifications from a service worker only.
    }
  }

  // Two notes, made here: three times for danger, once for all else. A browser may keep silent until somebody has touched the page.
  function ring(danger) {
    try {
      const sound = new AudioContext();
      const times = danger ? 3 : 1;
      for (let time = 0; time < times; time += 1) {
        [880, 660].forEach((pitch, place) => {
          const tone = sound.createOscillator();
          const volume = sound.createGain();
          const at = sound.currentTime + time * 0.7 + place * 0.25;
          tone.frequency.value = pitch;
          volume.gain.setValueAtTime(0.25, at);
          volume.gain.exponentialRampToValueAtTime(0.001, at + 0.24);
          tone.connect(volume).connect(sound.destination);
          tone.start(at);
          tone.stop(at + 0.25);
        });
      }
      setTimeout(() => sound.close(), times * 700 + 500);
    } catch {
      // A page without sound shows it all the same.
    }
  }

  document.addEventListener("zone-changed", (event) => {
    if (event.detail.topic === "alert") ask();
  });
  ask();
  setInterval(ask, EVERY);
})();
