// Sends an answer, and understands what comes back. Used by the pages and by the service worker.

import { forget, waiting } from "./waiting.js";

const PATIENCE = 90000; // milliseconds for one try
const TAKEN = [201, 409]; // the server has an answer: this one, or one before
const REFUSED = [404, 410, 413, 415, 422]; // and will never take this one

// The body of a POST. The age is by the phone's own clock, from one of its moments to another: no clock needs to be right.
export function bodyOf({ stamp, takenAt, sealed, fields, photo, burst }) {
  const body = new FormData();
  body.set("stamp", stamp);
  body.set("age", Math.max(0, (Date.now() - takenAt) / 1000).toFixed(1));
  if (sealed) body.set("sealed", new Blob([sealed], { type: "application/octet-stream" }), "sealed");
  else for (const [name, value] of fields) body.append(name, value);
  if (photo) body.set("photo", photo, "selfie.jpg");
  if (burst) body.set("burst", burst, "frames");
  return body;
}

// What an answer to a POST means: {final: never try again, status, said, field}. Something in between may have answered for the
// server, and only the server's own word is final.
export function read(status, text) {
  let news = {};
  try {
    news = JSON.parse(text);
  } catch {
    // Not from the server.
  }
  const said = news.said ?? news.problem;
  return { final: Boolean(said) && (TAKEN.includes(status) || REFUSED.includes(status)), status, said, field: news.field };
}

// One sender at a time, of all pages and the worker. A second one would do no harm: the server takes an answer once.
export function alone(task) {
  return navigator.locks ? navigator.locks.request("send-answers", task) : task();
}

// Send all that wait; returns what came of those that do not wait any more: [{path, action, status, said, field}].
export function sendWaiting() {
  return alone(async () => {
    const told = [];
    for (const record of await waiting()) {
      const news = await post(record);
      if (!news?.final) continue;
      await forget(record.path);
      told.push({ path: record.path, action: record.action, ...news });
    }
    return told;
  });
}

async function post(record) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(record.action, {
      method: "POST",
      body: bodyOf(record),
      headers: { Accept: "application/json" },
      signal: stop.signal,
    });
    return read(response.status, await response.text());
  } catch {
    return null; // no line just now
  } finally {
    clearTimeout(timer);
  }
}
