// Takes the answer one thing at a time, keeps it on the phone until the server has it, and sends it.
// Without this script the form works as it stands.

import { countWaiting } from "./arrivals.js";
import * as camera from "./camera.js";
import { locate, permission, withheld } from "./place.js";
import { canSeal, seal } from "./sealing.js";
import { alone, bodyOf, read } from "./sending.js";
import { forget, keep, waitingOf } from "./waiting.js";

const PATIENCE = 90000; // milliseconds for one try to send
const EVERY = 20000;
const form = document.getElementById("answer");
const words = JSON.parse(form.dataset.words);
const path = new URL(form.action).pathname;
const $ = (id) => document.getElementById(id);
const [problem, progress, progressWords] = ["problem", "progress", "progress-words"].map($);
const first = form.querySelector("[data-step=picture]") ? "picture" : "feeling";
let place = form.dataset.place ? null : []; // the fields about the place; null: not asked yet
let record = null; // the answer that is not with the server yet; `sealed` where IndexedDB has it too
let sending = false;

// --- steps

function show(name, { remember = true, focus = true } = {}) {
  for (const step of form.querySelectorAll("[data-step]")) step.classList.toggle("now", step.dataset.step === name);
  if (name !== "picture") camera.pause();
  if (remember && history.state?.step !== name) history.pushState({ step: name }, "");
  if (focus) form.querySelector(".now h2").focus();
  scrollTo(0, 0);
}

addEventListener("popstate", (event) => {
  // While an answer is on its way or waits, going back would only hide what comes of it.
  if (record) history.pushState({ step: sending ? "sending" : "kept" }, "");
  else if (event.state) show(["picture", "feeling"].includes(event.state.step) ? event.state.step : "feeling", { remember: false });
});

function tell(text) {
  problem.textContent = text;
  problem.hidden = !text;
  if (text) problem.focus();
}

// --- from the form to the answer

function temperatureFits() {
  const typed = form.temperature.value.trim().replace(",", ".");
  const { coldest, hottest } = form.temperature.dataset;
  return !typed || (/^\d{2}(\.\d{1,2})?$/.test(typed) && Number(typed) >= Number(coldest) && Number(typed) <= Number(hottest));
}

function oxygenFits() {
  const typed = form.spo2?.value.trim() ?? "";
  const { lowest, highest } = form.spo2?.dataset ?? {};
  return !typed || (/^\d{2,3} ?%?$/.test(typed) && parseInt(typed) >= Number(lowest) && parseInt(typed) <= Number(highest));
}

async function send() {
  if (record || sending) return;
  if (!form.querySelector("[name=unwell]:checked")) return tell(words.feel);
  if (!temperatureFits()) return tell(words.temperature);
  if (!oxygenFits()) return tell(words.spo2);
  tell("");
  if (!place) return askForPlace();
  sending = true;
  show("sending");
  record = await made();
  sending = false;
  await attempt();
}

async function askForPlace() {
  const state = await permission();
  if (state === "denied") place = withheld("denied");
  else if (state !== "granted") return show("place");
  else await look();
  send();
}

async function look() {
  $("locating").textContent = $("locating").dataset.words;
  for (const id of ["share", "withhold"]) $(id).disabled = true;
  place = await locate();
  for (const id of ["share", "withhold"]) $(id).disabled = false;
  $("locating").textContent = "";
}

// First onto the phone, then to the server: whatever happens in between, the answer is not lost.
async function made() {
  const fields = [...new FormData(form), ...place].filter(([name]) => !["photo", "stamp"].includes(name));
  const { photo = null, burst = null } = camera.taken ?? {};
  const common = { path, action: form.action, stamp: form.stamp.value, takenAt: camera.taken?.takenAt ?? Date.now() };
  try {
    if (!canSeal) throw new Error("nothing is stored that anybody could read");
    const sealed = { ...common, sealed: await seal(fields, photo, burst, form.dataset.key, path.split("/").pop()) };
    await keep(sealed);
    return sealed;
  } catch {
    return { ...common, fields, photo, burst };
  }
}

// --- sending

function attempt() {
  if (sending) return;
  sending = true;
  tell("");
  progress.value = 0;
  progressWords.textContent = "";
  show("sending");
  // While it waited for its turn, another page or the worker may have sent it.
  return alone(async () => (record ? settle(await posted()) : (sending = false)));
}

function posted() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
    request.upload.onprogress = (event) => {
      progress.value = (100 * event.loaded) / event.total;
      progressWords.textContent =
        event.loaded < event.total ? words.sending.replace("{percent}", Math.round(progress.value)) : words.arriving;
    };
    request.onload = () => resolve(read(request.status, request.responseText));
    request.onerror = request.ontimeout = () => resolve(null);
    request.timeout = PATIENCE;
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(bodyOf(record));
  });
}

async function settle(news) {
  sending = false;
  if (!news?.final) return wait();
  if (record?.sealed) await forget(path);
  record = null;
  finished(news);
}

function finished(news) {
  // Taken now, taken before, or the round needs none: the link itself says it best.
  if (![413, 415, 422].includes(news.status)) return location.replace(form.action);
  if (["photo", "burst"].includes(news.field)) camera.discard();
  show(["photo", "burst", "sealed"].includes(news.field) ? first : "feeling", { focus: false });
  tell(news.said);
}

// No line: it waits on the phone, or only in this page where nothing can be sealed.
function wait() {
  $("kept-words").textContent = record.sealed ? words.kept : words.open;
  $("change").hidden = !form.querySelector("[name=unwell]:checked"); // after a reload there is nothing left to change
  show("kept");
  showCount(1);
  countWaiting().catch(() => {});
  if (!record.sealed) return;
  navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("send-answers")).catch(() => {});
}

function showCount(number) {
  $("kept-count").textContent = words.count.replace("{count}", number);
}

document.addEventListener("waiting", async (event) => {
  if (!record || sending) return;
  showCount(Math.max(1, event.detail));
  if (!record.sealed || (await waitingOf(path)) || !record || sending) return;
  // Another page or the worker has sent it meanwhile: "no connection" would stand over an answer that has arrived.
  record = null;
  location.replace(form.action);
});
document.addEventListener("arrived", (event) => {
  if (event.detail.path !== path) return;
  event.preventDefault();
  record = null;
  finished(event.detail);
});

// What waits in IndexedDB is sent by arrivals.js and the worker; what is only in this page, from here.
const again = () => record && !record.sealed && attempt();
addEventListener("online", again);
setInterval(() => document.hidden || again(), EVERY);

// --- at the start

form.classList.add("scripted");
form.noValidate = true;
camera.prepare(words, tell);
const on = (id, does) => $(id)?.addEventListener("click", does);
on("well", () => {
  form.querySelector("[name=unwell][value=no]").click();
  send();
});
on("use", () => show("feeling"));
on("back", () => show("picture"));
on("share", async () => {
  await look();
  send();
});
on("withhold", () => {
  place = withheld("denied");
  send();
});
on("again", attempt);
on("change", async () => {
  if (record?.sealed) await forget(path);
  record = null;
  show(first);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
form.addEventListener("change", (event) => {
  if (event.target.id !== "photo") tell("");
  if (event.target.name === "unwell" && event.target.value === "no")
    for (const box of form.querySelectorAll("[name=symptoms]")) box.checked = false;
});
show(first, { remember: false, focus: false });
history.replaceState({ step: first }, "");
if (canSeal)
  waitingOf(path).then(
    (mine) => {
      if (!mine || record) return;
      record = mine;
      wait();
    },
    () => {},
  );
