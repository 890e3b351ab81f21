// The button that lets roll-calls come as notifications too; there only where the browser can show them.

const place = document.getElementById("notify");
const [button, status] = [place.querySelector("button"), place.querySelector("[role=status]")];

function keyBytes(text) {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

async function subscribe() {
  button.disabled = true;
  if ((await Notification.requestPermission()) !== "granted") return say("refused");
  try {
    const worker = await navigator.serviceWorker.ready;
    const wanted = { userVisibleOnly: true, applicationServerKey: keyBytes(place.dataset.key) };
    const subscription = await worker.pushManager.subscribe(wanted);
    const answer = await fetch(place.dataset.address, {
      method: "POST",
      body: JSON.stringify(subscription),
      headers: { "Content-Type": "application/json", Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(answer.status);
    say("done");
  } catch {
    say("failed");
    button.disabled = false;
  }
}

function say(what) {
  status.textContent = status.dataset[what];
  button.hidden = what !== "failed";
}

if (self.PushManager && navigator.serviceWorker && self.Notification && Notification.permission !== "denied") {
  place.hidden = false;
  button.addEventListener("click", subscribe);
}
