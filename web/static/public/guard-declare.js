// Takes over what was scanned on the guard's page, so that nobody scans a card twice.

const KEPT = "undeclared";
const field = document.getElementById("card");
const scanned = sessionStorage.getItem(KEPT);
sessionStorage.removeItem(KEPT);
if (scanned && !field.value) {
  field.value = scanned;
  if (scanned.includes("|")) document.querySelector('button[value="card"]').click();
}
