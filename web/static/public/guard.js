// A guard's page: reads a code by camera, scanner or keyboard, asks the server what to do, and keeps scans while there is no line.

import { seal } from "../residents/sealing.js";
import { forget, howMany, keep, waiting } from "./kept-scans.js";
import { looksLikeOne, readPlaceCode } from "./place-code.js";

const PATIENCE = 6000; // milliseconds for the server to answer while somebody stands there
const EVERY = 120; // milliseconds between two looks of the camera
const SEND_EVERY = 15000;
const AGAIN_AFTER = 4000; // milliseconds in which the same code before the camera is the same person
const $ = (id) => document.getElementById(id);
const form = $("gate");
const said = form.dataset;
const known = JSON.parse(said.known);
const verdict = $("verdict");
let last = { text: "", at: 0 }; // what was scanned last
let current = null; // the scan that the verdict is about
let stream = null;
let sending = null;

// --- when the page was opened, by its own clock: kept, since a page from the worker's cache was opened long ago

const opened = (() => {
  const stored = JSON.parse(localStorage.getItem("guard-opened") ?? "null");
  if (stored?.stamp === known.opened) return stored;
  const fresh = { stamp: known.opened, device: Date.now() };
  localStorage.setItem("guard-opened", JSON.stringify(fresh));
  return fresh;
})();

// --- one scan

const newName = () => [...crypto.getRandomValues(new Uint8Array(15))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function newScan(text) {
  return {
    point: $("point").value,
    direction: form.elements.direction.value,
    text,
    made: newName(),
    scanned_at: Date.now(),
    opened: opened.stamp,
    opened_on_device: opened.device,
  };
}

async function take(text) {
  const given = text.trim();
  if (!given) return;
  if (given === last.text && Date.now() - last.at < AGAIN_AFTER) return;
  last = { text: given, at: Date.now() };
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(80);
  if (looksLikeOne(given)) return showPlaceCode(given);
  current = newScan(given);
  await ask(current);
}

async function ask(scan, more = {}) {
  const told = await posted(said.scan, JSON.stringify({ ...scan, ...more, sent_at: Date.now() }), "application/json");
  if (told) return show(told, scan);
  // No line: it is kept, and the guard goes by the rules of the place.
  if (!(await keepScan(scan))) return show({ sign: "ask", said: said.open }, scan);
  show({ sign: "ask", said: known.unchecked, waits: true }, scan);
}

async function posted(address, body, type) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(address, { method: "POST", body, headers: { "Content-Type": type, Accept: "application/json" }, signal: stop.signal });
    const told = await response.json();
    // Something in between may have answered for the server; only the server's own words count.
    if (told.problem) return response.status >= 500 ? null : { sign: "ask", said: told.problem, final: true };
    return told.sign ? told : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function show(told, scan) {
  verdict.hidden = false;
  verdict.dataset.sign = told.sign;
  $("verdict-word").textContent = said[told.sign];
  $("verdict-at").textContent = told.at ?? "";
  $("verdict-name").textContent = told.name ?? "";
  $("verdict-said").textContent = told.said;
  $("allow").hidden = !told.may_allow;
  $("leave-out").hidden = !told.waits;
  $("declare").hidden = !told.undeclared;
  // The next page takes it over, so that nobody scans a card twice; it stays in this tab alone.
  if (told.undeclared && scan) sessionStorage.setItem("undeclared", scan.text);
  $("verdict-people").replaceChildren(
    ...(told.choose ?? []).map((name, choice) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => ask(scan, { choice }).then(() => (scan.choice = choice)));
      return button;
    }),
  );
  $("clock").hidden = !told.clock;
  $("clock").textContent = told.clock ?? "";
  $("text").value = "";
  if (!stream) verdict.focus();
  if (told.kept) lookInside();
}

async function showPlaceCode(text) {
  current = null;
  const place = await readPlaceCode(text, known).catch(() => undefined);
  const sentence = place === undefined ? said.unverifiable : place.refusal ? known.refusals[place.refusal] : place.elsewhere ? said.elsewhere : said.genuine;
  show({ sign: place && !place.refusal && !place.elsewhere ? "go" : "ask", said: sentence }, null);
  if (place && !place.refusal && !place.elsewhere) $("point").value = String(place.point);
}

$("allow").addEventListener("click", () => current && ask(current, { allow: true, choice: current.choice }));
$("leave-out").addEventListener("click", async () => {
  if (!current) return;
  await forget(current.made).catch(() => {});
  show({ sign: "ask", said: said.left }, null);
  count();
});

// --- what waits

// Sealed before it is stored: whoever finds the tablet reads nothing.
async function keepScan(scan) {
  try {
    const fields = Object.entries(scan).map(([name, value]) => [name, String(value)]);
    await keep({ made: scan.made, sealed: await seal(fields, null, null, known.key, known.link) });
    count();
    return true;
  } catch {
    return false;
  }
}

function send() {
  sending ??= alone(sendAll).finally(() => (sending = null));
  return sending;
}

// One sender at a time. A second one would do no harm: the server takes a scan once.
const alone = (task) => (navigator.locks ? navigator.locks.request("send-scans", task) : task());

async function sendAll() {
  for (const record of await waiting().catch(() => [])) {
    if (record.told) continue; // the guard clears it up
    const told = await posted(`${said.kept}?sent_at=${Date.now()}`, record.sealed, "application/octet-stream");
    if (!told) break;
    if (told.kept) await forget(record.made);
    else await keep({ ...record, told: { said: told.said, at: told.at ?? "" } });
    if (told.clock) [$("clock").hidden, $("clock").textContent] = [false, told.clock];
  }
  await count();
}

async function count() {
  const all = await waiting().catch(() => []);
  const unsettled = all.filter((record) => record.told);
  const number = all.length - unsettled.length;
  $("unsent").textContent = number ? said.some.replace("{count}", number) : said.none;
  $("unsent").toggleAttribute("data-some", number > 0);
  $("unsettled").replaceChildren(
    ...unsettled.map((record) => {
      const line = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = $("leave-out").textContent;
      button.addEventListener("click", () => forget(record.made).then(count));
      line.append(`${said.unsettled} ${record.told.at} ${record.told.said}`, button);
      return line;
    }),
  );
}

async function lookInside() {
  try {
    const told = await (await fetch(said.inside, { headers: { Accept: "application/json" } })).json();
    $("inside").textContent = told.text ?? "";
    $("inside").toggleAttribute("data-over", Boolean(told.over));
  } catch {
    $("inside").textContent = "";
  }
}

// --- scanners that type, and the keyboard

form.addEventListener("submit", (event) => {
  event.preventDefault();
  take($("text").value);
});
$("text").addEventListener("keydown", (event) => {
  // Some end with a tab instead of Enter.
  if (event.key !== "Tab" || !$("text").value.includes("|")) return;
  event.preventDefault();
  form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  const nowhere = document.activeElement === document.body || document.activeElement === verdict;
  if (nowhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) $("text").focus();
});

// --- the camera

async function openCamera() {
  const says = $("camera-says");
  says.textContent = "";
  try {
    const codes = await import(said.codes);
    $("viewfinder").hidden = false;
    stream = await codes.open($("camera"));
    $("camera-open").hidden = true;
    $("camera-close").hidden = false;
    const look = await codes.detector($("camera"), said);
    says.textContent = said.looking;
    for (const mine = stream; stream === mine; await new Promise((go) => setTimeout(go, EVERY))) {
      const text = await look().catch(() => "");
      if (text && stream === mine) await take(text);
    }
  } catch {
    closeCamera();
    says.textContent = said.refused;
  }
}

function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  $("viewfinder").hidden = $("camera-close").hidden = true;
  $("camera-open").hidden = false;
}

// Absent without HTTPS and in old browsers.
document.querySelector(".with-camera").hidden = !navigator.mediaDevices?.getUserMedia;
$("camera-open").addEventListener("click", openCamera);
$("camera-close").addEventListener("click", closeCamera);
addEventListener("pagehide", closeCamera);

// --- at the start

const point = localStorage.getItem("guard-point");
if (point && [...$("point").options].some((option) => option.value === point)) $("point").value = point;
$("point").addEventListener("change", () => localStorage.setItem("guard-point", $("point").value));
addEventListener("online", send);
setInterval(send, SEND_EVERY);
count();
send();
lookInside();
howMany().catch(() => ($("unsent").textContent = said.open));
navigator.serviceWorker?.register(said.worker, { type: "module", scope: "/g/" }).catch(() => {});
