// Tells at once that a file is too large, instead of after all of it was sent.
"use strict";
for (const input of document.querySelectorAll("input[type=file][data-most]")) {
  const told = document.getElementById(`${input.id}-large`);
  input.addEventListener("change", () => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.most) * 2 ** 20);
    told.hidden = !large;
    input.setCustomValidity(large ? told.textContent.trim() : "");
    if (large) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  });
}
