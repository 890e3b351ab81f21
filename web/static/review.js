// The review queue by keyboard: a letter chooses a decision, a digit the reason; both together save. The case is held while the page is open.
"use strict";
(() => {
  const form = document.getElementById("decide");
  if (!form) return;
  const token = form.elements.csrf_token.value;
  let sent = false;

  function off() {
    try {
      return localStorage.getItem("single-keys-off") === "yes";
    } catch {
      return false;
    }
  }

  function saveIfWhole() {
    if (sent || !form.querySelector("[name=decision]:checked") || !form.querySelector("[name=why]:checked")) return;
    form.requestSubmit();
  }

  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault(); // a second press of a key
    sent = true;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || off()) return;
    if (event.target.closest?.("textarea, select, [contenteditable], input:not([type=radio])")) return;
    if (document.querySelector("dialog[open]")) return;
    const chosen = document.querySelector(`.side [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!chosen) return;
    event.preventDefault();
    if (chosen.matches("a")) {
      chosen.click();
      return;
    }
    chosen.checked = true;
    chosen.focus();
    saveIfWhole();
  });

  const body = () => new URLSearchParams({ csrf_token: token });
  const hold = setInterval(async () => {
    const answer = await fetch(form.dataset.hold, { method: "POST", body: body() }).catch(() => null);
    if (answer?.status === 409) location.reload();
  }, 30000);
  addEventListener("pagehide", () => {
    clearInterval(hold);
    // Whoever saves or goes on holds the next; who leaves lets this one go.
    if (!sent) navigator.sendBeacon(form.dataset.leave, body());
  });
})();
