// Offers administrative units while somebody types one; without it the form asks after it was sent.
"use strict";
(() => {
  const PAUSE = 200; // ms without a key
  for (const field of document.querySelectorAll("input[data-units]")) {
    const offers = document.getElementById(field.getAttribute("list"));
    let timer = 0;
    let asked = 0;
    const ask = async () => {
      const number = ++asked;
      const typed = field.value.trim();
      if (typed.length < 2) return;
      try {
        const answer = await fetch(`${field.dataset.units}?q=${encodeURIComponent(typed)}`, { headers: { Accept: "application/json" } });
        // A later question was answered first.
        if (!answer.ok || number !== asked) return;
        offers.replaceChildren(
          ...(await answer.json()).flatMap((unit) =>
            (unit.until ? unit.became : [unit]).map((each) => {
              const option = document.createElement("option");
              option.value = each.name;
              option.label = unit.until ? `${each.name} ← ${unit.name}` : each.name;
              return option;
            }),
          ),
        );
      } catch {
        // No line: the form still works.
      }
    };
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
  }
})();
