// The console's service worker: shows alerts, says that it did, and opens them. It keeps no page and no file.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data.json();
  } catch {
    // Browsers want something shown for every push.
  }
  event.waitUntil(show(message));
});

async function show({ title, body, link, reference }) {
  await self.registration.showNotification(title || "!", {
    body: body ?? "",
    tag: reference,
    icon: self.icon,
    badge: self.icon,
    data: { link },
    requireInteraction: true,
    vibrate: [300, 100, 300, 100, 300],
  });
  try {
    await fetch("/alerts/received", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ reference }),
    });
  } catch {
    // It was shown all the same.
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.link));
});

async function open(link) {
  // Only our own pages, whatever a message says, and under the address by which this phone knows the console.
  const wanted = new URL(new URL(link ?? "/", location.origin).pathname, location.origin).href;
  for (const client of await self.clients.matchAll({ type: "window" })) if (client.url === wanted) return client.focus();
  return self.clients.openWindow(wanted);
}
