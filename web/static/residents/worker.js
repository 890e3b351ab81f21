// The service worker: keeps the page's own files, and the one page that is to be answered; sends what waits; shows notifications.
// No other page that names a person is ever kept. /sw.js sets self.shell = {version, files, offline, icon}.

import { sendWaiting } from "./sending.js";
import { KEPT_PAGE } from "./waiting.js";

const PATIENCE = 8000; // milliseconds until a kept page is shown instead of one that does not come
const UNTIL = "X-Answer-Until"; // seconds: when the round closes; 0 where nothing is awaited any more
const FORGET_AT = "X-Forget-At"; // milliseconds on this phone's clock, which need not be right
const shellName = () => `shell-${self.shell.version}`;
// The path of a person's page, however the link to it was written; undefined for every other page.
const linkOf = (path) => {
  const [, own] = /^\/(?:a\/)?([0-7][0-9a-z]{25})(?![0-9a-z]|\/[a-z])/i.exec(path) ?? [];
  return own ? `/a/${own.toLowerCase()}` : /^\/a\/[^/]+$/.exec(path)?.[0];
};

self.addEventListener("install", (event) => {
  const { files, offline } = self.shell;
  event.waitUntil(caches.open(shellName()).then((cache) => cache.addAll([...files, offline])));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => ![shellName(), KEPT_PAGE].includes(name));
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
      // The page that installed us was loaded before we were there to keep it.
      for (const client of await self.clients.matchAll({ type: "window" })) {
        const link = linkOf(new URL(client.url).pathname);
        if (link) await fetch(client.url).then((page) => keepOrForget(link, page), () => {});
      }
    })(),
  );
});

// --- pages and files

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/shell/")) event.respondWith(ours(request));
  else if (request.mode === "navigate") event.respondWith(page(request, linkOf(pathname)));
});

async function ours(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(request, link) {
  const kept = link ? await keptPage(link) : undefined;
  try {
    const response = await within(kept ? PATIENCE : Infinity, fetch(request));
    if (kept && response.status >= 500) return kept;
    if (link) await keepOrForget(link, response.clone());
    return response;
  } catch {
    return kept ?? (await caches.match(self.shell.offline, { ignoreVary: true })) ?? Response.error();
  }
}

async function keptPage(path) {
  const pages = await caches.open(KEPT_PAGE);
  const page = await pages.match(path, { ignoreVary: true });
  if (page && Number(page.headers.get(FORGET_AT)) > Date.now()) return page;
  await pages.delete(path); // the round is closed
  return undefined;
}

// At most one page is kept, and only while its round is open and without an answer.
async function keepOrForget(path, response) {
  const pages = await caches.open(KEPT_PAGE);
  const until = response.headers.get(UNTIL);
  if (until === "0" || [404, 410].includes(response.status)) return pages.delete(path);
  if (!response.ok || !until) return undefined; // something in between answered, not the service
  for (const other of await pages.keys()) await pages.delete(other);
  const ahead = Date.now() - Date.parse(response.headers.get("Date")) || 0; // of the server's clock
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding"); // of the bytes that came, not of these
  headers.set(FORGET_AT, until * 1000 + ahead);
  return pages.put(path, new Response(await response.blob(), { headers }));
}

function within(milliseconds, promise) {
  if (milliseconds === Infinity) return promise;
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), milliseconds))]);
}

// --- answers that wait

self.addEventListener("sync", (event) => {
  if (event.tag === "send-answers") event.waitUntil(sendAndTell());
});

async function sendAndTell() {
  const told = await sendWaiting();
  const pages = await self.clients.matchAll({ type: "window" });
  for (const client of pages) client.postMessage({ told });
  if (pages.length || !told.length || self.Notification?.permission !== "granted") return;
  for (const { action, said } of told) await show({ title: said, body: "", link: action, reference: action });
}

// --- notifications

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data.json();
  } catch {
    // Browsers want something shown for every push.
  }
  event.waitUntil(show(message));
});

function show({ title, body, link, reference }) {
  const options = { body: body ?? "", tag: reference, icon: self.shell.icon, badge: self.shell.icon, data: { link } };
  return self.registration.showNotification(title || "1022", options);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.link));
});

async function open(link) {
  const wanted = new URL(link ?? "/", location.origin);
  // Only our own pages, whatever a message says.
  const address = wanted.origin === location.origin ? wanted.href : new URL("/", location.origin).href;
  for (const client of await self.clients.matchAll({ type: "window" })) if (client.url === address) return client.focus();
  return self.clients.openWindow(address);
}
