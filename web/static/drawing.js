// What the pages on which something is drawn share: elements of a drawing, words with values, and saving what was drawn.
"use strict";
// Read by the scripts that come after this one.
const drawing = {
  element(name, attributes = {}, parent = null) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  },

  fill(template, values) {
    return template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  },

  // A share of the drawing, so exact as it is kept.
  within(value, most = 1) {
    return Math.min(most, Math.max(0, Math.round(value * 10000) / 10000));
  },

  // words: the editor's, with the version that was seen; drawn: gives what is sent; saved: called once it is.
  // Returns what is to be called at each change.
  saving(words, drawn, saved = () => {}) {
    const status = document.getElementById("status");
    let version = words.version;
    let changes = 0; // since the last that was saved
    document.getElementById("save").addEventListener("click", async () => {
      const sent = changes;
      status.textContent = words.saving;
      try {
        const answer = await fetch(words.save, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": words.token, Accept: "application/json" },
          body: JSON.stringify({ version, ...drawn() }),
        });
        const told = await answer.json();
        if (!answer.ok) {
          status.textContent = told.problem || words.failed;
          return;
        }
        version = told.version;
        changes -= sent;
        status.textContent = changes ? words.unsaved : words.saved;
        saved();
      } catch {
        status.textContent = words.failed;
      }
    });
    addEventListener("beforeunload", (event) => { if (changes) event.preventDefault(); });
    return () => {
      changes += 1;
      status.textContent = words.unsaved;
    };
  },
};
