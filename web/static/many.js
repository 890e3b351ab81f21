// Does one thing to many people in slices, and shows how far it is. Without it the form does all of them at once.
"use strict";
(() => {
  const SLICE = 25;
  const form = document.getElementById("carry-out");

  function said(status, name, done, total) {
    return status.dataset[name].replace("{done}", String(done)).replace("{total}", String(total));
  }

  async function carryOut(event) {
    event.preventDefault();
    const data = new FormData(form);
    const seen = String(data.get("seen")).split(" ");
    const progress = document.getElementById("progress");
    const status = progress.querySelector("[role=status]");
    const bar = progress.querySelector("progress");
    form.hidden = true;
    progress.hidden = false;
    let done = 0;
    for (let from = 0; from < seen.length; from += SLICE) {
      const slice = seen.slice(from, from + SLICE);
      const body = new URLSearchParams();
      for (const [name, value] of data) if (name !== "seen" && !name.startsWith("room-")) body.append(name, String(value));
      for (const each of slice) {
        const room = data.get(`room-${each.split(":")[0]}`);
        if (room !== null) body.append(`room-${each.split(":")[0]}`, String(room));
      }
      body.append("seen", slice.join(" "));
      let answer;
      try {
        const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
        if (!response.ok) throw new Error(String(response.status));
        answer = await response.json();
      } catch {
        status.textContent = said(status, "broken", done, seen.length);
        return;
      }
      done += answer.done;
      for (const each of answer.refused) {
        const line = document.createElement("li");
        line.textContent = `${each.name}: ${each.why}`;
        document.getElementById("refused").append(line);
        document.getElementById("refused-title").hidden = false;
      }
      bar.value = from + slice.length;
      status.textContent = said(status, "done", from + slice.length, seen.length);
    }
    status.textContent = said(status, "finished", done, seen.length);
    document.getElementById("after").hidden = false;
  }

  if (form) form.addEventListener("submit", carryOut);
})();
