// The field in the head: what is found shows below it as one types. Each pause asks the page of results; the form works without this.
"use strict";
(() => {
  const form = document.getElementById("find-form");
  if (!form) return;
  const PAUSE = 200; // ms without a key
  const field = document.getElementById("find");
  const list = document.createElement("div");
  const said = document.createElement("p");
  let options = [];
  let at = -1;
  let timer = 0;
  let asked = 0;

  list.id = "find-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.getAttribute("aria-label"));
  list.hidden = true;
  said.className = "unseen";
  said.setAttribute("aria-live", "polite");
  form.append(list, said);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
    field.setAttribute(name, value);
  }

  // A number must stand in no address: it is sent by Enter, as a form.
  const isNumber = (text) => (text.match(/\d/g) || []).length > 3;

  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    list.replaceChildren();
    options = [];
    choose(-1);
    said.textContent = "";
    field.setAttribute("aria-expanded", "false");
  }

  function choose(place) {
    at = place;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  }

  function hint(text) {
    close();
    const note = document.createElement("p");
    note.textContent = said.textContent = text;
    // A list without an option is none.
    list.removeAttribute("role");
    list.append(note);
    list.hidden = false;
  }

  function show(found) {
    const sections = [...found.querySelectorAll("section")];
    if (!sections.length) {
      hint(form.dataset.none);
      return;
    }
    close();
    list.setAttribute("role", "listbox");
    sections.forEach((section, number) => {
      const group = document.createElement("div");
      const title = document.createElement("p");
      title.id = `find-group-${number}`;
      title.textContent = section.querySelector("h2").textContent.trim();
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", title.id);
      title.setAttribute("role", "presentation");
      group.append(title);
      for (const line of section.querySelectorAll("li")) {
        const option = document.createElement("div");
        option.id = `find-${options.length}`;
        option.setAttribute("role", "option");
        option.dataset.href = line.querySelector("a").getAttribute("href");
        for (const part of line.children) {
          const copy = document.createElement("span");
          copy.className = part.className;
          copy.textContent = part.textContent;
          option.append(copy, " ");
        }
        options.push(option);
        group.append(option);
      }
      list.append(group);
    });
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    choose(-1);
  }

  async function ask() {
    const typed = field.value.trim();
    if (!typed) return close();
    if (isNumber(typed)) return hint(form.dataset.number);
    const mine = ++asked;
    try {
      const answer = await fetch(`${form.dataset.results}?${new URLSearchParams({ typed })}`, { headers: { "X-Fragment": "found" } });
      if (!answer.ok || mine !== asked) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
      if (found && mine === asked) show(found);
    } catch {
      // No connection: Enter tells it.
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(at < 0 && step < 0 ? options.length - 1 : (at + step + options.length) % options.length);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      location.href = options[at].dataset.href;
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.href = option.dataset.href;
  });
  field.addEventListener("blur", close);
  form.addEventListener("submit", (event) => { if (!field.value.trim()) event.preventDefault(); });
})();
