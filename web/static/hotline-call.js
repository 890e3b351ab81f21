// The screen for calls by keyboard: a digit chooses what it is about, Ctrl and Enter save; a call that rings opens its own screen.
"use strict";
(() => {
  const EVERY = 1000; // ms between two looks for a call
  const form = document.getElementById("call-form");
  const place = document.getElementById("ringing");
  let edited = false;

  function off() {
    try {
      return localStorage.getItem("single-keys-off") === "yes";
    } catch {
      return false;
    }
  }

  form.addEventListener("input", () => {
    edited = true;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || off() || document.querySelector("dialog[open]")) return;
    // Where somebody types, a digit is a digit.
    if (event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) return;
    const chosen = /^[1-9]$/.test(event.key) && document.getElementById(`kind-${event.key}`);
    if (!chosen) return;
    event.preventDefault();
    chosen.checked = true;
    edited = true;
    document.getElementById("said").focus();
  });

  async function look() {
    try {
      const answer = await fetch(place.dataset.ringing, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) {
        const fresh = (await answer.json()).calls.find((call) => String(call.id) !== place.dataset.here);
        // What is being typed is not taken away; a call that came meanwhile is shown, and opened by whoever is ready.
        if (fresh && !place.dataset.here && !edited) location.assign(fresh.address);
        else if (fresh && !document.getElementById("next-call")) {
          const link = document.createElement("a");
          link.id = "next-call";
          link.className = "button";
          link.href = fresh.address;
          link.textContent = place.dataset.rings;
          place.append(link);
        } else if (!fresh) document.getElementById("next-call")?.remove();
      }
    } catch {
      // No line: the page says so by itself where it is shown.
    }
    setTimeout(look, EVERY);
  }
  setTimeout(look, EVERY);
})();
