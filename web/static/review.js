// The review queue by keyboard: a letter chooses a decision, a digit the reason; both together save. The case is held while the page is
// open; the next one is fetched before it is asked for, and held from when it is shown.
"use strict";
(() => {
  const saved = document.getElementById("saved");
  let form = null;
  let sent = false;
  let next = null; // the next case, not held yet: {page, here, hold, stamp}

  function off() {
    try {
      return localStorage.getItem("single-keys-off") === "yes";
    } catch {
      return false;
    }
  }

  const body = (more) => new URLSearchParams({ csrf_token: form.elements.csrf_token.value, ...more });
  const ask = (address, options) => fetch(address, { cache: "no-store", ...options }).catch(() => null);

  async function fetchNext() {
    next = null;
    const place = document.getElementById("case");
    const answer = await ask(place.dataset.ahead, { headers: { "X-Fragment": "ahead" } });
    if (answer?.status !== 200 || place !== document.getElementById("case")) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("case");
    if (found) next = { page, place: found, ...found.dataset };
  }

  // Puts the case that was fetched ahead onto the page, if it is still as it was and nobody else has it.
  async function show() {
    const ahead = next;
    next = null;
    if (!ahead) return false;
    const held = await ask(ahead.hold, { method: "POST", body: body({ stamp: ahead.stamp }) });
    if (held?.status !== 204) return false;
    document.getElementById("case").replaceWith(document.importNode(ahead.place, true));
    document.title = ahead.page.title;
    history.pushState(null, "", ahead.here);
    scrollTo(0, 0);
    const heading = document.querySelector("#case h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    begin();
    return true;
  }

  async function save() {
    const answer = await ask(form.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) });
    if (!answer?.ok) {
      // The server says in words what is wrong; without a line the browser does.
      form.submit();
      return;
    }
    const said = await answer.json();
    if (!said.again && (await show())) tell(said.saved);
    else location.assign(said.next);
  }

  function tell(html) {
    saved.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    fade();
  }

  function fade() {
    const notice = saved?.querySelector("[data-seconds]");
    if (notice) setTimeout(() => notice.remove(), notice.dataset.seconds * 1000);
  }

  function whole() {
    const decision = form.querySelector("[name=decision]:checked");
    return decision && ("alone" in decision.dataset || form.querySelector("[name=why]:checked"));
  }

  function begin() {
    form = document.getElementById("decide");
    sent = false;
    if (!form) return;
    const queue = document.getElementById("case");
    form.addEventListener("submit", (event) => {
      // A call is sent as it is, since the button says its result.
      if (queue || sent) event.preventDefault();
      if (sent) return; // a second press of a key
      sent = true;
      if (queue) save();
    });
    if (queue) fetchNext();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || off()) return;
    if (event.target.closest?.("textarea, select, [contenteditable], input:not([type=radio])")) return;
    if (document.querySelector("dialog[open]")) return;
    const chosen = document.querySelector(`#content [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!chosen || sent) return;
    event.preventDefault();
    if (!chosen.matches("input")) {
      chosen.click();
      return;
    }
    chosen.checked = true;
    chosen.focus();
    if (whole()) form.requestSubmit();
  });

  document.addEventListener("click", async (event) => {
    const skip = event.target.closest?.("#skip");
    if (!skip || !form || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!(await show())) location.assign(skip.href);
  });

  addEventListener("popstate", () => location.reload());
  const held = setInterval(async () => {
    if (!form || sent) return;
    const answer = await ask(form.dataset.hold, { method: "POST", body: body() });
    if (answer?.status === 409) location.reload();
  }, 30000);
  addEventListener("pagehide", () => {
    clearInterval(held);
    // Whoever saves or goes on holds the next; who leaves lets this one go.
    if (form && !sent) navigator.sendBeacon(form.dataset.leave, body());
  });
  begin();
  fade();
})();
