// A tablet that several people use: tells the console while somebody touches it, and goes to the lock when nobody did for a minute.
"use strict";
(() => {
  const { lockedAfter, active, token } = document.body.dataset;
  const SAY_EVERY = 20000; // ms
  let touched = Date.now();
  let said = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(kind, () => {
      touched = Date.now();
      if (touched - said < SAY_EVERY) return;
      said = touched;
      fetch(active, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" } })
        .then((answer) => { if (answer.status === 401) location.reload(); })
        .catch(() => {});
    }, { passive: true, capture: true });
  }
  // The console locks by itself at the same time; this takes what it showed from the screen.
  setInterval(() => { if (Date.now() - touched >= lockedAfter * 1000) location.reload(); }, 1000);
})();
