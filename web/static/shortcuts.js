// Keys that lead somewhere, and the dialog that lists them. Single keys can be switched off on a device (WCAG 2.1.4); Ctrl-K stays.
"use strict";
(() => {
  const OFF = "single-keys-off";
  const dialog = document.getElementById("shortcuts-dialog");
  const link = document.querySelector(`#menu a[href="${dialog.dataset.address}"]`);
  const field = document.getElementById("find");
  let after = ""; // "g", while the letter of a page is awaited
  let timer = 0;

  function off() {
    try {
      return localStorage.getItem(OFF) === "yes";
    } catch {
      return false; // a browser that keeps nothing
    }
  }

  function setting(place) {
    const box = place.querySelector("#keys-on");
    if (!box) return;
    box.closest("[hidden]")?.removeAttribute("hidden");
    box.checked = !off();
    box.addEventListener("change", () => {
      try {
        if (box.checked) localStorage.removeItem(OFF);
        else localStorage.setItem(OFF, "yes");
      } catch {
        box.checked = true;
      }
    });
  }

  async function listed() {
    const answer = await fetch(dialog.dataset.address, { headers: { "X-Fragment": "shortcuts" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async function open() {
    if (dialog.open || document.getElementById("shortcuts")) return;
    try {
      const page = await listed();
      const title = document.createElement("h2");
      const close = document.createElement("button");
      title.id = "shortcuts-title";
      title.textContent = page.querySelector("h1").textContent;
      close.type = "button";
      close.className = "main";
      close.textContent = dialog.dataset.close;
      close.addEventListener("click", () => dialog.close());
      const list = document.importNode(page.getElementById("shortcuts"), true);
      // What a page's own keys do, where it says so.
      const own = document.getElementById("own-shortcuts");
      if (own) list.querySelector("tbody").prepend(document.importNode(own.content, true));
      dialog.replaceChildren(title, list, close);
      setting(dialog);
      dialog.showModal();
    } catch {
      location.href = dialog.dataset.address;
    }
  }
  dialog.addEventListener("close", () => dialog.replaceChildren());
  // A press beside the dialog's content.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  link?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    document.getElementById("more")?.removeAttribute("open");
    open();
  });

  function go(letter) {
    const target = document.querySelector(`#menu a[data-key="${letter}"]`);
    if (target) location.href = target.href;
  }

  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], [role=textbox]");

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      field.focus();
      field.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (typing(event.target) || dialog.open || off()) return;
    const first = after;
    after = "";
    clearTimeout(timer);
    if (first === "g" && /^[a-z]$/i.test(event.key)) {
      event.preventDefault();
      go(event.key.toLowerCase());
    } else if (event.key === "/") {
      event.preventDefault();
      field.focus();
    } else if (event.key === "?") {
      event.preventDefault();
      open();
    } else if (event.key === "g") {
      after = "g";
      timer = setTimeout(() => { after = ""; }, 1500);
    }
  });
  setting(document.querySelector("main"));
})();
