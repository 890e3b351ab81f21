// The list of people follows what is typed: each pause asks the same page, and only the list is put in anew.
"use strict";
(() => {
  const PAUSE = 250; // ms without a key
  const form = document.getElementById("search");
  const field = document.getElementById("typed");
  let timer = 0;
  let asked = 0;

  // A number must stand in no address: it is sent by the button, as a form.
  const isNumber = (text) => (text.match(/\d/g) || []).length > 3;

  function address() {
    const wanted = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value && name !== "csrf_token") wanted.set(name, value);
    }
    return `${form.getAttribute("action")}?${wanted}`;
  }

  async function ask() {
    if (isNumber(field.value)) return;
    const mine = ++asked;
    const wanted = address();
    try {
      const answer = await fetch(wanted, { headers: { "X-Fragment": "live" } });
      if (!answer.ok || mine !== asked) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("people");
      if (!fresh || mine !== asked) return;
      document.getElementById("people").replaceWith(document.importNode(fresh, true));
      history.replaceState(null, "", wanted);
    } catch {
      // No connection: the button tells it.
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  field.addEventListener("input", soon);
  form.addEventListener("change", (event) => {
    // Rooms are those of the zone: the whole form is another one then.
    if (event.target.id === "zone") form.requestSubmit();
    else if (event.target !== field) soon();
  });
})();
