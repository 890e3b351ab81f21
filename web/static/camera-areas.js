// Draws areas and lines over a camera's picture, by mouse, touch and keyboard, and shows what moved a moment ago.
"use strict";
(() => {
  const editor = document.getElementById("editor");
  if (!editor) return;
  const { element, fill, within } = drawing;
  const words = editor.dataset;
  const svg = editor.querySelector("svg");
  const image = editor.querySelector("img");
  const list = document.getElementById("list");
  const status = document.getElementById("status");
  const STEP = 0.01; // of the picture, for one press of an arrow key
  const MOTION_EVERY = 2000;
  const PICTURE_EVERY = 10000; // while nothing moves: each look at a camera is an audit entry
  const CORNER = 7, FINGER = 22; // radius in pixels: what is seen of a corner, and what a finger hits
  const ALWAYS_THERE = { days: [0, 1, 2, 3, 4, 5, 6], from: "22:00", until: "06:00" };
  const labels = Object.fromEntries([...document.querySelectorAll("[data-kind]")].map((each) => [each.dataset.kind, each.dataset.label]));
  const days = JSON.parse(words.days);
  let areas = JSON.parse(words.areas);
  let chosen = -1; // the area that is worked on
  let adding = false; // each click in the picture adds a corner to it
  let drag = null;

  const most = (area) => (area.kind === "exit" ? 2 : 64);
  const least = (area) => (area.kind === "exit" ? 2 : 3);
  const title = (area) => area.name || labels[area.kind];

  function html(name, attributes = {}, ...content) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  }

  function button(text, act, attributes = {}) {
    const made = html("button", { type: "button", ...attributes }, text);
    made.addEventListener("click", act);
    return made;
  }

  const changed = drawing.saving(words, () => ({ areas }), () => {
    adding = false;
    show();
  });

  // The picture

  const shapes = element("g", {}, svg);
  const motion = element("g", { class: "motion" }, svg);

  // Sizes in pixels, in the coordinates of the drawing, which is stretched over the picture.
  function pixels(number) {
    const frame = svg.getBoundingClientRect();
    return [(number * 1000) / (frame.width || 1000), (number * 1000) / (frame.height || 1000)];
  }

  function draw() {
    const focused = document.activeElement ? document.activeElement.getAttribute("data-point") : null;
    shapes.replaceChildren();
    areas.forEach((area, index) => {
      const points = area.points.map(([x, y]) => `${x * 1000},${y * 1000}`).join(" ");
      const shape = element(area.kind === "exit" ? "polyline" : "polygon", { points, class: `area ${area.kind}${index === chosen ? " chosen" : ""}` }, shapes);
      shape.addEventListener("pointerdown", (event) => {
        if (adding || index === chosen) return;
        event.stopPropagation();
        choose(index);
      });
      if (area.kind === "exit" && area.points.length === 2) arrow(area.points);
    });
    // Corners lie over all shapes, those of the chosen area on top.
    const order = areas.map((_, index) => index).sort((one, other) => (one === chosen) - (other === chosen));
    for (const index of order) areas[index].points.forEach((point, number) => corner(areas[index], index, point, number));
    if (focused) {
      const again = svg.querySelector(`[data-point="${focused}"]`);
      if (again) again.focus();
    }
  }

  // Points to where "out" is: to the right of whoever looks from the first point to the second.
  function arrow([[x1, y1], [x2, y2]]) {
    const frame = svg.getBoundingClientRect();
    const [dx, dy] = [(x2 - x1) * frame.width, (y2 - y1) * frame.height];
    const length = Math.hypot(dx, dy) || 1;
    const [sx, sy] = pixels(1);
    const [cx, cy] = [(x1 + x2) * 500, (y1 + y2) * 500];
    const at = (far) => [cx + (-dy / length) * far * sx, cy + (dx / length) * far * sy];
    const [tip, text] = [at(34), at(52)];
    element("line", { x1: cx, y1: cy, x2: tip[0], y2: tip[1], class: "arrow" }, shapes);
    element("ellipse", { cx: tip[0], cy: tip[1], rx: 6 * sx, ry: 6 * sy, class: "tip" }, shapes);
    element("text", { transform: `translate(${text[0]} ${text[1]}) scale(${sx} ${sy})`, class: "out", "text-anchor": "middle", "dominant-baseline": "middle" }, shapes).textContent = words.out;
  }

  function corner(area, index, [x, y], number) {
    const handle = element("g", {
      class: `corner${index === chosen ? " chosen" : ""}`, tabindex: "0", role: "button", "data-point": `${index}-${number}`,
      "aria-label": fill(words.corner, { area: title(area), number: number + 1, x: Math.round(x * 100), y: Math.round(y * 100) }),
    }, shapes);
    const place = { cx: x * 1000, cy: y * 1000 };
    const [finger, seen] = [pixels(FINGER), pixels(CORNER)];
    element("ellipse", { ...place, rx: finger[0], ry: finger[1], class: "finger" }, handle);
    element("ellipse", { ...place, rx: seen[0], ry: seen[1], class: "dot" }, handle);
    handle.addEventListener("focus", () => { if (chosen !== index && !drag) choose(index); });
    handle.addEventListener("pointerdown", (event) => {
      // While an area is drawn, a click near a corner of another one still adds to the first.
      if (adding && index !== chosen) return;
      event.stopPropagation();
      event.preventDefault();
      drag = { index, number };
      chosen = index;
      svg.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
      if (step) {
        area.points[number] = [within(area.points[number][0] + step[0]), within(area.points[number][1] + step[1])];
        changed();
        draw();
      } else if (event.key === "Delete" || event.key === "Backspace") {
        take(index, number);
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  function take(index, number) {
    const area = areas[index];
    area.points.splice(number, 1);
    if (!area.points.length) {
      remove(index);
      return;
    }
    changed();
    show();
    svg.querySelector(`[data-point="${index}-${Math.min(number, area.points.length - 1)}"]`).focus();
  }

  function placeOf(event) {
    const frame = svg.getBoundingClientRect();
    return [within((event.clientX - frame.left) / frame.width), within((event.clientY - frame.top) / frame.height)];
  }

  svg.addEventListener("pointerdown", (event) => {
    if (!adding || event.button) return;
    event.preventDefault(); // else a corner of another area under the pointer takes the focus
    const area = areas[chosen];
    area.points.push(placeOf(event));
    if (area.points.length === most(area)) adding = false;
    changed();
    show();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    areas[drag.index].points[drag.number] = placeOf(event);
    changed();
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, () => {
      if (!drag) return;
      drag = null;
      show();
    });
  }
  new ResizeObserver(draw).observe(svg);

  // The list beside it

  function choose(index) {
    if (index !== chosen) adding = false;
    chosen = index;
    show();
  }

  function remove(index) {
    areas.splice(index, 1);
    chosen = -1;
    adding = false;
    changed();
    show();
    (list.querySelector("input") || document.querySelector("[data-kind]")).focus();
  }

  function addCorner(index) {
    const area = areas[index];
    const turn = area.points.length * 2;
    area.points.push([within(0.5 + 0.08 * Math.cos(turn)), within(0.5 + 0.08 * Math.sin(turn))]);
    if (area.points.length === most(area)) adding = false;
    choose(index);
    changed();
    svg.querySelector(`[data-point="${index}-${area.points.length - 1}"]`).focus();
  }

  function show() {
    const focused = document.activeElement && list.contains(document.activeElement) ? document.activeElement.id : "";
    list.replaceChildren(...areas.map(card));
    draw();
    if (focused) (document.getElementById(focused) || document.getElementById(`area-${chosen}-name`) || list).focus();
  }

  function card(area, index) {
    const made = html("fieldset", { class: `card area-card${index === chosen ? " chosen" : ""}` });
    const legend = html("legend", {}, title(area));
    const id = `area-${index}`;
    const name = html("input", { id: `${id}-name`, maxlength: "80", value: area.name });
    name.addEventListener("input", () => {
      area.name = name.value;
      legend.textContent = title(area);
      changed();
    });
    made.append(legend, html("p", { class: "quiet" }, labels[area.kind]), html("label", { for: `${id}-name` }, words.name), name);
    if (area.points.length < least(area)) made.append(html("p", { class: "quiet" }, fill(words.more, { number: least(area) - area.points.length })));
    const row = html("p", { class: "buttons" });
    hours(made, row, area, id);
    if (adding && index === chosen) row.append(button(words.finish, () => { adding = false; show(); }, { id: `${id}-finish` }));
    else if (area.points.length < most(area)) row.append(button(words.draw, () => { chosen = index; adding = true; show(); }, { id: `${id}-draw` }));
    if (area.points.length < most(area)) row.append(button(words.add, () => addCorner(index), { id: `${id}-add` }));
    if (area.kind === "exit") row.append(button(words.turn, () => { area.points.reverse(); changed(); draw(); }, { id: `${id}-turn` }));
    row.append(button(words.remove, () => remove(index), { class: "danger", id: `${id}-remove` }));
    made.append(row);
    return made;
  }

  // When the area counts; none is always.
  function hours(made, row, area, id) {
    area.schedule.forEach((entry, number) => {
      const time = html("fieldset", { class: "time" }, html("legend", { class: "unseen" }, fill(words.time, { number: number + 1 })));
      const boxes = html("div", { class: "days" });
      days.forEach((name, day) => {
        const box = html("input", { type: "checkbox", id: `${id}-${number}-day-${day}` });
        box.checked = entry.days.includes(day);
        box.addEventListener("change", () => {
          entry.days = box.checked ? [...entry.days, day].sort() : entry.days.filter((each) => each !== day);
          changed();
        });
        boxes.append(html("span", { class: "choice" }, box, html("label", { for: box.id }, name)));
      });
      const span = html("div", { class: "span" });
      for (const key of ["from", "until"]) {
        const input = html("input", { type: "time", id: `${id}-${number}-${key}`, value: entry[key] });
        input.addEventListener("input", () => { entry[key] = input.value; changed(); });
        span.append(html("div", {}, html("label", { for: input.id }, words[key]), input));
      }
      time.append(boxes, span, button(words.always, () => { area.schedule.splice(number, 1); changed(); show(); }, { id: `${id}-${number}-always` }));
      made.append(time);
    });
    if (area.schedule.length >= Number(words.mostTimes)) return;
    const add = button(area.schedule.length ? words.another : words.sometimes, () => {
      area.schedule.push({ ...ALWAYS_THERE, days: [...ALWAYS_THERE.days] });
      changed();
      show();
    }, { id: `${id}-sometimes` });
    row.append(add);
  }

  document.getElementById("kinds").addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-kind]");
    if (!wanted) return;
    if (areas.length >= Number(words.mostAreas)) {
      status.textContent = words.full;
      return;
    }
    areas.push({ kind: wanted.dataset.kind, name: "", points: [], schedule: [] });
    chosen = areas.length - 1;
    adding = true;
    changed();
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !adding) return;
    adding = false;
    show();
  });

  // What moved: frames over the picture, which is fetched anew when there is something new to see.

  let seen = null;
  let pictured = Date.now();

  async function refreshPicture() {
    pictured = Date.now();
    const answer = await fetch(words.picture, { cache: "no-store" });
    if (!answer.ok) return;
    const before = image.src;
    image.src = URL.createObjectURL(await answer.blob());
    if (before.startsWith("blob:")) URL.revokeObjectURL(before);
  }

  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(words.motion, { cache: "no-store" });
      const { boxes, at } = answer.ok ? await answer.json() : { boxes: [], at: null };
      motion.replaceChildren();
      for (const [x, y, width, height] of boxes) {
        element("rect", { x: x * 1000, y: y * 1000, width: width * 1000, height: height * 1000, class: "moved" }, motion);
      }
      const fresh = at !== null && at !== seen;
      seen = at;
      if (fresh || Date.now() - pictured >= PICTURE_EVERY) await refreshPicture();
    } catch {
      motion.replaceChildren();
    }
  }, MOTION_EVERY);

  show();
})();
