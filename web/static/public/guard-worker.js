// The service worker of a guard's page: keeps the page and its files, so that it opens without a line. /g/worker.js sets self.kept.

const PATIENCE = 6000; // milliseconds until the kept page is shown instead of one that does not come
const PAGE = "guard-page";
const filesName = () => `guard-files-${self.kept.version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(filesName()).then((cache) => cache.addAll(self.kept.files)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("guard-files-") && name !== filesName());
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
      // The page that installed us was loaded before we were there to keep it.
      for (const client of await self.clients.matchAll({ type: "window" })) await keep(client.url).catch(() => {});
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/shell/")) event.respondWith(ours(request));
  else if (request.mode === "navigate" && isGate(pathname)) event.respondWith(page(request));
});

const isGate = (pathname) => /^\/g\/[A-Za-z0-9_-]{22}$/.test(pathname);

async function ours(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(request) {
  const kept = await (await caches.open(PAGE)).match(new URL(request.url).pathname, { ignoreVary: true });
  try {
    const response = await (kept ? within(PATIENCE, fetch(request)) : fetch(request));
    if (response.ok) await put(request.url, response.clone());
    // A link that is good no more, or a place that was closed: the kept page would only deceive.
    else if ([404, 409, 410].includes(response.status)) await (await caches.open(PAGE)).delete(new URL(request.url).pathname);
    return kept && response.status >= 500 ? kept : response;
  } catch {
    return kept ?? Response.error();
  }
}

async function keep(address) {
  if (!isGate(new URL(address).pathname)) return;
  const response = await fetch(address, { credentials: "same-origin" });
  if (response.ok) await put(address, response);
}

// One page: a tablet that gets another link forgets the one before.
async function put(address, response) {
  const pages = await caches.open(PAGE);
  for (const other of await pages.keys()) if (new URL(other.url).pathname !== new URL(address).pathname) await pages.delete(other);
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding"); // of the bytes that came, not of these
  await pages.put(new URL(address).pathname, new Response(await response.blob(), { headers }));
}

function within(milliseconds, promise) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), milliseconds))]);
}
