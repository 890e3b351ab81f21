// The menu's part behind "More": Escape and a press elsewhere close it. Without this script it opens and closes all the same.
"use strict";
(() => {
  const more = document.getElementById("more");
  if (!more) return;
  const close = () => more.removeAttribute("open");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    const within = more.contains(document.activeElement);
    close();
    if (within) more.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (more.open && !more.contains(event.target)) close();
  });
  // Whoever goes on with Tab has left it.
  more.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !more.contains(event.relatedTarget)) close();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) close(); });
})();
