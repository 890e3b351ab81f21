// On every page: installs the worker, sends what waits on this phone as soon as there is a line, and says what came of it.

import { sendWaiting } from "./sending.js";
import { waiting } from "./waiting.js";

const EVERY = 20000; // milliseconds; "online" is not always told
const note = document.getElementById("arrivals");
let delivering = null;

// One try. Listeners of "arrived" get what came of each answer; what none of them takes is told in the note.
function deliver() {
  delivering ??= tryAll().finally(() => (delivering = null));
  return delivering;
}

async function tryAll() {
  try {
    tell(await sendWaiting());
    await countWaiting();
  } catch {
    // No place to keep anything in this browser: then nothing waits either.
  }
}

function tell(told) {
  for (const news of told) {
    const untold = document.dispatchEvent(new CustomEvent("arrived", { detail: news, cancelable: true }));
    if (!untold) continue;
    note.textContent = note.dataset.arrived.replace("{said}", news.said);
    note.hidden = false;
  }
}

// Tells listeners of "waiting" how many there are, and the reader of a page that is no answer.
export async function countWaiting() {
  const number = (await waiting()).length;
  document.dispatchEvent(new CustomEvent("waiting", { detail: number }));
  if (number && !document.getElementById("answer")) {
    note.textContent = note.dataset.waiting.replace("{count}", number);
    note.hidden = false;
  }
}

addEventListener("online", deliver);
setInterval(() => document.hidden || deliver(), EVERY);
deliver();

if (navigator.serviceWorker) {
  navigator.serviceWorker.addEventListener("message", (event) => event.data?.told && tell(event.data.told));
  // After the page itself: on a slow line every byte before it is felt.
  const install = () =>
    navigator.serviceWorker.register(`/sw.js?lang=${document.documentElement.lang}`, { type: "module" }).catch(() => {});
  if (document.readyState === "complete") install();
  else addEventListener("load", install);
}
