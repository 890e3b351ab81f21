// In and out with one tap: reads the poster's code from the address, asks where that is, and sends who goes which way.

const $ = (id) => document.getElementById(id);
const form = $("visit");
const words = form.dataset;
const KEPT = "place-code"; // while somebody declares, the code waits here
const HALF_AN_HOUR = 1800000;

const keep = (of, place) => sessionStorage.setItem(KEPT, JSON.stringify({ code: of, place, at: Date.now() }));

const code = (() => {
  const here = location.hash.slice(1);
  if (here) {
    keep(here, "");
    return here;
  }
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return kept && Date.now() - kept.at < HALF_AN_HOUR ? kept.code : "";
})();

let names = {}; // of the tap that is under way, by its direction

function tell(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

// What the server says, or null where it told of a problem or there is no line.
async function posted(address, body) {
  tell("");
  try {
    const response = await fetch(address, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": words.token },
    });
    const told = await response.json();
    if (!told.problem) return told;
    tell(told.problem);
  } catch {
    tell(words.noline);
  }
  return null;
}

function showPeople(names) {
  const list = $("people");
  for (const old of list.querySelectorAll("label")) old.remove();
  names.forEach((name, number) => {
    const label = document.createElement("label");
    label.className = "choice";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = String(number);
    box.checked = true;
    label.append(box, ` ${name}`);
    list.append(label);
  });
  list.hidden = names.length === 0;
  $("buttons").hidden = names.length === 0;
  $("nobody").hidden = names.length > 0;
}

async function begin() {
  if (!code) return tell(words.nocode);
  const told = await posted(words.point, { code });
  if (!told) return undefined;
  keep(code, `${told.place}, ${told.point}`);
  $("where").textContent = told.place;
  $("point").textContent = told.point;
  form.hidden = false;
  return showPeople(told.people);
}

async function go(direction) {
  const people = [...$("people").querySelectorAll("input:checked")].map((box) => Number(box.value));
  // A second try after a broken line is the same scan.
  const made = (names[direction] ??= name());
  for (const button of [$("in"), $("out")]) button.disabled = true;
  const told = await posted(words.scan, { code, direction, people, made, scanned_at: Date.now(), sent_at: Date.now() });
  for (const button of [$("in"), $("out")]) button.disabled = false;
  if (!told) return;
  names = {};
  $("done-where").textContent = `${told.place}, ${told.point}`;
  $("done-at").textContent = told.at;
  $("done-people").replaceChildren(...told.people.map(outcome));
  $("done").hidden = false;
  form.hidden = true;
  $("point").textContent = "";
  $("done").focus();
}

const name = () => [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function outcome({ name: who, sign, said, declare, again }) {
  const line = document.createElement("li");
  line.dataset.sign = sign;
  const bold = document.createElement("b");
  bold.textContent = who;
  line.append(bold, said);
  if (declare) {
    const link = document.createElement("a");
    // Who declared with this phone before has one page to tap through.
    link.href = again || words.home;
    link.textContent = words.declare;
    line.append(document.createElement("br"), link);
  }
  return line;
}

$("in").addEventListener("click", () => go("in"));
$("out").addEventListener("click", () => go("out"));
$("again").addEventListener("click", () => {
  $("done").hidden = true;
  begin();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = await posted(words.person, { text: $("code").value });
  if (told) {
    $("code").value = "";
    showPeople(told.people);
  }
});
addEventListener("hashchange", () => location.reload());
begin();
