// While somebody is entered: who they may be already; and a form that is sent once, however often its button is pressed.
"use strict";
(() => {
  const PAUSE = 500; // ms without a key
  const TELLING = new Set(["full_name", "birth", "sex", "phone", "document_number", "insurance_number", "earlier_number", "unit", "unit_key"]);
  const form = document.getElementById("person-form");
  const alike = document.getElementById("alike");
  if (!form) return;
  let timer = 0;
  let asked = 0;

  async function ask() {
    const number = ++asked;
    try {
      const answer = await fetch(form.dataset.alike, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
      const text = await answer.text();
      // A later question was answered first.
      if (!answer.ok || number !== asked) return;
      alike.innerHTML = text;
    } catch {
      // No line: who it may be is told after saving.
    }
  }

  form.addEventListener("input", (event) => {
    if (!TELLING.has(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  if (form.elements.full_name.value && !alike.childElementCount) ask();
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Coming back to the page, the form may be sent again; the service knows it by its token.
  window.addEventListener("pageshow", () => delete form.dataset.sent);
})();
