// The button that lets alerts come to this phone or computer; there only where the browser can show them.
"use strict";
(() => {
  const place = document.getElementById("push");
  if (!place) return;
  const [button, status] = [place.querySelector("button"), place.querySelector("[role=status]")];

  function keyBytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  }

  async function subscribe() {
    button.disabled = true;
    if ((await Notification.requestPermission()) !== "granted") return say("refused");
    try {
      await navigator.serviceWorker.register(place.dataset.worker);
      const worker = await navigator.serviceWorker.ready;
      const wanted = { userVisibleOnly: true, applicationServerKey: keyBytes(place.dataset.key) };
      const subscription = await worker.pushManager.subscribe(wanted);
      const answer = await fetch(place.dataset.address, {
        method: "POST",
        body: JSON.stringify({ subscription, name: document.getElementById("device").value }),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": place.dataset.token },
      });
      if (!answer.ok) throw new Error(answer.status);
      location.reload();
    } catch {
      say("failed");
      button.disabled = false;
    }
    return undefined;
  }

  function say(what) {
    status.textContent = status.dataset[what];
  }

  if (self.PushManager && navigator.serviceWorker && self.Notification && Notification.permission !== "denied") {
    place.hidden = false;
    button.addEventListener("click", subscribe);
  } else {
    document.getElementById("no-push").hidden = false;
  }
})();
