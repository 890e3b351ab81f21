// Cuts the phone's base identifier out of what was chosen, here, before anything is sent; then sends log and key at a press.

const $ = (id) => document.getElementById(id);
const form = $("log");
const words = form.dataset;
const BASE = "base_id";
const MEGABYTE = 1048576;
const LONGEST_KEY_FILE = 65536; // bytes: a key has some hundreds
const SENT = ["daily_key", "time_start", "time_end", "max"];

form.hidden = false;

function tell(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

// The log without lines that hold the base identifier, piece by piece: a phone has no memory for all of it.
async function withoutBase(file) {
  const pieces = [];
  let cut = false;
  let rest = "";
  const keep = (lines) => {
    const kept = lines.filter((line) => !line.toLowerCase().includes(BASE));
    cut ||= kept.length < lines.length;
    if (kept.length) pieces.push(new Blob([`${kept.join("\n")}\n`]));
  };
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    keep(lines);
  }
  if (rest) keep([rest]);
  return { body: new Blob(pieces), cut };
}

// Of the key's file only what is needed: the base identifier is left behind, however it is spelt or nested.
async function keyOf(file) {
  if (!file) return { key: "", cut: false };
  if (file.size > LONGEST_KEY_FILE) throw new Error("large");
  const text = await file.text();
  const given = JSON.parse(text);
  const from = given.InfoF ? (typeof given.InfoF === "string" ? JSON.parse(given.InfoF) : given.InfoF) : given;
  const kept = Object.fromEntries(SENT.filter((name) => name in from).map((name) => [name, from[name]]));
  return { key: JSON.stringify(kept), cut: text.toLowerCase().includes(BASE) };
}

async function prepared() {
  const file = $("file").files[0];
  if (!$("code").value.trim() || !file) return tell(words.missing);
  if (file.size > Number(words.most) * MEGABYTE) return tell(words.large);
  let key;
  try {
    key = await keyOf($("key").files[0]);
  } catch {
    return tell(words.unread);
  }
  const log = await withoutBase(file);
  $("cut").textContent = log.cut || key.cut ? words.cut : words.nothing;
  return { body: log.body, key: key.key };
}

async function send() {
  tell("");
  const ready = await prepared();
  if (!ready) return;
  try {
    const response = await fetch(words.address, {
      method: "POST",
      body: ready.body,
      headers: {
        "Content-Type": "application/octet-stream",
        Accept: "application/json",
        "X-CSRFToken": words.token,
        "X-Log-Code": $("code").value.trim(),
        "X-Log-Key": ready.key,
        "X-Sent-At": String(Date.now()),
      },
    });
    const told = await response.json();
    if (told.problem) return tell(told.problem);
    for (const name of ["rows", "days", "identifiers", "nameless"]) $(name).textContent = told[name];
    form.hidden = true;
    $("done").hidden = false;
    $("done").focus();
  } catch {
    tell(words.noline);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  $("send").disabled = true;
  try {
    await send();
  } finally {
    $("send").disabled = false;
  }
});
