// A scanner types a number and presses Enter: the person is ticked, and the next tube is waited for, not the form sent.
const fields = [...document.querySelectorAll("input.sample")];
for (const [place, field] of fields.entries()) {
  const box = field.closest(".sample-row").querySelector("input[type=checkbox]");
  field.addEventListener("input", () => {
    box.checked = field.value.trim() !== "";
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const next = fields[place + 1];
    if (next && next.form === field.form) next.focus();
    else field.form.querySelector("button").focus();
  });
}
