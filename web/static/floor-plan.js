// Draws rooms and cameras on a floor's plan, by mouse, touch and keyboard.
"use strict";
(() => {
  const editor = document.getElementById("plan-editor");
  if (!editor) return;
  const { element, fill, within } = drawing;
  const words = editor.dataset;
  const svg = editor.querySelector("svg");
  const drawn = document.getElementById("drawn");
  const left = document.getElementById("left");
  const status = document.getElementById("status");
  const high = Number(words.high);
  const STEP = 0.01, FINE = 4; // of the plan, for one press of an arrow key; how much finer with Alt
  const SMALLEST = 0.01, HANDLE = 14;
  const names = new Map();
  for (const each of left.querySelectorAll("button")) {
    each.dataset.name = each.textContent.trim();
    if (!each.dataset.short) each.dataset.short = each.dataset.name;
    names.set(each.dataset.room ? `room-${each.dataset.room}` : `camera-${each.dataset.camera}`, each.dataset);
  }
  const key = (place) => (place.room ? `room-${place.room}` : `camera-${place.camera}`);
  let places = JSON.parse(words.places)
    .map(([x, y, width, height, room, camera]) => ({ x, y, width, height, room, camera }))
    .filter((place) => names.has(key(place)));
  let drag = null;

  const changed = drawing.saving(words, () => ({ places }));

  function put(place, x, y) {
    const [width, height] = place.camera ? [0, 0] : [place.width, place.height];
    place.x = within(x, 1 - width);
    place.y = within(y, 1 - height);
    changed();
  }

  function size(place, width, height) {
    if (place.camera) return;
    place.width = Math.max(SMALLEST, within(width, 1 - place.x));
    place.height = Math.max(SMALLEST, within(height, 1 - place.y));
    changed();
  }

  function draw() {
    const focused = document.activeElement && drawn.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    drawn.replaceChildren();
    places.forEach(show);
    for (const each of left.querySelectorAll("button")) {
      each.hidden = places.some((place) => names.get(key(place)) === each.dataset);
    }
    document.getElementById("none-left").hidden = [...left.querySelectorAll("button")].some((each) => !each.hidden);
    if (focused !== null) {
      const again = drawn.querySelector(`[data-place="${focused}"]`);
      if (again) again.focus();
    }
  }

  function show(place, number) {
    const said = names.get(key(place));
    const [x, y] = [place.x * 1000, place.y * high];
    const group = element("g", {
      class: place.camera ? "placed camera-sign good" : "placed", tabindex: "0", role: "button", "data-place": number,
      "aria-label": fill(words.place, { name: said.name, x: Math.round(place.x * 100), y: Math.round(place.y * 100) }),
    }, drawn);
    if (place.camera) {
      const sign = element("g", { transform: `translate(${x - 14} ${y - 14})` }, group);
      element("circle", { cx: 14, cy: 14, r: 16 }, sign);
      element("path", { d: "M5 10h3l2-2.5h6l2 2.5h4v10H5z" }, sign);
      element("circle", { class: "lens", cx: 13.5, cy: 15, r: 3 }, sign);
    } else {
      const [width, height] = [place.width * 1000, place.height * high];
      element("rect", { class: "room drawn", x, y, width, height, rx: 4 }, group);
      element("text", { x: x + width / 2, y: y + height / 2 + 5, "text-anchor": "middle" }, group).textContent = said.short;
      const handle = element("rect", { class: "handle", x: x + width - HANDLE, y: y + height - HANDLE, width: HANDLE, height: HANDLE }, group);
      handle.addEventListener("pointerdown", (event) => grab(event, place, true));
    }
    group.addEventListener("pointerdown", (event) => grab(event, place, false));
    group.addEventListener("keydown", (event) => press(event, place, number));
  }

  function at(event) {
    const frame = svg.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  }

  function grab(event, place, sizing) {
    if (event.button) return;
    event.stopPropagation();
    event.preventDefault();
    const [x, y] = at(event);
    drag = { place, sizing, from: [x - place.x, y - place.y] };
    svg.setPointerCapture(event.pointerId);
    drawn.querySelector(`[data-place="${places.indexOf(place)}"]`).focus();
  }

  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = at(event);
    if (drag.sizing) size(drag.place, x - drag.place.x, y - drag.place.y);
    else put(drag.place, x - drag.from[0], y - drag.from[1]);
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { drag = null; });

  function press(event, place, number) {
    const far = event.altKey ? STEP / FINE : STEP;
    const step = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
    if (step && event.shiftKey) size(place, place.width + step[0], place.height + step[1]);
    else if (step) put(place, place.x + step[0], place.y + step[1]);
    else if (event.key === "Delete" || event.key === "Backspace") take(number);
    else return;
    event.preventDefault();
    draw();
  }

  function take(number) {
    const said = names.get(key(places[number]));
    places.splice(number, 1);
    changed();
    draw();
    status.textContent = words.removed;
    const back = [...left.querySelectorAll("button")].find((each) => each.dataset === said);
    if (back) back.focus();
  }

  left.addEventListener("click", (event) => {
    const wanted = event.target.closest("button");
    if (!wanted) return;
    if (places.length >= Number(words.most)) {
      status.textContent = words.full;
      return;
    }
    const { room, camera } = wanted.dataset;
    const like = places.find((place) => place.room);
    const [width, height] = camera ? [SMALLEST, SMALLEST] : like ? [like.width, like.height] : [0.12, 0.12];
    places.push({ x: 0.5 - width / 2, y: 0.5 - height / 2, width, height, room: Number(room) || null, camera: Number(camera) || null });
    changed();
    draw();
    drawn.lastElementChild.focus();
  });

  draw();
})();
