// Draws areas and lines over a camera's picture, by mouse, touch and keyboard, and shows what moved a moment ago.
"use strict";
(() => {
  const editor = document.getElementById("editor");
  if (!editor) return;
  const words = editor.dataset;
  const svg = editor.querySelector("svg");
  const list = document.getElementById("list");
  const status = document.getElementById("status");
  const SVG = "http://www.w3.org/2000/svg";
  const STEP = 0.01; // of the picture, for one press of an arrow key
  const MOTION_EVERY = 2000;
  const PICTURE_EVERY = 10000; // each look at a camera is an audit entry
  const labels = Object.fromEntries([...document.querySelectorAll("[data-kind]")].map((each) => [each.dataset.kind, each.dataset.label]));
  let areas = JSON.parse(words.areas);
  let chosen = -1;
  let version = words.version;
  let boxes = [];

  const most = (area) => (area.kind === "exit" ? 2 : 64);
  const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 10000) / 10000));
  const element = (name, attributes = {}, parent = null) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  };
  const html = (name, attributes = {}, text = "") => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  };

  function changed() {
    status.textContent = words.unsaved;
    draw();
  }

  function draw() {
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.point : null;
    svg.replaceChildren();
    areas.forEach((area, index) => {
      const points = area.points.map(([x, y]) => `${x * 1000},${y * 1000}`).join(" ");
      const shape = element(area.kind === "exit" ? "polyline" : "polygon", { points, class: `area ${area.kind}${index === chosen ? " chosen" : ""}` }, svg);
      shape.addEventListener("pointerdown", (event) => {
        if (index !== chosen && !drawing()) {
          event.stopPropagation();
          choose(index);
        }
      });
      if (area.kind === "exit" && area.points.length === 2) arrow(area.points);
      area.points.forEach((point, number) => handle(area, index, point, number));
    });
    for (const [x, y, width, height] of boxes) {
      element("rect", { x: x * 1000, y: y * 1000, width: width * 1000, height: height * 1000, class: "moved" }, svg);
    }
    if (focused) {
      const again = svg.querySelector(`[data-point="${focused}"]`);
      if (again) again.focus();
    }
  }

  // Points to where "out" is: to the right of whoever looks from the first point to the second.
  function arrow([[x1, y1], [x2, y2]]) {
    const [cx, cy] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [nx, ny] = [-(y2 - y1) / length, (x2 - x1) / length];
    const tip = [cx + nx * 0.09, cy + ny * 0.09];
    element("line", { x1: cx * 1000, y1: cy * 1000, x2: tip[0] * 1000, y2: tip[1] * 1000, class: "arrow" }, svg);
    element("circle", { cx: tip[0] * 1000, cy: tip[1] * 1000, r: 9, class: "tip" }, svg);
    element("text", { x: tip[0] * 1000 + 14, y: tip[1] * 1000 + 10, class: "out" }, svg).textContent = words.out;
  }

  function handle(area, index, [x, y], number) {
    const dot = element("circle", {
      cx: x * 1000, cy: y * 1000, r: index === chosen ? 12 : 8, class: "corner", tabindex: "0", role: "button", "data-point": `${index}-${number}`,
      "aria-label": `${area.name || labels[area.kind]}: ${words.corner.replace("{n}", number + 1)}`,
    }, svg);
    dot.addEventListener("focus", () => { if (chosen !== index) choose(index); });
    dot.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      event.preventDefault();
      chosen = index;
      const move = (moved) => {
        area.points[number] = place(moved);
        changed();
      };
      const stop = () => {
        window.removeEventListener("pointermove", move);
        window.removeEventListener("pointerup", stop);
        show();
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", stop);
    });
    dot.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
      if (steps) {
        const [left, top] = area.points[number];
        area.points[number] = [clamp(left + steps[0]), clamp(top + steps[1])];
      } else if (event.key === "Delete" || event.key === "Backspace") {
        area.points.splice(number, 1);
        if (!area.points.length) areas.splice(index, 1);
      } else {
        return;
      }
      event.preventDefault();
      changed();
    });
  }

  const drawing = () => chosen >= 0 && areas[chosen] && areas[chosen].fresh && areas[chosen].points.length < most(areas[chosen]);

  function place(event) {
    const frame = svg.getBoundingClientRect();
    return [clamp((event.clientX - frame.left) / frame.width), clamp((event.clientY - frame.top) / frame.height)];
  }

  svg.addEventListener("pointerdown", (event) => {
    if (!drawing()) return;
    areas[chosen].points.push(place(event));
    if (areas[chosen].points.length === most(areas[chosen])) areas[chosen].fresh = false;
    changed();
  });

  function choose(index) {
    areas.forEach((area, number) => { if (number !== index) delete area.fresh; });
    chosen = index;
    show();
  }

  function show() {
    list.replaceChildren();
    areas.forEach((area, index) => {
      const card = html("fieldset", { class: `card area-card${index === chosen ? " chosen" : ""}` });
      card.append(html("legend", {}, area.name || labels[area.kind]));
      const nameId = `area-${index}-name`;
      card.append(html("label", { for: nameId }, words.name));
      const name = html("input", { id: nameId, maxlength: "80", value: area.name });
      name.addEventListener("input", () => { area.name = name.value; status.textContent = words.unsaved; });
      card.append(name, html("p", { class: "quiet" }, labels[area.kind]));
      hours(card, area, index);
      const row = html("p", { class: "buttons" });
      if (area.points.length < most(area)) {
        const add = html("button", { type: "button" }, words.add);
        add.addEventListener("click", () => {
          area.points.push([clamp(0.5 + 0.08 * Math.cos(area.points.length * 2)), clamp(0.5 + 0.08 * Math.sin(area.points.length * 2))]);
          chosen = index;
          changed();
          show();
          svg.querySelector(`[data-point="${index}-${area.points.length - 1}"]`).focus();
        });
        row.append(add);
      }
      if (area.kind === "exit") {
        const turn = html("button", { type: "button" }, words.turn);
        turn.addEventListener("click", () => { area.points.reverse(); changed(); });
        row.append(turn);
      }
      const remove = html("button", { type: "button", class: "danger" }, words.remove);
      remove.addEventListener("click", () => {
        areas.splice(index, 1);
        chosen = -1;
        changed();
        show();
      });
      row.append(remove);
      card.append(row);
      list.append(card);
    });
    draw();
  }

  // One window of hours, every day; empty is always.
  function hours(card, area, index) {
    const entry = area.schedule[0] || null;
    const line = html("p", { class: "choice" });
    const box = html("input", { type: "checkbox", id: `area-${index}-hours` });
    box.checked = Boolean(entry);
    line.append(box, html("label", { for: `area-${index}-hours` }, words.always));
    card.append(line);
    box.addEventListener("change", () => {
      area.schedule = box.checked ? [{ days: [0, 1, 2, 3, 4, 5, 6], from: "22:00", until: "06:00" }] : [];
      status.textContent = words.unsaved;
      show();
    });
    if (!entry) return;
    for (const key of ["from", "until"]) {
      const id = `area-${index}-${key}`;
      const input = html("input", { type: "time", id, value: entry[key] });
      input.addEventListener("input", () => { entry[key] = input.value; status.textContent = words.unsaved; });
      card.append(html("label", { for: id }, words[key]), input);
    }
  }

  document.getElementById("kinds").addEventListener("click", (event) => {
    const button = event.target.closest("[data-kind]");
    if (!button) return;
    areas.push({ kind: button.dataset.kind, name: "", points: [], schedule: [], fresh: true });
    choose(areas.length - 1);
    status.textContent = words.unsaved;
  });

  document.getElementById("save").addEventListener("click", async () => {
    try {
      const answer = await fetch(words.save, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": words.token, Accept: "application/json" },
        body: JSON.stringify({ version, areas: areas.map(({ kind, name, points, schedule }) => ({ kind, name, points, schedule })) }),
      });
      const told = await answer.json();
      if (answer.ok) {
        version = told.version;
        areas.forEach((area) => delete area.fresh);
        status.textContent = words.saved;
      } else {
        status.textContent = told.problem || told.message || words.failed;
      }
    } catch {
      status.textContent = words.failed;
    }
  });

  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(words.motion, { cache: "no-store" });
      boxes = answer.ok ? (await answer.json()).boxes : [];
      draw();
    } catch {
      boxes = [];
    }
  }, MOTION_EVERY);
  setInterval(() => {
    const fresh = new Image();
    fresh.onload = () => { editor.querySelector("img").src = fresh.src; };
    if (!document.hidden) fresh.src = `${words.picture}?at=${Date.now()}`;
  }, PICTURE_EVERY);

  show();
})();
