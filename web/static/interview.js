// The interview screen by keyboard: a digit says how near, Ctrl and Enter note the form with the cursor; what is typed is saved by itself.
"use strict";
(() => {
  const PAUSE = 1500; // ms after the last key
  const status = document.getElementById("saved");
  const forms = ["stop", "met", "end"].map((id) => document.getElementById(id));
  let waiting = 0;

  function off() {
    try {
      return localStorage.getItem("single-keys-off") === "yes";
    } catch {
      return false;
    }
  }

  async function save() {
    const body = new URLSearchParams();
    for (const form of forms) {
      for (const [name, value] of new FormData(form)) if (name !== "token") body.set(name, value);
    }
    try {
      const answer = await fetch(status.dataset.draft, { method: "POST", body, headers: { Accept: "application/json" } });
      status.textContent = answer.ok ? status.dataset.saved : status.dataset.failed;
    } catch {
      status.textContent = status.dataset.failed;
    }
  }

  for (const form of forms) {
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(save, PAUSE);
    });
    form.addEventListener("submit", () => clearTimeout(waiting));
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      const form = event.target.closest("form");
      if (!form || !forms.includes(form)) return;
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || off() || document.querySelector("dialog[open]")) return;
    // Where somebody types, a digit is a digit.
    if (event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) return;
    const chosen = /^[1-9]$/.test(event.key) && document.getElementById(`near-${event.key}`);
    if (!chosen) return;
    event.preventDefault();
    chosen.checked = true;
    chosen.dispatchEvent(new Event("input", { bubbles: true }));
    document.getElementById("met_minutes").focus();
  });
})();
